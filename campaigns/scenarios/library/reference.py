"""The library of scenarios as Markdown, in the language that is active: a part of the documents."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from campaigns.scenarios import flow, words
from campaigns.scenarios.library import RECIPES, Recipe
from campaigns.scenarios.library.recipe import Text
from channels.models import Channel


def reference() -> str:
    """A page of each."""
    return "\n".join(line for recipe in RECIPES.values() for line in _page(recipe))


def _page(recipe: Recipe) -> Iterator[str]:
    yield f"### {recipe.name}"
    yield ""
    yield str(recipe.about)
    yield ""
    yield f"- {_('Who enters')}: {words.occasion(recipe.entry, {})}"
    if recipe.delay_minutes:
        yield f"- {_('Begins %(delay)s after the occasion.') % {'delay': words.delay_of(recipe.delay_minutes)}}"
    yield f"- {_('The goal: whoever reaches it leaves')}: {words.goals_of(recipe.goal)}"
    yield f"- {_('One person not again within, days')}: {recipe.repeat_days or '—'}"
    yield ""
    for node in flow.read(recipe.flow):
        told = f"{node.place + 1}. {words.DOES[node.do]}"
        if node.do == "send":
            told += f": {_said(recipe.texts[node.key])}"
            told += f" ({_('Wait for a reaction')}: {words.time_of(node.hours)}; {words.goals_of(node.react)})"
            if reminders := recipe.flow[node.place].get("remind"):
                told += f" · {_('Reminders to whoever answered and did not reach the goal')}: {reminders}"
        elif node.do == "call":
            told += f": {recipe.flow[node.place]['reason']} ({_('Wait for the call')}: {words.time_of(node.hours)})"
        elif node.do == "if":
            told += f": {words.condition(recipe.flow[node.place], {})}"
        elif node.do == "wait":
            told += f": {words.time_of(node.hours)}"
        yield told
    yield ""


def _said(text: Text) -> str:
    told = text.subject or text.words
    return f"{Channel(text.channel).label} — {words.without_places(told)}"
