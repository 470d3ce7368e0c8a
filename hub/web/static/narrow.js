// A menu whose buttons letters narrow: Enter takes the first that is left, arrows another. Behind a comma begins what is said with it.
"use strict";

const named = (pop) => all("button[data-name]", pop);
const hit_of = (pop) => $("button.hit", pop);

function narrow(field) {
  const pop = field.closest("[data-narrowed]"), [, name, more] = field.value.match(/^([^,:]*)(?:[,:]\s*(.*))?$/s), letters = plain(name).trim();
  named(pop).forEach((button) => { button.hidden = !` ${plain(button.dataset.name)}`.includes(` ${letters}`); });
  mark_hit(pop, letters ? named(pop).find((button) => !button.hidden) : null);
  const note = $("[name=note]", pop);
  if (more === undefined || !note || !hit_of(pop)) return;
  field.value = name;
  note.value = more;
  note.focus();
}

function mark_hit(pop, hit) {
  hit_of(pop)?.classList.remove("hit");
  hit?.classList.add("hit");
  hit?.scrollIntoView({ block: "nearest" });
  $("[role=status]", pop).textContent = hit ? hit.dataset.name : "";
}

document.addEventListener("input", (event) => { if (event.target.matches("[data-narrow]")) narrow(event.target); });
document.addEventListener("keydown", (event) => {
  const pop = event.target.closest?.("[data-narrowed]"), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!pop || event.isComposing || !event.target.matches("[data-narrow], [name=note]")) return;
  const first = event.target.matches("[data-narrow]"), left = named(pop).filter((button) => !button.hidden);
  if (step && first) mark_hit(pop, left.at((left.indexOf(hit_of(pop)) + step + left.length) % left.length));
  else if (event.key === "Enter" && (first || event.ctrlKey || event.metaKey)) { if (hit_of(pop)) hit_of(pop).click(); else $("[data-narrow]", pop).focus(); }
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();  // in the composer Ctrl+Enter sends
});
// Opened by the mouse it is written in at once: a letter typed before a browser's own "toggle" would be a key of the page.
document.addEventListener("click", (event) => {
  const menu = event.target.closest("summary")?.parentElement, field = menu && $("[data-narrow]", menu);
  if (!field || menu.open || event.pointerType === "touch") return;
  event.preventDefault();
  menu.open = true;
  field.focus();
});
document.addEventListener("toggle", (event) => {
  const field = !event.target.open && $("[data-narrow]", event.target);
  if (field) { field.value = ""; narrow(field); }
}, true);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful && event.target.matches("form[data-narrowed]")) event.target.reset(); });
