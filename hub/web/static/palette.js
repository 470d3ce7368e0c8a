// Ctrl+K: all in one list; /search shows the same.
"use strict";

let asking = 0, asked = "";
let known_for = null, entered = null;  // whose hits stand there
const hits = () => all("#hits [role=option]");

function open_palette() {
  const dialog = $("#palette");
  if (!dialog || dialog.open) return;
  known_for = entered = null;
  dialog.showModal();
  $("[name=q]", dialog).select();
  ask_palette();
}

async function ask_palette() {
  const typed = $("#palette [name=q]").value, query = new URLSearchParams({ part: "palette", q: typed });
  if (page().dataset.conversation) query.set("open", page().dataset.conversation);
  if (page().dataset.conversation || picked.size) query.set("macros", "1");
  asked = String(query);
  const answer = await fetch(`/search?${query}`, { headers: { "X-Live": "1" } }).catch(() => null);
  if (!answer || asked !== String(query)) return;
  if (answer.status === 401) return ask_sign_in(ask_palette);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  $("#hits").replaceChildren(...next.body.childNodes);
  htmx.process($("#hits"));
  known_for = typed;
  choose_hit(0);
  if (entered) enter(entered.apart);
}

function enter(apart) {
  entered = known_for === $("#palette [name=q]").value ? null : { apart };
  if (!entered) return take_hit(hits().find((hit) => hit.ariaSelected === "true"), apart);
  clearTimeout(asking);
  ask_palette();
}

function choose_hit(to) {
  const known = hits(), at = known.length ? (to + known.length) % known.length : -1;
  known.forEach((hit, n) => hit.setAttribute("aria-selected", n === at));
  known[at]?.scrollIntoView({ block: "nearest" });
  $("#palette [name=q]").setAttribute("aria-activedescendant", known[at]?.id || "");
}

function take_hit(hit, apart) {
  if (!hit) return;
  if (apart && hit.href) { open(hit.href); return; }
  $("#palette").close();
  if (hit.dataset.macro) act_on(`macro:${hit.dataset.macro}`, () => press(`#m-macro [value="${hit.dataset.macro}"]`));
  else if (hit.dataset.act) acts[hit.dataset.act](); else hit.click();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("#palette [name=q]")) return;
  clearTimeout(asking);
  entered = null;
  asking = setTimeout(ask_palette, 80);
});
document.addEventListener("click", (event) => {
  const hit = event.target.closest?.("#hits [role=option]");
  if (event.target.matches?.("#palette")) event.target.close();  // beside it
  else if (hit?.matches("button")) take_hit(hit);
  else if (hit) $("#palette").close();
});
document.addEventListener("keydown", (event) => {
  const dialog = event.target.closest?.("#palette");
  if (!dialog) return;
  const at = hits().findIndex((hit) => hit.ariaSelected === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") choose_hit(at + (event.key === "ArrowDown" ? 1 : -1));
  else if (event.key === "Enter") enter(event.ctrlKey || event.metaKey);
  else return;
  event.preventDefault();
});
