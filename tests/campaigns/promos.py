"""Pools of promo codes, and campaigns that print them."""

import json
import re
from email import message_from_bytes
from itertools import count
from typing import Any

from django.test import Client

from campaigns.models import Campaign, PromoPool
from campaigns.promo import choosing, filling
from channels.models import JournalEntry
from segments.models import Customer
from tests.campaigns.builders import LETTER, make_campaign
from tests.segments.builders import make_segment

_numbers = count(1)
PRINTS = LETTER.replace("Записаться", 'Код {{ промокод }} по {{ промокод_до|"любой день" }}')


def make_pool(codes: int = 0, **fields: Any) -> PromoPool:
    """Ten per cent off, with so many codes."""
    pool = PromoPool.objects.create(**({"name": f"Пул {next(_numbers)}", "amount": 10} | fields))
    if codes:
        filling.order(pool, codes)
        filling.make_due()
    return pool


def make_shared(word: str = "ВЕСНА", **fields: Any) -> PromoPool:
    pool = make_pool(kind="shared", **fields)
    filling.share(pool, word)
    return pool


def make_promo_campaign(pool: PromoPool | None, *people: Customer, **fields: Any) -> Campaign:
    campaign = make_campaign(make_segment(*people), content={"body": PRINTS}, **fields)
    choosing.save(campaign, pool)
    return campaign


def printed() -> dict[str, str]:
    """{address: the code of the last letter that went there}."""
    found = {}
    for entry in JournalEntry.objects.order_by("pk"):
        parts = message_from_bytes(bytes(entry.body)).walk()
        text = next(p for p in parts if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
        found[entry.recipient] = re.search(r"Код (\S+) по", text)[1]
    return found


def call_till(address: str, key: str, **told: Any) -> tuple[int, dict[str, Any]]:
    """A call of a till with its key: (status, what was answered)."""
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post(address, json.dumps(told), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()
