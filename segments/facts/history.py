"""What the documents of a person say: parts of the statement of `segments.facts`, and the facts drawn from them.

**What counts.** A document that was cancelled by its status (`segments.lines`) did not happen. A negative
sum is a refund: it subtracts from the sum of its line, and when it gives back the whole sum of an earlier document of
its kind, the newest such document is taken back as well: it is neither counted nor the last. Days are Moscow's; of two
documents at one moment the one with the greater key in its source is the later.

The line of business of a deal is that of `segments.lines`; a sale without one belongs to no line and still is a purchase.
"""

from typing import NamedTuple

from segments import lines

POLICY_MONTHS = 12  # a policy without an end date is taken to run a year
SERVICE_MONTHS = 12  # and who came once is expected in a year
LEAVING_DAYS = 3  # a sale within so many days after a visit is its outcome


class Line(NamedTuple):
    """A line of business: the number of its slot, and what its columns are called. `first_<name>`, `last_<name>`,
    `<name>_brand_id`, `<name>_model_id`, `<plural>`, `<plural>_sum`, and `<name>_due` where purchases come round."""

    slot: int
    name: str
    plural: str
    comes_round: bool = True


LINES = (
    Line(1, "new", "new_cars"),
    Line(2, "used", "used_cars"),
    Line(3, "service", "services"),
    Line(4, "insurance", "policies", comes_round=False),  # a policy has its end
    Line(5, "accessories", "accessories"),
)
OTHER_CAR, VISIT, BUYOUT, ELSE = 6, 7, 8, 9
CARS = (1, 2, OTHER_CAR)

SLOT = f"""
CASE WHEN i.kind = 'visit' THEN {VISIT} WHEN i.kind = 'buyout' THEN {BUYOUT} WHEN NOT {lines.IS_PURCHASE.format(row="i")} THEN {ELSE}
     ELSE CASE {lines.LINE_OF_PURCHASE.format(row="i")}
          {" ".join(f"WHEN '{line.name}' THEN {line.slot}" for line in LINES)} ELSE {OTHER_CAR} END END
"""
HAPPENED = lines.HAPPENED.format(row="i")
# `taken_back`: a refund and the deal that it gives back; a deal is given back once. (NOT IN hashes them, however few the
# planner expects.) `signed`: the slot, negative of refunds. `place` counts from the newest of a slot, `gap` is days
# since the one before it.
PARTS = f"""
refunds AS (
    SELECT i.id, i.customer_id, i.kind, i.amount, i.happened_at FROM segments_interaction AS i
    WHERE i.amount < 0 AND i.customer_id IS NOT NULL AND {HAPPENED} AND {{of_chosen}}
), taken_back AS MATERIALIZED (
    SELECT unnest(ARRAY[pair.refund_id, pair.deal_id]) AS id FROM (
        SELECT DISTINCT ON (deal.id) deal.id AS deal_id, r.id AS refund_id FROM refunds AS r CROSS JOIN LATERAL (
            SELECT i.id FROM segments_interaction AS i
            WHERE i.customer_id = r.customer_id AND i.kind = r.kind AND i.amount = -r.amount
              AND i.happened_at <= r.happened_at AND {HAPPENED}
            ORDER BY i.happened_at DESC, i.external_key DESC, i.id DESC LIMIT 1
        ) AS deal ORDER BY deal.id, r.happened_at, r.id
    ) AS pair
), happened AS NOT MATERIALIZED (
    SELECT i.id, i.customer_id, i.kind, i.happened_at, i.external_key, i.amount, i.brand_id, i.model_id, i.condition,
           i.centre_id, i.salesperson_id, i.reason,
           (i.happened_at AT TIME ZONE 'Europe/Moscow')::date AS day, {SLOT} AS slot
    FROM segments_interaction AS i
    WHERE i.customer_id IS NOT NULL AND {HAPPENED}
      AND i.id NOT IN (SELECT id FROM taken_back) AND {{of_chosen}}
), ranked AS (
    SELECT *, row_number() OVER newest AS place, day - lead(day) OVER newest AS gap
    FROM (SELECT h.*, CASE WHEN h.amount < 0 AND h.slot <= {OTHER_CAR} THEN -h.slot ELSE h.slot END AS signed FROM happened AS h) AS h
    WINDOW newest AS (PARTITION BY customer_id, signed ORDER BY happened_at DESC, external_key DESC, id DESC)
), counted AS (
    SELECT customer_id, {{counts}}
    FROM ranked GROUP BY customer_id
), left_again AS (
    SELECT DISTINCT ON (v.customer_id) v.customer_id, v.day, v.reason, v.brand_id, v.model_id, v.condition
    FROM happened AS v
    WHERE v.kind = 'visit' AND NOT EXISTS (
        SELECT FROM happened AS s WHERE s.kind = 'sale' AND s.slot IN {CARS} AND coalesce(s.amount, 0) >= 0
          AND s.customer_id = v.customer_id AND s.day BETWEEN v.day AND v.day + {LEAVING_DAYS})
    ORDER BY v.customer_id, v.happened_at DESC, v.external_key DESC, v.id DESC
)"""


