"use strict";

// The keys of the review queue, in both layouts: each presses the button that says so.
(() => {
  const KEYS = {
    а: "accept", a: "accept", arrowright: "accept",
    р: "refuse", r: "refuse", arrowleft: "refuse",
    " ": "skip", z: "undo", я: "undo",
  };
  const busy = () => document.querySelector("#pair .htmx-request, #pair.htmx-request");

  document.addEventListener("keydown", (event) => {
    const verdict = KEYS[event.key.toLowerCase()];
    if (!verdict || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches("input, textarea, select, [contenteditable], dialog *")) return;
    if (event.key === " " && event.target.matches("button, a")) return;
    const button = document.querySelector(`#pair [data-review-key="${verdict}"]`);
    if (!button) return;
    event.preventDefault();
    if (!busy()) button.click();
  });

  // The next pair begins at its top, also for a screen reader.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "pair") event.target.focus({ preventScroll: true });
  });
})();
