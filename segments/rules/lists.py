"""Who is on a list that was pasted or uploaded. Importing this module fills the registry."""

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import CardContact, ContactList, ListedContact, Segment
from segments.rules.fields import Field, register
from segments.rules.tree import values_asked
from segments.rules.upgrading import upgraded


def _lists() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in ContactList.objects.values_list("pk", "name")]


def _listed(op: str, lists: list[str], today: dt.date) -> Q:
    """Asked once, not for each customer: the addresses of a list are few beside the base."""
    points = ListedContact.objects.filter(contact_list__in=[int(each) for each in lists])
    holders = CardContact.objects.filter(contact_point__in=points.values("contact_point"), customer__isnull=False)
    on_one = Q(pk__in=holders.values("customer"))
    return ~on_one if op == "none_of" else on_one


def segments_upon(contact_list: ContactList) -> list[Segment]:
    """The segments whose rule asks about this list."""
    asking = Segment.objects.exclude(rule={})
    return [each for each in asking if str(contact_list.pk) in values_asked(upgraded(each.rule)["rule"], "list")]


register(
    Field(
        name="in_list", label=pgettext_lazy("field of a rule", "list of contacts"), type="list",
        group=_("Segments"), choices=_lists, compile=_listed,
    )
)  # fmt: skip
