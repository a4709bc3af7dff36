"""What can be picked: the fields for a condition, and the values for an input of it."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst

from segments.rules import fields
from segments.rules.drafting import EVENT_PREFIX, bare, children
from segments.rules.fields import Field
from segments.rules.inputs import options_of
from segments.rules.shapes import Shape
from segments.rules.tree import Choices

Pick = tuple[str, str, str]  # value, label, words to be found by


def fields_to_pick() -> list[tuple[str, list[Pick]]]:
    """Fields and events by group, in the order in which they were registered."""
    groups: dict[str, list[Pick]] = {}
    for each in (*fields.FIELDS.values(), *fields.EVENTS.values()):
        name = each.name if isinstance(each, Field) else EVENT_PREFIX + each.name
        groups.setdefault(str(each.group), []).append((name, capfirst(str(each.label)), _words(each)))
    return list(groups.items())


def _words(each: Any) -> str:
    """Also the words in which it is told, so that "согласен" finds the consent."""
    return " ".join(map(str, (each.label, each.group, *getattr(each, "says", ()))))


def choices_at(draft: dict, name: str, into: str) -> dict[str, Any]:
    """The context of `segments/rules/choices.html` for the input `into` ("rule-0-2__value", "rule-1__value.brand").

    No options for an input that is not there, or that asks for no choice.
    """
    found = re.fullmatch(rf"{re.escape(name)}((?:-\d{{1,3}}){{1,20}})__value((?:\.\w{{1,40}}){{0,3}})", into, re.ASCII)
    places, parts = (found[1].split("-")[1:], found[2].split(".")[1:]) if found else ([], [])
    field, leaf = _leaf(draft, [int(each) for each in places])
    context: dict[str, Any] = {"into": into, "label": field.label if field else "", "options": []}
    operator = field.operators.get(leaf["op"]) if field else None
    if field is None or operator is None:
        return context
    shape, value = _part(operator.shape, leaf.get("value"), parts)
    chosen = {str(each) for each in value} if isinstance(value, list) else set()
    options = options_of(shape, Choices().of(field) or {})
    return context | {"options": [(each, label, each in chosen) for each, label in options]}


def _leaf(draft: dict, path: Iterable[int]) -> tuple[Field | None, dict]:
    node, known = bare(draft)[0], fields.FIELDS
    for index in path:
        inside = children(node)
        if index >= len(inside):
            return None, {}
        if "event" in node:
            event = fields.EVENTS.get(node["event"])
            known = dict(event.where) if event else {}
        node = bare(inside[index])[0]
    return known.get(node.get("field", "")), node


def _part(shape: Shape, value: Any, parts: list[str]) -> tuple[Shape, Any]:
    for part in parts:
        if part not in shape.parts:
            break
        shape, value = shape.parts[part][1], value.get(part) if isinstance(value, dict) else None
    return shape, value
