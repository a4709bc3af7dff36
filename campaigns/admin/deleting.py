"""What the page of a deletion lists: the campaign, its letters and its numbers, not the rows that join tables."""

from typing import Any

from django.utils.text import capfirst

from campaigns.models import AdAudience, Approval, Campaign, CampaignEvent, CampaignPromo, FollowUp, Link, Rationale

JOINS = (Campaign.segments_in.through, Campaign.segments_out.through)
UNTOLD = (
    *JOINS,
    Link,
    Approval,
    CampaignEvent,
    CampaignPromo,
    FollowUp,
    Rationale,
    AdAudience,
)  # they go with the campaign, and nobody knows them by name


def told(found: tuple[list[Any], dict[Any, int], set[str], list[Any]]) -> tuple:
    """The answer of `ModelAdmin.get_deleted_objects` without the rows that only a programmer knows."""
    to_delete, counts, perms_needed, protected = found
    names = tuple(f"{capfirst(model._meta.verbose_name)}: " for model in UNTOLD)
    plurals = {str(model._meta.verbose_name_plural) for model in UNTOLD}
    counts = {name: count for name, count in counts.items() if str(name) not in plurals}
    return _without(to_delete, names), counts, perms_needed, protected


def _without(tree: list[Any], names: tuple[str, ...]) -> list[Any]:
    """Lines are strings; a list after a line is what hangs on it."""
    kept: list[Any] = []
    for node in tree:
        branch = _without(node, names) if isinstance(node, list) else node
        if branch and not (isinstance(branch, str) and branch.startswith(names)):
            kept.append(branch)
    return kept
