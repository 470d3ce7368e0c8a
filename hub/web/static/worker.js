// Runs when something comes while no page need be open: shows what the hub says of it, unless it stands on the screen already.
"use strict";

const pages = () => clients.matchAll({ type: "window", includeUncontrolled: true });

async function tell({ title, body, tag, url }) {
  const place = new URL(url, location.href).pathname;
  const shown = (page) => page.visibilityState === "visible" && new URL(page.url).pathname === place;
  if ((await pages()).some(shown)) return;
  await registration.showNotification(title, { body, tag, renotify: true, data: url });
}

async function go(url) {
  const [page] = await pages();
  if (!page) return clients.openWindow(url);
  await page.focus();
  return page.postMessage({ open: url });
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(tell(event.data.json())));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(go(event.notification.data));
});
