"""The time zone of each customer: of her city, else of the region her phone was issued in, else of her centre.

Computed set-wise from the facts, into `segments_customerzone`; sending joins it by `customer_id`. The regions of town
codes are those of `phonenumbers`; of mobile numbers the library knows only the country, so that their ranges come
from the state's register of numbering (`segments.phone_ranges`).
"""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models import CustomerZone
from segments.whom import EVERYBODY, Whom

ZONES = {
    "Europe/Kaliningrad": _("Kaliningrad (Moscow −1)"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Volgograd": _("Volgograd (as in Moscow)"),
    "Europe/Samara": _("Samara (Moscow +1)"),
    "Europe/Saratov": _("Saratov (Moscow +1)"),
    "Europe/Astrakhan": _("Astrakhan (Moscow +1)"),
    "Europe/Ulyanovsk": _("Ulyanovsk (Moscow +1)"),
    "Asia/Yekaterinburg": _("Yekaterinburg (Moscow +2)"),
    "Asia/Omsk": _("Omsk (Moscow +3)"),
    "Asia/Novosibirsk": _("Novosibirsk (Moscow +4)"),
    "Asia/Barnaul": _("Barnaul (Moscow +4)"),
    "Asia/Tomsk": _("Tomsk (Moscow +4)"),
    "Asia/Novokuznetsk": _("Novokuznetsk (Moscow +4)"),
    "Asia/Krasnoyarsk": _("Krasnoyarsk (Moscow +4)"),
    "Asia/Irkutsk": _("Irkutsk (Moscow +5)"),
    "Asia/Chita": _("Chita (Moscow +6)"),
    "Asia/Yakutsk": _("Yakutsk (Moscow +6)"),
    "Asia/Vladivostok": _("Vladivostok (Moscow +7)"),
    "Asia/Sakhalin": _("Sakhalin (Moscow +8)"),
    "Asia/Magadan": _("Magadan (Moscow +8)"),
    "Asia/Kamchatka": _("Kamchatka (Moscow +9)"),
    "Asia/Anadyr": _("Anadyr (Moscow +9)"),
}

REFRESH = """
WITH who AS MATERIALIZED (
    SELECT f.customer_id, city.time_zone AS of_city, centre.time_zone AS of_centre
    FROM segments_customerfacts AS f
    LEFT JOIN segments_city AS city ON city.id = f.city_id
    LEFT JOIN segments_centre AS centre ON centre.id = f.home_centre_id
    WHERE {chosen}
), phoned AS (
    SELECT DISTINCT ON (w.customer_id) w.customer_id, block.time_zone
    FROM who AS w
    JOIN segments_cardcontact AS held ON held.customer_id = w.customer_id
    JOIN segments_contactpoint AS phone ON phone.id = held.contact_point_id
    CROSS JOIN LATERAL (
        SELECT time_zone, last FROM segments_phonerange AS r
        WHERE r.first <= substr(phone.value, 3)::bigint ORDER BY r.first DESC LIMIT 1
    ) AS block
    WHERE w.of_city IS NULL AND phone.kind = 'phone' AND phone.validity = 'valid' AND NOT phone.is_shared
    AND phone.value ~ '^\\+7[0-9]{{10}}$' AND block.last >= substr(phone.value, 3)::bigint
    ORDER BY w.customer_id, held.position, phone.id
), fresh AS (
    SELECT w.customer_id, coalesce(w.of_city, p.time_zone, w.of_centre, %(holding)s) AS time_zone,
        CASE WHEN w.of_city IS NOT NULL THEN 'city' WHEN p.time_zone IS NOT NULL THEN 'phone'
             WHEN w.of_centre IS NOT NULL THEN 'centre' ELSE 'holding' END AS source
    FROM who AS w LEFT JOIN phoned AS p ON p.customer_id = w.customer_id
)
MERGE INTO segments_customerzone AS old USING (SELECT * FROM fresh ORDER BY customer_id) AS fresh
ON old.customer_id = fresh.customer_id
WHEN MATCHED AND (old.time_zone, old.source) IS DISTINCT FROM (fresh.time_zone, fresh.source)
THEN UPDATE SET time_zone = fresh.time_zone, source = fresh.source
WHEN NOT MATCHED THEN INSERT (customer_id, time_zone, source) VALUES (fresh.customer_id, fresh.time_zone, fresh.source)
"""
FORGET = """
DELETE FROM segments_customerzone AS z WHERE {chosen}
AND NOT EXISTS (SELECT FROM segments_customerfacts AS f WHERE f.customer_id = z.customer_id)
"""


def refresh_zones(whom: Whom = EVERYBODY) -> int:
    """Bring the zones of these customers, or of all, in step with their facts.

    Returns how many rows were written. People whose zone did not change are not touched.
    """
    params = whom.parameters | {"holding": settings.TIME_ZONE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGET.format(chosen=whom.among("z.customer_id")), params)
        forgotten = cursor.rowcount
        cursor.execute(REFRESH.format(chosen=whom.among("f.customer_id")), params)
        return forgotten + cursor.rowcount


def clock_of(customer_id: int) -> dict[str, str]:
    """What the page of a customer says: {zone, time, source}; nothing while the facts are being computed."""
    found = CustomerZone.objects.filter(pk=customer_id).first()
    if found is None:
        return {}
    now = timezone.now().astimezone(ZoneInfo(found.time_zone))
    label = ZONES.get(found.time_zone, found.time_zone)
    return {"zone": str(label), "time": f"{now:%H:%M}", "source": found.get_source_display()}
