"use strict";

// The two lists of the builder that are searched: what is compared, and with which values.
(() => {
  const plain = (text) => text.toLowerCase().replaceAll("ё", "е").trim();
  const builderOf = (element) => element.closest("[data-rule-builder]");
  const say = (element, detail) => element.dispatchEvent(new CustomEvent("rule-act", { bubbles: true, detail }));
  let opener = null; // the button that the dialog was opened by

  const shownOf = (dialog) => [...dialog.querySelectorAll("[data-words]")].filter((each) => !each.hidden);

  function search(dialog) {
    const words = plain(dialog.querySelector("[data-rule-search]").value).split(/\s+/);
    for (const each of dialog.querySelectorAll("[data-words]")) {
      const text = plain(each.dataset.words);
      each.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of dialog.querySelectorAll("[data-rule-group]")) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    const shown = shownOf(dialog);
    dialog.querySelector("[data-rule-none]").hidden = shown.length > 0;
    light(dialog, words.join("") ? best(shown, words.join(" ")) : shown.find((each) => each.dataset.value === chosenField()));
  }

  // What is called so, else what begins so, else the first that has the words somewhere.
  function best(shown, text) {
    const names = shown.map((each) => plain(each.textContent));
    return shown[names.indexOf(text)] ?? shown[names.findIndex((name) => name.startsWith(text))] ?? shown[0];
  }

  // The option that Enter takes; the focus itself stays in the search.
  function light(dialog, option) {
    for (const each of dialog.querySelectorAll("[aria-selected='true']")) each.setAttribute("aria-selected", "false");
    const input = dialog.querySelector("[data-rule-search]");
    if (option?.matches("[role=option]")) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else input.removeAttribute("aria-activedescendant");
  }

  function chosenField() {
    const name = opener?.dataset.pick;
    return name && builderOf(opener)?.querySelector(`input[name="${name}"]`)?.value;
  }

  function open(dialog, button) {
    opener = button;
    const input = dialog.querySelector("[data-rule-search]");
    input.value = "";
    dialog.showModal();
    search(dialog);
    input.focus();
  }

  function pickField(dialog, value) {
    const builder = builderOf(dialog);
    dialog.close();
    if (opener.hasAttribute("data-add")) return say(builder, { act: `add:${opener.dataset.add}:${value}`, part: "new" });
    const input = builder.querySelector(`input[name="${opener.dataset.pick}"]`);
    if (input.value === value) return undefined;
    input.value = value;
    return input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function openChoices(button) {
    const builder = builderOf(button);
    const dialog = builder.querySelector("[data-rule-choices]");
    await htmx.ajax("POST", dialog.dataset.url, { source: dialog, target: dialog, swap: "innerHTML", values: { into: button.dataset.choose } });
    if (!dialog.querySelector("[data-rule-search]")) return;
    tally(dialog);
    open(dialog, button);
  }

  function tally(dialog) {
    const count = dialog.querySelectorAll("input:checked").length;
    dialog.querySelector("[data-rule-picked]").textContent = count || "";
  }

  function pickValues(dialog) {
    const span = builderOf(dialog).querySelector(`[data-chips="${opener.dataset.choose}"]`);
    for (const each of span.querySelectorAll(".rb-chip")) each.remove();
    for (const each of dialog.querySelectorAll("input:checked")) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: opener.dataset.choose, value: each.value, className: "rb-live" });
      span.append(input);
    }
    dialog.close();
    say(span, { act: "", part: "" });
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const button = target.closest?.("[data-add], [data-pick], [data-choose]");
    if (button && builderOf(button)) {
      if (button.hasAttribute("data-choose")) openChoices(button);
      else open(builderOf(button).querySelector("[data-rule-picker]"), button);
      return;
    }
    const dialog = target.closest?.(".rb-dialog");
    if (!dialog) return;
    const option = target.closest("[role=option]");
    if (option) pickField(dialog, option.dataset.value);
    else if (target.closest("[data-rule-done]")) pickValues(dialog);
    else if (target === dialog || target.closest("[data-rule-close]")) dialog.close(); // beside it, or its cross
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-rule-search]")) search(event.target.closest("dialog"));
  });
  document.addEventListener("change", (event) => {
    const dialog = event.target.closest?.("[data-rule-choices]");
    if (dialog) tally(dialog);
  });

  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest?.(".rb-dialog");
    if (!dialog) return;
    const shown = shownOf(dialog);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (dialog.matches("[data-rule-picker]")) {
        const at = shown.findIndex((each) => each.getAttribute("aria-selected") === "true");
        light(dialog, shown[(at + by + shown.length) % shown.length] ?? shown[0]);
      } else {
        const boxes = shown.map((each) => each.querySelector("input"));
        const next = boxes[boxes.indexOf(document.activeElement) + by];
        (next ?? dialog.querySelector("[data-rule-search]")).focus();
      }
    } else if (event.key === "Enter") {
      event.preventDefault();
      const lit = dialog.querySelector("[aria-selected='true']");
      if (dialog.matches("[data-rule-picker]")) {
        if (lit) pickField(dialog, lit.dataset.value);
      } else if (event.target.matches("[data-rule-search]") && event.target.value && shown.length) {
        const box = shown[0].querySelector("input");
        box.checked = !box.checked;
        event.target.select();
        tally(dialog);
      } else if (!event.target.matches("[data-rule-close]")) pickValues(dialog);
      else dialog.close();
    }
  });

  // The dialogs stand inside the form of the page: what happens in them is nobody else's business.
  document.addEventListener("close", (event) => {
    if (event.target.matches?.(".rb-dialog") && document.contains(opener)) opener.focus();
  }, true);
})();
