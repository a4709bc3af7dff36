"""When a report goes next, by the clock of the holding, and of which months it then is."""

from calendar import monthrange
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from tracking.mailing_models import ReportMailing
from tracking.money.months import later
from tracking.report_pages import asking
from tracking.report_pages.asking import Asked

Every, Period = ReportMailing.Every, ReportMailing.Period
KEPT = tuple(each.name for each in fields(Asked))  # of an address


def next_after(mailing: ReportMailing, moment: datetime) -> datetime:
    """The first occasion that is later than `moment`."""
    zone = timezone.get_default_timezone()
    day = timezone.localtime(moment, zone).date()
    while True:
        if _falls_on(mailing, day):
            occasion = datetime(day.year, day.month, day.day, mailing.hour, tzinfo=zone)
            if occasion > moment:
                return occasion
        day += timedelta(days=1)


def _falls_on(mailing: ReportMailing, day: date) -> bool:
    match mailing.every:
        case Every.WEEK:
            return day.weekday() == mailing.weekday
        case Every.MONTH:
            return day.day == min(mailing.day, monthrange(day.year, day.month)[1])
    return True


def in_words(mailing: ReportMailing) -> str:
    hour = f"{mailing.hour:02}:00"
    match mailing.every:
        case Every.WEEK:
            return _("every week, %(day)s, %(hour)s") % {"day": str(WEEKDAYS[mailing.weekday]).lower(), "hour": hour}
        case Every.MONTH:
            return _("every month, day %(day)d, %(hour)s") % {"day": mailing.day, "hour": hour}
    return _("every day, %(hour)s") % {"hour": hour}


def kept_query(address: Any) -> str:
    """Of an address what a report reads, as it may be stored."""
    query = QueryDict(mutable=True)
    for name in KEPT:
        if value := str(address.get(name, ""))[:40]:
            query[name] = value
    return query.urlencode()


def asked(mailing: ReportMailing, today: date | None = None) -> Asked:
    return asking.read_from(address(mailing, today))


def address(mailing: ReportMailing, today: date | None = None) -> dict[str, str]:
    """What stands behind the "?" of the report today."""
    this = (today or timezone.localdate(timezone=timezone.get_default_timezone())).replace(day=1)
    told = QueryDict(mailing.query).dict()
    months = {
        Period.LAST: (later(this, -1), later(this, -1)), Period.THIS: (this, this), Period.QUARTER: (later(this, -2), this),
        Period.YEAR: (later(this, -12), this),
    }.get(Period(mailing.period))  # fmt: skip
    if months:
        told |= {"since": f"{months[0]:%Y-%m}", "until": f"{months[1]:%Y-%m}"}
    return {name: str(value) for name, value in told.items()}
