"""What the page of a feed shows above and below its form."""

from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from segments.admin.import_page import TITLES
from segments.feeding import holding
from segments.models import Feed, FeedLook, Mapping

SHOWN = 20
PAUSED, WELL, NEW = "paused", "well", "new"
STATES = {
    PAUSED: gettext_lazy("paused"),
    WELL: gettext_lazy("works"),
    NEW: gettext_lazy("waits for the first delivery"),
    **{problem.value: problem.label for problem in Feed.Problem},
}
# How unfold paints the state in the list.
LABELS: dict[str, str | None] = {
    PAUSED: None,  # a state that is not here would be shown by its key
    WELL: "success",
    NEW: "info",
    Feed.Problem.LATE: "warning",
    Feed.Problem.FAILED: "danger",
    Feed.Problem.SHRUNK: "danger",
}
TONES = {WELL: "green", NEW: "blue", Feed.Problem.LATE: "amber", Feed.Problem.FAILED: "red", Feed.Problem.SHRUNK: "red"}
TONE_OF_LOOK = {
    FeedLook.Outcome.LOADED: "green",
    FeedLook.Outcome.HELD: "amber",
    FeedLook.Outcome.FAILED: "red",
}


def state(feed: Feed) -> str:
    """A key of `STATES`."""
    if not feed.is_active:
        return PAUSED
    return feed.problem or (WELL if feed.last_ok_at else NEW)


def moment(at: Any) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else "—"


def context(feed: Feed) -> dict[str, Any]:
    """For the template `segments/feed.html`."""
    looks = list(feed.looks.select_related("batch")[:SHOWN])
    last = looks[0] if looks else None
    now = state(feed)
    return {
        "state": STATES[now],
        "tone": TONES.get(now, ""),
        "problem": feed.problem if feed.is_active else "",
        "problem_detail": feed.problem_detail,
        "held": holding.held(feed),
        "may_accept": last is not None and last.outcome == FeedLook.Outcome.HELD,
        "last_delivery": moment(feed.last_ok_at),
        "next_look": moment(feed.due_at) if feed.is_active else "—",
        "rows": rows(feed.rows),
        "looks": [_line(look) for look in looks],
    }


def rows(counted: dict[str, int]) -> str:
    """«Карточки: 1 200, документы: 3 400»."""
    each = (f"{Mapping.Kind(kind).label}: {number_format(count)}" for kind, count in counted.items())
    return capfirst(", ".join(each)) or "—"


def files(feed: Feed) -> str:
    """What the feed looks for, in a line each; for those who may only look."""
    lines = []
    for kind, wanted in feed.files.items():
        specs = wanted if isinstance(wanted, list) else [wanted]
        names = ", ".join(spec["entity"] if isinstance(spec, dict) else spec for spec in specs)
        lines.append(f"{TITLES[Mapping.Kind(kind)]}: {names}")
    return "; ".join(lines) or "—"


def _line(look: FeedLook) -> dict[str, Any]:
    return {
        "when": moment(look.looked_at),
        "outcome": look.get_outcome_display(),
        "tone": TONE_OF_LOOK.get(look.outcome, ""),
        "batch": look.batch,
        "rows": rows(look.rows) if look.rows else "",
        "detail": look.detail,
    }
