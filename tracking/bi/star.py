"""The views of the schema `bi`: dimensions `dim_*` and facts `fact_*`, joined by integer keys, one to many.

No names, addresses, phones, plates, VINs or free text of a person are in any of them: a customer is a number, with what can be
said of many at once. Times are of `settings.TIME_ZONE`, without a zone, as Power BI wants them; `changed_at` of each fact is for
incremental refresh where rows change later (a message is opened, a call is tied), the time of the event elsewhere. An import may
correct old documents: read the deals and visits of the last months anew. Views hold no volatile functions.
"""

from dataclasses import dataclass

from django.conf import settings

from segments.lines import HAPPENED


@dataclass(frozen=True, slots=True)
class View:
    """`refresh_by` is the column of incremental refresh; '' for a dimension, which is read whole."""

    name: str
    about: str
    sql: str
    refresh_by: str = ""


def _local(column: str) -> str:
    return f"({column} AT TIME ZONE '{settings.TIME_ZONE}')"


_PERSON = "coalesce(c.merged_into_id, c.id)"
_DOCUMENT = f"""
SELECT i.id AS {{key}}, {_local("i.happened_at")} AS happened_at, {_local("i.happened_at")}::date AS day,
       i.customer_id AS customer_key, i.centre_id AS centre_key, i.brand_id AS brand_key, i.model_id AS model_key,
       i.line, i.condition, {{rest}} i.kind
FROM segments_interaction AS i
WHERE i.kind IN ({{kinds}}) AND {HAPPENED.format(row="i")}
"""

DIMENSIONS = (
    View("dim_date", "days from 2012 on", """
SELECT d::date AS day, extract(year FROM d)::int AS year, extract(quarter FROM d)::int AS quarter,
       extract(month FROM d)::int AS month, extract(day FROM d)::int AS day_of_month,
       extract(isodow FROM d)::int AS weekday, extract(week FROM d)::int AS iso_week, date_trunc('month', d)::date AS month_begins
FROM generate_series(timestamp '2012-01-01', timestamp '2035-12-31', interval '1 day') AS d
"""),
    View("dim_customer", "living customers, without names and addresses", """
SELECT c.id AS customer_key, nullif(f.sex, '') AS gender, city.name AS city, f.home_centre_id AS home_centre_key,
       CASE WHEN f.birth_date IS NULL THEN NULL
            ELSE (extract(year FROM age(f.computed_at, f.birth_date))::int / 10) * 10 END AS age_band,
       f.is_company, f.has_email, f.has_phone, f.purchases, f.services, f.visits, f.cars, f.first_purchase, f.last_purchase,
       f.last_service, f.car_brand_id AS car_brand_key, f.car_model_id AS car_model_key
FROM segments_customer AS c
LEFT JOIN segments_customerfacts AS f ON f.customer_id = c.id
LEFT JOIN segments_city AS city ON city.id = f.city_id
WHERE c.merged_into_id IS NULL
"""),
    View("dim_brand", "brands", "SELECT id AS brand_key, name AS brand FROM segments_brand"),
    View("dim_model", "models and their classes", """
SELECT id AS model_key, brand_id AS brand_key, name AS model, car_class, price_band, base_price FROM segments_carmodel
"""),
    View("dim_centre", "dealer centres", "SELECT id AS centre_key, name AS centre, time_zone FROM segments_centre"),
    View("dim_segment", "segments", "SELECT id AS segment_key, name AS segment, slug, is_archived FROM segments_segment"),
    View("dim_campaign", "campaigns", f"""
SELECT id AS campaign_key, name AS campaign, kind, channel, purpose, brand_id AS brand_key, state,
       {_local("started_at")} AS started_at, {_local("finished_at")} AS finished_at
FROM campaigns_campaign
"""),
    View("dim_number", "substitute numbers, by their last four digits", """
SELECT id AS number_key, right(number, 4) AS last_digits, is_active FROM tracking_substitutenumber
"""),
)  # fmt: skip

