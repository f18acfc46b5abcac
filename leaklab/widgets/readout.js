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

// What ipywidgets leaves out of controls: a slider's name and the words of its value, for screen readers; tooltips of those
// that have words before them; that a button's sign is no part of its name. The value beside a slider is for reading: of a
// choice among words nothing can be typed there, and to the Tab key it is a stop without a name.
function describe(controls, tips) {
  const set = (one, name, value) => { if (value && one.getAttribute(name) !== value) one.setAttribute(name, value); };
  controls.querySelectorAll("button > i").forEach((sign) => set(sign, "aria-hidden", "true"));
  controls.querySelectorAll("[class*=widget-inline-hbox], .widget-checkbox").forEach((one) => {
    const label = one.querySelector("label");
    const words = label?.textContent.trim() ?? "";
    if (label?.title === "null") label.title = "";
    if (!label?.title) set(label ?? one, "title", tips[words]);
    one.querySelectorAll(".widget-readout").forEach((value) => set(value, "contenteditable", "false"));
    one.querySelectorAll("[role=slider]").forEach((handle) => {
      const off = handle.closest(".noUi-target").hasAttribute("disabled");
      set(handle, "aria-label", words);
      set(handle, "aria-disabled", String(off));
      set(handle, "tabindex", off ? "-1" : "0");
      set(handle, "aria-valuetext", one.querySelector(".widget-readout")?.textContent.trim());
    });
  });
}

// Keys pressed in a widget are the widget's: JupyterLab's command mode would take 3, m or x for orders to change its cell.
function keep(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
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
  let controls = null;
  const watcher = new MutationObserver(() => describe(controls, model.get("tips")));
  const waiting = setInterval(() => { // until controls and readout stand in the page
    controls = el.closest(".leaklab")?.querySelector(".leaklab-controls");
    if (!controls) return;
    clearInterval(waiting);
    controls.parentElement.addEventListener("keydown", keep);
    describe(controls, model.get("tips"));
    const attributeFilter = ["aria-valuetext", "contenteditable", "disabled"];
    watcher.observe(controls, { subtree: true, childList: true, characterData: true, attributeFilter });
  }, 50);
  return () => {
    clearInterval(waiting);
    watcher.disconnect();
    listeners.forEach(([event, call]) => model.off(event, call));
  };
}

export default { render };
