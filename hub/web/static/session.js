// The session ended, from here or elsewhere: what is on the page is nobody's to read until somebody signs in. That happens
// over the page, and then what was asked for is done.
"use strict";

const is_gone = () => document.body.classList.contains("gone");
const undone = [];  // what the hub refused meanwhile, to be asked for again

function ask_sign_in(again) {
  if (!is_gone()) tabs?.postMessage({ gone: true });
  document.body.classList.add("gone");
  if (again) undone.push(again);
  if (document.querySelector("#sign-in")) return;
  const dialog = document.createElement("dialog");
  dialog.id = "sign-in";
  dialog.className = "card";
  dialog.addEventListener("submit", (event) => { event.preventDefault(); submit_sign_in(dialog, event.target, event.submitter); });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => { dialog.remove(); if (is_gone()) ask_sign_in(); });  // Escape, again and again
  document.body.append(dialog);
  const address = `/login?${new URLSearchParams({ next: location.pathname + location.search })}`;
  fetch(address, { headers: { "Accept-Language": document.documentElement.lang } }).then((answer) => next_step(dialog, answer)).catch(() => {
    connection(false);
    dialog.remove();
    setTimeout(() => { if (is_gone()) ask_sign_in(); }, 3000);
  });
}

function submit_sign_in(dialog, form, button) {
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)) })
    .then((answer) => next_step(dialog, answer)).catch(() => { connection(false); say_offline(); });
}

// Another step of signing in, or the page it leads to.
async function next_step(dialog, answer) {
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const signed_in = next.querySelector("meta[name=csrf]");
  if (!signed_in && !next.querySelector("main form")) throw new Error("no sign-in");  // the hub or what stands before it is ill
  connection(true);
  if (signed_in) {
    if (!answer.ok) return location.reload();  // another role, which may not see this page
    tabs?.postMessage({ signed_in: true });
    return go_on(next);
  }
  const line = $("#line").cloneNode(true);  // the one of the page is covered with it
  line.removeAttribute("id");
  dialog.replaceChildren(line, ...next.querySelector("main").childNodes);
  const email = dialog.querySelector("[name=email]");
  if (email && !email.value) email.value = $("meta[name=agent]").content;
  dialog.setAttribute("aria-label", next.title);
  if (!dialog.open) dialog.showModal();
  [...dialog.querySelectorAll("input:not([type=hidden])")].find((field) => !field.value)?.focus();
}

// In this tab or in another one; who is somebody else now begins anew.
async function came_back() {
  const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
  if (answer.ok) go_on(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function go_on(next) {
  if (next.querySelector("meta[name=agent]").content !== $("meta[name=agent]").content) return location.reload();
  const token = next.querySelector("meta[name=csrf]").content;
  $("meta[name=csrf]").content = token;
  all("[name=csrf]").filter((field) => field.matches("input")).forEach((field) => { field.value = token; });
  document.body.classList.remove("gone");
  $("#sign-in")?.remove();
  for (const again of undone.splice(0)) again();
  listen();
  refresh();
}

// The request of a form or a link, once more.
function repeat({ elt, triggeringEvent }) {
  if (!elt.isConnected) return;
  if (elt.matches("form")) elt.requestSubmit(triggeringEvent?.submitter?.isConnected ? triggeringEvent.submitter : null);
  else elt.click();
}
