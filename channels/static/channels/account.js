// Each provider asks for fields of its own. Those of one that is not chosen now leave the page with all that was typed,
// and come back with it when the provider is chosen again.
const select = document.getElementById("id_provider");
let shown = document.querySelector("fieldset.provider-fields");

async function fieldsOf(provider) {
  const address = new URL(location.href);
  address.searchParams.set("provider", provider);
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return document.adoptNode(page.querySelector("fieldset.provider-fields"));
}

if (select && shown) {
  let current = select.value;
  const kept = new Map([[current, shown]]);
  select.addEventListener("change", async () => {
    const chosen = select.value;
    select.setCustomValidity("");
    try {
      if (!kept.has(chosen)) kept.set(chosen, await fieldsOf(chosen));
    } catch {
      select.value = current;
      select.setCustomValidity(document.getElementById("fields-failed").textContent);
      select.reportValidity();
      select.setCustomValidity("");
      return;
    }
    if (select.value !== chosen) return; // another one was chosen meanwhile
    shown.replaceWith(kept.get(chosen));
    shown = kept.get(chosen);
    current = chosen;
  });
}
