// A recording that could not be fetched says why: the player itself only stays silent.
async function tell(player) {
  const said = document.querySelector(".kt-error[hidden]");
  const answer = await fetch(player.src);
  if (!said || answer.ok) return;
  said.textContent = `${player.dataset.failed} ${await answer.text()}`;
  said.hidden = false;
}
for (const player of document.querySelectorAll("audio[data-failed]")) {
  player.addEventListener("error", () => tell(player));
  if (player.error) tell(player);
}
