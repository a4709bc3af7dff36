"""A base with history for the benches of segments, made set-wise by SQL: people, sales, services, visits, policies.

`search_base` makes the people with cards, phones and cars; here their cars get brands and years and their past is
written. The facts are those of `refresh_facts`.
"""

import os

from django.db import connection

from segments.facts import refresh_facts
from segments.models import Brand, CarModel
from tests.benchmarks import search_base
from tests.campaigns.builders import make_account, make_campaign

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "500000"))

BORN = """
UPDATE segments_customer SET birth_date = date '1950-01-01' + (id * 7919 % 20000)::int WHERE id % 4 <> 0
"""
CARS = """
UPDATE segments_vehicle AS v SET brand_id = m.brand_id, model_id = m.id, year = 2010 + v.customer_id % 16
FROM (SELECT id, brand_id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS of FROM segments_carmodel) AS m
WHERE m.n = v.customer_id % m.of
"""
# One sale for most, more for some; services for half, some of whom bought elsewhere; visits and policies for a third.
HISTORY = """
INSERT INTO segments_interaction (customer_id, source_id, kind, external_key, happened_at, line, condition, brand_id,
    model_id, vehicle_id, amount, reason, card_code, number, status, content_hash)
SELECT d.customer_id, %(source)s, d.kind, d.kind || d.customer_id || '-' || d.n, now() - d.days * interval '1 day',
    CASE d.kind WHEN 'sale' THEN d.condition WHEN 'service' THEN 'service' WHEN 'insurance' THEN 'insurance' ELSE '' END,
    d.condition, v.brand_id, v.model_id, v.id, d.amount, d.reason, '', '', '', '\\x00'
FROM (
    SELECT c.id AS customer_id, 'sale' AS kind, n, (abs(hashint8(c.id * 31 + n)) %% 4000)::int AS days,
           CASE WHEN c.id %% 3 = 0 THEN 'used' ELSE 'new' END AS condition,
           500000 + abs(hashint8(c.id)) %% 4500000 AS amount, '' AS reason
    FROM segments_customer AS c, generate_series(1, 1 + (c.id %% 7 = 0)::int) AS n WHERE c.id %% 6 <> 1
    UNION ALL
    SELECT c.id, 'service', n, (abs(hashint8(c.id * 37 + n)) %% 2000)::int, '', 5000 + c.id %% 40000, ''
    FROM segments_customer AS c, generate_series(1, 1 + (c.id %% 4)::int) AS n WHERE c.id %% 12 IN (0, 1, 2, 4, 8, 10)
    UNION ALL
    SELECT c.id, 'visit', 1, (abs(hashint8(c.id * 41)) %% 700)::int, CASE WHEN c.id %% 2 = 0 THEN 'new' ELSE 'used' END,
           NULL, (ARRAY['Дорого', 'Передумал покупать', 'Не устроила цена', ''])[1 + c.id %% 4]
    FROM segments_customer AS c WHERE c.id %% 3 = 0
    UNION ALL
    SELECT c.id, 'insurance', 1, (abs(hashint8(c.id * 43)) %% 800)::int, '', 40000, '' FROM segments_customer AS c WHERE c.id %% 3 = 1
    UNION ALL
    SELECT c.id, 'buyout', 1, (abs(hashint8(c.id * 47)) %% 900)::int, 'used', 700000, '' FROM segments_customer AS c WHERE c.id %% 20 = 1
) AS d
LEFT JOIN segments_vehicle AS v ON v.customer_id = d.customer_id
"""
# Two of five were written to; some of them opened nothing of late.
WRITTEN_TO = """
INSERT INTO campaigns_engagementfacts (customer_id, sent, delivered, opened, clicked, replied, failed, first_sent, last_sent,
    last_campaign_id, email_sent, email_opened, email_clicked, email_unopened, sms_sent, sms_clicked, computed_at)
SELECT id, 6, 6, 2, 0, 0, 0, now(), now(), 0, 6, 2, 0, id % 6, 0, 0, now() FROM segments_customer WHERE id % 5 < 2
"""
# Two of three agreed to SMS, who have an e-mail to letters; half of them got up to four messages lately.
AGREED = """
INSERT INTO segments_consentstate (contact_point_id, channel, purpose, given, origin, log_id)
SELECT id, CASE kind WHEN 'phone' THEN 'sms' ELSE 'email' END, 'advertising', id % 10 <> 0, 'import', id
FROM segments_contactpoint WHERE id % 3 <> 0
"""
TOUCHES = """
INSERT INTO campaigns_touch (message_id, customer_id, campaign_id, channel, sent_at)
SELECT c.id * 10 + n, c.id, %s, 'sms', now() - (c.id %% 9 + n * 4) * interval '1 day'
FROM segments_customer AS c, generate_series(1, 4) AS n WHERE c.id %% 2 = 0 AND n <= c.id %% 5
"""
TABLES = (
    "segments_customer", "segments_vehicle", "segments_interaction", "segments_customerfacts", "segments_customerzone",
    "segments_rfmscore", "campaigns_engagementfacts",
)  # fmt: skip


def fill(source_id: int, people: int = PEOPLE) -> None:
    """People 1…`people` with cars of every brand and 1.2 million documents for half a million; facts and RFM of all."""
    search_base.fill(source_id, people)
    CarModel.objects.bulk_create(CarModel(brand=brand, name="Модель", car_class="C") for brand in Brand.objects.all())
    with connection.cursor() as cursor:
        for statement in (BORN, CARS):
            cursor.execute(statement)
        cursor.execute(HISTORY, {"source": source_id})
        for table in TABLES[:3]:
            cursor.execute(f"ANALYZE {table}")
    refresh_facts()
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN_TO)
        for table in TABLES[3:]:
            cursor.execute(f"ANALYZE {table}")


def fill_messages() -> None:
    """Who agreed to advertising, and who got how much of it, of people who are there."""
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
    campaign = make_campaign(account=account, channel="sms", content={"subject": "", "body": "Ждём вас на сервис"})
    with connection.cursor() as cursor:
        cursor.execute(AGREED)
        cursor.execute(TOUCHES, [campaign.pk])
        for table in ("segments_consentstate", "campaigns_touch"):
            cursor.execute(f"ANALYZE {table}")
