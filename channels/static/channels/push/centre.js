// <krug-notices>: a bell with the number of unread notices, and a panel with the last ones. It has a style of its own
// (a constructed sheet, which no policy of the site forbids), coloured by --krug-accent, and builds no HTML from texts.
"use strict";

const STYLE = `
:host { display: inline-block; position: relative; font: 15px/1.4 system-ui, sans-serif; --accent: var(--krug-accent, #1d5fd1); }
:host([hidden]) { display: none; }
button { font: inherit; color: inherit; background: none; border: 0; border-radius: 8px; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.bell { position: relative; width: 44px; height: 44px; padding: 10px; }
.bell svg { display: block; width: 24px; height: 24px; }
.count { position: absolute; top: 2px; right: 0; min-width: 20px; padding: 0 5px; box-sizing: border-box; border-radius: 10px;
  background: #c2261d; color: #fff; font-size: 12px; font-weight: 600; line-height: 20px; text-align: center; }
.count:empty { display: none; }
.panel { position: absolute; right: 0; z-index: 1000; width: min(360px, calc(100vw - 32px)); max-height: min(480px, 80vh);
  overflow: auto; box-sizing: border-box; padding: 12px 0 4px; border: 1px solid #d6dae1; border-radius: 12px; background: #fff;
  color: #1b1f27; box-shadow: 0 8px 28px rgb(0 0 0 / 18%); }
.panel[hidden] { display: none; }
.panel--left { right: auto; left: 0; }
header { display: flex; align-items: center; justify-content: space-between; padding: 0 8px 8px 16px; }
h2 { margin: 0; font-size: 17px; }
.close { width: 36px; height: 36px; font-size: 20px; line-height: 1; }
ul { margin: 0; padding: 0; list-style: none; }
li { border-top: 1px solid #e8ebf0; }
a, .plain { display: block; padding: 12px 16px; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
a:hover { background: #f3f6fb; }
.unread { box-shadow: inset 3px 0 0 var(--accent); }
strong, span, time { display: block; }
.new { display: inline; margin-left: 6px; color: var(--accent); font-size: 12px; font-weight: 600; }
time { margin-top: 2px; color: #5c6675; font-size: 13px; }
.empty { margin: 0; padding: 16px; color: #5c6675; }
@media (max-width: 480px) { .panel { position: fixed; inset: 64px 16px auto; width: auto; }
  .panel--left { inset: 64px 16px auto; } }
`;
const BELL = "M12 22a2 2 0 0 0 2-2h-4a2 2 0 0 0 2 2Zm6-6v-5a6 6 0 0 0-5-5.9V4a1 1 0 0 0-2 0v1.1A6 6 0 0 0 6 11v5l-2 2v1h16v-1l-2-2Z";
const WHEN = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
const SVG = "http://www.w3.org/2000/svg";

function made(name, attributes = {}, ...parts) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...parts);
  return element;
}

function bell() {
  const picture = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  line.setAttribute("d", BELL);
  line.setAttribute("fill", "currentColor");
  picture.append(line);
  return picture;
}

function item(notice) {
  const heading = made("strong", {}, notice.title || notice.body);
  if (!notice.read) heading.append(made("span", { class: "new" }, krug.words.new));
  const parts = [heading];
  if (notice.title && notice.body) parts.push(made("span", {}, notice.body));
  parts.push(made("time", { datetime: notice.sent_at }, WHEN.format(new Date(notice.sent_at))));
  const isLink = /^https?:\/\//.test(notice.link);
  const whole = isLink ? made("a", { href: notice.link }, ...parts) : made("div", { class: "plain" }, ...parts);
  whole.classList.toggle("unread", !notice.read);
  return made("li", {}, whole);
}

class KrugNotices extends HTMLElement {
  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.count = made("span", { class: "count", "aria-hidden": "true" });
    this.button = made("button", { type: "button", class: "bell", "aria-expanded": "false", "aria-controls": "panel" }, bell(), this.count);
    this.close = made("button", { type: "button", class: "close", "aria-label": krug.words.close }, "×");
    this.list = made("div");
    this.panel = made(
      "section",
      { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", hidden: "" },
      made("header", {}, made("h2", { id: "title", tabindex: "-1" }, krug.words.centre), this.close),
      this.list,
    );
    root.append(this.button, this.panel);
    this.button.addEventListener("click", () => this.show(this.panel.hidden));
    this.close.addEventListener("click", () => this.show(false));
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.show(false));
  }

  connectedCallback() {
    this.hidden = true;
    this.refresh();
    document.addEventListener("krug-push", () => this.refresh());
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    document.addEventListener("pointerdown", (event) => event.composedPath().includes(this) || this.show(false, { focus: false }));
    navigator.serviceWorker?.addEventListener("message", (event) => event.data?.type === "krug-push" && this.refresh());
  }

  async ask(body) {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${this.credential}` };
    const answer = await fetch(`${krug.base}/notices`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async refresh() {
    this.credential = window.krugPush?.credential() ?? "";
    this.hidden = !this.credential;
    if (this.hidden) return;
    try {
      const told = await this.ask();
      this.tell(told.unread);
      const empty = made("p", { class: "empty" }, krug.words.empty);
      this.list.replaceChildren(told.notices.length ? made("ul", {}, ...told.notices.map(item)) : empty);
      this.shown = told.notices.filter((notice) => !notice.read).map((notice) => notice.id);
    } catch (error) {
      console.warn("krug:", error); // what was shown before stays
    }
  }

  tell(unread) {
    this.count.textContent = unread ? (unread > 99 ? "99+" : String(unread)) : "";
    this.button.setAttribute("aria-label", krug.words.centre + (unread ? `, ${krug.words.unread}${unread}` : ""));
  }

  async show(isOpen, { focus = true } = {}) {
    if (isOpen === !this.panel.hidden) return;
    if (isOpen) await this.refresh();
    this.panel.hidden = !isOpen;
    this.panel.classList.toggle("panel--left", isOpen && this.getBoundingClientRect().right < this.panel.offsetWidth);
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (focus) (isOpen ? this.panel.querySelector("h2") : this.button).focus();
    if (isOpen && this.shown?.length) this.tell((await this.ask({ read: this.shown })).unread);
  }
}

if (!customElements.get("krug-notices")) customElements.define("krug-notices", KrugNotices);