def _counts() -> dict[str, str]:
    """name in `counted`: aggregate over `ranked`."""
    counts = {}
    for line in LINES:
        counts |= _of_line(line)
    for slot in CARS:
        counts[f"at_{slot}"] = f"max(happened_at) FILTER (WHERE signed = {slot})"
        counts[f"price_{slot}"] = f"max(amount) FILTER (WHERE signed = {slot} AND place = 1)"
    newest = f"FILTER (WHERE signed = {OTHER_CAR} AND place = 1)"
    return counts | {
        "other_cars": f"count(*) FILTER (WHERE signed = {OTHER_CAR})",
        "other_cars_sum": f"sum(amount) FILTER (WHERE slot = {OTHER_CAR})",
        "first_other": f"min(day) FILTER (WHERE signed = {OTHER_CAR})",
        "last_other": f"max(day) FILTER (WHERE signed = {OTHER_CAR})",
        "other_brand_id": f"max(brand_id) {newest}",
        "other_model_id": f"max(model_id) {newest}",
        "visits": f"count(*) FILTER (WHERE signed = {VISIT})",
        "last_visit": f"max(day) FILTER (WHERE signed = {VISIT})",
        "buyouts": f"count(*) FILTER (WHERE signed = {BUYOUT})",
        "last_buyout": f"max(day) FILTER (WHERE signed = {BUYOUT})",
        "last_seen": "max(day) FILTER (WHERE signed > 0)",
        "centre_id": "mode() WITHIN GROUP (ORDER BY centre_id)",
        "seller": f"""max(ARRAY[date_part('epoch', happened_at)::bigint, salesperson_id])
            FILTER (WHERE salesperson_id IS NOT NULL AND signed IN {(*CARS, VISIT, BUYOUT)})""",
    }


def _of_line(line: Line) -> dict[str, str]:
    deals, newest = f"FILTER (WHERE signed = {line.slot})", f"FILTER (WHERE signed = {line.slot} AND place = 1)"
    counts = {
        line.plural: f"count(*) {deals}",
        f"{line.plural}_sum": f"sum(amount) FILTER (WHERE slot = {line.slot})",
        f"first_{line.name}": f"min(day) {deals}",
        f"last_{line.name}": f"max(day) {deals}",
        f"{line.name}_brand_id": f"max(brand_id) {newest}",
        f"{line.name}_model_id": f"max(model_id) {newest}",
    }
    if line.comes_round:
        gaps = f"FILTER (WHERE signed = {line.slot} AND gap > 0)"
        counts[f"{line.name}_gap"] = f"percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) {gaps}"
    return counts


def _line_facts(line: Line) -> dict[str, str]:
    name, plural = line.name, line.plural
    facts = {plural: f"coalesce(n.{plural}, 0)", f"{plural}_sum": f"coalesce(n.{plural}_sum, 0)"}
    for column in (f"first_{name}", f"last_{name}", f"{name}_brand_id", f"{name}_model_id"):
        facts[column] = f"n.{column}"
    if line.comes_round:
        facts[f"{name}_due"] = f"n.last_{name} + round(n.{name}_gap)::int"
    return facts


def _of_last_car(new: str, used: str, other: str) -> str:
    """What belongs to the newest of the sales in the three slots; of two at one moment, the new car."""
    return f"CASE greatest(n.at_1, n.at_2, n.at_6) WHEN n.at_1 THEN {new} WHEN n.at_2 THEN {used} WHEN n.at_6 THEN {other} END"


# column of CustomerFacts: its expression over `n` (counted) and `v` (left_again).
FACTS = {
    "purchases": "coalesce(n.new_cars + n.used_cars + n.other_cars, 0)",
    "purchases_sum": "coalesce(n.new_cars_sum, 0) + coalesce(n.used_cars_sum, 0) + coalesce(n.other_cars_sum, 0)",
    "first_purchase": "least(n.first_new, n.first_used, n.first_other)",
    "last_purchase": "greatest(n.last_new, n.last_used, n.last_other)",
    "last_brand_id": _of_last_car("n.new_brand_id", "n.used_brand_id", "n.other_brand_id"),
    "last_model_id": _of_last_car("n.new_model_id", "n.used_model_id", "n.other_model_id"),
    "last_car_condition": "coalesce(" + _of_last_car("'new'", "'used'", "''") + ", '')",
    "last_price": _of_last_car("n.price_1", "n.price_2", "n.price_6"),
    **{column: expression for line in LINES for column, expression in _line_facts(line).items()},
    "service_due": f"""coalesce(n.last_service + round(n.service_gap)::int,
        (n.last_service + interval '{SERVICE_MONTHS} months')::date)""",
    "insurance_end": f"(n.last_insurance + interval '{POLICY_MONTHS} months')::date",
    "insurance_end_estimated": "n.last_insurance IS NOT NULL",
    "visits": "coalesce(n.visits, 0)",
    "last_visit": "n.last_visit",
    "left_without_purchase": "v.day",
    "left_reason": "coalesce(v.reason, '')",
    "left_brand_id": "v.brand_id",
    "left_model_id": "v.model_id",
    "left_condition": "coalesce(v.condition, '')",
    "bought_since_leaving": "coalesce(greatest(n.last_new, n.last_used, n.last_other) > v.day, false)",
    "buyouts": "coalesce(n.buyouts, 0)",
    "last_buyout": "n.last_buyout",
    "last_seen": "n.last_seen",
    "last_salesperson_id": "n.seller[2]",
}
# Of a base without a single document: the parts that other facts are joined with, empty.
NO_HISTORY = "counted AS (SELECT NULL::bigint AS customer_id, NULL::bigint AS centre_id WHERE false)"
ANYTHING = "SELECT EXISTS (SELECT FROM segments_interaction)"
HISTORY = PARTS.replace("{counts}", ",\n        ".join(f"{how} AS {name}" for name, how in _counts().items()))
