// The little that pages need beyond HTML. No framework, no inline code: everything hangs on data attributes, so that
// parts swapped in later work without being wired. Loaded in the head, before the page is drawn, for the folded rail.
"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // --- The rail: folded by choice, kept in this browser; folded by itself where there is little room.
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode: not kept */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const narrow = matchMedia("(max-width: 979px)");
  const fold = () => {
    const folded = (recall("rail") ?? (narrow.matches ? "folded" : "open")) === "folded";
    root.toggleAttribute("data-rail", folded);
    if (folded) root.setAttribute("data-rail", "folded");
    all("[data-fold]").forEach((button) => button.setAttribute("aria-pressed", String(folded)));
  };
  fold();
  narrow.addEventListener("change", fold);

  // --- Clicks, for what is there now and what comes later.
  const closeMenus = (except) => all("details[data-menu][open]").forEach((menu) => { if (menu !== except && !menu.contains(except)) menu.open = false; });
  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at) return;
    closeMenus(at.closest("details[data-menu]") ?? at);
    const opener = at.closest("[data-dialog]");
    if (opener) {
      closeMenus(document.body);
      document.getElementById(opener.dataset.dialog)?.showModal();
      return;
    }
    if (at.matches("dialog.dialog")) at.close(); // The backdrop.
    if (at.closest("[data-fold]")) { remember("rail", root.dataset.rail === "folded" ? "open" : "folded"); fold(); }
    if (at.closest("[data-close-side]")) { document.getElementById("side")?.replaceChildren(); }
    if (at.closest("[data-close-toast]")) at.closest("[data-toast]")?.remove();
    const copy = at.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.dataset.copied = ""; });
    const tab = at.closest("[data-tab]");
    if (tab) showTab(tab);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    if (open) { open.open = false; open.querySelector("summary")?.focus(); }
  });

  // --- Tabs inside one page: a button data-tab="panel-id" shows its panel and hides its siblings'.
  const showTab = (tab) => {
    const bar = tab.closest("[role=tablist]");
    if (!bar) return;
    all("[data-tab]", bar).forEach((other) => {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.dataset.tab)?.toggleAttribute("hidden", !chosen);
    });
  };
  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[role=tablist] [data-tab]") : null;
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const tabs = all("[data-tab]", tab.closest("[role=tablist]"));
    const step = (event.key === "ArrowRight") === (root.dir !== "rtl") ? 1 : -1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    event.preventDefault();
    tabs[to].focus();
    showTab(tabs[to]);
  });

  // --- A form is sent once: its buttons rest until the answer. The pressed button's own value still goes along,
  // because the resting begins after the browser has collected the form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.dataset.again !== undefined) return;
    if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
    form.dataset.sent = "";
    setTimeout(() => all("button[type=submit], button:not([type])", form).forEach((button) => { button.setAttribute("aria-busy", "true"); button.disabled = true; }), 0);
  });
  const wake = (from) => all("form[data-sent]", from).forEach((form) => {
    delete form.dataset.sent;
    all("button[aria-busy]", form).forEach((button) => { button.removeAttribute("aria-busy"); button.disabled = false; });
  });
  addEventListener("pageshow", () => wake(document)); // Back again from another page.

  // --- A select or box that submits its form when changed.
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });

  // --- Counters and previews follow the typing. Characters as people count them.
  const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(root.lang || "en", { granularity: "grapheme" }) : null;
  const length = (words) => (segmenter ? [...segmenter.segment(words)].length : [...words].length);
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) || !field.id) return;
    const name = CSS.escape(field.id);
    all(`[data-counter="${name}"]`).forEach((counter) => {
      const limit = Number(counter.dataset.limit);
      const used = length(field.value);
      counter.dataset.level = used > limit ? "over" : used * 10 >= limit * 9 ? "near" : "well";
      for (const part of all("[data-counter-left], [data-counter-spoken]", counter)) part.textContent = part.textContent.replace(/-?\d+/u, String(limit - used));
    });
    all(`[data-preview="${name}"]`).forEach((preview) => { preview.textContent = field.value; });
  });

  // --- Dragging: data-sortable="/where/to/tell" with children data-id; data-group lets lists exchange.
  // The move is told as id, to (the list's data-key), before (the id it now stands before), index; a refusal puts it back and says why.
  const say = (html) => { const place = document.getElementById("toasts"); if (place && html) { place.insertAdjacentHTML("beforeend", html); toasts(document); } };
  const tellMove = async (move, list, address) => {
    // With data-swap two things change places: the other is the one on whose side it came to lie.
    const other = move.newIndex > move.oldIndex ? move.item.previousElementSibling : move.item.nextElementSibling;
    const body = new URLSearchParams({ id: move.item.dataset.id ?? "", from: move.from.dataset.key ?? "", to: list.dataset.key ?? "", before: move.item.nextElementSibling?.dataset.id ?? "", index: String(move.newIndex ?? 0) });
    if (list.dataset.swap !== undefined) body.set("swap", other?.dataset.id ?? "");
    let answer = null;
    try { answer = await fetch(address, { method: "POST", body, headers: { "Mainstay-Part": "true" } }); } catch { /* said below */ }
    if (!answer?.ok) {
      // Nothing was changed: it goes back to where it was, and the page says why.
      const rest = [...move.from.children].filter((child) => child !== move.item);
      move.from.insertBefore(move.item, rest[move.oldIndex] ?? null);
      say(await answer?.text());
      return;
    }
    if (answer.redirected) { location.assign(answer.url); return; }
    document.dispatchEvent(new CustomEvent("mainstay:moved", { detail: { id: move.item.dataset.id } }));
    if (list.dataset.reload !== undefined) location.reload();
  };
  const sortable = (from) => all("[data-sortable]", from).forEach((list) => {
    if (list.dataset.sorts !== undefined || !window.Sortable) return;
    list.dataset.sorts = "";
    window.Sortable.create(list, {
      group: list.dataset.group || undefined,
      draggable: "[data-id]:not([data-kind=synced])",
      filter: "[data-locked]",
      preventOnFilter: false,
      onMove: (move) => move.related.dataset.kind !== "synced" && !(list.dataset.swap !== undefined && move.related.dataset.locked !== undefined),
      swapThreshold: 0.6,
      delayOnTouchOnly: true,
      delay: 180,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: (move) => { if (move.from !== move.to || move.oldIndex !== move.newIndex) tellMove(move, move.to, move.to.dataset.sortable); },
    });
  });

  // --- Messages: a short one leaves by itself, but not while it is pointed at or holds the focus.
  const toasts = (from) => all("#toasts [data-toast]:not([data-wired])", from).forEach((toast) => {
    toast.dataset.wired = "";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button quiet square small";
    close.dataset.closeToast = "";
    close.setAttribute("aria-label", document.getElementById("toasts").dataset.closeWord || "×");
    close.textContent = "×";
    toast.append(close);
    if (toast.dataset.brief === undefined) return;
    const leave = () => { if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000); else toast.remove(); };
    setTimeout(leave, 7000);
  });

  // --- The browser's own zone, where a form asks for it, and a word where it differs from the page's.
  const zones = (from) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    all("input[data-zone], select[data-zone]", from).forEach((field) => {
      if (field.tagName === "INPUT" ? !field.value : [...field.options].some((option) => option.value === zone)) field.value = zone;
    });
    all("[data-zone-hint]", from).forEach((hint) => { hint.hidden = hint.dataset.zoneHint === zone; });
  };

  // --- Media chosen for upload: dropped files count like chosen ones.
  document.addEventListener("dragover", (event) => { if (event.target instanceof Element && event.target.closest(".media-add")) { event.preventDefault(); event.target.closest(".media-add").dataset.over = ""; } });
  document.addEventListener("dragleave", (event) => { if (event.target instanceof Element) delete event.target.closest(".media-add")?.dataset.over; });
  document.addEventListener("drop", (event) => {
    const place = event.target instanceof Element ? event.target.closest(".media-add") : null;
    const field = place?.querySelector("input[type=file]");
    if (!field || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    delete place.dataset.over;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // --- The chosen tab of a bar that is longer than its place is brought into view.
  const reveal = (from) => all(".tabs > :is([aria-current], [aria-selected=true])", from).forEach((tab) => {
    const bar = tab.parentElement;
    if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft += tab.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - tab.offsetWidth) / 2;
  });

  // --- A page on which something is under way (data-fresh="seconds") looks again by itself, and keeps what is being
  // typed, pointed at or opened: then it waits for the next time.
  const busy = (main) => main.contains(document.activeElement) && document.activeElement !== main
    || main.querySelector("details[data-menu][open], dialog[open], :popover-open") !== null || document.hidden;
  const look = async () => {
    const main = document.getElementById("main");
    let page = null;
    if (!busy(main)) {
      try {
        const answer = await fetch(location.href, { headers: { "Mainstay-Part": "true" } });
        if (answer.ok) page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      } catch { /* the next time */ }
    }
    if (page && !busy(main) && page.innerHTML !== main.innerHTML) {
      const opened = all("details", main).map((one) => one.open);
      main.replaceChildren(...page.childNodes);
      all("details", main).forEach((one, at) => { if (opened[at]) one.open = true; });
      wire(document);
    }
    again();
  };
  const again = () => {
    const seconds = Number(document.querySelector("#main [data-fresh]")?.dataset.fresh);
    if (seconds > 0) setTimeout(look, seconds * 1000);
  };

  const wire = (from) => { fold(); sortable(from); toasts(from); zones(from); reveal(from); all("dialog[data-open]", from).forEach((dialog) => { if (!dialog.open) dialog.showModal(); }); };
  addEventListener("DOMContentLoaded", () => { wire(document); again(); });
  document.addEventListener("mainstay:new", () => wire(document));
})();
