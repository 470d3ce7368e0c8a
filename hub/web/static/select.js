// Several conversations at once: x, Shift+j, Shift+k or the box on a row. Boxes and bar work without this; it counts, and
// keeps what is chosen while one walks on. (The form's own id is hidden behind its boxes, which are named "id".)
"use strict";

const picked = new Set();  // ids of conversations
let last_box = null;
const boxes = () => all(".pick input");

function show_picked() {
  const here = new Set(boxes().map((box) => box.value));
  picked.forEach((id) => { if (!here.has(id)) picked.delete(id); });
  boxes().forEach((box) => { box.checked = picked.has(box.value); });
  const out = $("#chosen");
  if (out) out.textContent = picked.size ? fill(words.chosen, { n: picked.size }) : "";
}

function pick(box, on = true) {
  if (!box) return;
  if (on) picked.add(box.value); else picked.delete(box.value);
  last_box = box;
  show_picked();
}

const row_at = () => all(".row").findIndex((row) => row === document.activeElement || (row.ariaCurrent === "true" && !document.activeElement?.matches(".row")));
const box_of = (row) => row && $(".pick input", row.parentElement);

function pick_row() {
  const row = all(".row")[Math.max(0, row_at())], box = box_of(row);
  row?.focus();
  if (box) pick(box, !box.checked);
}

function extend_picked(by) {
  const rows = all(".row"), at = Math.max(0, row_at()), to = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
  pick(box_of(rows[at]));
  pick(box_of(to));
  to?.focus();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".pick input");
  if (!box) return;
  const known = boxes(), from = known.indexOf(last_box), to = known.indexOf(box);
  if (event.shiftKey && from >= 0) known.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => pick(one, box.checked));
  pick(box, box.checked);
});
document.addEventListener("reset", (event) => { if (event.target.matches("#bulk")) { picked.clear(); show_picked(); } });
document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.requestConfig.elt.matches("#bulk") && event.detail.xhr.status < 400) picked.clear(); });

// An act on the chosen ones where some are chosen, else on the open conversation.
const act_on = (bulk, single) => (picked.size ? press(`#bulk button[value='${bulk}']`) : single());
const menu_for = (bulk, single, first) => (picked.size ? open_menu(bulk, first) : single());
