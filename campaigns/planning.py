"""Audience → frozen outbox: one message per person, with a reason for everyone who is left out.

The waterfall that a manager sees and the freeze that a launch makes are the same SQL: it picks one address
per person, the best by `Message.LeftOut`'s order and then the first in her cards (of devices the one that was seen
last), and judges it. Eligibility
comes first (duplicates included), then the global control group, then the campaign's; last the ceiling of the run.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import ceiling, cutting, layers, partitions, versions, whom
from campaigns.ad_audiences.checks import send_until as ends_of_period
from campaigns.contact_slots import CAPPED, DAYS, DISCOUNTED, NO_LIMIT, limits
from campaigns.contacts import CONTACTS
from campaigns.cutting import SEND_FOR
from campaigns.experiments import draw_sql, salt_of
from campaigns.models import Campaign, Content, Message, Run
from campaigns.models.policy import Policy
from campaigns.outbox import HELD_OUT
from campaigns.priority import NOTHING, OUTRANKED_PEOPLE, ahead_of
from campaigns.promo import discounts
from campaigns.whom import Whom
from channels.devices import seen_sql, takes_sql
from segments.consents import may_write_sql
from segments.models.people import Purpose

LeftOut = Message.LeftOut

# The places in braces say whom it is for (`Whom.within`) and which version each gets (`versions.Choice`), and
# how many there may be (`ceiling`). `flaw` is the place in LeftOut's order of what is wrong with an
# address, 0 when nothing is: the higher, the earlier it is decided. Of a person's addresses the one with the least flaw is
# taken.
AUDIENCE = f"""
WITH {{choices}}{{members}}, addresses AS (
    SELECT m.customer_id, a.id AS contact_point_id, a.position, a.seen_at, CASE
        WHEN a.id IS NULL THEN 5
        WHEN a.validity <> 'valid' THEN 4
        WHEN a.is_shared THEN 3
        WHEN NOT {may_write_sql("a.id")} THEN 2
        WHEN a.reachability = 'unreachable' AND %(is_written_to)s THEN 1
        ELSE 0 END AS flaw
    FROM members AS m LEFT JOIN (
        SELECT h.customer_id, h.position, p.id, p.validity, p.is_shared, p.reachability,
               CASE WHEN %(contact_kind)s = 'device' THEN {seen_sql("p.value")} END AS seen_at
        FROM {{holdings}} AS h JOIN segments_contactpoint AS p ON p.id = h.contact_point_id
        WHERE p.kind = %(contact_kind)s AND (%(contact_kind)s <> 'device' OR {takes_sql("p.value", "%(account)s")})
    ) AS a ON a.customer_id = m.customer_id
    WHERE m.included AND NOT m.excluded
), chosen AS (
    SELECT DISTINCT ON (customer_id) customer_id, contact_point_id, flaw FROM addresses
    ORDER BY customer_id, flaw, seen_at DESC NULLS LAST, position, contact_point_id
), versioned AS (
    SELECT p.*, {{content}} AS content_id{{arm}}{{outside}} FROM chosen AS p {{joins}}
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY contact_point_id, flaw, content_id IS NULL{{by_outside}} ORDER BY customer_id) AS place
    FROM versioned
), capped AS ({CAPPED}), discounted AS ({DISCOUNTED}), outranked AS ({OUTRANKED_PEOPLE}), judged AS (
    SELECT customer_id, contact_point_id, content_id, CASE
        WHEN flaw > 0 THEN (ARRAY['suppressed', 'no_consent', 'shared', 'invalid', 'no_contact'])[flaw]
        WHEN content_id IS NULL THEN 'no_version'
        WHEN {{is_outside}} THEN 'layer'
        WHEN place > 1 {{taken}} THEN 'duplicate'
        WHEN customer_id IN (SELECT customer_id FROM capped) THEN 'frequency_cap'
        WHEN customer_id IN (SELECT customer_id FROM discounted) THEN 'discount_cap'
        WHEN customer_id IN (SELECT customer_id FROM outranked) THEN 'higher_priority'
        WHEN {draw_sql("%(global_salt)s", "customer_id")} < %(global_share)s THEN 'global_control'
        WHEN {draw_sql("%(salt)s", "customer_id")} < %(share)s THEN 'control'
        ELSE '' END AS left_out{{also}}
    FROM ranked
), planned AS ({{ceiling}})"""

COUNT = f"""{AUDIENCE}
SELECT left_out, content_id, {{variant}}, {{zone}}, count(*) FROM planned {{zones}} GROUP BY 1, 2, 3, 4
UNION ALL SELECT 'included', NULL, '', NULL, count(*) FROM members WHERE included
UNION ALL SELECT 'excluded', NULL, '', NULL, count(*) FROM members WHERE included AND excluded
"""
# Only a start by the recipients' clocks asks who lives by which.
BY_ZONE = {"zone": "z.time_zone", "zones": "LEFT JOIN segments_customerzone AS z USING (customer_id)"}
OF_NO_ZONE = {"zone": "NULL", "zones": ""}

PEOPLE = f"""{AUDIENCE}
SELECT customer_id, contact_point_id FROM planned
WHERE left_out = %(step)s AND customer_id > %(after)s ORDER BY customer_id LIMIT %(limit)s
"""
# Before addresses are looked at.
MEMBERS = """WITH {members}
SELECT customer_id, NULL FROM members
WHERE included AND (excluded OR NOT %(only_excluded)s) AND customer_id > %(after)s ORDER BY customer_id LIMIT %(limit)s
"""

FREEZE = f"""
INSERT INTO campaigns_message (run_id, customer_id, channel, contact_point_id, content_id, left_out, variant)
{AUDIENCE}
SELECT %(run)s, customer_id, %(channel)s, contact_point_id, NULLIF(content_id, 0), left_out, {{variant}} FROM planned ORDER BY customer_id
"""

NUMBER = "SELECT nextval('campaigns_run_seq')"
TALLY = "SELECT left_out, count(*) FROM campaigns_message WHERE run_id = %s GROUP BY 1"


class Step(NamedTuple):
    """One step of the waterfall. `key` is "segments", "excluded", a `Message.LeftOut` or "to_send"."""

    key: str
    label: str
    people: int


class Forecast(NamedTuple):
    """The waterfall, {content, variant: people who will be written to with it}, and {time zone: people} where the start is by
    their clocks."""

    steps: list[Step]
    by_version: dict[int, int]
    by_zone: dict[str | None, int]
    by_variant: dict[str, int]

    @property
    def members(self) -> int:
        """People of the segments less those taken out."""
        return self._of("segments") - self._of("excluded")

    @property
    def to_send(self) -> int:
        return self._of("to_send")

    @property
    def held_out(self) -> int:
        return self._of(*HELD_OUT)

    def _of(self, *keys: str) -> int:
        return sum(step.people for step in self.steps if step.key in keys)


def ends_at(campaign: Campaign, now: datetime) -> datetime:
    """Until when a run that begins now may send. Where the start is by the recipients' clocks it begins hours before the
    last of them, and whose hour is past waits for the next day."""
    if campaign.is_audience:
        return ends_of_period(campaign, now)
    if campaign.local_hour is None or campaign.starts_at is None:
        return now + SEND_FOR
    return max(now, campaign.starts_at) + SEND_FOR + timedelta(days=1)


def waterfall(campaign: Campaign) -> list[Step]:
    """Segments → who is taken out by what → who will be written to, were it launched now."""
    return forecast(campaign).steps


def forecast(campaign: Campaign) -> Forecast:
    """What a launch would come to now."""
    text, parameters = statement(COUNT, campaign)
    people: Counter[str] = Counter()
    by_version: Counter[int] = Counter()
    by_zone: Counter[str | None] = Counter()
    by_variant: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        for reason, content, variant, zone, number in cursor.fetchall():
            people[reason] += number
            if not reason:
                by_version[content] += number
                by_zone[zone] += number
                by_variant[variant] += number
    steps = [
        Step("segments", _whole(campaign), people["included"]),
        Step("excluded", _("Taken out by segments"), people["excluded"]),
        *(Step(reason.value, str(reason.label), people[reason.value]) for reason in LeftOut),
        Step(
            "to_send",
            _("Will be shown advertisements") if campaign.is_audience else _("Will be written to"),
            people[""],
        ),
    ]
    return Forecast(steps, by_version, by_zone, by_variant)


def people(campaign: Campaign, step: str, *, after: int, limit: int) -> list[tuple[int, int | None]]:
    """(customer, her address) behind a step of the waterfall, by the customers' ids from `after` on."""
    is_before = step in ("segments", "excluded")
    asked = {"after": after, "limit": limit, "step": "" if step == "to_send" else step}
    asked |= {"only_excluded": step == "excluded"}
    text, parameters = statement(MEMBERS if is_before else PEOPLE, campaign)
    with connection.cursor() as cursor:
        cursor.execute(text, parameters | asked)
        return cursor.fetchall()


