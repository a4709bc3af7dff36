"""What the review of a campaign shows before it goes: at once what is known, and what is counted over all of its audience."""

from collections.abc import Sequence
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import approval, guard, local_clock, planning, pricing, samples, whom
from campaigns import versions as versions_of
from campaigns.admin import brand_versions, variants
from campaigns.admin.reading import common, percent
from campaigns.models import Campaign
from campaigns.promo import choosing, discounts
from campaigns.readiness import nobody, obstacles, of_version
from campaigns.rendering import MEDIA, warnings
from channels import capacity, sandbox

AT_ONCE = 20_000  # people of an audience: more of them are counted after the page is shown


def review(campaign: Campaign, user: Any) -> dict[str, Any]:
    """What a person reads before she says yes but for what is counted over the audience: how it looks, who decided what."""
    contents = versions_of.every(campaign)
    return {
        **common(campaign, user),
        "content": contents[0] if contents else None,
        "looks": variants.looks(contents),
        "medium": "" if campaign.is_audience else MEDIA[campaign.channel].name,
        "people": samples.KINDS,
        "fingerprint": approval.fingerprint(campaign),
        "guard": _guarded(campaign, user),
    }


def is_counted_at_once(campaign: Campaign) -> bool:
    """Whether its audience is small enough to be counted while somebody waits for the page."""
    if follow_up := whom.followed(campaign):
        return follow_up.run.audience <= AT_ONCE
    return sum(campaign.segments_in.values_list(Coalesce("size", AT_ONCE + 1), flat=True)) <= AT_ONCE


def counted(campaign: Campaign, review: dict[str, Any]) -> dict[str, Any]:
    """The rest of the page of `review`: who gets it, what it costs, what is wrong. Counted over all of the audience."""
    contents = versions_of.every(campaign)
    expected = planning.forecast(campaign)
    errors = obstacles(campaign)
    if not expected.to_send:
        errors.append(nobody(campaign))
    if review["guard"]["is_stopped"]:
        errors.append(_("The check of names and values found what stops the launch: see “Names and values” below."))
    return {
        "versions": brand_versions.of_review(campaign, expected.by_version),
        **variants.of_review(campaign, expected.by_variant),
        "departures": local_clock.departures(campaign, expected.by_zone, timezone.now()),
        "expected": expected,
        "steps": bars(expected.steps),
        "to_send": expected.to_send,
        "held_out": expected.held_out,
        "cost": pricing.of_all(contents, expected.by_version),
        "price": sorted({pricing.of_one(content) for content in contents}),
        "errors": errors,
        "warnings": [
            *_journal_note(campaign),
            *_room_note(campaign, expected.to_send),
            *choosing.shortage(campaign, expected.to_send),
            *discounts.warnings(campaign),
            *(of_version(each, words) for each in contents if not errors for words in warnings(each)),
        ],
    }


def _guarded(campaign: Campaign, user: Any) -> dict[str, Any]:
    """What the guard saw of the campaign as it is now."""
    last = guard.last_look(campaign)
    return {
        "look": last,
        "findings": guard.told(guard.findings(last)) if last else [],
        "notes": guard.told(guard.notes(last)) if last else [],
        "is_stopped": last is not None and not guard.is_passed(last),
        "may_vouch": last is not None and guard.may_vouch(last, user),
        "may_inspect": campaign.state in guard.WAITING and user.has_perm("campaigns.run_campaign"),
        "is_shown": last is not None or campaign.state in guard.WAITING,
    }


def _journal_note(campaign: Campaign) -> list[str]:
    if not sandbox.keeps_journal(campaign.account):
        return []
    sentence = _("The account “%(name)s” keeps a journal: all will be recorded, and nobody will get anything.")
    return [sentence % {"name": campaign.account}]


def _room_note(campaign: Campaign, to_send: int) -> list[str]:
    """What the account cannot send before the sending ends stays unsent, with the reason: better told before."""
    begin = max(campaign.starts_at or timezone.now(), timezone.now())
    room = capacity.room(campaign.account, begin, planning.ends_at(campaign, begin))
    if to_send <= room:
        return []
    sentence = _(
        "In %(hours)s hours, after which the sending ends, the account “%(name)s” sends no more than %(room)s messages of %(all)s: the others will miss their time. Take fewer people or another account."
    )
    return [
        sentence
        % {
            "hours": round((planning.ends_at(campaign, begin) - begin).total_seconds() / 3600),
            "name": campaign.account,
            "room": number_format(room),
            "all": number_format(to_send),
        }
    ]


def bars(steps: Sequence[planning.Step]) -> list[dict[str, Any]]:
    """Steps of the waterfall with where their bars begin and end, in per cent of all people of the segments."""
    whole = max(steps[0].people, 1)
    left = steps[0].people
    bars = []
    for step in steps:
        is_total = step.key in ("segments", "to_send")
        if not is_total and not step.people:
            continue
        left -= 0 if is_total else step.people
        start = 0 if is_total else left
        bars.append(
            {"step": step, "is_total": is_total, "from": percent(start, whole), "width": percent(step.people, whole)}
        )
    return bars
