// Of the settings of all occasions only those of the chosen one are shown; without this script all of them are.
const chosen = document.querySelector("#editor select[name=occasion]");
const show = () => document.querySelectorAll("#editor [data-of]").forEach((each) => { each.hidden = !each.dataset.of.split(" ").includes(chosen.value); });
if (chosen) { chosen.addEventListener("change", show); show(); }
