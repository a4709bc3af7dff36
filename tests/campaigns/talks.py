"""What people write over accounts of the tests: one message, taken as a webhook's call would be."""

import json
from itertools import count
from typing import Any

from django.utils import timezone

from campaigns.models import Reply
from channels import reporting
from channels.models import Account
from channels.providers.base import Incoming, Told
from channels.sealing import seal
from tests.campaigns.builders import make_account
from tests.peers.http_messengers import NUMBER, TOKEN
from tests.peers.http_sms import KEY

CHAT = "7999000001"  # a person's id in Telegram and MAX
PHONE = "+79990000001"
BOT = json.dumps({"token": TOKEN, "webhook": "word-of-the-webhook"})
_numbers = count(1)


def make_bot(port: int = 1, **fields: Any) -> Account:
    """A Telegram bot at the fake on this port."""
    options = {"url": f"http://127.0.0.1:{port}", "bot": "krug_bot", "timeout": 20} | fields.pop("options", {})
    return make_account(**{"channel": "telegram", "provider": "telegram", "secret": seal(BOT), "name": f"Бот {next(_numbers)}", "options": options} | fields)  # fmt: skip


def make_sms(port: int = 1, **fields: Any) -> Account:
    """SMSC.ru at the fake on this port."""
    options = {"url": f"http://127.0.0.1:{port}", "timeout": 20}
    return make_account(**{"channel": "sms", "provider": "smsc", "secret": seal(KEY), "name": f"СМС {next(_numbers)}", "options": options} | fields)  # fmt: skip


def make_whatsapp(**fields: Any) -> Account:
    options = {"phone_number_id": NUMBER, "url": "http://127.0.0.1:1"}
    return make_account(channel="whatsapp", provider="whatsapp", name=f"WA {next(_numbers)}", options=options, **fields)


def hear(account: Account, text: str = "Сколько стоит ТО?", sender: str = "", **fields: Any) -> Reply:
    key = fields.pop("key", f"in{next(_numbers)}")
    sender = sender or (CHAT if account.channel in ("telegram", "max") else PHONE)
    reporting.take(account, Told(incoming=[Incoming(key, sender, text, fields.get("at") or timezone.now())]))
    return Reply.objects.select_related("incoming__account").get(incoming__account=account, incoming__provider_key=key)