def freeze(run: Run) -> int:
    """Write the messages and chunks of a new run, in the caller's transaction; returns how many will be sent.

    The month's partitions must be there (`campaigns.partitions`). Fills `run.audience` and `run.left_out`.
    """
    text, parameters = statement(FREEZE, run.campaign)
    with connection.cursor() as cursor:
        cursor.execute(text, parameters | {"run": run.pk})
        cursor.execute(TALLY, [run.pk])
        people = dict(cursor.fetchall())
    to_send = people.get("", 0)
    if not run.campaign.is_audience:
        cutting.cut(run, to_send=to_send)
    count(run, people)
    return to_send


def count(run: Run, people: Mapping[str, int]) -> None:
    """Add people to what a run tells of its audience: {why left out, '' for those to be written to: how many}."""
    run.audience += sum(people.values())
    left_out = Counter(run.left_out) + Counter({reason: number for reason, number in people.items() if reason})
    run.left_out = dict(left_out)
    run.save(update_fields=["audience", "left_out"])


def new_run(
    campaign: Campaign, *, content: Content | None, now: datetime, send_until: datetime, corrects: Run | None = None
) -> Run:
    """A run of the month of `now`, with its partitions."""
    month = partitions.month_of(timezone.localdate(now))
    partitions.ensure(month)
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)
        number = cursor.fetchone()[0] % partitions.RUNS_A_MONTH
    return Run.objects.create(
        id=month * partitions.RUNS_A_MONTH + number, campaign=campaign, content=content, account=campaign.account,
        started_at=now, send_until=send_until, corrects=corrects,
    )  # fmt: skip


