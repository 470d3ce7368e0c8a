// Times in words: what the hub understood stands below the field before it counts; then Enter does it.
"use strict";

let question = 0;

async function understand(field) {
  const box = field.closest("[data-moments]"), said = $(".understood", box), moment = $("[name=moment]", box);
  const wish = field.value.trim(), zone = $("[name=zone]:checked", box), mine = ++question;
  moment.value = "";
  if (!wish) return show_understood(box, said, { said: "" });
  const query = new URLSearchParams({ words: wish, zone: zone?.value || "", there: zone?.dataset.there || "" });
  const found = await fetch(`/moments?${query}`).then((answer) => answer.json(), () => ({ problem: words.offline }));
  if (mine === question) show_understood(box, said, found);
}

function show_understood(box, said, found) {
  said.textContent = found.problem || [found.said, found.there].filter(Boolean).join(" · ");
  said.classList.toggle("wrong", Boolean(found.problem));
  $("[name=moment]", box).value = found.iso || "";
  const shown = $("[data-shown]", box.closest("details"));
  if (shown) shown.textContent = found.short || shown.dataset.shown;
}

document.addEventListener("input", (event) => {
  const field = event.target.matches("[data-words]") ? event.target : event.target.name === "zone" ? $("[data-words]", event.target.closest("[data-moments]")) : null;
  if (field) understand(field);
});
document.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-words]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const field = event.target, box = field.closest("[data-moments]");
  if (!field.value.trim()) { $("[name=offer]", box)?.click(); return; }
  await understand(field);
  if (!$("[name=moment]", box).value) return;
  const button = $("button[value=at]", box) || $(`#composer button[name=then][value=""]`);
  field.form.requestSubmit(button);
});

// Letters pressed in the open menu of "Snooze" begin the words; digits are its offers.
function begin_words(event, menu) {
  const field = $("[data-words]", menu);
  if (!field || !/^\p{L}$/u.test(event.key)) return false;
  field.focus();
  return true;
}

// Words that say no time send nothing at once.
document.addEventListener("submit", (event) => {
  const field = $("[data-words]", event.target), box = field?.closest("[data-moments]");
  if (!field?.value.trim() || $("[name=moment]", box).value || event.submitter?.matches("[name=offer], [name=until]:not([value=at])")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  box.closest("details").open = true;
  field.focus();
}, true);
