"use strict";

// What is not saved is not lost: it is kept in this tab until it is saved or thrown away, and leaving it asks.
document.addEventListener("DOMContentLoaded", () => {
  const builder = document.querySelector("[data-rule-builder]");
  const form = builder?.closest("form");
  if (!form) return;
  const name = builder.dataset.ruleBuilder;
  const tree = builder.querySelector(".rb-tree");
  const key = `krug-rule:${location.pathname}`;
  const isBound = form.querySelector(".errornote, .errorlist, [aria-invalid='true']") !== null; // an answer to a save that was refused
  let leaving = false;

  // Names and values of everything a person entered; not the token, not the steps to undo.
  function entered(withSteps) {
    const steps = new Set([`${name}__undo`, `${name}__redo`, `${name}__drawn`]);
    return [...new FormData(form)].filter(
      ([field, value]) => typeof value === "string" && field !== "csrfmiddlewaretoken" && (withSteps || !steps.has(field)),
    );
  }

  const now = () => JSON.stringify(entered(false));
  const atFirst = now();
  const isChanged = () => isBound || now() !== atFirst;

  function load() {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      if (isChanged()) sessionStorage.setItem(key, JSON.stringify({ base: atFirst, values: entered(true) }));
      else sessionStorage.removeItem(key);
    } catch {
      // A tab without storage, or a full one: the question on leaving still stands.
    }
  }

  // The tree is drawn by the server from what was entered in it; other inputs are filled here.
  function restore(draft) {
    const values = new FormData();
    for (const [field, value] of draft.values) {
      if (field.startsWith(`${name}__`) || field.startsWith(`${name}-`)) values.append(field, value);
      else fill(field, value);
    }
    tree.replaceChildren();
    builder.querySelector("[data-rule-restored]").hidden = false;
    htmx.ajax("POST", tree.getAttribute("hx-post"), { source: tree, target: tree, swap: "innerHTML", values });
  }

  function fill(field, value) {
    for (const each of form.querySelectorAll(`[name="${CSS.escape(field)}"]`)) {
      if (each.type === "checkbox" || each.type === "radio") each.checked = each.checked || each.value === value;
      else if (each.type !== "hidden" && each.type !== "submit") each.value = value;
    }
  }

  const draft = isBound ? null : load();
  const [navigation] = performance.getEntriesByType("navigation");
  const cameBack = ["reload", "back_forward"].includes(navigation?.type) || document.referrer.includes("/login/");
  // What was sent and saved shows itself by the page that changed; a new segment's page is blank again either way.
  const isSaved = location.pathname.endsWith("/add/") ? !cameBack : draft?.base !== atFirst;
  const isStale = draft?.sent && isSaved;
  if (draft && !isStale && JSON.stringify(draft.values) !== JSON.stringify(entered(true))) {
    for (const box of form.querySelectorAll("input[type=checkbox]")) {
      if (!tree.contains(box) && !box.closest("dialog")) box.checked = false;
    }
    restore(draft);
  } else sessionStorage.removeItem(key);

  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 150);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === tree) keep();
  });

  form.addEventListener("submit", () => {
    leaving = true;
    keep();
    const kept = load();
    if (kept) sessionStorage.setItem(key, JSON.stringify({ ...kept, sent: true }));
  });

  builder.querySelector("[data-rule-discard]").addEventListener("click", () => {
    leaving = true;
    sessionStorage.removeItem(key);
    location.replace(location.href);
  });

  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (leaving) return;
    keep();
    if (isChanged()) event.preventDefault();
  });
});
