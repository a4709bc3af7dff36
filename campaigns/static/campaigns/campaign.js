/* The campaign pages: placeholders at the cursor, live preview, counters, dialogs. No framework, no state. */
(() => {
  "use strict";
  const form = document.getElementById("campaign_form");
  const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

  function insertAtCursor(field, text) {
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function palette() {
    let target = null;
    form.addEventListener("focusin", (event) => { if (event.target.matches("[data-texts] :is(input, textarea)")) target = event.target; });
    const shown = (field) => field && !field.closest("[data-texts][hidden]");
    every("[data-insert]", (button) => button.addEventListener("click", () => {
      const main = [form.elements.body, form.elements.text, form.querySelector("#places input")].find(shown);
      const field = target?.isConnected && shown(target) ? target : main;
      if (field) insertAtCursor(field, button.dataset.insert);
    }));
  }

  /* Each channel has texts of its own; what was typed for another one stays in the form. */
  function texts() {
    const account = form.elements.account;
    const test = document.getElementById("test_addresses");
    const inputModes = { email: "email", sms: "tel", telegram: "numeric", max: "numeric" };
    const typed = { email: test.value };
    let channel = "email";
    function show() {
      typed[channel] = test.value;
      const chosen = account.selectedOptions[0]?.dataset ?? {};
      channel = chosen.channel || "email";
      const medium = chosen.medium || "letter";
      for (const option of form.elements.template.options) {
        option.hidden = option.disabled = Boolean(option.value) && option.dataset.account !== account.value;
      }
      if (form.elements.template.selectedOptions[0]?.disabled) form.elements.template.value = "";
      every("[data-texts]", (part) => { part.hidden = !part.dataset.texts.split(" ").includes(medium); });
      Object.assign(test, { placeholder: chosen.test || "", inputMode: inputModes[channel] || "text",
        autocomplete: { email: "email", sms: "tel" }[channel] || "off", value: typed[channel] || "" });
    }
    account.addEventListener("change", show);
    show();
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-latin]");
      if (!button) return;
      const field = form.elements.text;
      field.focus();
      field.select();
      // Through the browser's own editing, so that Ctrl+Z brings the Cyrillic back.
      if (!document.execCommand("insertText", false, button.dataset.latin)) {
        field.value = button.dataset.latin;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
  }

  /* The letter has a page of its own with its own policy: the texts are posted into a fresh frame, which takes
     the place of the old one when it is ready. (Navigating one frame would fill the browser's Back button.) */
  function preview() {
    let frame = document.querySelector("iframe[data-preview]");
    const who = document.getElementById("who");
    let timer = 0;
    let asked = 0;

    function freshFrame() {
      const fresh = frame.cloneNode();
      fresh.name = `letter_preview_${(asked += 1)}`;
      fresh.classList.add("cp-frame__next");
      frame.parentElement.append(fresh);
      const mine = asked;
      fresh.addEventListener("load", () => {
        if (mine !== asked) {
          fresh.remove();
          return;
        }
        frame.remove();
        frame = fresh;
        frame.classList.remove("cp-frame__next");
      });
      return fresh;
    }

    function show() {
      const target = freshFrame();
      const post = document.createElement("form");
      Object.assign(post, { method: "post", action: target.dataset.preview, target: target.name, hidden: true });
      const data = new FormData(form);
      data.set("who", who.value);
      for (const [name, value] of data) {
        const field = document.createElement("textarea");
        field.name = name;
        field.value = value;
        post.append(field);
      }
      document.body.append(post);
      post.submit();
      post.remove();
    }

    function soon() {
      clearTimeout(timer);
      timer = setTimeout(show, 500);
    }
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    who.addEventListener("change", show);
    show();
  }

  function widths() {
    every("[data-width]", (button) => button.addEventListener("click", () => {
      document.getElementById("frame").className = `cp-frame cp-frame--${button.dataset.width}`;
      every("[data-width]", (other) => other.setAttribute("aria-pressed", String(other === button)));
    }));
  }

  function counters() {
    every("[data-count]", (note) => {
      const field = document.getElementById(note.dataset.count);
      const show = () => {
        const length = [...field.value].length;
        note.textContent = `${length} ${note.dataset.words}`;
        note.classList.toggle("cp-over", length > Number(note.dataset.limit));
      };
      field.addEventListener("input", show);
      show();
    });
  }

  function filters() {
    every("[data-filter]", (input) => input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      document.getElementById(input.dataset.filter).querySelectorAll(".cp-box").forEach((box) => {
        box.hidden = !box.textContent.toLowerCase().includes(wanted) && !box.querySelector("input").checked;
      });
    }));
  }

  /* Also of buttons that come later, with what was still being counted. */
  function dialogs() {
    document.addEventListener("click", (event) => {
      const opener = event.target.closest("[data-dialog]");
      if (opener) document.getElementById(opener.dataset.dialog).showModal();
      event.target.closest("[data-close]")?.closest("dialog").close();
    });
  }

  function framesOfPerson() {
    every("select[data-frames]", (select) => select.addEventListener("change", () => {
      const asked = new URLSearchParams();
      every("select[data-frames]", (each) => asked.set(each.name, each.value));
      every(".cp-screens iframe", (frame) => { frame.src = `${select.dataset.frames}?${asked}`; });
    }));
  }

  /* Shares of variants: what they come to, and a button that makes them equal. */
  function shares() {
    const sum = document.querySelector("[data-share-sum]");
    const fields = [...document.querySelectorAll("[data-share]")];
    if (!sum) return;
    function show() {
      const whole = fields.reduce((total, field) => total + (Number(field.value) || 0), 0);
      sum.textContent = `${whole} %`;
      sum.classList.toggle("cp-over", whole !== 100);
    }
    fields.forEach((field) => field.addEventListener("input", show));
    document.querySelector("[data-share-equally]")?.addEventListener("click", () => {
      const share = Math.floor(100 / fields.length);
      fields.forEach((field, place) => { field.value = share + (place < 100 - share * fields.length ? 1 : 0); });
      show();
    });
    show();
  }

  if (form?.elements.account) { // an audience export has no texts
    shares();
    palette();
    texts();
    preview();
    widths();
    counters();
  }
  filters();
  dialogs();
  framesOfPerson();
})();
