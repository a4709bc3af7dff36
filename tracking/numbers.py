"""Substitute numbers: whose calls a number counts for, and when.

A number is leased by campaign × channel × brand (× centre) for a period. The database forbids two leases of
a number at one time (`one_lease_at_a_time`); this module only turns its refusal into a sentence.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import phonenumbers
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from psycopg.errors import ExclusionViolation
from psycopg.types.range import TimestamptzRange

from campaigns.models import Campaign
from segments.models import Brand, Centre
from tracking.models import Call, NumberLease, SubstituteNumber

LEASE_DAYS = 90  # calls that a mailing brings come for weeks
# After a lease a number rests: who calls it so late calls the old campaign (`tracking.calls.tying`).
QUARANTINE = timedelta(days=30)


class NumberTaken(ValidationError):
    """The number is leased for that time; the message says by whom, till when, and what to do."""


class Line(NamedTuple):
    """What the calls of a lease count for, beside its campaign. No brand: the whole holding."""

    channel: str
    brand: Brand | None = None
    centre: Centre | None = None


def short(number: str) -> str:
    """How people here call a number: «…6666»."""
    return f"…{number[-4:]}" if number else ""


def spelled(number: str) -> str:
    """An E.164 number as it is printed in a letter: «+7 812 000-66-66»; what cannot be read stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def normalised(text: str) -> str:
    """E.164 of a number written in any usual way; empty when it is none. «8 …» and ten digits are Russian."""
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) == 10:
        digits = "7" + digits
    elif len(digits) == 11 and digits[0] == "8" and not text.lstrip().startswith("+"):
        digits = "7" + digits[1:]
    return f"+{digits}" if 7 <= len(digits) <= 15 else ""


def usual_period(campaign: Campaign) -> TimestamptzRange:
    """`LEASE_DAYS` from the campaign's start, or from now while it has none. Half-open, UTC."""
    start = campaign.started_at or campaign.starts_at or timezone.now()
    return TimestamptzRange(start, start + timedelta(days=LEASE_DAYS), "[)")


def free_numbers(
    period: TimestamptzRange,
    *,
    line: Line | None = None,
    besides: Campaign | None = None,
    version: Brand | None = None,
) -> QuerySet[SubstituteNumber]:
    """Numbers in use that nobody holds in `period`, the best suggestion first.

    First those that stood for the same channel and brand before (people keep old letters), then the longest
    rested; those that are in quarantine as the period begins come last, and say till when (`rests_till`). `besides` names the campaign whose own leases, for this version of its texts, do not count as taken.
    """
    taken = NumberLease.objects.filter(period__overlap=period)
    if besides and besides.pk:
        taken = taken.exclude(of_version(version), campaign=besides)
    free = SubstituteNumber.objects.filter(is_active=True).exclude(pk__in=taken.values("number"))
    before = NumberLease.objects.filter(number=OuterRef("pk"), brand=line.brand if line else None)
    if line:
        before = before.filter(channel=line.channel)
    late = NumberLease.objects.filter(
        number=OuterRef("pk"), period__endswith__gt=period.lower - QUARANTINE, period__endswith__lte=period.lower
    ).order_by("-period")
    return (
        free.annotate(
            rests_till=Subquery(
                late.values(till=ExpressionWrapper(Upper("period") + Value(QUARANTINE), DateTimeField()))[:1]
            )
        )
        .alias(stood=Exists(before), rested=Max(Upper("leases__period")))
        .order_by(
            Case(When(rests_till__isnull=True, then=0), default=1),
            F("stood").desc(),
            F("rested").asc(nulls_first=True),
            "number",
        )
    )


def of_version(version: Brand | None) -> Q:
    """Leases of a version of a campaign's texts; of the main one where there is none."""
    return Q(version=version) if version else Q(version__isnull=True)


def lease(
    number: SubstituteNumber,
    line: Line,
    *,
    campaign: Campaign | None,
    period: TimestamptzRange,
    version: Brand | None = None,
) -> NumberLease:
    """Give the number to the campaign (or, without one, to the line) for the period. Raises NumberTaken."""
    try:
        with transaction.atomic():
            return NumberLease.objects.create(
                number=number, campaign=campaign, channel=line.channel, brand=line.brand, centre=line.centre,
                period=period, version=version,
            )  # fmt: skip
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise NumberTaken(_taken_sentence(number, period)) from error
        raise


def release(campaign: Campaign, *, at: datetime | None = None, only: Q | None = None) -> int:
    """Take the campaign's numbers back, all or `only` those leases; returns how many changed.

    A lease that nobody could have called yet (no launch, no call) is removed; any other ends at `at` (now).
    """
    at = at or timezone.now()
    held = NumberLease.objects.filter(only or Q(), campaign_id=campaign.pk, period__endswith__gt=at)
    called = Exists(Call.objects.filter(lease=OuterRef("pk")))
    unused = held.filter(~called) if not campaign.runs.exists() else held.filter(period__startswith__gte=at)
    with transaction.atomic():
        removed, _by_model = unused.delete()
        ended = held.update(period=_until(at))
    return removed + ended


def prolong(lease: NumberLease) -> datetime:
    """Hold the number `LEASE_DAYS` longer; returns till when. Raises NumberTaken when somebody holds it then.

    Twice at once is once: the end that was seen must still be the end.
    """
    till = lease.period.upper + timedelta(days=LEASE_DAYS)
    longer = TimestamptzRange(lease.period.lower, till, "[)")
    try:
        with transaction.atomic():
            NumberLease.objects.filter(pk=lease.pk, period=lease.period).update(period=longer)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            rest = TimestamptzRange(lease.period.upper, till, "[)")
            raise NumberTaken(_taken_sentence(lease.number, rest)) from error
        raise
    return till


def holding(campaign: Campaign, version: Brand | None = None) -> NumberLease | None:
    """The lease that the campaign's letters (of a version) name: the one that lasts longest."""
    if campaign.pk is None:
        return None
    leases = NumberLease.objects.filter(of_version(version), campaign_id=campaign.pk, channel=campaign.channel)
    return leases.select_related("number").order_by("-period").annotate(till=Upper("period")).order_by("-till").first()


def _until(at: datetime) -> Func:
    return Func(
        RangeStartsWith("period"), Value(at), Value("[)"), function="tstzrange", output_field=DateTimeRangeField()
    )


def _taken_sentence(number: SubstituteNumber, period: TimestamptzRange) -> str:
    holder = NumberLease.objects.filter(number=number, period__overlap=period).select_related("campaign").first()
    if holder is None:
        return _("The number %(number)s has just been taken: choose another one.") % {"number": short(number.number)}
    return _("The number %(number)s is taken by “%(holder)s” till %(till)s: choose another number or period.") % {
        "number": short(number.number),
        "holder": holder.campaign or _("standing number"),
        "till": date_format(timezone.localtime(holder.period.upper), "j E Y") if holder.period.upper else "∞",
    }
