"""Layers: experiments of one layer have no people in common.

A person has one place in a layer, drawn by the layer's own salt (`campaigns.experiments`). An experiment of the layer takes a
slice of the places, and nobody outside it belongs to the campaign: not to those written to, nor to its control group. A
slice is held from the request for approval until the effect of the last message is over; drafts hold nothing, so that
their slices are chosen anew when they are saved.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.experiments import draw_sql
from campaigns.models import Campaign, Experiment, Layer
from campaigns.refusals import Refused

WHOLE = 100  # places are told in whole per cent
# For how long after the last message what it was sent for may still come of it, days.
LASTS = {
    Experiment.Metric.CLICKED: 14, Experiment.Metric.CALLED: 30, Experiment.Metric.VISITED: 60, Experiment.Metric.BOUGHT: 90,
}  # fmt: skip
State = Campaign.State
WAITING = (State.IN_REVIEW, State.SCHEDULED, State.OVERDUE, State.RUNNING, State.PAUSED)
ENDED = (State.FINISHED, State.STOPPED)

PLACE = draw_sql("%(layer_salt)s", "p.customer_id")
OUTSIDE = f", NOT ({PLACE} >= %(layer_from)s AND {PLACE} < %(layer_until)s) AS outside"


class Slice(NamedTuple):
    """Places from `begin` on, before `end`, per cent; `until` is known once the campaign has ended."""

    campaign: Campaign
    begin: int
    end: int
    until: datetime | None

    def __str__(self) -> str:
        told = {"begin": self.begin, "end": self.end, "campaign": self.campaign}
        if self.until is None:
            return _("%(begin)d–%(end)d %% “%(campaign)s”") % told
        day = date_format(timezone.localtime(self.until), "j E Y")
        return _("%(begin)d–%(end)d %% “%(campaign)s”, until %(day)s") % {**told, "day": day}


class Condition(NamedTuple):
    """What a statement with the places {outside}, {by_outside} and {is_outside} takes, and its parameters."""

    parts: dict[str, str]
    parameters: dict[str, Any]


def of(campaign: Campaign) -> Condition:
    """Who is outside a campaign's slice: nobody where it has no layer, everybody while it has no slice."""
    experiment = _layered(campaign)
    if experiment is None:
        return Condition({"outside": "", "by_outside": "", "is_outside": "false"}, {})
    begin, end = _ends(experiment)
    return Condition(
        {"outside": OUTSIDE, "by_outside": ", outside", "is_outside": "outside"},
        {"layer_salt": experiment.layer.salt, "layer_from": begin / WHOLE, "layer_until": end / WHOLE},
    )


def taken(layer: Layer, *, besides: Campaign | None = None) -> list[Slice]:
    """The slices that are held, by their places."""
    longest = timezone.now() - timedelta(days=max(LASTS.values()))
    held = Q(campaign__state__in=WAITING) | Q(campaign__state__in=ENDED, campaign__started_at__isnull=False,
                                             campaign__finished_at__gt=longest)  # fmt: skip
    found = Experiment.objects.filter(held, layer=layer, slice_from__isnull=False).select_related("campaign")
    if besides is not None:
        found = found.exclude(campaign=besides.pk)
    slices = [Slice(each.campaign, *_ends(each), _until(each)) for each in found.order_by("slice_from")]
    return [each for each in slices if each.until is None or each.until > timezone.now()]


def gaps(layer: Layer, *, besides: Campaign | None = None) -> list[tuple[int, int]]:
    """The free places, from and until."""
    found, at = [], 0
    for each in taken(layer, besides=besides):
        if each.begin > at:
            found.append((at, each.begin))
        at = max(at, each.end)
    return [*found, (at, WHOLE)] if at < WHOLE else found


def take(campaign: Campaign) -> None:
    """Give a draft the slice that it has, if that is still free, else the first free one of its width, else none."""
    experiment = _layered(campaign)
    if experiment is None:
        Experiment.objects.filter(campaign=campaign).update(slice_from=None)
        return
    width, free = experiment.layer_percent or WHOLE, gaps(experiment.layer, besides=campaign)
    begin = experiment.slice_from
    if begin is None or not any(low <= begin and begin + width <= high for low, high in free):
        begin = next((low for low, high in free if high - low >= width), None)
    experiment.slice_from = begin
    experiment.save(update_fields=["slice_from"])


def claim(campaign: Campaign) -> None:
    """In the transaction of a request for approval: of two campaigns that want one slice the first has it. Raises `Refused`."""
    experiment = _layered(campaign)
    if experiment is None:
        return
    Layer.objects.select_for_update().get(pk=experiment.layer_id)
    if sentences := obstacles(campaign):
        raise Refused(" ".join(sentences))


def obstacles(campaign: Campaign) -> list[str]:
    """What forbids to take the campaign's slice, one sentence each."""
    experiment = _layered(campaign)
    if experiment is None:
        return []
    others = taken(experiment.layer, besides=campaign)
    told = {
        "layer": experiment.layer,
        "others": "; ".join(map(str, others)),
        "percent": experiment.layer_percent or WHOLE,
    }
    if experiment.slice_from is None:
        sentence = _(
            "The layer “%(layer)s” has no %(percent)d %% free in one piece. Taken: %(others)s. Take a smaller part, wait, or choose another layer."
        )
        return [sentence % told]
    begin, end = _ends(experiment)
    if any(each.begin < end and begin < each.end for each in others):
        sentence = _(
            "The part of the layer “%(layer)s” was taken meanwhile: %(others)s. Save the campaign again, and it gets a free one."
        )
        return [sentence % told]
    return []


def approved_part(campaign: Campaign) -> list[str]:
    experiment = _layered(campaign)
    return [str(each) for each in (experiment.layer_id, *_ends(experiment))] if experiment else []


def _layered(campaign: Campaign) -> Experiment | None:
    """Of a campaign with variants that is in a layer; what is kept, not what an instance holds."""
    if campaign.pk is None:
        return None
    found = Experiment.objects.filter(campaign=campaign.pk, layer__isnull=False).select_related("layer").first()
    return found if found and campaign.variants.exists() else None


def _ends(experiment: Experiment) -> tuple[int, int]:
    if experiment.slice_from is None:
        return 0, 0
    return experiment.slice_from, experiment.slice_from + (experiment.layer_percent or WHOLE)


def _until(experiment: Experiment) -> datetime | None:
    ended = experiment.campaign.finished_at
    if experiment.campaign.state not in ENDED or ended is None:
        return None
    return ended + timedelta(days=LASTS[Experiment.Metric(experiment.metric)])
