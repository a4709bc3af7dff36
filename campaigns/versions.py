"""Which version of a campaign's texts a person gets: the first of her cars, in this order, that has one decides.

1. The car that she bought last, which is also the one that placeholders name; 2. the newest of those that she owns now;
3. any other that she owns, the one owned latest. Whoever has none gets the main version or nothing, as the campaign says.
Whoever had a message of the run that a campaign follows gets the version of the same brand as then, whatever she drives
by now. It is chosen once, for everybody in the statement that asks, and stays on the message (`Message.content`).

Where the campaign has variants (`campaigns.variants`), who gets something and for which brand is decided as above, so that
it is the same for all of them. Then a person gets of her variant its version for the brand, else its own text, else, where
it has none (only its hour is tried), what A has.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from campaigns import variants, whom
from campaigns.models import Campaign, Content, Variant
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
    SELECT DISTINCT ON (1) COALESCE(c.merged_into_id, m.customer_id) AS customer_id, t.brand_id, m.variant
    FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id
    JOIN campaigns_content AS t ON t.id = COALESCE(m.content_id, r.content_id)
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.run_id = %(followed)s AND m.left_out <> 'no_version' ORDER BY 1, m.left_out <> '', m.id
)"""
JOIN_EARLIER = " LEFT JOIN earlier ON earlier.customer_id = p.customer_id"
JOIN_AGAIN = " LEFT JOIN versions AS again ON again.brand_id = earlier.brand_id"
AS_EARLIER = f"CASE WHEN earlier.customer_id IS NULL THEN {BY_CARS} ELSE COALESCE(again.content_id, {MAIN}) END"

# What each variant has in the place of each text of A.
TEXTS = """texts AS MATERIALIZED (
    SELECT * FROM unnest(%(text_bases)s::bigint[], %(text_variants)s::text[], %(text_contents)s::bigint[])
        AS t (base_id, variant, content_id)
)"""
TEXT_COLUMNS = ("text_bases", "text_variants", "text_contents")
JOIN_TEXTS = " LEFT JOIN texts ON texts.base_id = {base} AND texts.variant = arm.variant"

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
    """SQL for any relation `p` with a customer_id: `content` is the id of the text that she gets, NULL where there is none for
    her, with `ctes` before it and `joins` after its FROM; `has_variants` says that `arm.variant` is her variant."""

    content: str
    parameters: dict[str, Any]
    ctes: tuple[str, ...] = ()
    joins: str = ""
    has_variants: bool = False

    @property
    def parts(self) -> dict[str, str]:
        """What a statement with the places {content}, {choices} and {joins} takes, and {arm}, {also} and {variant}, which say
        where the letter is made, handed on, and written down."""
        written = "CASE WHEN left_out = '' THEN variant ELSE '' END"
        return {
            "content": self.content,
            "choices": "".join(f"{cte}, " for cte in self.ctes),
            "joins": self.joins,
            "arm": ", arm.variant" if self.has_variants else "",
            "also": ", variant" if self.has_variants else "",
            "variant": written if self.has_variants else "''",
        }


def current(campaign: Campaign, brand: Brand | None = None, variant: str = "") -> Content | None:
    """The newest version of a campaign's texts, the main ones or those of a brand, of A or of another variant."""
    return campaign.contents.filter(brand=brand, variant=variant).order_by("-version").first()


def every(campaign: Campaign) -> list[Content]:
    """The newest of each variant and brand: the main ones first, then those of brands by their names, then other variants."""
    if campaign.pk is None:
        return []
    newest = campaign.contents.select_related("brand").order_by("variant", "brand_id", "-version")
    found = sorted(
        newest.distinct("variant", "brand_id"),
        key=lambda content: (content.variant, content.brand.name if content.brand else ""),
    )
    for content in found:
        content.campaign = campaign  # with the account that a form may have chosen and not saved
    return found


def of_brands(campaign: Campaign) -> list[Content]:
    """Those of `every` that A has: they say who gets something, and what for."""
    return [content for content in every(campaign) if not content.variant]


def choice(campaign: Campaign) -> Choice:
    contents, drawn = every(campaign), variants.every(campaign)
    chosen = _by_brand(campaign, [content for content in contents if not content.variant], bool(drawn))
    return _of_variants(campaign, chosen, contents, drawn) if drawn else chosen


def _by_brand(campaign: Campaign, contents: list[Content], has_variants: bool) -> Choice:
    main, *others = contents or [None]
    parameters: dict[str, Any] = {"main_content": main.pk if main else 0}
    followed = whom.run_of(campaign) if others or has_variants else None
    ctes, joins, content = [], "", MAIN
    if others:
        parameters |= {
            "main_content": None if campaign.needs_version else parameters["main_content"],
            "version_brands": [content.brand_id for content in others],
            "version_contents": [content.pk for content in others],
        }
        ctes, joins, content = [VERSIONS], JOINS, BY_CARS
    if followed:
        parameters["followed"] = followed
        ctes, joins = [*ctes, EARLIER], joins + JOIN_EARLIER
        joins, content = (joins + JOIN_AGAIN, AS_EARLIER) if others else (joins, content)
    return Choice(content, parameters, tuple(ctes), joins)


def _of_variants(campaign: Campaign, base: Choice, contents: list[Content], drawn: list[Variant]) -> Choice:
    """What `base` chooses of A's texts, as her variant has it."""
    written = {(content.variant, content.brand_id): content.pk for content in contents}
    rows = [
        (pk, each.letter, written.get((each.letter, brand_id), written.get((each.letter, None), pk)))
        for (letter, brand_id), pk in written.items()
        for each in drawn
        if not letter
    ]
    parameters = {name: [row[place] for row in rows] for place, name in enumerate(TEXT_COLUMNS)}
    letter = variants.AS_EARLIER if "followed" in base.parameters else variants.DRAWN
    joins = base.joins + variants.ARM.format(letter=letter) + JOIN_TEXTS.format(base=base.content)
    parameters |= base.parameters | variants.parameters(campaign, drawn)
    return Choice("texts.content_id", parameters, (*base.ctes, TEXTS), joins, has_variants=True)


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
