// What is wrong with a form is said beside its field, and what was typed stays. A page of the hub that says so itself is
// shown as it is.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail, form = requestConfig.elt;
  if (![409, 422].includes(xhr.status) || !form.matches("form")) return;
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".message-page .detail");
  if (!said) return;
  event.detail.shouldSwap = false;
  $("#stream")?.removeAttribute("aria-busy");
  say_wrong(form, said, xhr.status === 409, requestConfig.triggeringEvent?.submitter);
});
document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches("form")) forget_wrong(event.target); });

// A page that came back with what was typed says the reason at its field, too.
function place_wrong() {
  const told = $("#problem[data-field]");
  const form = told && all(`form[action="${location.pathname}"]`).find((one) => named_in(one, told.dataset.field));
  if (!form) return;
  told.remove();
  say_wrong(form, told);
}
addEventListener("DOMContentLoaded", place_wrong);
document.addEventListener("htmx:afterSettle", place_wrong);

const named_in = (form, name) => all("input:not([type=hidden]), select, textarea", form).find((one) => name && (one.name === name || one.dataset.named?.split(" ").includes(name)));

// Beside the field, or the button where no field is named.
function say_wrong(form, said, faster, button) {
  const { field: name } = said.dataset;
  const field = named_in(form, name);
  const line = Object.assign(document.createElement("p"), { className: "wrong", id: "wrong", textContent: said.textContent });
  line.setAttribute("role", "alert");
  if (faster) line.append(" ", Object.assign(document.createElement("a"), { href: location.href, target: "_blank", textContent: words.now }));
  if (field) {
    field.setAttribute("aria-invalid", "true");
    describe_by(field, "wrong");
    (field.closest("label, fieldset") || field).after(line);
  } else (button?.isConnected && form.contains(button) ? button : form.lastElementChild).before(line);
  for (let fold = form; fold; fold = fold.parentElement) if (fold.matches("details")) fold.open = true;
  (field || button || form).focus();
  line.scrollIntoView({ block: "nearest" });
}

function forget_wrong(form) {
  $("#wrong")?.remove();
  for (const field of all("[aria-invalid]", form)) { field.removeAttribute("aria-invalid"); describe_by(field); }
}

function describe_by(field, ...more) {
  const ids = (field.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== "wrong");
  field.setAttribute("aria-describedby", [...ids, ...more].join(" "));
}
