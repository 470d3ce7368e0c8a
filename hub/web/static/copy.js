// A button with data-copy puts what stands in the field of that id where it can be pasted from.
"use strict";

async function copy_field(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");  // where the page did not come over TLS, or the browser asks first
  }
  document.getElementById("say").textContent = button.dataset.said;
  button.textContent = button.dataset.said;
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (button) copy_field(button);
});
