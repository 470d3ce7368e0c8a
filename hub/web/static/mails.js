// A mail stands in its frame at full height, without a scroll bar of its own. The frame runs no script: we measure it.
"use strict";

Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "style" && node.matches?.("iframe.mail")) && !(name === "open" && node.matches?.("details.fold"));

const MARGIN = 8;  // pixels below the text, as above it

function fit_mail(frame) {
  const paper = frame.contentDocument?.body;
  if (!paper || !frame.offsetWidth) return;
  const bar = paper.scrollWidth > frame.clientWidth ? 16 : 0;
  frame.style.height = `${Math.ceil(paper.getBoundingClientRect().height) + 2 * MARGIN + bar}px`;
}

const fit_mails = () => all("iframe.mail").forEach(fit_mail);
document.addEventListener("load", (event) => { if (event.target.matches?.("iframe.mail")) fit_mail(event.target); }, true);
document.addEventListener("toggle", (event) => { if (event.target.matches?.("details.fold")) all("iframe.mail", event.target).forEach(fit_mail); }, true);
addEventListener("resize", fit_mails);
