"""What the command palette finds: a handful of customers, segments and campaigns, by each list's own search."""

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

AT_MOST = 20
SHORTEST = 2
# What to look in, and the icon of what was found there.
LISTS = (("segments.Customer", "person"), ("segments.Segment", "data_usage"), ("campaigns.Campaign", "campaign"))


def results(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most `AT_MOST` hits over all lists that the user may open, never a scan of everything that matches."""
    found: list[SearchResult] = []
    if len(term.strip()) < SHORTEST:
        return found
    for label, icon in LISTS:
        found += _hits(request, term, label=label, icon=icon, limit=AT_MOST - len(found))
    return found


def _hits(request: HttpRequest, term: str, *, label: str, icon: str, limit: int) -> list[SearchResult]:
    model = apps.get_model(label)
    model_admin = admin.site._registry.get(model)
    if limit <= 0 or model_admin is None or not model_admin.has_view_permission(request):
        return []
    rows, _duplicates = model_admin.get_search_results(request, model_admin.get_queryset(request), term)
    options = model._meta
    page = f"admin:{options.app_label}_{options.model_name}_change"
    return [
        SearchResult(
            title=str(row), description=str(options.verbose_name), link=reverse(page, args=[row.pk]), icon=icon
        )
        for row in rows[:limit]
    ]
