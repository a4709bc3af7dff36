"""Which version of a campaign's texts a person gets: the first of her cars, in this order, that has one decides.

1. The car that she bought last, which is also the one that placeholders name; 2. the newest of those that she owns now;
3. any other that she owns, the one owned latest. Whoever has none gets the main version or nothing, as the campaign says.
Whoever had a message of the run that a campaign follows gets the version of the same brand as then, whatever she drives
by now. It is chosen once, for everybody in the statement that asks, and stays on the message (`Message.content`).
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from campaigns import whom
from campaigns.models import Campaign, Content
from segments.models import Brand

# `versions` has a dozen rows at most, so that all that depends on their number is the width of three hash tables.
VERSIONS = """versions AS MATERIALIZED (
    SELECT * FROM unnest(%(version_brands)s::bigint[], %(version_contents)s::bigint[]) AS v (brand_id, content_id)
)"""
JOINS = """
LEFT JOIN segments_customerfacts AS cars ON cars.customer_id = p.customer_id
LEFT JOIN versions AS bought ON bought.brand_id = cars.last_brand_id
LEFT JOIN versions AS newest ON newest.brand_id = cars.car_brand_id
LEFT JOIN LATERAL (
    SELECT v.content_id FROM segments_vehicle AS c JOIN versions AS v ON v.brand_id = c.brand_id
    WHERE c.customer_id = p.customer_id AND bought.content_id IS NULL AND newest.content_id IS NULL
    ORDER BY c.owned_since DESC NULLS LAST, c.id DESC LIMIT 1
) AS other ON true"""
MAIN = "%(main_content)s::bigint"
BY_CARS = f"COALESCE(bought.content_id, newest.content_id, other.content_id, {MAIN})"

EARLIER = """earlier AS (
    SELECT DISTINCT ON (1) COALESCE(c.merged_into_id, m.customer_id) AS customer_id, t.brand_id
    FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id
    JOIN campaigns_content AS t ON t.id = COALESCE(m.content_id, r.content_id)
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.run_id = %(followed)s AND m.left_out <> 'no_version' ORDER BY 1, m.left_out <> '', m.id
)"""
JOIN_EARLIER = """
LEFT JOIN earlier ON earlier.customer_id = p.customer_id
LEFT JOIN versions AS again ON again.brand_id = earlier.brand_id"""
AS_EARLIER = f"CASE WHEN earlier.customer_id IS NULL THEN {BY_CARS} ELSE COALESCE(again.content_id, {MAIN}) END"


# Who got which: of runs from before there were versions the run's.
ACCEPTED = """
SELECT COALESCE(m.content_id, r.content_id), count(*)
FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id
JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
WHERE m.run_id = ANY(%s) AND COALESCE(s.kind, o.kind) = 'accepted' GROUP BY 1
"""
ONE = "WITH {choices}p AS (SELECT %(customer)s::bigint AS customer_id) SELECT {content} FROM p {joins}"


class Choice(NamedTuple):
    """SQL for any relation `p` with a customer_id: `content` is the id of her version's texts, NULL where there is none for
    her, with `ctes` (each ends with a comma) before it and `joins` after its FROM."""

    content: str
    parameters: dict[str, Any]
    ctes: str = ""
    joins: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """What a statement with the places {content}, {choices} and {joins} takes."""
        return {"content": self.content, "choices": self.ctes, "joins": self.joins}


def current(campaign: Campaign, brand: Brand | None = None) -> Content | None:
    """The newest version of a campaign's texts, the main ones or those of a brand."""
    return campaign.contents.filter(brand=brand).order_by("-version").first()


def every(campaign: Campaign) -> list[Content]:
    """The newest of each brand, by its name, the main ones first."""
    if campaign.pk is None:
        return []
    newest = campaign.contents.select_related("brand").order_by("brand_id", "-version").distinct("brand_id")
    found = sorted(newest, key=lambda content: content.brand.name if content.brand else "")
    for content in found:
        content.campaign = campaign  # with the account that a form may have chosen and not saved
    return found


def choice(campaign: Campaign) -> Choice:
    main, *others = every(campaign) or [None]
    parameters: dict[str, Any] = {"main_content": main.pk if main else 0}
    if not others:
        return Choice(MAIN, parameters)
    parameters |= {
        "main_content": None if campaign.needs_version else parameters["main_content"],
        "version_brands": [content.brand_id for content in others],
        "version_contents": [content.pk for content in others],
    }
    ctes, joins, content = [VERSIONS], JOINS, BY_CARS
    if followed := whom.run_of(campaign):
        ctes, joins, content = [*ctes, EARLIER], joins + JOIN_EARLIER, AS_EARLIER
        parameters["followed"] = followed
    return Choice(content, parameters, "".join(f"{cte}, " for cte in ctes), joins)


def of_person(campaign: Campaign, customer_id: int) -> Content | None:
    """What she would get, were she written to now."""
    her = choice(campaign)
    with connection.cursor() as cursor:
        cursor.execute(ONE.format(**her.parts), her.parameters | {"customer": customer_id})
        found = cursor.fetchone()[0]
    return next((content for content in every(campaign) if content.pk == found), None)


def accepted(run_ids: Collection[int]) -> dict[int, int]:
    """{content: messages with it that the provider took}; goes over all messages of the runs."""
    with connection.cursor() as cursor:
        cursor.execute(ACCEPTED, [list(run_ids)])
        return dict(cursor.fetchall())


def free_brands(campaign: Campaign) -> QuerySet[Brand]:
    """Those that a version can still be added for."""
    taken = Content.objects.filter(campaign=campaign, brand__isnull=False) if campaign.pk else Content.objects.none()
    return Brand.objects.exclude(pk__in=taken.values("brand"))
