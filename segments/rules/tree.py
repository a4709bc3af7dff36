"""The check of a rule, `{"format": 1, "rule": NODE}`, before anything is done with it.

NODE is `{"all": [NODE, …]}`, `{"any": [NODE, …]}`, `{"not": NODE}`, `{"field", "op", "value"}` or
`{"event", "op": "at_least", "value", "days", "where": [condition, …]}`; `days` may be null: ever.
Everything is refused that is not named here; names reach the database only through the registry.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segments.models import Segment
from segments.rules import fields
from segments.rules.shapes import MAX_DAYS, Allowed, Whole
from segments.rules.upgrading import FORMAT, upgraded

__all__ = ["FORMAT", "RuleError", "checked", "leaves", "segments_used", "validate", "values_asked"]

MAX_DEPTH = 6  # groups inside groups
MAX_NODES = 100
GROUPS = ("all", "any")
EVENT_OPERATOR = "at_least"
TIMES = Whole(1, 1000)
EVENT_DAYS = Whole(1, MAX_DAYS)

Path = tuple[int, ...]


class RuleError(Exception):
    """A rule that cannot be used. `str()` names the place and says what to do; `path` leads to the node.

    The path counts children of groups (and conditions of an event) from the root, from 0; NOT adds nothing.
    """

    def __init__(self, sentence: str | Promise, path: Path = ()) -> None:
        self.sentence, self.path = str(sentence), path
        super().__init__(self.placed())

    def placed(self) -> str:
        if not self.path:
            return self.sentence[:1].upper() + self.sentence[1:]
        number = ".".join(str(each + 1) for each in self.path)
        return _("Condition %(number)s: %(sentence)s") % {"number": number, "sentence": self.sentence}


class Choices:
    """The values that fields may be compared with, each list read once."""

    def __init__(self) -> None:
        self._known: dict[fields.Field, Allowed] = {}

    def of(self, field: fields.Field) -> Allowed:
        if field.choices is None:
            return None
        if field not in self._known:
            self._known[field] = dict(field.choices())
        return self._known[field]

    def closed(self, field: fields.Field) -> Allowed:
        """Those of which one must be asked; None: anything may. Hints for a text are not read: they cost a pass over
        all people."""
        return None if field.type == "text" else self.of(field)


def validate(rule: dict, *, owner: str = "") -> None:
    """Raise `RuleError` unless the rule can be compiled. `owner`: the slug of the segment that will hold it."""
    checked(rule, owner=owner)


def checked(rule: dict, *, owner: str = "") -> dict:
    """The NODE of a rule, in the present format and good to be compiled. Raises `RuleError`."""
    if not isinstance(rule, dict) or set(rule) != {"format", "rule"}:
        raise RuleError(_("a rule is an object with the keys “format” and “rule”."))
    try:
        node = upgraded(rule)["rule"]
    except ValueError as error:
        raise RuleError(error.args[0]) from None
    _Check().node(node, (), 0)
    if owner:
        _refuse_cycle(node, owner)
    return node


def leaves(node: dict, path: Path = ()) -> Iterator[tuple[Path, dict]]:
    """The conditions and events of a checked node, with their paths; not those inside an event's `where`."""
    while "not" in node:
        node = node["not"]
    group = next((each for each in GROUPS if each in node), None)
    if group is None:
        yield path, node
        return
    for index, child in enumerate(node[group]):
        yield from leaves(child, (*path, index))


def segments_used(rule: dict) -> dict[str, Path]:
    """Slugs of the segments that a checked rule asks about, each with the first place."""
    return values_asked(upgraded(rule)["rule"], "segment")


def values_asked(node: dict, kind: str) -> dict[str, Path]:
    """The values that a checked node compares fields of this type with, each with the first place."""
    asked: dict[str, Path] = {}
    for path, leaf in leaves(node):
        field = fields.FIELDS.get(leaf.get("field", ""))
        if field is not None and field.type == kind:
            for value in leaf["value"]:
                asked.setdefault(value, path)
    return asked


def _refuse_cycle(node: dict, owner: str) -> None:
    """A segment must not ask about itself, directly or through others."""
    used = values_asked(node, "segment")
    stored = {each.slug: each for each in Segment.objects.only("slug", "name", "rule")} if used else {}
    for first, path in used.items():
        chain = _way(first, owner, stored)
        if chain:
            names = [stored[slug].name if slug in stored else slug for slug in (owner, *chain)]
            arrows = " → ".join(_quoted(each) for each in names)
            raise RuleError(
                _("segments would be built upon each other in a circle: %(chain)s. Choose another segment.")
                % {"chain": arrows},
                path,
            )


