"""What the pages of a campaign show: read once per page, set-wise."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from campaigns import (
    approval,
    outbox,
    permission,
    plan_fields,
    pricing,
    running,
    unheard,
)
from campaigns.admin.words import reason_label
from campaigns.models import Campaign, Message, Run
from campaigns.transitions import may
from segments.masking import shown
from segments.models import ContactPoint, Customer

DIARY_LENGTH = 40
UNKNOWNS_SHOWN = 50

# Per run, so that a list of campaigns takes one query.
_DELIVERY = """
SELECT run_id, count(delivered_at), count(opened_at), count(clicked_at),
       count(unsubscribed_at), count(complained_at), count(failed_at)
FROM campaigns_deliverystate WHERE run_id = ANY(%s) GROUP BY run_id
"""
_ACCEPTED = """
SELECT run_id, count(*) FROM campaigns_outcome WHERE run_id = ANY(%s) AND kind = 'accepted' GROUP BY run_id
"""
_DELIVERY_NAMES = ("delivered", "opened", "clicked", "unsubscribed", "complained", "failed")


def delivery(run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{run: {accepted, delivered, opened, clicked, unsubscribed, complained, failed}} for these runs."""
    found = {run_id: dict.fromkeys(("accepted", *_DELIVERY_NAMES), 0) for run_id in run_ids}
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERY, [list(run_ids)])
        for run_id, *numbers in cursor.fetchall():
            found[run_id].update(zip(_DELIVERY_NAMES, numbers, strict=True))
        cursor.execute(_ACCEPTED, [list(run_ids)])
        for run_id, accepted in cursor.fetchall():
            found[run_id]["accepted"] = accepted
    return found


def results(campaign: Campaign, user: Any) -> dict[str, Any]:
    """The page of a launched campaign."""
    runs = list(campaign.runs.select_related("content__campaign__account").order_by("id"))
    run_ids = [run.pk for run in runs]
    identity = outbox.counts(run_ids)
    facts = delivery(run_ids)
    never_heard = unheard.messages(run_ids)
    total = {name: sum(of_run[name] for of_run in facts.values()) for name in ("accepted", *_DELIVERY_NAMES)}
    return {
        **common(campaign, user),
        "identity": identity,
        "sums": _sums(identity),
        "funnel": _funnel(identity, total),
        "total": total,
        "left_out": _left_out(runs, identity),
        "unknowns": unknown_people(run_ids, user, never_heard),
        "never_heard": len(never_heard),
        "cost": pricing.spent(campaign, run_ids, identity["accepted"]),
        "approval": campaign.approvals.select_related("approver").first(),
        "progress": progress(runs, identity if len(runs) == 1 else None),
    }


def progress(runs: Sequence[Run], counted: outbox.Counts | None = None) -> dict[str, Any] | None:
    """How far the last run is, with what a progress bar needs; None before the first launch. `counted`: its people, where the
    caller knows them."""
    if not runs:
        return None
    now = running.progress(runs[-1], counted)
    to_send = now["audience"] - now["held_out"] - sum(_planned_out(runs[-1]).values())
    return {**now, "to_send": to_send, "done": to_send - now["pending"]}


def unknown_people(run_ids: Sequence[int], user: Any, never_heard: Collection[int] = ()) -> list[dict[str, Any]]:
    """Messages of which nobody knows what became, by person, contacts masked; the first fifty. `never_heard` are those
    that the provider denies."""
    unknown = list(outbox.unknowns(run_ids).order_by("message_id")[:UNKNOWNS_SHOWN])
    messages = Message.objects.filter(run_id__in=run_ids, pk__in=[outcome.pk for outcome in unknown]).in_bulk()
    people = Customer.objects.in_bulk([message.customer_id for message in messages.values()])
    points = ContactPoint.objects.in_bulk([m.contact_point_id for m in messages.values() if m.contact_point_id])
    rows = []
    for outcome in unknown:
        message = messages[outcome.pk]
        point = points.get(message.contact_point_id)
        contact = shown(user, point.kind, point.value) if point else "—"
        customer = people.get(message.customer_id)
        rows.append(
            {
                "message": message.pk,
                "customer": customer,
                "contact": contact,
                "at": outcome.happened_at,
                "is_unheard": outcome.pk in never_heard,
            }
        )
    return rows


