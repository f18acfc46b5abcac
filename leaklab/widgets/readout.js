// What is read of a widget: its status line, words and picture. Nodes stay while their text and attributes change, so that
// a screen reader announces the new status, an open <details> or the focus is kept, and pictures do not flicker.

const GONE = "The kernel behind this widget was restarted or stopped. Run this cell again "
  + "(if it says that a name is missing: Run > Run All Above Selected Cell, then this cell).";

function morph(old, now) {
  if (old.nodeName !== now.nodeName) { old.replaceWith(now); return; }
  if (old.nodeType === Node.TEXT_NODE) { if (old.data !== now.data) old.data = now.data; return; }
  for (const { name, value } of now.attributes ?? []) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...(old.attributes ?? [])]) {
    if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);  // what a reader opened stays open
  }
  const before = [...old.childNodes], after = [...now.childNodes];
  after.forEach((node, i) => before[i] ? morph(before[i], node) : old.append(node));
  before.slice(after.length).forEach((node) => node.remove());
}

function render({ model, el }) {
  const part = (name, attributes = {}) => {
    const node = document.createElement("div");
    node.className = `leaklab-${name}`;
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    el.append(node);
    return node;
  };
  const parts = {
    said: part("said", { role: "status" }), fault: part("fault", { role: "alert" }),
    words: part("words"), picture: part("picture"),
  };
  const put = (name) => {
    const now = parts[name].cloneNode(false);
    now.innerHTML = model.get(name);
    morph(parts[name], now);
  };
  const gone = () => { parts.fault.textContent = GONE; };
  const listeners = Object.keys(parts).map((name) => [`change:${name}`, () => put(name)]);
  Object.keys(parts).forEach(put);
  listeners.push(["comm_live_update", gone]);
  listeners.forEach(([event, call]) => model.on(event, call));
  return () => listeners.forEach(([event, call]) => model.off(event, call));
}

export default { render };
