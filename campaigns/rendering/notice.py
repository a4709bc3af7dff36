"""What a push service carries (`channels.providers.push`): a title, a text, and an address that a press opens."""

from collections.abc import Mapping
from typing import Any

from campaigns.grammar import Fault, parse
from campaigns.models import Content, Run
from campaigns.rendering.markup import BadContent, Leaf, Markup, Tree
from campaigns.rendering.texts import Found, address_of, pieces_of
from campaigns.rendering.trees import Note, note_of
from channels.push_models import MOST_BYTES as OF_SERVICES

MOST_BYTES = OF_SERVICES - 103  # what encryption for a browser takes (RFC 8291 4); phones take a little more


def build_notice(
    subject: str, body: str, extras: Mapping[str, Any], *, tracked: bool = True, prefix: str = ""
) -> Markup:
    """Compile a notification. Whoever wants no more of them says so to her phone. Raises BadContent."""
    found = Found(tracked)
    title = _title(subject)
    title = (prefix, *title) if prefix else title
    text = pieces_of(body, found)
    link = address_of(extras["link"], subject, found) if extras.get("link") else ()
    tree: dict[str, Tree] = {"title": title, "body": text}
    if link:
        tree["link"] = link
    return Markup(subject=title, html=(), text=text, links=found.checked(), link=link, tree=tree)


def compile_notice(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Note:
    """As `compile_text`."""
    return note_of(build_notice(content.subject, content.body, content.extras, tracked=tracked, prefix=prefix))


def _title(subject: str) -> Leaf:
    parsed = parse(" ".join(subject.split()))
    if parsed.faults:
        raise BadContent([Fault(0, fault.sentence) for fault in parsed.faults])
    return parsed.pieces
