"""Thirteen months of campaigns over a base with history: 3 million messages for half a million people, a control group in each,
300,000 calls, as many clicks, and promo codes that were used; made set-wise by SQL."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from campaigns import partitions
from campaigns.models import Campaign, PromoPool, Run
from tests.campaigns.builders import make_account, make_campaign

CAMPAIGNS = 65
APART = dt.timedelta(days=6)
MESSAGES = """
INSERT INTO campaigns_message (run_id, customer_id, channel, left_out, planned_at)
SELECT r.id, c.id, 'sms', CASE WHEN hashint8(c.id * 97 + r.id) % 10 = 0 THEN 'control' ELSE '' END, r.started_at
FROM campaigns_run AS r, segments_customer AS c WHERE hashint8(c.id * 31 + r.id) % 11 = 0
"""
TOUCHES = """
INSERT INTO campaigns_touch (message_id, customer_id, campaign_id, channel, sent_at)
SELECT m.id, m.customer_id, r.campaign_id, m.channel, r.started_at + m.id % 50 * interval '1 hour'
FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id WHERE m.left_out = ''
"""
RESPONSES = """
INSERT INTO tracking_response (kind, key, customer_id, campaign_id, channel, message_id, at)
SELECT CASE WHEN message_id % 20 < 2 THEN 'call' ELSE 'site' END, message_id, customer_id, campaign_id, channel,
       CASE WHEN message_id % 200 <> 0 THEN message_id END, sent_at + (message_id % 20) * interval '1 day'
FROM campaigns_touch WHERE message_id % 20 < 4
"""
CODES = """
INSERT INTO campaigns_promocode (pool_id, code, key, customer_id, campaign_id, message_id, issued_at, is_withdrawn)
SELECT %s, t.message_id, t.message_id, t.customer_id, t.campaign_id, t.message_id, t.sent_at, false
FROM campaigns_touch AS t WHERE message_id % 60 = 0
"""
USES = """
INSERT INTO campaigns_promoredemption (code_id, customer_id, campaign_id, happened_at, receipt, door)
SELECT c.id, c.customer_id, c.campaign_id, c.issued_at + interval '9 days', c.id, 'till' FROM campaigns_promocode AS c
"""
TABLES = (
    "campaigns_message", "campaigns_touch", "tracking_response", "campaigns_promocode", "campaigns_promoredemption",
    "campaigns_run", "campaigns_campaign",
)  # fmt: skip


def fill() -> list[Campaign]:
    """Campaigns over the people who are there, six days apart, the last a week ago."""
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
    content = {"subject": "", "body": "Ждём вас на сервис"}
    campaigns = [make_campaign(account=account, channel="sms", content=content) for _ in range(CAMPAIGNS)]
    for n, campaign in enumerate(campaigns):
        _launch(campaign, timezone.now() - dt.timedelta(days=7) - APART * n, n)
    pool = PromoPool.objects.create(name="Год", amount=5)
    with connection.cursor() as cursor:
        for statement in (MESSAGES, TOUCHES, RESPONSES):
            cursor.execute(statement)
        cursor.execute(CODES.replace("% 60", "%% 60"), [pool.pk])
        cursor.execute(USES)
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    return campaigns


def _launch(campaign: Campaign, at: dt.datetime, n: int) -> None:
    month = partitions.month_of(timezone.localdate(at))
    partitions.ensure(month)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.FINISHED, started_at=at)
    Run.objects.create(
        id=month * partitions.RUNS_A_MONTH + 900_000 + n, campaign=campaign, content=campaign.contents.get(),
        account=campaign.account, started_at=at, finished_at=at, send_until=at + dt.timedelta(days=3),
    )  # fmt: skip