def statement(text: str, campaign: Campaign, audience: Whom | None = None) -> tuple[str, dict[str, Any]]:
    """With the places in braces filled in, for these people or those whom the campaign is for, and its parameters."""
    audience, choice, layer = audience or whom.of(campaign), versions.choice(campaign), layers.of(campaign)
    clock = BY_ZONE if campaign.local_hour else OF_NO_ZONE
    parts = choice.parts | layer.parts | clock
    parts["ceiling"], of_ceiling = ceiling.of(campaign, also=parts["also"])
    parameters = _parameters(campaign) | audience.parameters | choice.parameters | layer.parameters | of_ceiling
    return audience.within(text, **parts), parameters


def _parameters(campaign: Campaign) -> dict[str, Any]:
    control = 0 if whom.is_correction(campaign) else 1  # none of these people got what is to be corrected
    return {
        **_limits(campaign),
        **_ahead(campaign),
        "contact_kind": campaign.ad_audience.kind if campaign.is_audience else CONTACTS[campaign.channel],
        "is_written_to": not campaign.is_audience,
        "account": campaign.account_id,
        "channel": campaign.channel,
        "purpose": campaign.purpose,
        "brand": campaign.brand_id,
        "global_salt": settings.GLOBAL_CONTROL_SALT,
        "global_share": control * settings.GLOBAL_CONTROL_PERCENT / 100,
        "salt": salt_of(campaign),
        "share": control * campaign.control_percent / 100,
    }


def _whole(campaign: Campaign) -> str:
    follow_up = whom.followed(campaign)
    if follow_up is None:
        return _("In the segments")
    return _("Reached by the faulty message") if follow_up.is_correction else _("Missed for the chosen reasons")


def _ahead(campaign: Campaign) -> dict[str, Any]:
    """A correction yields to nobody, as it spends no day; nor does an audience export."""
    now = timezone.now()
    until = ends_at(campaign, now)
    ahead = (
        NOTHING if whom.is_correction(campaign) or campaign.is_audience else ahead_of(campaign, now=now, until=until)
    )
    return ahead.parameters(timezone.localdate(now))


def _limits(campaign: Campaign) -> dict[str, Any]:
    """Whose limits leave no room even at the end of a run that starts now. Service messages and corrections know none, nor do
    audience exports: nobody is written to."""
    policy, until = Policy.now(), timezone.localdate(ends_at(campaign, timezone.now()))
    counted = limits(policy, campaign.channel)
    is_free = campaign.purpose != Purpose.ADVERTISING or whom.is_correction(campaign) or campaign.is_audience
    counted |= discounts.limits(policy, is_discount=not is_free and discounts.is_offered(campaign))
    if is_free:
        counted |= {"per_month": NO_LIMIT, "per_month_fewer": NO_LIMIT, "on_channel": NO_LIMIT}
    discounted_after = until - timedelta(days=counted["discount_days"])
    return counted | {"capped_after": until - timedelta(days=DAYS), "discounted_after": discounted_after}
