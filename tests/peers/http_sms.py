"""The SMS providers of providers.md §2 as they answer, for `tests.peers.http_provider`."""

import base64
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from tests.peers.http_provider import Fake, Wanted

KEY = "k3y-of-the-test-91"
LOGIN = "krug@test.ru"

# The last three digits of a phone, and the provider's own refusal.
SMSC = {"550": (7, "invalid number"), "402": (3, "no money"), "451": (9, "duplicate request, wait a minute")}


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (smsc, smsaero, exolve, devino, gateway)
    return [route for family in families for route in family(fake)]


async def form(request: web.Request) -> dict[str, str]:
    """Of the body or of the query, whichever the caller took."""
    raw = (await request.read()).decode() or request.query_string
    return {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}


def smsc_denies(given: dict[str, str]) -> web.Response | None:
    if given.get("apikey") == KEY or (given.get("login"), given.get("psw")) == (LOGIN, KEY):
        return None
    return web.json_response({"error": f"authorise error: {given.get('apikey')}", "error_code": 2})


def smsc_status(number: str, phone: str, is_known: bool) -> dict[str, Any]:
    """Of phones that end with 92… the last two digits are the status."""
    status = int(phone[-2:]) if phone[-3:-1] == "92" else 1
    told = {"last_date": "01.03.2025 10:16:00", "last_timestamp": 1740813360, "flag": 0, "err": 0}
    return {"id": int(number), "phone": phone, "status": status if is_known else -3, **(told if is_known else {})}


def smsc_inbox(given: dict[str, str]) -> web.Response:
    """What people wrote to a number; nobody wrote to one that ends with 00."""
    if given.get("get_answers") != "1" or given["to_phone"].endswith("00"):
        return web.json_response({"error": "record not found", "error_code": 3})
    at = {"received": "01.03.2025 10:16:00", "sent": "01.03.2025 10:15:58", "to_phone": given["to_phone"]}
    said = enumerate((("79990000001", "СТОП"), ("79990000002", "Когда приехать?")), start=501)
    return web.json_response([{"id": n, "phone": phone, "message": text, **at} for n, (phone, text) in said])


