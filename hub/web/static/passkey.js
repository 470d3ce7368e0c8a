// Asks a passkey before a form with data-passkey is sent: the address to ask, "get" or "create" in data-how.
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form || form.elements.credential.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const problem = form.querySelector("[data-failed]");
  problem.hidden = true;
  try {
    const options = await (await fetch(form.dataset.passkey)).json();
    const credential = form.dataset.how === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.requestSubmit();
  } catch {
    problem.hidden = false;
  }
}, true);
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-passkey] [name=credential]")) field.value = "";
});
