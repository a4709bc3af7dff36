"""Who works where: the answer of `segments.places`."""

from typing import Any

from crmsite.models import Workplace
from crmsite.roles import GROUPS, OWN_CENTRES
from segments.places import Place, Staff

BOUND = {GROUPS[role].name for role in OWN_CENTRES}
FREE = {role.name for role in GROUPS.values() if "segments.view_customer" in role.permissions} - BOUND


def place_of(user: Any) -> Place:
    """The whole holding, for all but those of whose roles none shows it whole. Without a workplace these see nobody."""
    roles = {group.name for group in user.groups.all()}
    workplace = Workplace.objects.prefetch_related("centres").filter(user=user.pk).first() if roles & BOUND else None
    salesperson = workplace.salesperson_id if workplace else None
    if user.is_superuser or not roles & BOUND or roles & FREE:
        return Place(None, salesperson)
    return Place(tuple(centre.pk for centre in workplace.centres.all()) if workplace else (), salesperson)


def working() -> list[tuple[int, int]]:
    """(salesperson, centre) of everybody who may log in."""
    places = Workplace.centres.through.objects.filter(
        workplace__user__is_active=True, workplace__salesperson__isnull=False
    )
    return list(places.values_list("workplace__salesperson", "centre"))


STAFF = Staff(place_of, working)
