// Keys wait for the page they were meant for: while one is on its way, what is typed is kept, and played there in order.
"use strict";

let loading = 0, newest = null;
const kept = [];
const HELD = ["Enter", "Backspace", "Escape", "F2"];

document.addEventListener("htmx:beforeRequest", (event) => { loading += 1; newest = event.detail.xhr; leave_menu(event.target); });
document.addEventListener("htmx:afterRequest", (event) => {
  loading = Math.max(0, loading - 1);
  const { status } = event.detail.xhr;
  if (!status || status >= 400) kept.length = 0;  // the page they were meant for did not come
  play_keys();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr === newest) return;
  event.detail.shouldSwap = false;  // somebody has gone on meanwhile
  if (event.detail.xhr.status >= 400) say_failed();
});

// A menu's field is done with once its form is sent: what is typed then is meant for the page. A browser would leave
// the field when it draws the closed menu, and keys pressed before that would be lost in it.
function leave_menu(form) {
  const menu = form.closest?.("details.menu");
  if (menu?.contains(document.activeElement)) $("summary", menu).focus();
}

// Walking on (j, k) never waits: it asks for another page and changes nothing.
function keep_for_later(event) {
  if (!loading || !(event.key.length === 1 || HELD.includes(event.key))) return false;
  if (editable(event.target) && !event.target.closest("#composer")) return false;
  const { key, ctrlKey, metaKey, shiftKey } = event;
  if (!kept.length && "jk".includes(key) && !editable(event.target)) return false;
  if ((ctrlKey || metaKey) && key !== "Enter") return false;
  event.preventDefault();
  kept.push({ key, ctrlKey, metaKey, shiftKey });
  return true;
}

function play_keys() {
  while (kept.length && !loading) {
    const stroke = kept.shift(), at = document.activeElement || document.body;
    const open = at.dispatchEvent(new KeyboardEvent("keydown", { ...stroke, bubbles: true, cancelable: true }));
    if (open && editable(at)) type_key(stroke, at);
  }
}

function type_key({ key, ctrlKey, metaKey }, field) {
  if (ctrlKey || metaKey) return;
  if (key === "Backspace") document.execCommand("delete");
  else if (key === "Enter") { if (field.matches("textarea")) document.execCommand("insertText", false, "\n"); else submit_as_if_typed(field.form); }
  else if (key.length === 1) document.execCommand("insertText", false, key);
}

// As a browser does it on Enter: by the form's first button, whose name says what is to be done.
function submit_as_if_typed(form) {
  const first = form && [...form.elements].find((one) => one.type === "submit");
  if (first) first.click(); else form?.requestSubmit();
}
