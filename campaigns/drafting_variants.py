"""The variants of a JSON plan, and what they are compared by: a part of `campaigns.drafting`."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns import layers, sizing, variants
from campaigns.models import Campaign, Experiment, Layer, Variant
from campaigns.refusals import Refused

OF_VARIANT: dict[str, type | tuple[type, ...]] = {
    "share": int, "hour": (int, type(None)), "name": str, "content": dict, "versions": dict,
}  # fmt: skip
OF_EXPERIMENT: dict[str, type | tuple[type, ...]] = {
    "metric": str, "base": (int, float, type(None)), "effect": (int, float), "alpha": int, "power": int,
    "layer": str, "layer_percent": int,
}  # fmt: skip
Write = Callable[[str, Mapping[str, Any], Mapping[str, Any]], None]


def draft_variants(campaign: Campaign, plan: Mapping[str, Any], write: Write) -> None:
    """`plan` holds "variants", {letter: {share, hour, name, content, versions}}, and "experiment" (`sizing.SETTINGS`).
    `write(letter, content, versions)` keeps the texts of one. Raises `Refused`."""
    told = plan.get("variants", {})
    if not told and "experiment" in plan:
        raise Refused(_("An experiment needs variants: give at least two."))
    if not told:
        return
    _check_letters(told)
    for letter, each in sorted(told.items()):
        _check(f"variants.{letter}", each, OF_VARIANT)
        if letter == Variant.MAIN and {"content", "versions"} & each.keys():
            raise Refused(_("Variant A sends the main texts: write them in “content” and “versions”."))
        row = Variant(campaign=campaign, letter=letter, share=each.get("share", 0), hour=each.get("hour"))
        row.name = each.get("name", "")
        _clean(row)
        row.save()
        write(letter, each.get("content", {}), each.get("versions", {}))
    if sentences := variants.obstacles(campaign):
        raise Refused(" ".join(sentences))
    _draft_experiment(campaign, plan.get("experiment", {}))


def _draft_experiment(campaign: Campaign, told: Mapping[str, Any]) -> None:
    _check("experiment", told, OF_EXPERIMENT)
    exact: dict[str, Any] = {
        name: Decimal(str(told[name])) for name in ("base", "effect") if told.get(name) is not None
    }
    if "layer" in told:
        exact["layer"] = Layer.objects.filter(name=told["layer"]).first()
        if exact["layer"] is None:
            raise Refused(_("There is no layer “%(name)s”.") % {"name": told["layer"]})
    _clean(Experiment(campaign=campaign, **{**told, **exact}))
    sizing.keep(campaign, {**told, **exact})
    layers.take(campaign)


def _check_letters(told: Mapping[str, Any]) -> None:
    if (
        not variants.FEWEST <= len(told) <= variants.MOST
        or set(told) - set(Variant.LETTERS)
        or Variant.MAIN not in told
    ):
        raise Refused(_("There are two to six variants, named A to F, and A is one of them."))


def _check(name: str, told: Any, kinds: Mapping[str, type | tuple[type, ...]]) -> None:
    if not isinstance(told, dict):
        raise Refused(_("The key “%(name)s” has a value of a wrong kind.") % {"name": name})
    for key, value in told.items():
        if key not in kinds:
            known = ", ".join(kinds)
            raise Refused(
                _("There is no key “%(name)s”. The keys are: %(keys)s.") % {"name": f"{name}.{key}", "keys": known}
            )
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            raise Refused(_("The key “%(name)s” has a value of a wrong kind.") % {"name": f"{name}.{key}"})


def _clean(row: Variant | Experiment) -> None:
    try:
        row.full_clean(exclude=["campaign"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
