// What is typed as a password is shown by the button beside it, until it is sent.
"use strict";

document.documentElement.classList.add("has-script");

function show_secret(button, shown) {
  button.setAttribute("aria-pressed", shown);
  button.parentNode.querySelector("input").type = shown ? "text" : "password";
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".secret button");
  if (button) show_secret(button, button.ariaPressed === "false");
});
addEventListener("submit", ({ target }) => { for (const button of target.querySelectorAll(".secret button")) show_secret(button, false); }, true);