def smsc(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        given = await form(request)
        if refusal := smsc_denies(given):
            return refusal
        wanted = Wanted(given.get("id") or fake.next_key(), given["phones"], given["mes"])
        refused = SMSC.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return web.json_response({"error": refused[1], "error_code": refused[0], "id": wanted.key})
        return web.json_response({"id": int(wanted.key), "cnt": 1, "cost": "4.6", "balance": "100"})

    async def balance(request: web.Request) -> web.StreamResponse:
        return smsc_denies(await form(request)) or web.json_response({"balance": "100.50"})

    async def status(request: web.Request) -> web.StreamResponse:
        given = await form(request)
        if refusal := smsc_denies(given):
            return refusal
        if any(phone.endswith("909") for phone in given["phone"].split(",")):
            return web.json_response({"error": "too many requests", "error_code": 9})
        pairs = list(zip(given["id"].strip(",").split(","), given["phone"].strip(",").split(","), strict=True))
        told = [smsc_status(number, phone, (number, phone) in fake.taken) for number, phone in pairs]
        return web.json_response(told if "," in given["id"] else told[0])

    async def get(request: web.Request) -> web.StreamResponse:
        given = await form(request)
        return smsc_denies(given) or smsc_inbox(given)

    return [
        web.post("/sys/get.php", get),
        web.post("/sys/send.php", send),
        web.post("/sys/balance.php", balance),
        web.post("/sys/status.php", status),
    ]


def smsaero_denies(request: web.Request) -> web.Response | None:
    pair = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
    if pair == f"{LOGIN}:{KEY}":
        return None
    return web.json_response(
        {"success": False, "data": None, "message": "Your request was made with invalid credentials."}, status=401
    )


SMSAERO = {
    "550": (400, {"success": False, "data": {"number": ["invalid"]}, "message": "Validation error."}),
    "551": (200, {"result": "reject", "reason": "blacklist"}),
    "402": (200, {"result": "no credits"}),
}


def smsaero(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := smsaero_denies(request):
            return refusal
        given = await request.json()
        wanted = Wanted(fake.next_key(), str(given["number"]), given["text"])
        refused = SMSAERO.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return web.json_response(refused[1], status=refused[0])
        data = {"id": int(wanted.key), "from": given["sign"], "number": wanted.to, "status": 0, "cost": 1.95}
        return web.json_response({"success": True, "data": data | {"extendStatus": "queue"}, "message": None})

    async def balance(request: web.Request) -> web.StreamResponse:
        told = {"success": True, "data": {"balance": 1389.26}, "message": None}
        return smsaero_denies(request) or web.json_response(told)

    async def status(request: web.Request) -> web.StreamResponse:
        if refusal := smsaero_denies(request):
            return refusal
        number = (await request.json())["id"]
        known = {1: (1, "delivery"), 2: (6, "reject"), 3: (77, "novel")}.get(number, (1, "delivery"))
        if number > 3 and str(number) not in {key for key, _to in fake.taken}:
            return web.json_response({"success": False, "data": None, "message": "Not found."})
        return web.json_response(
            {"success": True, "data": {"id": number, "status": known[0], "extendStatus": known[1]}}
        )

    return [
        web.post("/v2/sms/send", send),
        web.post("/v2/balance", balance),
        web.post("/v2/sms/status", status),
    ]


def exolve_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bearer {KEY}":
        return None
    return web.json_response({"error": {"code": 16, "message": "unauthenticated"}}, status=401)


def exolve(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := exolve_denies(request):
            return refusal
        given = await request.json()
        wanted = Wanted(fake.next_key(), given["destination"], given["text"])
        refused = wanted.ends == "550"
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return web.json_response({"error": {"code": 3, "message": "invalid destination"}}, status=400)
        return web.json_response({"message_id": wanted.key})

    async def count(request: web.Request) -> web.StreamResponse:
        return exolve_denies(request) or web.json_response({"count": "12"})

    return [web.post("/messaging/v1/SendSMS", send), web.post("/messaging/v1/GetCount", count)]


def devino_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Key {KEY}":
        return None
    return web.json_response({"code": "UNAUTHORIZED", "description": "wrong key"}, status=401)


DEVINO = {
    "550": {"code": "INVALID_DESTINATION_ADDRESS", "description": "invalid number"},
    "451": {"code": "THROTTLED"},
    "402": {"code": "NOT_ENOUGH_BALANCE"},
}


def devino(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := devino_denies(request):
            return refusal
        given = (await request.json())["messages"]
        if len(given) > 32_000:
            return web.json_response({"code": "TOO_MANY"}, status=400)
        wanted = [Wanted(fake.next_key(), one.get("to") or one["phone"], _words(one)) for one in given]
        refused = [one for one in wanted if one.ends in DEVINO]
        if odd := await fake.take(request, wanted, refused):
            return odd
        taken = ({"code": "OK", "messageId": one.key} for one in wanted)
        results = [DEVINO.get(one.ends, ok) for one, ok in zip(wanted, taken, strict=True)]
        return web.json_response({"result": results[1:] if any(one.ends == "911" for one in wanted) else results})

    async def account(request: web.Request) -> web.StreamResponse:
        return devino_denies(request) or web.json_response({"result": {"account": {"balance": 812.5}}})

    return [
        web.post("/sms/messages", send),
        web.post("/vk/messages", send),
        web.get("/billing-api/companies/current/account", account),
    ]


def _words(entry: dict[str, Any]) -> str:
    """The text of an SMS; of a template its name and values."""
    if "text" in entry:
        return str(entry["text"])
    return f"{entry.get('templateId') or entry['tmpl']}: {' | '.join(entry['tmpl_data'].values())}"


GATEWAY = {"550": {"error": "BAD_NUMBER"}, "451": {"error": "BUSY"}}


def gateway(fake: Fake) -> Iterable[web.RouteDef]:
    """Nobody's in particular: a form, a query or JSON in, JSON out."""

    async def send(request: web.Request) -> web.StreamResponse:
        is_json = request.content_type == "application/json"
        given = await request.json() if is_json else await form(request)
        if KEY not in (given.get("key"), request.headers.get("X-Key")):
            return web.json_response({"error": "AUTH"}, status=403)
        wanted = Wanted(fake.next_key(), given["phone"], given["message"])
        refused = GATEWAY.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return web.json_response(refused)
        return web.json_response({"result": [{"status": "queued", "id": wanted.key, "from": given.get("from")}]})

    async def balance(request: web.Request) -> web.StreamResponse:
        is_known = KEY in (request.query.get("key"), request.headers.get("X-Key"))
        return web.json_response({"balance": 5} if is_known else {"error": "AUTH"}, status=200 if is_known else 403)

    return [web.route("*", "/gateway", send), web.get("/gateway/balance", balance)]
