"""Snippets in texts: `{{ фрагмент.подпись }}` becomes the text of the snippet before anything else reads it.

They stand in the subject, the preheader and the text. A saved version of a content carries the texts of its snippets; one
that is still being written takes those of today. A snippet holds no snippets: one pass is all.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from campaigns.grammar import Fault
from campaigns.models import Content, Snippet

WHERE = ("subject", "preheader", "body")
PLACE = re.compile(r"\{\{[ \t]*фрагмент\.([^\W\d_]\w{0,39})[ \t]*\}\}", re.I)


class UnknownSnippet(Exception):
    """`faults` name each snippet that a text asks for and that there is not."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def names_in(text: str) -> set[str]:
    return {match[1].lower() for match in PLACE.finditer(text)}


def asked_for(content: Content, medium: str) -> dict[str, str]:
    """{name: text of today} of the snippets of these texts, those that there are; no query where none is asked for."""
    names = {name for attribute in WHERE for name in names_in(getattr(content, attribute))}
    if not names:
        return {}
    return dict(Snippet.objects.filter(medium=medium, name__in=names).values_list("name", "text"))


def expanded(content: Content, medium: str) -> Content:
    """The content with its snippets in place; itself where it has none. Raises UnknownSnippet."""
    if not any(PLACE.search(getattr(content, name)) for name in WHERE):
        return content
    texts = content.snippets if content.pk else asked_for(content, medium)
    if faults := [fault for name in WHERE for fault in _unknown(getattr(content, name), texts)]:
        raise UnknownSnippet(faults)
    whole = {name: PLACE.sub(lambda match: texts[match[1].lower()], getattr(content, name)) for name in WHERE}
    kept = {name: getattr(content, name) for name in ("pk", "campaign", "brand_id", "variant", "version", "extras")}
    return Content(**kept, **whole)


def _unknown(text: str, texts: Mapping[str, str]) -> Iterator[Fault]:
    for match in PLACE.finditer(text):
        if match[1].lower() not in texts:
            sentence = _("there is no snippet “%(name)s” for these messages: choose one from the list, or make it.")
            line = text.count("\n", 0, match.start()) + 1 if "\n" in text else 0
            yield Fault(line, sentence % {"name": match[1].lower()})
