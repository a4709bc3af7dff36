/* The page of a reply: the counter, Ctrl+Enter, one answer for a double click, and what became of it. */
(() => {
  "use strict";
  const EVERY = 1500; // milliseconds between two looks at an answer that is on its way
  const PATIENCE = 80; // looks

  function watch(talk) {
    let looks = 0;
    const toEnd = () => { const list = talk.querySelector(".talk"); list.scrollTop = list.scrollHeight; };
    toEnd();
    const isMoving = () => talk.querySelector("[data-moving]").dataset.moving === "yes";
    async function look() {
      if (!isMoving() || (looks += 1) > PATIENCE) return;
      const answer = await fetch(talk.dataset.source, { headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
      if (answer && answer.ok && !answer.redirected) { talk.innerHTML = await answer.text(); toEnd(); }
      setTimeout(look, EVERY);
    }
    setTimeout(look, EVERY);
  }

  function count(form, field) {
    const note = document.getElementById("answer-count");
    let asked = 0;
    let timer = 0;
    async function ask() {
      const mine = (asked += 1);
      const answer = await fetch(form.dataset.count, { method: "POST", body: new FormData(form) }).catch(() => null);
      if (!answer || !answer.ok || answer.redirected || mine !== asked) return;
      const told = await answer.json();
      note.textContent = told.words;
      note.classList.toggle("reply-over", told.is_over);
    }
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 200); });
    if (field.value) ask();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const talk = document.getElementById("talk");
    if (talk) watch(talk);
    const form = document.getElementById("answer-form");
    if (!form) return;
    const field = form.elements.text;
    count(form, field);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", () => { form.querySelector("button[type=submit]").disabled = true; });
    window.addEventListener("pageshow", () => { form.querySelector("button[type=submit]").disabled = false; });
  });
})();
