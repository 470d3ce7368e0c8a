// What was done last can be undone, from any page and any tab of this browser: by the button that says what was done, or z.
"use strict";

const STACK = "undo", MOST = 20, FOR = 600000, SHOWN = 8000;  // acts; milliseconds
const CHANGES = {  // of the case, by act
  closure: ["state", "until", "unread"], reopening: ["state", "until", "unread"], snooze: ["state", "until", "unread"],
  assignment: ["assignee"], labels: ["labels"], priority: ["priority"],
  replies: [], next: ["state", "until", "unread"],
};
let about = null, fading = 0;  // what is being done just now

const acts_done = () => JSON.parse(localStorage.getItem(STACK) || "[]").filter((act) => Date.now() - act.at < FOR);

document.addEventListener("htmx:beforeRequest", (event) => { about = describe(event.detail.requestConfig); });
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!about || about.form !== requestConfig.elt || xhr.status >= 400) return;
  const { form, ...act } = about;
  about = null;
  localStorage.setItem(STACK, JSON.stringify([...acts_done(), act].slice(-MOST)));
  if (act.name !== "replies") document.addEventListener("htmx:afterSettle", () => show_toast(words.acts[act.name]), { once: true });  // a message says so itself
});

// The act and how the case stood before it, if it is one that can be undone. One with a note tells the hub.
function describe({ elt, triggeringEvent }) {
  const [, conversation, path] = elt.matches?.("form") ? new URL(elt.getAttribute("action") || "", location.href).pathname.match(/^\/conversations\/(\w+)\/(\w+)$/) || [] : [];
  const name = path === "replies" && triggeringEvent?.submitter?.value === "next" ? "next" : path;
  const head = $("#head");
  const note = path === "replies" && chosen()?.value === "note";
  if (!(name in CHANGES) || !head || $(".field [name=note]", elt)?.value || (note && name === "replies")) return null;
  const before = JSON.parse(head.dataset.case), fields = [["view", $("[name=view]", elt)?.value || ""]];
  for (const field of CHANGES[name]) {
    fields.push([field, field === "labels" ? "1" : before[field]]);
    if (field === "labels") before.labels.forEach((label) => fields.push(["label", label]));
  }
  if (path === "replies" && !note) fields.push(["client_id", $("[name=client_id]", elt).value]);
  return { form: elt, conversation, name, fields, at: Date.now() };
}

// An act on many, or with a complaint, was told by the page that came after it, with the form that undoes it.
function note_bulk() {
  const told = $("#did");
  if (!told) return;
  const fields = [...told.elements].filter((one) => one.type === "hidden" && one.name !== "csrf").map((one) => [one.name, one.value]);
  const act = { action: told.getAttribute("action"), fields, at: Date.now() };
  if (!acts_done().some((one) => one.action === act.action && `${one.fields}` === `${fields}`)) localStorage.setItem(STACK, JSON.stringify([...acts_done(), act].slice(-MOST)));
  show_toast($("p", told).textContent);
  told.remove();
  const address = new URL(location.href);
  for (const name of ["did", "complained", "parted"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

function show_toast(text) {
  const toast = $("#toast"), button = document.createElement("button");
  button.type = "button";
  const key = editable(document.activeElement) ? words.undo_typing : Object.keys(pressed).find((one) => pressed[one] === "undo");
  button.textContent = key ? `${words.undo} (${key})` : words.undo;
  button.addEventListener("click", undo_last);
  toast.replaceChildren(text, button);
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, SHOWN);
}

// After an answer has left one stands in the next field: there z is a letter, and Ctrl+Z has nothing of its own to undo
// until something was typed.
let touched = "";  // the composer, by the id of its answer
const composer_of = (field) => (field.id === "text" ? field.form.elements.client_id.value : "");
const untouched = (field) => field.id === "text" && !field.value && composer_of(field) !== touched;
document.addEventListener("input", ({ target }) => { if (target.id === "text") touched = composer_of(target); });

// False when there is nothing to undo.
function undo_last() {
  const left = acts_done(), act = left.pop();
  if (!act) return false;
  localStorage.setItem(STACK, JSON.stringify(left));
  const form = document.createElement("form");
  form.method = "post";
  form.action = act.action || `/conversations/${act.conversation}/restoration`;
  if (act.fields.some(([name]) => name === "client_id")) form.className = "undo";  // its text waits in the composer
  form.hidden = true;
  for (const [name, value] of [["csrf", csrf()], ...act.fields]) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  htmx.process(form);
  form.requestSubmit();
  $("#toast").hidden = true;
  form.addEventListener("htmx:afterRequest", () => form.remove());
  return true;
}
