"""A draft campaign from a JSON object: the `campaign create` of the command line."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import launch_gate, plan_fields, templating, writing
from campaigns.drafting_variants import draft_variants
from campaigns.experiments import new_salt
from campaigns.models import Campaign, Rationale
from campaigns.refusals import Refused
from campaigns.rendering import MEDIA, BadContent
from channels.audiences.base import ADVERTISING_PLATFORMS
from channels.models import Account, Channel
from segments.models import Brand, Segment

# Each key with its type and whether it must be there; keys of upper apps come from `plan_fields`.
KEYS: dict[str, tuple[type | tuple[type, ...], bool]] = {
    "name": (str, True),
    "segments_in": (list, True),
    "segments_out": (list, False),
    "channel": (str, False),
    "content": (dict, True),
    "versions": (dict, False),
    "needs_version": (bool, False),
    "variants": (dict, False),
    "experiment": (dict, False),
    "schedule": ((str, type(None)), False),
    "lateness_hours": (int, False),
    "spread_hours": (int, False),
    "on_local_clock": (bool, False),
    "ceiling": (int, False),
    "ceiling_roubles": (int, False),
    "control_percent": (int, False),
    "priority": (str, False),
    "account": ((str, type(None)), False),
    "purpose": (str, False),
    "brand": ((str, type(None)), False),
    "hypothesis": (str, False),
    "no_hypothesis": (str, False),
    "no_segments": (str, False),
    "no_test": (str, False),
    "no_power": (str, False),
    "deal_margin": (int, False),
}
SIMPLE = (
    "lateness_hours",
    "spread_hours",
    "on_local_clock",
    "ceiling",
    "ceiling_roubles",
    "control_percent",
    "purpose",
    "needs_version",
)
NO_BRAND = gettext_lazy("There is no brand “%(value)s”.")
TEXTS = ("subject", "preheader", "body")
# Of every channel: who a message comes from, and the centre that it invites to (`Content`).
COMMON: dict[str, type] = {"sender": dict, "centre": dict}
EXTRAS: dict[str, type] = {"amp": str, "buttons": list, "link": str, "template": str, "language": str, "values": dict}


@transaction.atomic
def draft(plan: dict[str, Any], author: Any) -> Campaign:
    """Make a draft of `plan`: name, segments_in, segments_out (slugs), channel, content {subject, preheader,
    body, and of letters amp, of messengers buttons, of push link, of templates
    template, language and values, and of all sender and centre: see `Content`}, versions ({brand: content and plan
    fields of its own}), needs_version (whether people without a version get nothing), variants and experiment (`campaigns.drafting_variants`), schedule (ISO time or null: at once), on_local_clock (whether that
    hour is each recipient's own), lateness_hours, spread_hours, ceiling (messages), ceiling_roubles,
    control_percent, priority (low, normal, high), account (its name; null: the
    channel's default), purpose, brand (its name), the answers of the launch gate (`Rationale`), and the plan fields of
    upper apps. Raises `Refused`.
    """
    _check_keys(plan)
    campaign = Campaign(
        name=plan["name"],
        author=author,
        salt=new_salt(),
        channel=plan.get("channel", Channel.EMAIL),
        brand=_one(Brand, NO_BRAND, name=plan["brand"]) if plan.get("brand") else None,
        starts_at=_time(plan.get("schedule")),
        **{key: plan[key] for key in SIMPLE if key in plan},
    )
    if "priority" in plan:
        campaign.priority = _priority(plan["priority"])
    campaign.account = _account(plan.get("account"), campaign.channel)
    _explained(campaign.full_clean)
    campaign.save()
    campaign.segments_in.set(_segments(plan["segments_in"]))
    campaign.segments_out.set(_segments(plan.get("segments_out", [])))
    _write_version(campaign, None, plan["content"], plan)
    if said := {name: plan[name] for name in launch_gate.ANSWERS if name in plan}:
        _answer(campaign, said)
    for name, told in plan.get("versions", {}).items():
        brand = _one(Brand, NO_BRAND, name=name)
        if not isinstance(told, dict):
            raise Refused(_("The key “%(name)s” has a value of a wrong kind.") % {"name": name})
        own = {field.name for field in plan_fields.every(brand)}
        _write_version(campaign, brand, {key: value for key, value in told.items() if key not in own}, told)
    draft_variants(campaign, plan, partial(_write_variant, campaign))
    return campaign


def _write_variant(
    campaign: Campaign, letter: str, content: Mapping[str, Any], brands: Mapping[str, Mapping[str, Any]]
) -> None:
    """The texts of one variant, its own and those of brands that the campaign has a version for."""
    if content:
        _write(campaign, None, content, letter)
    for name, told in brands.items():
        brand = _one(Brand, NO_BRAND, name=name)
        if not isinstance(told, dict):
            raise Refused(_("The key “%(name)s” has a value of a wrong kind.") % {"name": name})
        if not campaign.contents.filter(brand=brand, variant="").exists():
            raise Refused(_("Variant %(letter)s has a text for “%(brand)s”, and the campaign has no version for it: add one.")
                          % {"letter": letter, "brand": brand})  # fmt: skip
        _write(campaign, brand, told, letter)


def _write_version(campaign: Campaign, brand: Brand | None, content: dict[str, Any], told: dict[str, Any]) -> None:
    _write(campaign, brand, content)
    for field in plan_fields.every(brand):
        if field.name in told:
            _fill(field, campaign, told[field.name])


def _check_keys(plan: Any) -> None:
    if not isinstance(plan, dict):
        raise Refused(_("The file must hold one JSON object that describes a campaign."))
    if plan.get("kind") == Campaign.Kind.AUDIENCE or plan.get("channel") == ADVERTISING_PLATFORMS:
        raise Refused(_("Audience exports are made in the admin: a new campaign, “Audience export”."))
    known = {*KEYS, "format", *(field.name for field in plan_fields.every())}
    for name in plan.keys() - known:
        keys = ", ".join(sorted(known))
        raise Refused(_("There is no key “%(name)s”. The keys are: %(keys)s.") % {"name": name, "keys": keys})
    for name, (kind, is_needed) in KEYS.items():
        if is_needed and not plan.get(name):
            raise Refused(_("The key “%(name)s” is missing or empty.") % {"name": name})
        if name in plan and (not isinstance(plan[name], kind) or isinstance(plan[name], bool) != (kind is bool)):
            raise Refused(_("The key “%(name)s” has a value of a wrong kind.") % {"name": name})


def _write(campaign: Campaign, brand: Brand | None, content: Mapping[str, Any], variant: str = "") -> None:
    try:
        extras = {name: EXTRAS[name] for name in MEDIA[campaign.channel].extras}
        _check_content(content, dict.fromkeys(TEXTS, str) | extras | COMMON)
        if "template" in extras:
            texts = templating.filled_in(campaign.account, content)
        else:
            texts = {name: content.get(name, "") for name in TEXTS} | {"extras": {}}
        texts["extras"] |= {name: content[name] for name in extras | COMMON if name in content}
        writing.write(campaign, brand, variant=variant, **texts, author=campaign.author)
    except BadContent as error:
        raise Refused(" ".join(map(str, error.faults))) from error


def _check_content(content: Mapping[str, Any], kinds: dict[str, type]) -> None:
    for name, told in content.items():
        if name not in kinds or not isinstance(told, kinds[name]) or not _is_of_strings(told):
            sentence = _(
                "The content of this channel has the keys %(keys)s, and “%(name)s” is none, or not of its kind."
            )
            raise Refused(sentence % {"keys": ", ".join(kinds), "name": name})


def _is_of_strings(told: Any) -> bool:
    """Whether it is a text, an object of texts, or a list of such."""
    if isinstance(told, dict):
        return all(isinstance(text, str) for text in told.values())
    if isinstance(told, list):
        return all(isinstance(one, dict) and _is_of_strings(one) for one in told)
    return isinstance(told, str)


def _fill(field: plan_fields.PlanField, campaign: Campaign, value: Any) -> None:
    def fill() -> None:
        form_field: forms.Field = field.form_field(campaign)
        field.save(campaign, form_field.clean(value))

    _explained(fill)


def _answer(campaign: Campaign, said: dict[str, Any]) -> None:
    _explained(Rationale(campaign=campaign, **said).full_clean)
    launch_gate.answer(campaign, said)


def _priority(name: str) -> int:
    levels = {each.name.lower(): each.value for each in Campaign.Priority}
    if name not in levels:
        raise Refused(
            _("There is no priority “%(name)s”. The priorities are: %(names)s.")
            % {"name": name, "names": ", ".join(levels)}
        )
    return levels[name]


def _explained(step: Any) -> None:
    """Run a step; what Django's validation says becomes a refusal."""
    try:
        step()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def _segments(slugs: list[Any]) -> list[Segment]:
    return [_one(Segment, _("There is no segment with the code “%(value)s”."), slug=slug) for slug in slugs]


def _account(name: str | None, channel: str) -> Account:
    if name:
        return _one(Account, _("There is no account “%(value)s”."), name=name)
    account = Account.objects.filter(channel=channel, is_default=True, is_active=True).first()
    if account is None:
        raise Refused(_("The channel “%(channel)s” has no default account: name one.") % {"channel": channel})
    return account


def _one(model: Any, absent: str, **key: Any) -> Any:
    """The row with this key, or a refusal in the words of `absent`."""
    found = model.objects.filter(**key).first()
    if found is None:
        raise Refused(absent % {"value": next(iter(key.values()))})
    return found


def _time(text: str | None) -> Any:
    """ISO 8601; without an offset it is in the site's time zone. Empty: at once."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Refused(_("“%(text)s” is no time: write it as 2026-12-01T10:00+03:00.") % {"text": text})
    return make_aware(moment) if is_naive(moment) else moment
