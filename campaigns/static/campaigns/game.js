/* The game moves where the browser can; without this file its form works as any other. What was drawn comes from the server. */
(function (w, d) {
  "use strict";
  var still = w.matchMedia && w.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function tellHeight() {
    if (w.parent !== w) w.parent.postMessage({ krug: "game", height: d.documentElement.scrollHeight }, "*");
  }

  function after(milliseconds, work) {
    setTimeout(work, still ? 0 : milliseconds);
  }

  function show(drawn) {
    var main = d.querySelector("main"), fresh = drawn.querySelector("main");
    main.replaceWith(d.adoptNode(fresh));
    var outcome = d.querySelector(".outcome");
    if (outcome) {
      outcome.classList.add("arrives");
      outcome.querySelector("h1").focus();
    }
    tellHeight();
  }

  function spin(drawn) {
    var told = drawn.querySelector("[data-slot]"), wheel = d.querySelector(".turning");
    if (!told || !wheel) return show(drawn);
    var step = 360 / wheel.dataset.turns, stop = 360 * 6 - (Number(told.dataset.slot) + 0.5) * step;
    wheel.classList.add("spins");
    wheel.style.transform = "rotate(" + stop + "deg)";
    after(4500, function () { show(drawn); });
  }

  function open(box, drawn) {
    box.classList.add("open");
    after(900, function () { show(drawn); });
  }

  function play(form, chosen) {
    var body = new URLSearchParams(new FormData(form));
    if (chosen && chosen.name) body.append(chosen.name, chosen.value);
    form.querySelectorAll("button").forEach(function (button) { button.disabled = true; });
    if (chosen) chosen.classList.add("chosen");
    fetch(form.getAttribute("action") || w.location.href, { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
      return answer.text();
    }).then(function (text) {
      // Without its style, which is this page's already and whose nonce is another one.
      var drawn = new DOMParser().parseFromString(text.replace(/<style[^]*?<\/style>/, ""), "text/html");
      if (!drawn.querySelector("main")) throw text;
      if (form.dataset.game === "wheel") spin(drawn);
      else after(750, function () { open(chosen, drawn); });
    }).catch(function () { w.location.reload(); }); // a draw that was made is shown; one that was not may be made
  }

  d.addEventListener("submit", function (event) {
    if (!event.target.dataset.game || !w.fetch || !w.DOMParser) return;
    event.preventDefault();
    play(event.target, event.submitter || event.target.querySelector("button"));
  });
  w.addEventListener("load", tellHeight);
  w.addEventListener("resize", tellHeight);
})(window, document);
