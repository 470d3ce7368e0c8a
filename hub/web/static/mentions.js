// News of the desktop, where the agent allowed it by a button: a colleague's mention, a goal that was missed, a message that is the agent's to
// answer. Nothing is told of what is on the screen; what is told of one conversation replaces what was told before.
"use strict";

const allowed = () => window.Notification?.permission === "granted";

const on_screen = (conversation) => conversation === page().dataset.conversation && document.visibilityState === "visible";

function tell_mention(event, text) {
  if (event.conversation && on_screen(event.conversation)) return;
  const toast = $("#toast"), link = document.createElement("a");
  link.href = event.conversation ? `/conversations/${event.conversation}?view=${text === words.mentioned ? "mentions" : "open"}` : "/settings/channels";
  link.textContent = words.open;
  toast.replaceChildren(text, link);
  htmx.process(link);
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, SHOWN);
  if (leading && allowed()) notify(document.title.split(" – ").pop(), text, event.conversation || event.type, link.href);
}

// One tab speaks for the browser. Whether there is something to say, and what, the hub knows.
async function tell_message(event) {
  if (on_screen(event.conversation) || !leading || !allowed()) return;
  const answer = await fetch(`/conversations/${event.conversation}/notice`).catch(() => null);
  if (answer?.status !== 200) return;
  const { title, body } = await answer.json();
  notify(title, body, event.conversation, `/conversations/${event.conversation}?view=mine`);
}

// Where the hub tells this browser itself, page or no page (Web Push), the page says nothing as well.
const subscription = async () => (await navigator.serviceWorker?.getRegistration())?.pushManager?.getSubscription();

async function notify(title, body, tag, href) {
  if (await subscription()) return;
  let note;
  try { note = new Notification(title, { body, tag }); } catch { return; }  // phones show them from service workers only
  note.onclick = () => { window.focus(); location.href = href; note.close(); };
}

async function subscribe() {
  const box = $("#notifications");
  if (await Notification.requestPermission() === "granted" && window.PushManager) try {
    const { key } = await (await post("/settings/devices/key")).json();
    await navigator.serviceWorker.register("/worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
    if (!(await post("/settings/devices", { endpoint, ...keys })).ok) throw new Error("not taken");
    return location.reload();
  } catch { box.dataset.failed = ""; }
  show_allowed();
}

// A browser that was removed from the list, or that somebody else uses now, ends its subscription; asked once in a tab.
async function renew_subscription() {
  if (!allowed() || (sessionStorage.renewed && !$("#notifications"))) return;
  sessionStorage.renewed = 1;
  const made = await subscription();
  if (made && (await post("/settings/devices/renewal", { endpoint: made.endpoint })).status === 404) await made.unsubscribe();
}

// On the page of settings; without a script there is nothing to allow.
async function show_allowed() {
  const box = $("#notifications");
  await renew_subscription();
  if (!box) return;
  box.hidden = !("Notification" in window);
  box.dataset.state = window.Notification?.permission || "";
  $("#subscribe", box).hidden = !window.PushManager || Boolean(await subscription());
}
document.addEventListener("click", (event) => {
  if (event.target.matches("#allow-notifications, #subscribe")) subscribe();
});
navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data.open) location.href = data.open; });
