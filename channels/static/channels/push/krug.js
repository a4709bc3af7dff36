// Subscribes this browser to push messages. Elements of the page take part by attributes:
//   <button data-krug-push></button>   subscribes, and again takes it back; its words are put in where it has none
//   <p data-krug-push-terms></p>       gets what the person agrees to
//   <p data-krug-push-state></p>       gets what went wrong
// and the script's own tag may carry data-person, the token of the site's backend for whoever is logged in.
// Scripts of the site may use `krugPush`: state(), subscribe(), unsubscribe(), credential(); "krug-push" on the document
// tells a change.
"use strict";

const STORE = `krug-push-${krug.account}`;
const DAY = 86_400_000;
const person = document.currentScript?.dataset.person ?? "";
const isAble = Boolean(krug.key) && ["ServiceWorker", "PushManager", "Notification"].every((name) => name in window);

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

// The service worker cannot read localStorage, and needs the token when the browser renews its subscription by itself.
async function remember(told) {
  try {
    localStorage.setItem(STORE, JSON.stringify(told));
  } catch {
    // a browser that keeps nothing tells us again on the next page
  }
  const kept = await caches.open(STORE);
  await kept.put("/token", new Response(told.device ?? ""));
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function isOurs(subscription) {
  const key = subscription.options.applicationServerKey;
  return !key || new Uint8Array(key).join() === bytes(krug.key).join();
}

async function call(method, { body, token } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(`${krug.base}/devices`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? {} : answer.json();
}

async function tell(subscription, { agreed = false } = {}) {
  const { device: replaces } = remembered();
  const told = await call("POST", { body: { subscription: subscription.toJSON(), person, replaces, agreed } });
  await remember({ device: told.device, endpoint: subscription.endpoint, person, at: Date.now() });
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration(krug.worker);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function state() {
  if (!isAble) return "unable";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && remembered().device && (await current()) ? "on" : "off";
}

async function subscribe() {
  if (!isAble) return "unable";
  if ((await Notification.requestPermission()) === "granted") await tell(await subscription(), { agreed: true });
  return changed();
}

async function subscription() {
  await navigator.serviceWorker.register(krug.worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  if (known && isOurs(known)) return known;
  await known?.unsubscribe(); // the account has a new key: the old subscription takes nothing of it
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(krug.key) });
}

async function unsubscribe() {
  const { device } = remembered();
  if (device) await call("DELETE", { token: device });
  await (await current())?.unsubscribe();
  await remember({});
  return changed();
}

// Once a day, and when somebody else has logged in: the device is still there, and whose it is. A subscription that the
// browser has dropped, or that was made with an older key of ours, is made anew: nobody has taken it back.
async function seen() {
  const { at = 0, endpoint, person: before = "" } = remembered();
  const known = await current();
  const isGood = known && isOurs(known) && known.endpoint === endpoint;
  if (!isGood || (person && person !== before) || Date.now() - at > DAY) await tell(await subscription());
}

async function changed() {
  const now = await state();
  for (const button of document.querySelectorAll("[data-krug-push]")) {
    button.hidden = now === "unable";
    button.setAttribute("aria-pressed", String(now === "on"));
    if (!button.dataset.words) button.dataset.words = button.textContent.trim() ? "own" : "ours";
    if (button.dataset.words === "ours") button.textContent = now === "on" ? krug.words.unsubscribe : krug.words.subscribe;
  }
  for (const terms of document.querySelectorAll("[data-krug-push-terms]")) terms.textContent = now === "unable" ? "" : krug.consent;
  say(now === "denied" ? krug.words.denied : "");
  document.dispatchEvent(new CustomEvent("krug-push", { detail: now }));
  return now;
}

function say(words) {
  for (const line of document.querySelectorAll("[data-krug-push-state]")) {
    line.setAttribute("role", "status");
    line.textContent = words;
  }
}

async function press(button) {
  button.disabled = true;
  try {
    await ((await state()) === "on" ? unsubscribe() : subscribe());
  } catch (error) {
    console.warn("krug:", error);
    say(krug.words.failed);
  } finally {
    button.disabled = false;
  }
}

window.krugPush = { state, subscribe, unsubscribe, credential: () => person || (remembered().device ?? "") };

async function begin() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-krug-push]");
    if (button) press(button);
  });
  try {
    if (isAble && Notification.permission === "granted" && remembered().device) await seen();
  } catch (error) {
    console.warn("krug:", error); // the next page tries again
  }
  await changed();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
