"use strict";

// The builder of rules: what htmx cannot say in attributes.
(() => {
  const builder = (element) => element.closest?.("[data-rule-builder]");

  // Enter in a condition counts the people; it must not send the whole form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("input") && builder(event.target)) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // What was typed can be undone too, before the server has drawn anything.
  document.addEventListener("input", (event) => {
    const undo = builder(event.target)?.querySelector("[data-rule-undo]");
    if (undo) undo.disabled = false;
  });

  // After a move, a copy or a deletion the focus follows the condition, not the place.
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.target.querySelector?.("[data-focus]")?.dataset.focus;
    if (!place) return;
    const target = document.getElementById(`${place}__field`) ?? document.getElementById(`${place}__kind`);
    target?.focus();
  });
})();
