"""One step of the builder, and the steps back and forth.

The page carries the draft as it was drawn and the drafts before and after it, so that two tabs never mix and
a lost server loses nothing. They come back from the page unsigned: each is only ever shown again as a draft,
and what is saved is checked anew, so that a forged one harms nobody but its author.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segments.rules.drafting import Posted, parse, rooted, tidy
from segments.rules.editing import edit
from segments.rules.tree import Path

UNDO_STEPS = 20


@dataclass(frozen=True)
class Step:
    """`undo` has the newest draft last, `redo` the next one last; `focus` is the node that an edit was about."""

    draft: dict
    undo: list[dict] = field(default_factory=list)
    redo: list[dict] = field(default_factory=list)
    focus: Path | None = None


def advance(posted: Posted, name: str, *, starts: Mapping[str, dict] | None = None) -> Step:
    """The draft after a button or a change of an input. `starts`: the drafts that "start:KEY" begins with."""
    drawn = _loaded(posted.get(f"{name}__drawn"))
    undo, redo = _steps(posted.get(f"{name}__undo")), _steps(posted.get(f"{name}__redo"))
    typed, act = parse(posted, name), posted.get("act") or ""
    changed = drawn is not None and typed != drawn
    if act == "undo":
        return _back(Step(typed, undo, redo), drawn if changed else None)
    if act == "redo" and not changed:
        return Step(redo[-1], _kept([*undo, typed]), redo[:-1]) if redo else Step(typed, undo, redo)
    done = [drawn] if drawn is not None and changed else []
    draft, focus = _edited(typed, act, starts or {})
    if draft != typed:
        done.append(typed)
    return Step(draft, _kept([*undo, *done]), [] if done else redo, focus)


def _back(now: Step, drawn: dict | None) -> Step:
    """First what was typed since the tree was drawn is taken back, then the last edit."""
    before = [*now.undo, drawn] if drawn is not None else now.undo
    if not before:
        return now
    return Step(before[-1], before[:-1], _kept([*now.redo, now.draft]))


def _edited(draft: dict, act: str, starts: Mapping[str, dict]) -> tuple[dict, Path | None]:
    verb, _, key = act.partition(":")
    if verb == "start" and key in starts:
        return rooted(starts[key]), ()
    return edit(draft, act) if act else (draft, None)


def _kept(steps: list[dict]) -> list[dict]:
    return steps[-UNDO_STEPS:]


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return None


def _loaded(text: str | None) -> dict | None:
    return tidy(_json(text))


def _steps(text: str | None) -> list[dict]:
    steps = _json(text)
    found = [tidy(each) for each in steps[-UNDO_STEPS:]] if isinstance(steps, list) else []
    return [each for each in found if each is not None]