def common(campaign: Campaign, user: Any) -> dict[str, Any]:
    """What both pages have."""
    return {
        "campaign": campaign,
        "segments_in": campaign.segments_in.all(),
        "segments_out": campaign.segments_out.all(),
        "diary": campaign.events.select_related("author")[:DIARY_LENGTH],
        "sending": permission.status(),
        "plan": plan_fields.told(campaign),
        "may": _allowed(campaign, user),
    }


def _allowed(campaign: Campaign, user: Any) -> dict[str, bool]:
    """Which buttons to show; the verbs themselves decide again."""
    change, run = user.has_perm("campaigns.change_campaign"), user.has_perm("campaigns.run_campaign")
    decide = user.has_perm(approval.APPROVE) and may(campaign, "approve")
    return {
        "edit": change and campaign.state == Campaign.State.DRAFT,
        "submit": change and may(campaign, "submit"),
        "withdraw": change and may(campaign, "withdraw"),
        "decide": decide and campaign.author_id != user.pk,
        "own": decide and campaign.author_id == user.pk,
        "start": run and (may(campaign, "start") or may(campaign, "start_late")),
        "pause": run and may(campaign, "pause"),
        "resume": run and may(campaign, "resume"),
        "stop": run and may(campaign, "stop"),
        "count_unheard": run,
        "clone": user.has_perm("campaigns.add_campaign"),
        "delete": user.has_perm("campaigns.delete_campaign") and campaign.state == Campaign.State.DRAFT,
    }


def _funnel(identity: outbox.Counts, total: dict[str, int]) -> list[dict[str, Any]]:
    sent = identity["accepted"]
    steps = {"delivered": _("Delivered"), "opened": _("Opened"), "clicked": _("Clicked a link")}
    # While a campaign runs, the world reports letters whose batch of outcomes is not written yet: they wait for it.
    rows = [("sent", _("Sent"), sent), *((key, label, min(total[key], sent)) for key, label in steps.items())]
    return [
        {"key": key, "label": label, "people": people, "share": people / sent if sent else 0,
         "width": percent(people, max(sent, 1))}
        for key, label, people in rows
    ]  # fmt: skip


def _sums(identity: outbox.Counts) -> list[tuple[str, str, int]]:
    """The terms of: audience = sent + rejected + unknown + left out + control groups + cancelled + in the queue."""
    return [
        ("accepted", _("Sent"), identity["accepted"]),
        ("rejected", _("Refused by the provider"), identity["rejected"]),
        ("unknown", _("Not known"), identity["unknown"]),
        ("left_out", _("Left out"), identity["suppressed"]),
        ("held_out", _("Control groups"), identity["held_out"]),
        ("cancelled", _("Cancelled"), identity["cancelled"]),
        ("pending", _("In the queue"), identity["pending"]),
    ]


def _left_out(runs: Sequence[Run], identity: outbox.Counts) -> list[tuple[str, str, int]]:
    """Why people of the audience were not written to, control groups included, most people first."""
    people: dict[str, int] = dict(identity["by_reason"])
    for run in runs:
        for reason, number in run.left_out.items():
            if reason in outbox.HELD_OUT:
                people[reason] = people.get(reason, 0) + number
    return sorted(((reason, reason_label(reason), n) for reason, n in people.items() if n), key=lambda row: -row[2])


def _planned_out(run: Run) -> dict[str, int]:
    return {reason: n for reason, n in run.left_out.items() if reason not in outbox.HELD_OUT}


def percent(part: int | Decimal, whole: int) -> str:
    """For a style sheet: a dot whatever the language."""
    return f"{100 * float(part) / whole:.2f}"
