"""Weekday × hour: when people open, click, call and come."""

from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row

HOURS = tuple(range(24))
COUNT = """
SELECT weekday, hour, sum(number) FROM tracking_hourfigures
WHERE month >= %(since)s AND month < %(until)s AND kind = %(kind)s AND (%(channel)s = '' OR channel = %(channel)s) GROUP BY 1, 2
"""


def rows(asked: Asked) -> list[Row]:
    """All seven days, by the clock of the holding; none where nothing happened at all."""
    counted = {(day, hour): number for day, hour, number in by_campaign.rows(COUNT, asked)}
    if not counted:
        return []
    return [
        Row(capfirst(str(WEEKDAYS[day])), {f"hour_{hour}": counted.get((day + 1, hour), 0) for hour in HOURS})
        for day in range(7)
    ]


HEAT = Report(
    slug="hours", title=_("Days and hours"), about=_("When people open, click, call and come."), head=_("Day"),
    figures=tuple(f"hour_{hour}" for hour in HOURS), rows=rows, filters=("months", "kind", "channel"), chart=charts.heat,
    note=_("By the clock of the holding. Openings and clicks of robots are left out where they can be told."),
)  # fmt: skip
