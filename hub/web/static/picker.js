// Choosing while one writes: snippets by / and, in notes, colleagues by @ at the start of a word. Letters narrow the list, Enter takes the first.
"use strict";

const PICKS = {  // by sign: whether there is something to choose here, the list, what is written for an item of it
  "/": { here: () => true, list: (text) => fetch(text.dataset.snippets, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : [])), write: (item) => item.text },
  "@": { here: () => chosen()?.value === "note", list: async (text) => JSON.parse(text.dataset.colleagues), write: (item) => `@${item.title} ` },
};
const GAP = /⟨[^⟨⟩\n]{1,80}⟩/;
const MOST_PICKED = 8;
const lists = { of: "", known: {} };  // of the conversation at hand, by sign
let picking = null;  // { sign, from, items, at }

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function known_list(sign, text) {
  const conversation = page().dataset.conversation;
  if (lists.of !== conversation) Object.assign(lists, { of: conversation, known: {} });
  lists.known[sign] ||= PICKS[sign].list(text).catch(() => { delete lists.known[sign]; return []; });
  return lists.known[sign];
}

// The sign and the letters behind it, up to the cursor.
function asked_for(text) {
  const before = text.value.slice(0, text.selectionStart), found = before.match(/(?:^|\s)([/@])([^\s/@]*)$/);
  if (!found || !PICKS[found[1]]?.here() || text.selectionStart !== text.selectionEnd) return null;
  return { sign: found[1], letters: plain(found[2]), from: before.length - found[2].length - 1 };
}

async function choose_snippet(text) {
  const asked = asked_for(text);
  if (!asked) return close_picker();
  picking = { ...asked, items: null, at: 0 };
  const mine = picking, list = await known_list(asked.sign, text);
  if (picking !== mine) return;
  mine.items = ranked(list, asked.letters);
  if (mine.take && mine.items.length) return take();
  show_picker(text, !list.length);
}

// Those that begin so come first; the order of the list, which knows the customer's language, decides the rest.
function ranked(list, letters) {
  const places = (item) => [plain(item.key), ...plain(item.title).split(/\s+/)];
  const score = (item) => {
    const at = places(item);
    if (at[0].startsWith(letters)) return 0;
    if (at.some((word) => word.startsWith(letters))) return 1;
    return plain(`${item.key} ${item.title}`).includes(letters) ? 2 : 9;
  };
  return list.map((item) => [score(item), item]).filter(([far]) => far < 9).sort((one, other) => one[0] - other[0]).map(([, item]) => item).slice(0, MOST_PICKED);
}

function show_picker(text, empty) {
  const box = $("#picker"), { items, at, sign } = picking;
  if (!items.length && !(empty && sign === "/")) return close_picker();
  box.replaceChildren(...(items.length ? items.map((item, n) => picker_row(item, n, at, sign)) : [said(box.dataset.none)]));
  box.hidden = false;
  text.setAttribute("aria-controls", "picker");
  if (items.length) text.setAttribute("aria-activedescendant", `pick-${at}`); else text.removeAttribute("aria-activedescendant");
  box.children[at].scrollIntoView({ block: "nearest" });
}

function said(words) {
  return Object.assign(document.createElement("li"), { className: "hint", textContent: words });
}

function picker_row(item, n, at, sign) {
  const row = document.createElement("li"), title = document.createElement("b"), key = document.createElement("kbd"), line = document.createElement("span");
  Object.assign(row, { id: `pick-${n}`, role: "option" });
  row.setAttribute("aria-selected", String(n === at));
  title.textContent = item.title || item.key;
  key.textContent = `${sign}${item.key}`;
  line.className = "hint";
  line.textContent = (item.text || item.hint || "").split("\n").find((part) => part.trim()) || "";
  row.append(title, ...(item.key ? [key] : []), line);
  row.addEventListener("pointerdown", (event) => { event.preventDefault(); picking.at = n; take(); });
  return row;
}

function close_picker() {
  picking = null;
  const box = $("#picker");
  if (box) box.hidden = true;
  for (const name of ["aria-controls", "aria-activedescendant"]) $("#text")?.removeAttribute(name);
}

function take() {
  const text = $("#text"), { items, at, from, sign } = picking, written = PICKS[sign].write(items[at]);
  close_picker();
  text.setSelectionRange(from, text.selectionStart);
  document.execCommand("insertText", false, written);
  close_picker();  // what was inserted may end like another question
  if (GAP.test(written)) select_gap();
}

// The first place that is still to be written.
function select_gap() {
  const text = $("#text"), found = text?.value.match(GAP);
  if (!found) return false;
  text.focus();
  text.setSelectionRange(found.index, found.index + found[0].length);
  return true;
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  choose_snippet(event.target);
  if (!GAP.test(event.target.value)) $("#unfilled").hidden = true;
});
document.addEventListener("focusout", (event) => { if (event.target.id === "text") close_picker(); });
document.addEventListener("keydown", (event) => {
  if (!picking || event.target.id !== "text" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const { items } = picking;
  if (event.key === "Escape") close_picker();
  else if (event.key === "Enter" || event.key === "Tab") { if (!items) picking.take = true; else if (items.length) take(); else return; }
  else if (items?.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    picking.at = (picking.at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length;
    show_picker(event.target);
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#to-snippets")) return;
  event.preventDefault();
  const text = $("#text"), before = text.value.slice(0, text.selectionStart);
  text.focus();
  document.execCommand("insertText", false, !before || /\s$/.test(before) ? "/" : " /");
});

// What is still to be filled in goes to nobody; a note may keep it.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "composer" || event.submitter?.hasAttribute("formaction") || chosen()?.value === "note") return;
  if (!select_gap()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  $("#unfilled").hidden = false;
}, true);
document.addEventListener("htmx:afterSettle", () => { close_picker(); if ($("#composer > .problem:not([hidden])")) select_gap(); });
