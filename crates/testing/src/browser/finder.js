// Finds what a person sees on a page by its name. Put before a script that the browser harness runs; no part of the product.

const CONTROLS =
  'a[href], button, summary, input[type=submit], input[type=button], input[type=checkbox], input[type=radio], option, label,' +
  '[role=button], [role=link], [role=tab], [role=menuitem], [role=menuitemradio], [role=option], [role=switch], [role=radio]';
const FIELDS = 'input:not([type=hidden]):not([type=submit]):not([type=button]), textarea, select, [contenteditable=true], [role=textbox]';
const SET_AT_ONCE = ['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range'];

function plain(text) {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

function isVisible(element) {
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && element.getClientRects().length > 0;
}

function labelled(element) {
  const ids = element.getAttribute('aria-labelledby')?.split(/\s+/) ?? [];
  return plain(ids.map((id) => document.getElementById(id)?.innerText).join(' '));
}

function namesOf(kind, element) {
  const names = [plain(element.getAttribute('aria-label')), labelled(element)];
  for (const label of element.labels ?? []) names.push(plain(label.innerText));
  if (kind === 'control') names.push(plain(element.innerText), plain(element.value));
  else names.push(plain(element.placeholder), plain(element.name));
  names.push(plain(element.title));
  return names.filter((name) => name !== '');
}

// A whole name beats a beginning; a control beats the label around it; then the page's order decides.
function findNamed(kind, scope, name) {
  const wanted = plain(name);
  const selector = kind === 'control' ? CONTROLS : FIELDS;
  const candidates = [...document.querySelectorAll(scope)].flatMap((s) => [...s.querySelectorAll(selector)]);
  const usable = candidates.filter((e) => !e.disabled && (isVisible(e) || ['checkbox', 'radio'].includes(e.type)));
  const ranked = usable
    .map((element) => {
      const names = namesOf(kind, element);
      const whole = names.some((n) => n === wanted);
      const begins = names.some((n) => n.startsWith(wanted));
      return { element, rank: (whole ? 0 : begins ? 2 : 9) + (element.tagName === 'LABEL' ? 1 : 0) };
    })
    .filter((found) => found.rank < 9)
    .sort((a, b) => a.rank - b.rank);
  return ranked[0]?.element ?? null;
}

// Makes a field ready: 'type' when the driver shall type, 'set' when it is done, null when that option is not there (yet).
function prepareField(field, text) {
  const tell = () => ['input', 'change'].forEach((kind) => field.dispatchEvent(new Event(kind, { bubbles: true })));
  if (field.tagName === 'SELECT') {
    const option = [...field.options].find((o) => plain(o.label) === plain(text) || o.value === text);
    if (!option) return null;
    field.value = option.value;
    tell();
    return 'set';
  }
  if (SET_AT_ONCE.includes(field.type)) {
    field.value = text;
    tell();
    return 'set';
  }
  field.scrollIntoView({ block: 'center' });
  field.focus();
  if (field.select) field.select();
  if ((field.value ?? field.innerText) !== '') document.execCommand('delete');
  return 'type';
}

function pageSays(text) {
  return plain(document.body?.innerText).includes(plain(text));
}
