"""The filters of the list of customers: each reads the customer's own row, her facts, or one index."""

from datetime import timedelta

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import DropdownFilter

from segments import places
from segments.admin.rfm_filter import RfmFilter
from segments.models import Brand, CardContact, Centre, City, ConsentState, Household
from segments.models.people import Purpose

PERIODS = (1, 7, 30, 90)


class _Chosen(DropdownFilter):
    """One row of a small table; `field` is where the customer points to it."""

    model: type
    field: str

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in self.model.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        return queryset.filter(**{self.field: int(value)}) if value.isdecimal() else queryset


class LastBrandFilter(_Chosen):
    title, parameter_name, model, field = _("brand of the last purchase"), "brand", Brand, "facts__last_brand"


class CityFilter(_Chosen):
    title, parameter_name, model, field = _("city of the customer"), "city", City, "city"


class CentreFilter(_Chosen):
    title, parameter_name, model, field = _("home centre"), "centre", Centre, "facts__home_centre"


class ReachableFilter(DropdownFilter):
    """By a valid address of her own (`CustomerFacts.has_email`, `has_phone`)."""

    title, parameter_name = _("contacts"), "contacts"
    WAYS = {
        "email": {"facts__has_email": True},
        "phone": {"facts__has_phone": True},
        "no_email": {"facts__has_email": False},
        "no_phone": {"facts__has_phone": False},
        "none": {"facts__has_email": False, "facts__has_phone": False},
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [
            ("email", _("has an e-mail")), ("phone", _("has a phone")), ("no_email", _("no e-mail")),
            ("no_phone", _("no phone")), ("none", _("neither phone nor e-mail")),
        ]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**self.WAYS.get(self.value() or "", {}))


class HouseholdFilter(DropdownFilter):
    """«yes», «no», or the number of one household."""

    title, parameter_name = _("household"), "household"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        choices: list[tuple[str, object]] = [("yes", _("shares an address with a family")), ("no", _("alone"))]
        chosen = request.GET.get(self.parameter_name, "")
        asked = chosen.isdecimal() and places.sees_everybody(request.user)
        household = Household.objects.filter(pk=int(chosen)).first() if asked else None
        return [*choices, (str(household.pk), str(household))] if household else choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        if value.isdecimal():
            return queryset.filter(household=int(value))
        return queryset.filter(household__isnull=value == "no") if value in ("yes", "no") else queryset


class NewSinceFilter(DropdownFilter):
    title, parameter_name = _("appeared in the base"), "new"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [
            (str(days), ngettext("in the last day", "in the last %(days)s days", days) % {"days": days})
            for days in PERIODS
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        days = self.value() or ""
        if days not in map(str, PERIODS):
            return queryset
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(days)))


class ConsentFilter(DropdownFilter):
    """Whether any address of hers carries a consent to advertising that is in force."""

    title = _("consent to advertising")
    parameter_name = "consent"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("yes", _("given")), ("no", _("not given"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        state = ConsentState.objects.filter(
            contact_point=OuterRef("contact_point"), purpose=Purpose.ADVERTISING, given=True
        )
        given = Exists(CardContact.objects.filter(Exists(state), customer=OuterRef("pk")))
        return queryset.filter(given if self.value() == "yes" else ~given)


FILTERS: list[type[SimpleListFilter]] = [
    ReachableFilter, ConsentFilter, LastBrandFilter, RfmFilter, CityFilter, CentreFilter, HouseholdFilter, NewSinceFilter,
]  # fmt: skip
