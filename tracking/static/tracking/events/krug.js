// Tells Krug what is done on this site: docs/website-events.md. Keeps the id of the device, and consent, in localStorage.
(function (w, d, n) {
  "use strict";
  var tag = d.currentScript;
  if (!tag || (w.krug && w.krug.device)) return;
  var asks = tag.dataset.consent === "ask", address = tag.src.replace(/krug\.js.*$/, "") + "?site=" + tag.dataset.site,
    kept = {}, queue = [], timer = 0, pause = 300, mark = /([?&])krug=([^&]*)&?/, found = mark.exec(location.search),
    token = found && found[2];
  if (found) {
    var rest = location.search.replace(mark, "$1").replace(/[?&]$/, "");
    history.replaceState(history.state, "", location.pathname + rest + location.hash);
  }

  function keep(name, value) {
    try {
      if (value === null) localStorage.removeItem(name);
      else if (value) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch (e) { // storage is barred: for this page alone
      if (value !== undefined) kept[name] = value;
      return kept[name];
    }
  }

  function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (b) { return (b + 256).toString(16).slice(1); }).join("");
  }

  function allowed() {
    var refused = n.doNotTrack === "1" || w.doNotTrack === "1" || n.globalPrivacyControl;
    return !refused && (!asks || keep("krug.consent") === "1");
  }

  function device() {
    return allowed() ? keep("krug.device") || keep("krug.device", random()) : "";
  }

  function later() {
    timer = timer || setTimeout(send, pause);
  }

  function send(leaving) {
    clearTimeout(timer);
    timer = 0;
    var events = queue.splice(0, 50);
    if (!events.length) return;
    var body = JSON.stringify({ sent_at: new Date().toISOString(), events: events });
    if (leaving === true && n.sendBeacon && n.sendBeacon(address, body)) return;
    fetch(address, { method: "POST", body: body, credentials: "omit", keepalive: body.length < 60000 }).then(function (answer) {
      if (answer.status === 429 || answer.status >= 500) throw answer;
      pause = 300;
    }).catch(function () { // the same ids again: nothing is counted twice
      queue = events.concat(queue).slice(0, 200);
      pause = Math.min(pause * 4, 300000);
    }).then(function () {
      if (queue.length) later();
    });
  }

  function tell(kind, about) {
    if (kind === "consent") {
      keep("krug.consent", about ? "1" : null);
      if (about) return asks && tag.dataset.auto !== "off" ? tell("page_view") : undefined;
      queue = [];
      keep("krug.device", null);
    } else if (allowed()) {
      var event = { id: random(), kind: kind, happened_at: new Date().toISOString(), device: device(), page: location.origin + location.pathname };
      if (token) event.person = { token: token };
      token = null;
      queue.push(Object.assign(event, about));
      later();
    }
  }

  var before = (w.krug && w.krug.q) || [];
  w.krug = tell;
  tell.device = device;
  if (tag.dataset.auto !== "off") tell("page_view");
  before.forEach(function (said) { tell.apply(null, said); });
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") send(true); });
  w.addEventListener("pagehide", function () { send(true); });
})(window, document, navigator);
