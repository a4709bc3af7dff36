"""From a rule to a queryset with bound parameters.

The query runs over `CustomerFacts`, which has exactly one row for each living customer, so that a rule
over facts alone joins nothing; history, consents and segments are EXISTS. Negations are pushed down to
the conditions, where each knows its missing values (the table in `segments.rules.operators`).
"""

import datetime as dt
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from segments.models import Customer, CustomerFacts
from segments.rules import fields
from segments.rules.days import midnight
from segments.rules.tree import checked


def people(rule: dict) -> QuerySet[Customer]:
    """The living customers of a rule. Raises `RuleError`."""
    return Customer.objects.filter(merged_into=None, pk__in=matching(rule).values("pk"))


def matching(rule: dict) -> QuerySet[CustomerFacts]:
    """The facts of the people of a rule: for counting and for membership. Raises `RuleError`."""
    return CustomerFacts.objects.filter(_node(checked(rule), business_day(), negated=False))


def business_day() -> dt.date:
    """Today by the clock of the holding (settings.TIME_ZONE), whoever looks and from where."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _node(node: dict, today: dt.date, *, negated: bool) -> Q:
    if "not" in node:
        return _node(node["not"], today, negated=not negated)
    for group in ("all", "any"):
        if group in node:
            children = [_node(each, today, negated=negated) for each in node[group]]
            return reduce(and_ if (group == "all") != negated else or_, children)
    if "event" in node:
        return ~_event(node, today) if negated else _event(node, today)
    return _condition(fields.FIELDS[node["field"]], node, today, negated=negated)


def _condition(field: fields.Field, node: dict, today: dt.date, *, negated: bool = False) -> Q:
    shape = field.operators[node["op"]].shape
    return field.condition(node["op"], shape.clean(node.get("value"), _Anything()), today, negated=negated)


def _event(node: dict, today: dt.date) -> Q:
    event = fields.EVENTS[node["event"]]
    rows = event.model._default_manager.filter(event.rows)
    if node.get("days") is not None:
        first = today - dt.timedelta(days=node["days"])
        rows = rows.filter(**{f"{event.moment}__gte": first if event.is_day else midnight(first)})
    for leaf in node.get("where", []):
        rows = rows.filter(_condition(event.where[leaf["field"]], leaf, today))
    if node["value"] == 1:
        return Q(Exists(rows.filter(**{event.customer: OuterRef("pk")})))
    # Grouped once: a correlated count would run once for every customer. Of rows, not of ids: the index is enough.
    often = rows.filter(**{f"{event.customer}__isnull": False}).values(event.customer)
    return Q(pk__in=often.annotate(times=Count("*")).filter(times__gte=node["value"]).values(event.customer))


class _Anything:
    """Stands for the choices once the tree has been validated."""

    def __contains__(self, value: Any) -> bool:
        return True
