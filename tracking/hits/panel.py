"""Who made the opens and clicks of a campaign: the panel of its page, with the reasons and the map of its links."""

from collections import Counter
from typing import Any

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Content, Link
from campaigns.panels import Panel
from campaigns.rendering import MEDIA
from tracking.hits.signs import Sign
from tracking.models import Hit
from tracking.reports import runs_of

# People by link: whoever followed it twice is one. `left_out` never has hits.
PEOPLE = """
SELECT COALESCE(m.content_id, r.content_id), h.link, count(DISTINCT h.message_id)
FROM tracking_hit AS h
JOIN campaigns_message AS m ON m.run_id = h.run_id AND m.id = h.message_id
JOIN campaigns_run AS r ON r.id = h.run_id
WHERE h.run_id = ANY(%(runs)s::bigint[]) AND h.kind = 'click' AND h.made_by = 'human' AND h.link > 0
GROUP BY 1, 2
"""
KINDS = ((Hit.Kind.OPEN, _("Opens")), (Hit.Kind.CLICK, _("Clicks")))
Maker = Hit.Maker


def context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Nothing where nothing has come yet."""
    runs = runs_of([campaign.pk])[campaign.pk]
    kinds = [each for each in _kinds(runs) if each["total"]]
    contents = _contents(campaign, runs) if kinds else []
    return {"kinds": kinds, "contents": contents}


def _kinds(runs: list[int]) -> list[dict[str, Any]]:
    """Hits of each kind by who made them, the reasons of what is not people's with the most first."""
    counted: dict[str, Counter[str]] = {kind: Counter() for kind, _label in KINDS}
    reasons: dict[str, Counter[str]] = {kind: Counter() for kind, _label in KINDS}
    rows = Hit.objects.filter(run__in=runs).values_list("kind", "made_by", "reasons").annotate(Count("pk")).order_by()
    for kind, made_by, signs, number in rows:
        counted[kind][made_by] += number
        for sign in signs:
            reasons[kind][sign] += number
    return [
        {
            "label": label,
            "total": counted[kind].total(),
            **{maker.value: counted[kind][maker] for maker in Maker},
            "waiting": counted[kind][""],
            "reasons": [(Sign(sign).label, number) for sign, number in reasons[kind].most_common()],
        }
        for kind, label in KINDS
    ]


def people_by_link(runs: list[int]) -> dict[int, dict[int, int]]:
    """{content id: {number of a link: people}}"""
    found: dict[int, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"runs": runs})
        for content, number, people in cursor.fetchall():
            found.setdefault(content, {})[number] = people
    return found


def _contents(campaign: Campaign, runs: list[int]) -> list[dict[str, Any]]:
    """The texts that brought clicks, each with its links by the number of people."""
    people = people_by_link(runs)
    is_letter = MEDIA[campaign.channel].name == "letter"
    links: dict[int, list[dict[str, Any]]] = {}
    for link in Link.objects.filter(content__in=people).order_by("number"):
        number = people[link.content_id].get(link.number, 0)
        links.setdefault(link.content_id, []).append({"link": link, "people": number})
    contents = Content.objects.filter(pk__in=people).select_related("brand").order_by("pk")
    return [
        {
            "content": content,
            "is_letter": is_letter,
            "links": sorted(links.get(content.pk, []), key=lambda line: -line["people"]),
        }
        for content in contents
    ]


PANEL = Panel("hits", 15, _("Opens and clicks: people and machines"), "tracking/panels/hits.html", context)
