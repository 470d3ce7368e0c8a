// A colleague named one in a note: said at once, wherever one is; on the desktop where that was allowed before.
"use strict";

function tell_mention(event) {
  const here = event.conversation === page().dataset.conversation && document.visibilityState === "visible";
  if (here) return;
  const toast = $("#toast"), link = document.createElement("a");
  link.href = `/conversations/${event.conversation}?view=mentions`;
  link.textContent = words.open;
  toast.replaceChildren(words.mentioned, link);
  htmx.process(link);
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, SHOWN);
  if (!leading || window.Notification?.permission !== "granted") return;
  const note = new Notification(document.title.split(" – ").pop(), { body: words.mentioned, tag: event.conversation });
  note.onclick = () => { window.focus(); link.click(); note.close(); };
}
