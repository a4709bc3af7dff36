"""The occasion of a new product: the first car of a model has come into the showrooms."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement

# A model of which a car stood here before, or of which nobody knows when it came, is no novelty. It concerns whoever bought
# or asked about its brand or its class.
LAUNCHED = """
WITH novelty AS (
    SELECT s.model_id, min(s.arrived_on) AS day FROM segments_carinstock AS s
    WHERE s.condition = 'new' AND s.model_id IS NOT NULL GROUP BY 1
    HAVING min(s.arrived_on) = ANY(%(occasion_days)s::date[]) AND min(s.arrived_on) >= %(works_since)s
       AND count(*) = count(s.arrived_on) AND bool_or(s.gone_on IS NULL)
), launch AS (
    SELECT n.model_id, n.day, m.brand_id, NULLIF(m.car_class, '') AS car_class
    FROM novelty AS n JOIN segments_carmodel AS m ON m.id = n.model_id
), liking AS (
    SELECT f.customer_id, f.last_brand_id, f.left_brand_id, bought.car_class AS bought_class, wanted.car_class AS left_class
    FROM segments_customerfacts AS f
    LEFT JOIN segments_carmodel AS bought ON bought.id = f.last_model_id
    LEFT JOIN segments_carmodel AS wanted ON wanted.id = f.left_model_id
)
SELECT f.customer_id, 'launch:' || n.model_id AS occasion, n.day::timestamp AT TIME ZONE %(zone)s AS happened_at
FROM launch AS n JOIN liking AS f
    ON n.brand_id IN (f.last_brand_id, f.left_brand_id) OR n.car_class IN (f.bought_class, f.left_class)
"""


def _launched(_entry: Mapping[str, Any], asked: Asked) -> Statement:
    since = timezone.localdate(asked.activated_at, timezone.get_default_timezone())
    return LAUNCHED, {"occasion_days": asked.days, "works_since": since, "zone": settings.TIME_ZONE}


LAUNCH = Occasion(
    "launch", gettext_lazy("a new model has come into the showrooms"), lambda entry: {}, _launched,
    lambda entry, names: _("the first car of a new model came, of the brand or the class that the person bought or asked about"),
)  # fmt: skip
