"""Who calls us from outside, one for each inbound address and each way of proving who calls.

`Speaker.sealed` are the parts of a right call that a stranger does not know or may not change; a call is made of them, so that
any of them can be changed by a letter, or taken from another speaker.
"""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.test import Client

from campaigns.models import PromoTill
from channels import server_keys
from channels.models import Account
from channels.sealing import seal_named
from tests.campaigns.builders import make_reader
from tests.campaigns.promos import make_shared
from tests.channels.push_site import SITE, Browser, subscribed
from tests.channels.push_site import make_account as make_push_account
from tests.peers.signed import KEY, make_account, signature
from tests.segments.builders import make_contact
from tests.tracking.call_services import TOKEN, make_call_account
from tests.tracking.site_room import make_event, make_site
from tracking.telephony import mango
from tracking.website_events import sites

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SVIX = b"0123456789abcdef"
NOTICE = {
    "notification_mnemonic": "call_start", "notification_time": "2025-05-03 14:05:00", "virtual_phone_number": "78120006666",
    "contact_phone_number": "79211234567", "call_session_id": 9988, "communication_id": 9989, "direction": "in",
}  # fmt: skip
MANGO = {"entry_id": "MTox==", "call_direction": 1, "from": {"number": "79211234567"}, "line_number": "78120006666"}
META = {"object": "whatsapp_business_account", "entry": []}
UPDATE = {"update_id": 1, "message": {"message_id": 5, "from": {"id": 42}, "chat": {"id": 42, "type": "private"}, "date": 1740787200, "text": "Да"}}  # fmt: skip
RESEND = {"type": "email.delivered", "created_at": "2025-03-01T09:59:00Z", "data": {"email_id": "r1", "to": ["a@b.ru"]}}
DEVINO = {"messageId": "d1", "status": "DELIVERED", "time": "2025-03-01T10:00:00Z"}
PHONE = "+79119876543"
Parts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Speaker:
    """`call` sends such parts; `stale` are the parts of a right call of an hour ago, where a time is signed. Where
    `is_heard_by_address` whoever knows the address is heard: nothing but that is sealed."""

    name: str
    route: str
    sealed: Parts
    call: Callable[[Client, Parts], HttpResponse]
    stale: Parts | None = None
    is_heard_by_address: bool = False
    secrets: tuple[str, ...] = field(default=())


def hook(path: str, event: str = "", head: str = "hooks") -> str:
    return f"/{head}/{quote(path, safe='')}/{event}"


def post(client: Client, path: str, body: str | bytes, kind: str = JSON, **headers: str) -> HttpResponse:
    raw = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic("POST", path, raw, kind, headers=named, HTTP_USER_AGENT="provider")


def speakers() -> list[Speaker]:
    return [*_of_providers(), *_of_calls(), *_of_sites(), *_of_tills(), _of_a_device()]


def _of_providers() -> Iterator[Speaker]:
    def made(provider: str, **secrets: str) -> str:
        channel = {"esp_resend": "email", "unisender_go": "email", "smsc": "sms", "devino": "sms"}.get(
            provider, provider
        )
        secret = seal_named(secrets)
        return Account.objects.create(name=provider, channel=channel, provider=provider, secret=secret, options={"phone_number_id": "1"}).hook  # fmt: skip

    yield _signed()
    told = json.dumps(META)
    sign = "sha256=" + hmac.new(b"appsecret", told.encode(), hashlib.sha256).hexdigest()
    yield Speaker(
        "whatsapp", "hooks/<str:path>/",
        {"hook": made("whatsapp", token="t", app_secret="appsecret", verify="word"), "sign": sign, "body": told},
        lambda client, told: post(client, hook(told["hook"]), told["body"], X_Hub_Signature_256=told["sign"]),
        secrets=("appsecret",),
    )  # fmt: skip
    yield Speaker(
        "telegram", "hooks/<str:path>/",
        {"hook": made("telegram", token="1:t", webhook="word-of-the-webhook"), "word": "word-of-the-webhook"},
        lambda client, told: post(client, hook(told["hook"]), told.get("body", json.dumps(UPDATE)), X_Telegram_Bot_Api_Secret_Token=told["word"]),
    )  # fmt: skip
    md5 = hashlib.md5(b"42:79995551111:1:callback-word", usedforsecurity=False).hexdigest()
    yield Speaker(
        "smsc", "hooks/<str:path>/",
        {"hook": made("smsc", callback="callback-word"), "id": "42", "phone": "79995551111", "status": "1", "md5": md5},
        lambda client, told: post(client, hook(told["hook"]), told.get("body", urlencode({"ts": "1740787200"} | {name: told[name] for name in ("id", "phone", "status", "md5")})), FORM),
        secrets=("callback-word",),
    )  # fmt: skip
    body = json.dumps({"auth": "go-api-key", "events_by_user": []})
    body = body.replace("go-api-key", hashlib.md5(body.encode(), usedforsecurity=False).hexdigest())
    yield Speaker(
        "unisender_go", "hooks/<str:path>/", {"hook": made("unisender_go", key="go-api-key"), "body": body},
        lambda client, told: post(client, hook(told["hook"]), told["body"]), secrets=("go-api-key",),
    )  # fmt: skip
    resend = {"hook": made("esp_resend", key="k", hook="whsec_" + b64encode(SVIX).decode())}
    yield Speaker(
        "resend", "hooks/<str:path>/", resend | _svix(time.time()),
        lambda client, told: post(client, hook(told["hook"]), told["body"], svix_id=told["id"], svix_timestamp=told["at"], svix_signature="v1," + told["sign"]),
        stale=resend | _svix(time.time() - 3600), secrets=(b64encode(SVIX).decode(),),
    )  # fmt: skip
    yield Speaker(
        "devino", "hooks/<str:path>/", {"hook": made("devino", key="devino-key")},
        lambda client, told: post(client, hook(told["hook"]), told.get("body", json.dumps(DEVINO))), is_heard_by_address=True,
    )  # fmt: skip