def _way(first: str, owner: str, stored: dict[str, Segment]) -> list[str]:
    """The slugs by which `first` leads to `owner`, both included; empty when it does not."""
    came: dict[str, str] = {first: ""}
    ahead = [first]
    while ahead:
        slug = ahead.pop()
        if slug == owner:
            back = [slug]
            while came[back[-1]]:
                back.append(came[back[-1]])
            return back[::-1]
        for used in segments_used(stored[slug].rule) if slug in stored and stored[slug].rule else []:
            if used not in came:
                came[used] = slug
                ahead.append(used)
    return []


class _Check:
    """One walk over a rule: counts the nodes, and refuses the first thing that is wrong."""

    def __init__(self) -> None:
        self.nodes = 0
        self.choices = Choices()

    def node(self, node: Any, path: Path, depth: int) -> None:
        self._count()
        keys = set(node) if isinstance(node, dict) else set()
        if keys == {"not"}:
            self.node(node["not"], path, depth)
        elif len(keys) == 1 and keys <= set(GROUPS):
            self._group(node[keys.pop()], path, depth + 1)
        elif "event" in keys:
            self._event(node, path)
        elif "field" in keys:
            self._condition(node, path, fields.FIELDS)
        else:
            raise RuleError(_("neither a condition nor a group: use “all”, “any”, “not”, “field” or “event”."), path)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise RuleError(
                _("the rule has more than %(most)s conditions and groups: split it into segments.")
                % {"most": MAX_NODES}
            )

    def _group(self, children: Any, path: Path, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise RuleError(_("groups may be nested %(most)s deep: simplify the rule.") % {"most": MAX_DEPTH}, path)
        if not isinstance(children, list):
            raise RuleError(_("a group holds a list of conditions."), path)
        if not children:
            raise RuleError(_("the group is empty: add a condition or delete the group."), path)
        for index, child in enumerate(children):
            self.node(child, (*path, index), depth)

    def _condition(self, node: dict, path: Path, known: Any) -> None:
        name, op = node.get("field"), node.get("op")
        if not set(node) <= {"field", "op", "value"}:
            raise RuleError(_("a condition has only “field”, “op” and “value”."), path)
        if not isinstance(name, str) or name not in known:
            raise RuleError(_("there is no such field: %(name)s.") % {"name": _quoted(name)}, path)
        field = known[name]
        if not isinstance(op, str) or op not in field.operators:
            raise RuleError(
                _("“%(field)s” cannot be compared by %(op)s.") % {"field": field.label, "op": _quoted(op)}, path
            )
        try:
            field.operators[op].shape.clean(node.get("value"), self.choices.closed(field))
        except ValueError as error:
            raise RuleError(error.args[0], path) from None

    def _event(self, node: dict, path: Path) -> None:
        name = node["event"]
        if not set(node) <= {"event", "op", "value", "days", "where"}:
            raise RuleError(_("an event has only “event”, “op”, “value”, “days” and “where”."), path)
        if not isinstance(name, str) or name not in fields.EVENTS:
            raise RuleError(_("there is no such event: %(name)s.") % {"name": _quoted(name)}, path)
        if node.get("op") != EVENT_OPERATOR:
            raise RuleError(_("an event is compared by “at_least” only."), path)
        try:
            TIMES.clean(node.get("value"), None)
            if node.get("days") is not None:
                EVENT_DAYS.clean(node["days"], None)
        except ValueError as error:
            raise RuleError(error.args[0], path) from None
        where = node.get("where", [])
        if not isinstance(where, list):
            raise RuleError(_("“where” is a list of conditions."), path)
        for index, leaf in enumerate(where):
            self._count()
            if not isinstance(leaf, dict) or "field" not in leaf:
                raise RuleError(_("inside an event only plain conditions are allowed."), (*path, index))
            self._condition(leaf, (*path, index), fields.EVENTS[name].where)


def _quoted(value: Any) -> str:
    """A refused name, printable and not longer than a line."""
    text = value if isinstance(value, str) else type(value).__name__
    printable = "".join(each if each.isprintable() else "?" for each in text[:60])
    return pgettext("quotation marks", "“%(value)s”") % {"value": printable}
