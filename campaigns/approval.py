"""Two people: one asks for approval, another decides. An approval is bound to what was approved."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import forecast, launch_gate, layers, plan_fields, planning, pricing, sizing, variants, versions, whom
from campaigns.ad_audiences import checks
from campaigns.models import Approval, Campaign, CampaignEvent, Content, Rationale, Variant
from campaigns.readiness import nobody, obstacles
from campaigns.refusals import Refused
from campaigns.transitions import move

APPROVE = "campaigns.approve_campaign"


def fingerprint(campaign: Campaign) -> str:
    """SHA-256 of what a person approves: the texts, the definition of the audience, the plan."""
    main, *others = versions.of_brands(campaign) or [None]
    what = {
        "texts": main.written() if main else None,
        "in": _segments(campaign.segments_in),
        "out": _segments(campaign.segments_out),
        "plan": {
            name: str(getattr(campaign, name))
            for name in (
                "channel",
                "purpose",
                "brand_id",
                "account_id",
                "control_percent",
                "lateness_hours",
                "priority",
                "spread_hours",
            )
        },
        "starts_at": campaign.starts_at.timestamp() if campaign.starts_at else None,
        "fields": {
            field.name: str(value)
            for field in plan_fields.every()
            if (value := field.load(campaign)) is not None or field.is_approved_empty
        },
    }
    if campaign.ceiling or campaign.ceiling_roubles:
        what["ceiling"] = [campaign.ceiling, campaign.ceiling_roubles]
    if ad_account := checks.approved_part(campaign):
        what["ad_account"] = ad_account
    if campaign.on_local_clock:
        what["on_local_clock"] = True
    if others:
        what["versions"] = {content.brand_id: _of_version(campaign, content) for content in others}
        what["needs_version"] = campaign.needs_version
    if drawn := variants.every(campaign):
        what["variants"] = _of_variants(campaign, drawn)
    if follow_up := whom.followed(campaign):
        what["follows"] = [follow_up.kind, follow_up.run_id, sorted(follow_up.reasons)]
    if said := launch_gate.approved_part(campaign):
        what["rationale"] = said
    return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def submit(campaign: Campaign, user: Any) -> None:
    """Ask for approval. Refused when something would stop the launch anyway, the audience included, and while a "no" of
    the launch gate has no reason. What the campaign is to bring is kept as it was told then."""
    found = obstacles(campaign)
    if found:
        raise Refused(" ".join(found))
    expected = planning.forecast(campaign)
    if not expected.to_send:
        raise Refused(nobody(campaign))
    if missing := launch_gate.missing(campaign, expected):
        raise Refused(" ".join(missing))
    if sentence := checks.short_of(campaign, expected.to_send):
        raise Refused(sentence)
    cost = pricing.planned(campaign, versions.every(campaign), expected.by_version)
    plan = forecast.of(campaign, to_send=expected.to_send, held_out=expected.held_out, cost=cost).kept()
    with transaction.atomic():
        layers.claim(campaign)
        move(campaign, "submit", author=user)
        Rationale.objects.filter(campaign=campaign).update(planned=plan)


@transaction.atomic
def decide(campaign: Campaign, user: Any, approved: bool, note: str = "", seen: str = "") -> Approval:
    """A second person's word. `seen` is the fingerprint of the page she read, when it had one.

    Refused to who may not approve, to the author, and to whoever asked for the approval.
    """
    require_second(campaign, user)
    now = fingerprint(campaign)
    if seen and seen != now:
        raise Refused(_("The campaign was changed while you were reading it: look at it again."))
    move(campaign, "approve" if approved else "reject", author=user, note=note)
    return Approval.objects.create(campaign=campaign, approver=user, approved=approved, note=note, fingerprint=now)


def require_second(campaign: Campaign, user: Any) -> None:
    """Raises Refused to who may not approve, to the author, and to whoever asked for the approval."""
    if not user.has_perm(APPROVE):
        raise Refused(_("You may not approve campaigns: ask an approver."))
    if user.pk in _involved(campaign):
        raise Refused(_("The author cannot approve her own campaign: ask another person."))


def withdraw(campaign: Campaign, user: Any, note: str = "") -> None:
    """Take a campaign back to the draft, to edit it; its approval is void."""
    move(campaign, "withdraw", author=user, note=note)


def is_valid(campaign: Campaign) -> bool:
    """Whether the last decision was a yes, and to exactly what the campaign is now."""
    last = campaign.approvals.first()
    return last is not None and last.approved and last.fingerprint == fingerprint(campaign)


def _of_version(campaign: Campaign, content: Content) -> list[Any]:
    return [content.written(), {field.name: str(field.load(campaign)) for field in plan_fields.every(content.brand)}]


def _of_variants(campaign: Campaign, drawn: list[Variant]) -> list[Any]:
    texts = [[each.variant, each.brand_id, each.written()] for each in versions.every(campaign) if each.variant]
    return [
        [[each.letter, each.name, each.share, each.hour] for each in drawn],
        texts,
        [*sizing.approved_part(campaign), *layers.approved_part(campaign)],
    ]


def _segments(segments: Any) -> list[list[Any]]:
    return [[pk, rule] for pk, rule in segments.order_by("pk").values_list("pk", "rule")]


def _involved(campaign: Campaign) -> set[int | None]:
    submitter = CampaignEvent.objects.filter(campaign=campaign, verb="submit").values_list("author_id", flat=True)
    return {campaign.author_id, submitter.first()}
