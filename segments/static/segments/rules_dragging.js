"use strict";

// Conditions and groups of a rule are dragged by their handle. On a phone the menu of each moves it.
(() => {
  let dragged = null;
  const MARKS = ["rb-drop-before", "rb-drop-after", "rb-drop-in"];

  function unmark() {
    for (const mark of MARKS) for (const each of document.querySelectorAll(`.${mark}`)) each.classList.remove(mark);
  }

  document.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.(".rb-handle");
    if (!handle) return;
    dragged = handle.closest("[data-node]");
    event.dataTransfer.setData("text/plain", dragged.dataset.way);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 12, 12);
    dragged.classList.add("rb-dragged");
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("rb-dragged");
    dragged = null;
    unmark();
  });

  // Where it would land: (the way of the place, the element that shows it, how).
  function landing(event) {
    if (!dragged || dragged.closest(".rb-tree") !== event.target.closest?.(".rb-tree")) return null;
    const over = event.target.closest("[data-node]");
    if (!over || dragged.contains(over)) return null;
    const way = over.dataset.way;
    const end = event.target.closest("[data-end]");
    const mine = dragged.hasAttribute("data-inside") ? dragged.parentElement.closest("[data-node]") : null;
    if (over.hasAttribute("data-inside") ? over.parentElement.closest("[data-node]") !== mine : mine) return null;
    if (over.hasAttribute("data-group") && (end || !event.target.closest("legend") || !way)) {
      const own = over.querySelector(":scope > [data-end]");
      return { way: [...(way ? [way] : []), own.dataset.end].join("-"), show: own, mark: "rb-drop-in" };
    }
    const box = (over.querySelector(":scope > legend, :scope > .rb-line") ?? over).getBoundingClientRect();
    const after = event.clientY > box.top + box.height / 2 && !over.hasAttribute("data-group");
    const places = way.split("-").map(Number);
    if (after) places[places.length - 1] += 1;
    return { way: places.join("-"), show: over, mark: after ? "rb-drop-after" : "rb-drop-before" };
  }

  document.addEventListener("dragover", (event) => {
    const place = landing(event);
    unmark();
    if (!place) return;
    event.preventDefault();
    place.show.classList.add(place.mark);
  });

  document.addEventListener("drop", (event) => {
    const place = landing(event);
    if (!place) return;
    event.preventDefault();
    const detail = { act: `place:${dragged.dataset.way}:${place.way}`, part: "field" };
    dragged.dispatchEvent(new CustomEvent("rule-act", { bubbles: true, detail }));
  });
})();
