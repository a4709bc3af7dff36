/* A game of Krug in a page of a website: <div id="krug-game"></div> and this script.
   Whoever came by a link of a message has `?krug=…` in the address, for an hour; for all others nothing is shown. */
(function (w, d) {
  "use strict";
  var tag = d.currentScript, place = d.getElementById("krug-game");
  // The address as it was opened: the script of events takes the token out of it.
  var opened = (w.performance && performance.getEntriesByType && performance.getEntriesByType("navigation")[0]) || { name: w.location.href };
  var found = /[?&]krug=([\w-]{34})(&|#|$)/.exec(opened.name);
  if (!tag || !place || !found) return;
  var home = tag.src.replace(/game\.js.*$/, ""), frame = d.createElement("iframe");
  frame.src = home + "g/" + found[1];
  frame.title = place.getAttribute("data-title") || "Игра";
  frame.style.cssText = "border:0;width:100%;height:640px";
  w.addEventListener("message", function (told) {
    if (told.source === frame.contentWindow && told.data && told.data.krug === "game")
      frame.style.height = Math.min(Math.max(+told.data.height || 0, 320), 1600) + "px";
  });
  place.appendChild(frame);
})(window, document);
