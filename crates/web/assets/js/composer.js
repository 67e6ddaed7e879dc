// The composer's part of the script: pictures are taken in as they are chosen, dropped or pasted; findings and
// preview follow the writing; a draft saves itself. Without it the same form works by its buttons.
"use strict";
(() => {
  const form = document.querySelector("form[data-composer]");
  if (!form) return;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const strip = document.getElementById("media-strip");
  const saved = document.getElementById("saved");
  const say = (html) => { const place = document.getElementById("toasts"); if (place && html) { place.insertAdjacentHTML("beforeend", html); document.dispatchEvent(new Event("mainstay:new")); } };

  // --- Findings, counters and preview stand in one hidden part that the server fills; from there they go to their places.
  const current = () => form.querySelector("[role=tab][aria-selected=true]")?.dataset.channel ?? "";
  const place = () => {
    const from = document.getElementById("checks");
    const issues = document.getElementById("checks-here");
    const preview = document.getElementById("preview-here");
    const list = from.querySelector("#issues-all");
    if (list) issues.replaceChildren(list);
    const previews = from.querySelector("#previews");
    if (previews) preview.replaceChildren(previews);
    all("[data-issues-here]").forEach((here) => {
      const own = document.getElementById(`issues-${here.dataset.issuesHere}`);
      if (own) here.replaceChildren(own); else if (from.querySelector("#issues-all, .issues") === null) return;
    });
    all("[data-preview-of]").forEach((one) => {
      const badge = form.querySelector(`[data-issues-of="${one.dataset.previewOf}"]`);
      if (!badge) return;
      badge.textContent = one.dataset.blocking;
      badge.hidden = one.dataset.blocking === "0";
    });
    show();
  };
  const show = () => {
    const channel = current();
    const previews = all("[data-preview-of]");
    const chosen = previews.find((one) => one.dataset.previewOf === channel) ?? previews[0];
    previews.forEach((one) => { one.hidden = one !== chosen; });
    const list = document.getElementById("checks-here");
    if (list) list.hidden = channel !== "";
  };

  let timer = 0;
  let asked = 0;
  const data = () => { const body = new FormData(form); body.delete("pictures"); body.delete("intent"); return body; };
  const check = async () => {
    const number = ++asked;
    let answer = null;
    try { answer = await fetch(form.dataset.check, { method: "POST", body: data(), headers: { "Mainstay-Part": "true" } }); } catch { return; }
    if (!answer.ok || number !== asked) return;
    all("[data-issues-here] > *").forEach((old) => old.remove());
    document.getElementById("checks").innerHTML = await answer.text();
    place();
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(check, 350); };

  // --- A draft saves itself, in words.
  let dirty = false;
  let saving = false;
  let later = 0;
  const note = (words) => { saved.textContent = words; };
  const autosave = async () => {
    if (!dirty || saving || form.dataset.sent !== undefined) return;
    saving = true;
    dirty = false;
    const body = data();
    body.set("intent", "autosave");
    let answer = null;
    try { answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "Mainstay-Part": "true" } }); } catch { /* said below */ }
    saving = false;
    if (!answer?.ok) {
      // What was typed is here still, and is not let go without a question. Trying again helps where the server was away.
      dirty = true;
      const tries = !answer || answer.status >= 500;
      note(tries ? form.dataset.failed : form.dataset.stale);
      if (tries) { clearTimeout(later); later = setTimeout(autosave, 10_000); }
      return;
    }
    const told = await answer.json();
    form.setAttribute("action", told.action);
    form.querySelector("input[name=post]")?.remove();
    let version = form.querySelector("input[name=version]");
    if (!version) { version = document.createElement("input"); version.type = "hidden"; version.name = "version"; form.prepend(version); }
    version.value = told.version;
    if (!dirty) note(`${told.words} · ${new Intl.DateTimeFormat(document.documentElement.lang || "en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date())}`);
    if (location.pathname !== told.action) history.replaceState(null, "", told.action);
  };
  const touched = () => {
    dirty = true;
    note(form.dataset.unsaved);
    if (form.dataset.autosave === undefined) return;
    clearTimeout(later);
    later = setTimeout(autosave, 2500);
  };
  form.addEventListener("input", () => { soon(); touched(); });
  form.addEventListener("change", (event) => { channels(); if (!event.target.matches("input[type=file], textarea")) { soon(); touched(); } }); // Writing was told by "input" already.
  form.addEventListener("submit", () => { clearTimeout(later); });
  addEventListener("beforeunload", (event) => { if (dirty && form.dataset.sent === undefined) event.preventDefault(); });

  // --- Tabs and counters belong to chosen channels.
  const channels = () => {
    const chosen = new Set(all("input[name=channel]:checked:not(:disabled)", form).map((one) => one.value));
    all("[role=tab][data-channel]", form).forEach((tab) => {
      tab.hidden = !chosen.has(tab.dataset.channel);
      if (tab.hidden && tab.getAttribute("aria-selected") === "true") document.getElementById("tab-all").click();
    });
    all("[data-counter-of]", form).forEach((one) => { one.hidden = !chosen.has(one.dataset.counterOf); });
  };
  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at) return;
    if (at.closest("[role=tab]")) setTimeout(show, 0);
    const mend = at.closest("[data-mend]");
    if (mend) { const box = form.querySelector(`[data-break="${mend.dataset.mend}"]`); if (box) { box.checked = false; box.dispatchEvent(new Event("change", { bubbles: true })); } }
    const out = at.closest("[data-take-out]");
    if (out) { event.preventDefault(); out.closest("[data-media]").remove(); number(); soon(); touched(); }
    const pick = at.closest("[data-pick]");
    if (pick) { add({ id: pick.dataset.pick, address: pick.dataset.address, name: pick.dataset.name }); pick.closest("dialog")?.close(); }
  });
  // A chain that is broken begins with the shared words.
  form.addEventListener("change", (event) => {
    const channel = event.target.dataset?.break;
    if (!channel || !event.target.checked) return;
    const own = document.getElementById(`text-${channel}`);
    own.value = document.getElementById("text").value;
    own.dispatchEvent(new Event("input", { bubbles: true }));
    own.focus();
  });

  // --- Pictures.
  const number = () => all(".media-item .media-number", strip).forEach((one, at) => { one.textContent = String(at + 1); });
  const add = (media) => {
    if (strip.querySelector(`[data-media="${CSS.escape(media.id)}"]`)) return;
    const item = document.getElementById("media-template").content.firstElementChild.cloneNode(true);
    item.dataset.media = media.id;
    item.querySelector("input[name=media]").value = media.id;
    const image = item.querySelector("img");
    image.src = media.address;
    image.alt = media.name;
    const alt = item.querySelector("textarea");
    alt.name = `alt:${media.id}`;
    alt.id = `alt-${media.id}`;
    item.querySelector("label").htmlFor = alt.id;
    const out = item.querySelector("[data-take-out]");
    out.value = `take-out:${media.id}`;
    out.setAttribute("aria-label", `${out.getAttribute("aria-label")} ${media.name}`);
    strip.append(item);
    number();
    soon();
    touched();
  };
  const upload = (file) => new Promise((done) => {
    const busy = document.createElement("label");
    busy.className = "meter media-busy";
    const name = document.createElement("span");
    name.className = "clip";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    busy.append(name, bar);
    strip.append(busy);
    const body = new FormData();
    body.set("file", file, file.name || "picture");
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.upload);
    request.setRequestHeader("Mainstay-Part", "true");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100; };
    request.onloadend = () => {
      busy.remove();
      if (request.status === 200) add(JSON.parse(request.responseText)); else say(request.responseText);
      done();
    };
    request.send(body);
  });
  const take = async (files) => { for (const file of files) await upload(file); };
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=file]")) return;
    const files = [...event.target.files];
    event.target.value = "";
    take(files);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
  // Anywhere on the form is a place to drop a picture.
  form.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length || event.target.closest(".media-add")) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  if (window.Sortable && strip) {
    window.Sortable.create(strip, { draggable: ".media-item", handle: ".media-tile", delayOnTouchOnly: true, delay: 180, animation: 120, onEnd: () => { number(); soon(); touched(); } });
  }

  channels();
  place();
})();
