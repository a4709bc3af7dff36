"""Whether an experiment has people enough: asked before its launch, answered by the audience as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import forecast, proportions, variants
from campaigns.models import Campaign, Experiment, Variant

NUMBERS = ("base", "effect", "alpha", "power")
JUDGED_BY = ("metric", *NUMBERS)
SETTINGS = (*JUDGED_BY, "layer", "layer_percent")
LARGEST = 0.999  # a share; a rise over it is told of none
OVER = 100  # per cent


@dataclass(frozen=True, slots=True)
class Sizing:
    """`base` is the usual share, None when nobody knows it; `needed` people of each variant; `smallest` the variant with the
    fewest people, `people`."""

    experiment: Experiment
    base: float | None
    is_author_s: bool
    needed: int | None
    smallest: str
    people: int

    @property
    def is_enough(self) -> bool:
        return self.needed is not None and self.people >= self.needed

    def sentence(self) -> str:
        """What there is, and what it takes."""
        metric = self.experiment.get_metric_display()
        if self.needed is None:
            return _("It is not known which share usually %(metric)s: write it in the experiment.") % {"metric": metric}
        told = {
            "needed": number_format(self.needed),
            "letter": self.smallest,
            "people": number_format(self.people),
            "effect": number_format(f"{float(self.experiment.effect):g}"),
            "base": number_format(f"{OVER * (self.base or 0):.3g}"),
        }
        return (
            _(
                "To see a rise by %(effect)s points over %(base)s %% each variant needs %(needed)s people; the smallest, %(letter)s, has %(people)s."
            )
            % told
        )


def experiment_of(campaign: Campaign) -> Experiment:
    """Its settings; the usual ones where none are kept."""
    return getattr(campaign, "experiment", None) or Experiment(campaign=campaign)


def of(campaign: Campaign, people: Mapping[str, int]) -> Sizing | None:
    """`people` by the letters of variants; None where there are no variants."""
    drawn = variants.every(campaign)
    return of_plan(experiment_of(campaign), drawn, people) if drawn else None


def of_plan(experiment: Experiment, drawn: list[Variant], people: Mapping[str, int]) -> Sizing:
    """As `of`, for settings that need not be saved."""
    smallest = min(drawn, key=lambda variant: (people.get(variant.letter, 0), variant.letter)).letter
    base = float(experiment.base) / OVER if experiment.base else forecast.usual(experiment.campaign, experiment.metric)
    return Sizing(
        experiment=experiment,
        base=base,
        is_author_s=bool(experiment.base),
        needed=_needed(experiment, base, len(drawn) - 1) if base else None,
        smallest=smallest,
        people=people.get(smallest, 0),
    )


@transaction.atomic
def keep(campaign: Campaign, told: Mapping[str, Any]) -> None:
    """The settings by the names of `SETTINGS`."""
    campaign.experiment, _made = Experiment.objects.update_or_create(campaign=campaign, defaults=dict(told))


def copy(campaign: Campaign, other: Campaign, names: Sequence[str] = SETTINGS) -> None:
    if kept := getattr(campaign, "experiment", None):
        keep(other, {name: getattr(kept, name) for name in names})


def approved_part(campaign: Campaign) -> list[str]:
    """What of it an approval is bound to; as numbers, however they were written."""
    experiment = experiment_of(campaign)
    return [experiment.metric, *(f"{getattr(experiment, name) or 0:.2f}" for name in NUMBERS)]


def _needed(experiment: Experiment, base: float, comparisons: int) -> int:
    other = min(base + float(experiment.effect) / OVER, LARGEST)
    alpha, power = experiment.alpha / OVER, experiment.power / OVER
    return proportions.needed(base, other, alpha=alpha, power=power, comparisons=comparisons)
