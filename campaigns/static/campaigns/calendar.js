"use strict";

// The calendar: campaigns are dragged to another day, or moved by a dialog; both post the same form.
(() => {
  const dialog = document.getElementById("move");
  const launch = document.getElementById("launch");
  let dragged = null;

  document.getElementById("cal-filters").addEventListener("change", (event) => event.currentTarget.requestSubmit());

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    const button = event.target.closest(".cal-entry__move");
    if (button) ask(button.closest("[data-move]"), button.closest("[data-move]").dataset.on ?? "");
  });

  // The form of an event is opened once it is here; saving it reloads the page.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "launch-form" && !launch.open) launch.showModal();
  });

  function fill(entry, day) {
    const form = dialog.querySelector("form");
    const isApproved = entry.hasAttribute("data-approved");
    form.action = entry.dataset.move;
    form.elements.seen.value = entry.dataset.seen;
    form.elements.to.value = day;
    form.elements.withdraw.disabled = !isApproved;
    document.getElementById("move-name").textContent = entry.dataset.name;
    document.getElementById("move-approved").hidden = !isApproved;
    return { form, isApproved };
  }

  function ask(entry, day) {
    fill(entry, day);
    dialog.showModal();
  }

  function dayUnder(event) {
    const day = dragged && event.target.closest?.("[data-day]");
    return day && !day.hasAttribute("data-past") && day.dataset.day !== dragged.dataset.on ? day : null;
  }

  function mark(day) {
    for (const each of document.querySelectorAll(".cal-day.is-target")) each.classList.toggle("is-target", each === day);
    day?.classList.add("is-target");
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-move]") ?? null;
    if (!dragged) return;
    event.dataTransfer.setData("text/plain", dragged.dataset.name);
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("is-dragged");
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    mark(null);
  });

  document.addEventListener("dragover", (event) => {
    const day = dayUnder(event);
    mark(day);
    if (day) event.preventDefault();
  });

  document.addEventListener("drop", (event) => {
    const day = dayUnder(event);
    if (!day) return;
    event.preventDefault();
    const { form, isApproved } = fill(dragged, day.dataset.day);
    if (isApproved) dialog.showModal();
    else form.submit();
  });
})();