def _svix(at: float) -> Parts:
    body, stamp = json.dumps(RESEND), str(int(at))
    sign = b64encode(hmac.digest(SVIX, f"m1.{stamp}.{body}".encode(), hashlib.sha256)).decode()
    return {"id": "m1", "at": stamp, "sign": sign, "body": body}


def _signed() -> Speaker:
    account, body = make_account(), json.dumps({"events": [{"id": "k1", "status": "ok", "at": int(time.time())}]})

    def parts(at: float) -> Parts:
        stamp = str(int(at))
        return {"hook": account.hook, "at": stamp, "sign": signature(KEY, stamp, body.encode()), "body": body}

    return Speaker(
        "signed", "hooks/<str:path>/", parts(time.time()),
        lambda client, told: post(client, hook(told["hook"]), told["body"], X_Time=told["at"], X_Signature=told["sign"]),
        stale=parts(time.time() - 3600), secrets=(KEY,),
    )  # fmt: skip


def _of_calls() -> Iterator[Speaker]:
    yield Speaker(
        "comagic", "calls/<str:path>/", {"hook": make_call_account().hook},
        lambda client, told: post(client, hook(told["hook"], head="calls"), told.get("body", json.dumps(NOTICE))),
        is_heard_by_address=True,
    )  # fmt: skip
    text = json.dumps(MANGO)
    yield Speaker(
        "mango", "calls/<str:path>/<path:event>",
        {"hook": make_call_account("mango").hook, "key": TOKEN, "sign": mango.signature(TOKEN, text, TOKEN), "json": text},
        lambda client, told: post(
            client, hook(told["hook"], "events/summary", "calls"),
            urlencode({"vpbx_api_key": told["key"], "sign": told["sign"], "json": told["json"]}, errors="surrogateescape"), FORM,
        ),
        secrets=(TOKEN,),
    )  # fmt: skip


def _of_sites() -> Iterator[Speaker]:
    secret = sites.new_secret(site := make_site(operations={"Site.SeeCar": "product_view"}))
    event = json.dumps(make_event())
    yield Speaker(
        "site", "events/", {"key": secret},
        lambda client, told: post(client, "/events/", event, Authorization=f"Bearer {told['key']}"),
        secrets=(secret,),
    )  # fmt: skip
    path = f"/events/mindbox/v3/operations/async?endpointId={site.public_key}&operation=Site.SeeCar&transactionId=t1&deviceUUID=0f3c9a5e"
    yield Speaker(
        "mindbox", "events/mindbox/v3/operations/<mode>", {"key": secret},
        lambda client, told: post(client, path, json.dumps({"viewProduct": {"product": {"ids": {"website": "1"}}}}), Authorization=f'Mindbox secretKey="{told["key"]}"'),
        secrets=(secret,),
    )  # fmt: skip


def _of_tills() -> Iterator[Speaker]:
    key = server_keys.renew(PromoTill.objects.create(name="Касса"))
    make_shared("ЛЕТО")
    make_contact(make_reader(), PHONE)
    bought = {"code": "ЛЕТО", "amount": "1000.00"}
    asked: dict[str, dict[str, Any]] = {
        "promo/check/": bought, "promo/redeem/": bought | {"receipt": "1"}, "promo/cancel/": {"code": "ЛЕТО", "receipt": "1"},
        "points/balance/": {"phone": PHONE}, "points/spend/": {"phone": PHONE, "points": 1, "receipt": "1"},
    }  # fmt: skip
    for route, told in asked.items():

        def call(client: Client, parts: Parts, path: str = f"/{route}", body: str = json.dumps(told)) -> HttpResponse:
            return post(client, path, body, Authorization=f"Bearer {parts['key']}")

        yield Speaker(route, route, {"key": key}, call, secrets=(key,))


def _of_a_device() -> Speaker:
    account = make_push_account()
    token = subscribed(account, Browser())

    def call(client: Client, told: Parts) -> HttpResponse:
        return client.generic("DELETE", f"/push/{account.pk}/devices", headers={"Origin": SITE, "Authorization": f"Bearer {told['token']}"})  # fmt: skip

    return Speaker("device", "push/<int:pk>/devices", {"token": token}, call, secrets=(token,))
