// The service worker's part: shows what comes, opens its link, and tells us when the browser renews the subscription. It may
// stand in a worker that the site has already: it leaves its installing and its own notifications alone.
"use strict";

const STORE = `krug-push-${krug.account}`;

function read(data) {
  try {
    const told = data.json();
    return told && typeof told === "object" ? told : {};
  } catch {
    return { body: data?.text() ?? "" };
  }
}

// A browser withdraws the permission of who shows nothing: something is shown whatever came.
async function show(data) {
  const { title, body, link } = data ? read(data) : {};
  const words = { body: title ? (body ?? "") : "", data: { krug: true, link: link ?? "" } };
  await self.registration.showNotification(title || body || krug.words.centre, words);
  for (const page of await pages()) page.postMessage({ type: "krug-push" });
}

function pages() {
  return self.clients.matchAll({ type: "window", includeUncontrolled: true });
}

async function open(link) {
  const address = new URL(link || "/", self.location.origin);
  if (!["https:", "http:"].includes(address.protocol)) return;
  for (const page of await pages()) {
    if (page.url === address.href) return page.focus();
  }
  return self.clients.openWindow(address.href);
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

async function renew(given) {
  const wanted = { userVisibleOnly: true, applicationServerKey: bytes(krug.key) };
  const subscription = given ?? (await self.registration.pushManager.subscribe(wanted));
  const kept = await caches.open(STORE);
  const replaces = (await (await kept.match("/token"))?.text()) ?? "";
  const answer = await fetch(`${krug.base}/devices`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ subscription: subscription.toJSON(), replaces }),
  });
  if (answer.ok) await kept.put("/token", new Response((await answer.json()).device));
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.newSubscription)));
self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  if (!data?.krug) return; // the site's own
  event.notification.close();
  event.waitUntil(open(data.link));
});