FACTS = (
    View("fact_message", "a message that was planned: sent, left out or held out, and what became of it", f"""
SELECT m.id AS message_key, r.campaign_id AS campaign_key, m.run_id AS run_key, {_PERSON} AS customer_key, m.channel,
       m.step, m.variant, m.left_out, COALESCE(s.kind, o.kind) AS outcome,
       {_local("m.planned_at")} AS planned_at, {_local("o.happened_at")} AS sent_at, {_local("m.planned_at")}::date AS day,
       {_local("d.delivered_at")} AS delivered_at, {_local("d.opened_at")} AS opened_at, {_local("d.clicked_at")} AS clicked_at,
       {_local("d.replied_at")} AS replied_at, {_local("d.failed_at")} AS failed_at,
       {_local("d.unsubscribed_at")} AS unsubscribed_at, {_local("d.complained_at")} AS complained_at,
       {_local("greatest(m.planned_at, o.happened_at, d.changed_at)")} AS changed_at
FROM campaigns_message AS m
JOIN campaigns_run AS r ON r.id = m.run_id
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
""", "changed_at"),
    View("fact_hit", "an open or a click, with who made it", f"""
SELECT h.id AS hit_key, h.kind, h.message_id AS message_key, r.campaign_id AS campaign_key, h.link, h.made_by, h.reasons,
       {_local("h.at")} AS happened_at, {_local("h.at")}::date AS day
FROM tracking_hit AS h JOIN campaigns_run AS r ON r.id = h.run_id
""", "happened_at"),
    View("fact_call", "a call, without its number", f"""
SELECT t.id AS call_key, {_local("t.started_at")} AS started_at, {_local("t.started_at")}::date AS day, t.direction,
       t.is_lost, t.talk_seconds, t.campaign_id AS campaign_key, l.number_id AS number_key, l.channel,
       {_PERSON} AS customer_key, {_local("greatest(t.started_at, t.imported_at)")} AS changed_at
FROM tracking_call AS t
LEFT JOIN tracking_numberlease AS l ON l.id = t.lease_id
LEFT JOIN segments_customer AS c ON c.id = t.customer_id
""", "changed_at"),
    View("fact_visit", "a visit to a showroom", _DOCUMENT.format(key="visit_key", kinds="'visit'", rest=""), "happened_at"),
    View("fact_deal", "a sale, a service order, an insurance or a buy-out, roubles", _DOCUMENT.format(
        key="deal_key", kinds="'sale', 'service', 'insurance', 'buyout'", rest="i.amount, i.margin,"
    ), "happened_at"),
    View("fact_attribution", "the share of a deal that a model gives to a campaign", f"""
SELECT a.id AS attribution_key, a.model AS attribution_model, a.deal_id AS deal_key, a.campaign_id AS campaign_key,
       a.channel, a.variant, {_PERSON} AS customer_key, a.line, a.reason, a.share,
       a.share * a.amount AS amount, a.share * a.margin AS margin,
       {_local("a.touched_at")} AS touched_at, {_local("a.dealt_at")} AS dealt_at, {_local("a.dealt_at")}::date AS day
FROM tracking_attribution AS a LEFT JOIN segments_customer AS c ON c.id = a.customer_id
""", "dealt_at"),
    View("fact_cost", "a cost of a campaign or of all, by month, roubles", f"""
SELECT id AS cost_key, campaign_id AS campaign_key, kind, amount, month AS day, months, {_local("made_at")} AS changed_at
FROM tracking_cost
""", "changed_at"),
    View("fact_score", "an answer of 0 to 10, without its words", f"""
SELECT n.id AS score_key, n.campaign_id AS campaign_key, n.message_id AS message_key, n.customer_id AS customer_key, n.score,
       n.reason, n.centre_id AS centre_key, n.brand_id AS brand_key,
       {_local("n.answered_at")} AS answered_at, {_local("n.answered_at")}::date AS day
FROM tracking_npsanswer AS n
""", "answered_at"),
    View("fact_opt_out", "an answer to the survey of opt-out, without its words", f"""
SELECT a.id AS answer_key, a.campaign_id AS campaign_key, a.message_id AS message_key, {_PERSON} AS customer_key, a.decision,
       a.reason, a.sold_car, a.via, {_local("a.answered_at")} AS answered_at, {_local("a.answered_at")}::date AS day
FROM tracking_surveyanswer AS a LEFT JOIN segments_customer AS c ON c.id = a.customer_id
""", "answered_at"),
    View("fact_segment_size", "how many people a segment had", """
SELECT id AS size_key, segment_id AS segment_key, day, size, entered, gone FROM segments_segmentsize
""", "day"),
)  # fmt: skip
VIEWS = (*DIMENSIONS, *FACTS)
