"""The people behind a number of a report, a page at a time, by key; and a segment of them where a rule can say who they are."""

import re
from typing import Any

from django.db.models import QuerySet

from segments import cloning, places
from segments.models import Customer, Segment
from segments.rules.bounded import bounded
from segments.rules.sql_exists import ExistsSQL
from tracking.report_pages import by_campaign
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Behind, Report

PAGE = 50
LONGEST = 10  # seconds that somebody waits for a list
KEY = re.compile(r"[\w.-]{1,60}")
NAMED = re.compile(r"%\((\w+)\)s")


def of(report: Report, asked: Asked, key: str, figure: str) -> Behind | None:
    """None of what is no number of people."""
    if report.behind is None or not KEY.fullmatch(key) or not report.counts(figure):
        return None
    return report.behind(asked, key, figure)


def people(behind: Behind, asked: Asked, user: Any, after: int = 0) -> list[int]:
    """Those whom `user` may see, one more than a page if there are so many. Raises `TooSlow`."""
    chosen = places.all_seen_by(user, _chosen(behind, asked)).filter(pk__gt=after).order_by("pk")
    with bounded(LONGEST):
        return list(chosen.values_list("pk", flat=True)[: PAGE + 1])


def segment(behind: Behind, author: Any) -> Segment:
    """A living one: who belongs to it follows the base."""
    assert behind.rule is not None
    return cloning.of_rule(behind.rule, name=behind.title, author=author)


def _chosen(behind: Behind, asked: Asked) -> QuerySet[Customer]:
    values = {**by_campaign.values(asked), **behind.values}
    statement = f"SELECT FROM ({behind.sql}) AS found WHERE found.customer_id = {{person}}"
    return Customer.objects.filter(merged_into=None).filter(
        ExistsSQL(statement, {name: values[name] for name in NAMED.findall(statement)})
    )
