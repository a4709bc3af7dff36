/* The form of a game: the sum of the odds while they are typed, and of a prize only what its kind asks for.
   The server counts and checks anew when it is saved. */
(function (d) {
  "use strict";
  function odds() {
    return Array.from(d.querySelectorAll('input[name^="prizes-"][name$="-odds"]')).filter(function (field) {
      var gone = d.querySelector('input[name="' + field.name.replace(/odds$/, "DELETE") + '"]');
      return field.name.indexOf("__prefix__") < 0 && !(gone && gone.checked);
    });
  }
  function count() {
    var place = d.getElementById("gm-sum");
    if (!place) return;
    var sum = odds().reduce(function (before, field) { return before + Math.round(100 * (parseFloat(field.value.replace(",", ".")) || 0)); }, 0);
    place.textContent = (sum / 100).toLocaleString(d.documentElement.lang) + " %";
    place.className = "kb-badge " + (sum === 10000 ? "kb-badge--green" : "kb-badge--red");
  }
  function row(name, is_shown) {
    var field = d.querySelector('[name="' + name + '"]'), line = field && field.closest(".form-row");
    if (line) line.hidden = !is_shown;
  }
  function fit() {
    d.querySelectorAll('select[name^="prizes-"][name$="-kind"]').forEach(function (kind) {
      var prize = kind.name.replace(/kind$/, "");
      row(prize + "pool", kind.value === "code" || kind.value === "thing");
      row(prize + "points", kind.value === "points");
    });
    var game = d.querySelector('select[name="kind"]');
    if (game) {
      row("boxes", game.value === "boxes");
      row("button", game.value === "wheel");
    }
  }
  function all() {
    count();
    fit();
  }
  d.addEventListener("DOMContentLoaded", function () {
    var place = d.getElementById("gm-sums"), group = d.getElementById("prizes-group");
    if (place && group) group.before(place);
    all();
  });
  d.addEventListener("input", count);
  d.addEventListener("change", all);
  d.addEventListener("formset:added", all);
})(document);
