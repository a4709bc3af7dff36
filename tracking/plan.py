"""The field «substitute number» of a campaign's plan, and the placeholders that tracking fills in letters."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import links, writing
from campaigns.models import Campaign, Run
from campaigns.plan_fields import PlanField
from campaigns.slots import Row, Slot
from segments.models import Brand
from tracking.models import SubstituteNumber
from tracking.numbers import (
    Line,
    free_numbers,
    holding,
    lease,
    normalised,
    of_version,
    release,
    short,
    spelled,
    usual_period,
)

NUMBER_SLOT = "номер_для_звонка"
SURVEY_SLOT = "ссылка_на_опрос"
NPS_SLOT = "ссылка_на_оценку"


class NumberField(forms.ModelChoiceField):
    """A choice among free numbers; the value is the number itself, in any usual spelling."""

    def __init__(self, queryset: QuerySet[SubstituteNumber], empty_label: str) -> None:
        super().__init__(
            queryset,
            to_field_name="number",
            required=False,
            label=_("substitute number"),
            empty_label=empty_label,
            help_text=_("Free numbers, the best suggestion first. The campaign holds its number for 90 days."),
            error_messages={
                "invalid_choice": _("The number %(value)s is not in the list of numbers or is taken: choose another.")
            },
        )

    def to_python(self, value: Any) -> SubstituteNumber | None:
        return super().to_python(normalised(str(value)) or value)

    def label_from_instance(self, number: SubstituteNumber) -> str:
        till = getattr(number, "rests_till", None)
        rests = _("rests till %(day)s") % {"day": date_format(timezone.localtime(till), "j E")} if till else ""
        return " · ".join(filter(None, (short(number.number), spelled(number.number), number.note, rests)))


def form_field(campaign: Campaign, version: Brand | None = None) -> NumberField:
    """The campaign's own number first, then the free ones."""
    free = free_numbers(usual_period(campaign), line=_line(campaign, version), besides=campaign, version=version)
    held = holding(campaign, version)
    if held:
        own_first = Case(When(pk=held.number_id, then=0), default=1)
        free = (free | SubstituteNumber.objects.filter(pk=held.number_id)).order_by(own_first, *free.query.order_by)
    return NumberField(
        free, empty_label=_("the number of the main version") if version else _("without a number of its own")
    )


def load(campaign: Campaign, version: Brand | None = None) -> SubstituteNumber | None:
    held = holding(campaign, version)
    return held.number if held else None


def save(campaign: Campaign, number: SubstituteNumber | None, version: Brand | None = None) -> None:
    """Lease the chosen number to the campaign; an unchanged choice follows a changed start. Raises NumberTaken."""
    with transaction.atomic():
        held, period, line = holding(campaign, version), usual_period(campaign), _line(campaign, version)
        if held and number == held.number and held.brand == line.brand and _still_right(campaign, held.period):
            return
        if held:
            release(campaign, only=of_version(version))
        if number:
            lease(number, line, campaign=campaign, period=period, version=version)


def check(campaign: Campaign, version: Brand | None = None) -> list[str]:
    """A letter that prints the number needs one, and needs it on the day it goes out."""
    held = holding(campaign, version) or holding(campaign)
    if held is None:
        content = writing.current(campaign, version)
        wanted = content and NUMBER_SLOT in str(content.written())
        return [_("The letter prints a number to call, but the campaign has none: choose a number.")] if wanted else []
    start = campaign.started_at or campaign.starts_at or timezone.now()
    if start < held.period.lower or start >= held.period.upper:
        return [
            _("The number %(number)s is held from %(from)s till %(till)s, the campaign starts outside: choose it anew.")
            % {
                "number": short(held.number.number),
                "from": date_format(timezone.localtime(held.period.lower), "j E Y"),
                "till": date_format(timezone.localtime(held.period.upper), "j E Y"),
            }
        ]
    return []


def resolve_number(run: Run, rows: Sequence[Row]) -> dict[int, str]:
    version = run.content.brand
    held = (holding(run.campaign, version) if version else None) or holding(run.campaign)
    return dict.fromkeys((row.message_id for row in rows), spelled(held.number.number)) if held else {}


def resolve_survey(run: Run, rows: Sequence[Row]) -> dict[int, str]:
    return {row.message_id: links.survey_url(row.message_id) for row in rows}


def resolve_nps(run: Run, rows: Sequence[Row]) -> dict[int, str]:
    return {row.message_id: links.nps_url(row.message_id) for row in rows}


def _line(campaign: Campaign, version: Brand | None) -> Line:
    return Line(campaign.channel, version or campaign.brand)


def _still_right(campaign: Campaign, period: Any) -> bool:
    """A running lease stays as it is; one for a later start must begin with it."""
    if campaign.starts_at and not campaign.started_at:
        return period.lower <= campaign.starts_at and period.upper >= usual_period(campaign).upper
    return period.lower <= timezone.now() < period.upper


def preview(number: SubstituteNumber) -> dict[str, str]:
    return {NUMBER_SLOT: spelled(number.number)}


def of_brand(brand: Brand) -> PlanField:
    """The number of a version. A version without one of its own prints the campaign's."""
    form, value, keep, judge = (partial(each, version=brand) for each in (form_field, load, save, check))
    return PlanField("number", form, value, keep, judge, preview)


NUMBER = PlanField("number", form_field, load, save, check, preview, of_brand)
SLOTS = (
    Slot(NUMBER_SLOT, gettext_lazy("substitute number of the campaign"), "+7 812 000-66-66", resolve_number),
    Slot(
        SURVEY_SLOT,
        gettext_lazy("link to the survey and opt-out"),
        "https://example.ru/s/AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        resolve_survey,
        is_link=True,
    ),
    Slot(
        NPS_SLOT,
        gettext_lazy("link to the question whether she would recommend us"),
        "https://example.ru/n/AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        resolve_nps,
        is_link=True,
    ),
)
