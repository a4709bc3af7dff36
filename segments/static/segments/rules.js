"use strict";

// The builder of rules: what htmx cannot say in attributes. Buttons and keys name an act, the server draws the tree.
(() => {
  const builderOf = (element) => element.closest?.("[data-rule-builder]");
  const treeOf = (builder) => builder.querySelector(".rb-tree");
  const nodeOf = (element) => element.closest?.("[data-node]");
  const waiting = []; // keys pressed while the tree was being drawn: they mean the node as it will stand then
  let busy = 0; // asked of the server, or not yet settled: in between nothing of the tree has the focus
  let drawn = null; // the builder whose tree that is
  let settled = null; // the answer that was: htmx tells of each element in it
  let part = ""; // of the input that had the focus, "value" of "rule-0__value"
  let lastFocus = "";

  function act(builder, verb, keep = "") {
    part = keep;
    const tree = treeOf(builder);
    htmx.ajax("POST", tree.getAttribute("hx-post"), { source: tree, target: tree, swap: "innerHTML", values: { act: verb } });
  }

  document.addEventListener("rule-act", (event) => act(builderOf(event.target), event.detail.act, event.detail.part));

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-act], [data-drop]");
    const builder = button && builderOf(button);
    if (!builder || busy) return;
    if (button.hasAttribute("data-drop")) {
      button.closest(".rb-chip").remove();
      act(builder, "");
    } else {
      const verb = button.dataset.act;
      act(builder, verb, verb.startsWith("group:") ? "add" : (button.id.split("__")[1] ?? "more"));
    }
  });

  // Open menus close when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".rb-more[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll(".rb-more[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (builderOf(event.target)) lastFocus = event.target.id;
  });

  // Keys

  const NODE_KEYS = {
    ArrowUp: "up", ArrowDown: "down", ArrowRight: "into", ArrowLeft: "out",
    KeyC: "copy", KeyG: "wrap", KeyU: "unwrap", Delete: "delete", Backspace: "delete",
  };

  function verbOf(event) {
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      if (event.code === "Enter" || event.code === "NumpadEnter") return event.shiftKey ? "group" : "add";
      if (event.code === "KeyN") return "not";
      return event.shiftKey ? "" : (NODE_KEYS[event.code] ?? "");
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (event.code === "ArrowUp" || event.code === "ArrowDown") return event.code === "ArrowUp" ? "before" : "after";
      if (event.code === "KeyZ") return event.shiftKey ? "redo" : "undo";
      if (event.code === "KeyY") return "redo";
    }
    return "";
  }

  // What is being typed is taken back by the browser itself, as everywhere.
  const isTyped = (element) => element.matches?.(".rb-typed") && element.value !== element.defaultValue;

  function press(builder, verb, element) {
    const node = nodeOf(element);
    const keep = element.id?.split("__")[1] ?? "";
    if (verb === "undo" || verb === "redo") return act(builder, verb, keep);
    if (verb === "before" || verb === "after") return step(builder, node, verb === "after" ? 1 : -1);
    if (verb === "add" || verb === "group") {
      const group = node?.closest("[data-group]");
      const way = group?.dataset.way ?? "";
      if (verb === "group") return act(builder, `group:${way}`, "add");
      return builder.querySelector(`[data-add="${way}"]`)?.click();
    }
    if (!node) return undefined;
    if (verb === "not") return node.querySelector("[id$='__not']")?.click();
    return act(builder, `${verb}:${node.dataset.way}`, keep);
  }

  function step(builder, node, by) {
    const all = [...builder.querySelectorAll("[data-node]")];
    const next = all[all.indexOf(node) + by];
    (next?.querySelector("[id$='__field'], [id$='__kind']") ?? next?.querySelector("button"))?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const builder = builderOf(event.target) ?? (busy && event.target === document.body ? drawn : null);
    if (!builder || event.target.closest("dialog")) return;
    if (event.key === "Escape") {
      const menu = event.target.closest(".rb-more[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    // Enter in a condition counts the people; it must not send the whole form.
    if (event.key === "Enter" && !event.altKey && event.target.matches("input")) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const verb = verbOf(event);
    if (!verb || (verb === "undo" && isTyped(event.target))) return;
    event.preventDefault();
    if (busy) waiting.push(verb);
    else press(builder, verb, event.target);
  });

  // What was typed can be undone too, before the server has drawn anything.
  document.addEventListener("input", (event) => {
    const undo = event.target.matches?.(".rb-typed") && builderOf(event.target)?.querySelector("[data-rule-undo]");
    if (undo) undo.disabled = false;
  });

  // While the tree is drawn a person may go on typing: that is put back into the new inputs.

  let sent = new Map();
  const isTree = (element) => element?.matches?.(".rb-tree");
  const typed = (tree) => [...tree.querySelectorAll(".rb-typed")];

  document.addEventListener("htmx:beforeSend", (event) => {
    if (!isTree(event.detail.target)) return;
    busy += 1;
    drawn = builderOf(event.detail.target);
    sent = new Map(typed(event.detail.target).map((each) => [each.id, each.value]));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isTree(event.detail.target)) busy = Math.max(0, busy - 1);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isTree(event.detail.target)) return;
    if (event.detail.shouldSwap) busy += 1;
    const moved = event.detail.requestConfig?.parameters?.act;
    const since = moved ? [] : typed(event.detail.target).filter((each) => sent.has(each.id) && sent.get(each.id) !== each.value);
    sent = new Map(since.map((each) => [each.id, each.value]));
  });

  // The focus follows the condition, not the place, and stays in the same input of it.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isTree(event.detail.target) || settled === event.detail.xhr) return;
    settled = event.detail.xhr;
    busy = Math.max(0, busy - 1);
    const tree = event.detail.target;
    const builder = builderOf(tree);
    for (const [id, value] of sent) {
      const input = document.getElementById(id);
      if (input) input.value = value;
    }
    if (sent.size) htmx.trigger(document.body, "rule-drawn");
    sent = new Map();
    const mark = tree.querySelector("[data-focus]");
    if (mark) builder.querySelector("[data-rule-said]").textContent = mark.dataset.said;
    focusOn(builder, mark?.dataset.focus);
    const verb = waiting.shift();
    if (verb) press(builder, verb, document.activeElement);
  });

  function focusOn(builder, place) {
    const parts = part === "new" ? ["op", "value", "times", "field"] : [part, "field", "kind", "add"];
    const ids = place ? parts.filter(Boolean).map((each) => `${place}__${each}`) : [lastFocus];
    part = "";
    if (!place && builder.contains(document.activeElement)) return;
    if (!place && document.activeElement !== document.body) return;
    for (const id of [...ids, `${builder.dataset.ruleBuilder}__add`]) {
      const target = document.getElementById(id);
      if (target && !target.disabled) {
        target.focus({ preventScroll: false });
        return;
      }
    }
  }

  // What is wrong is said beside the input as soon as it was counted.
  document.addEventListener("htmx:afterSettle", (event) => {
    const said = event.detail.target?.querySelector?.("[data-faults]");
    const builder = said && builderOf(said);
    if (!builder) return;
    const faults = JSON.parse(said.dataset.faults);
    for (const line of builder.querySelectorAll(".rb-tree .rb-fault")) {
      const [words, blank] = faults[line.id.slice(0, -"__fault".length)] ?? ["", false];
      line.textContent = words;
      line.hidden = !words;
      line.classList.toggle("rb-fault--blank", blank);
    }
  });
})();
