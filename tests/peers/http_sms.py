"""The SMS providers of providers.md §2 as they answer, for `tests.peers.http_provider`."""

import base64
import json
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs

from aiohttp import web

from tests.peers.http_provider import Fake, Wanted

KEY = "k3y-of-the-test-91"
LOGIN = "krug@test.ru"

# The last three digits of a phone, and the provider's own refusal.
SMSC = {"550": (7, "invalid number"), "402": (3, "no money"), "451": (9, "duplicate request, wait a minute")}


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (smsc,)
    return [route for family in families for route in family(fake)]


async def form(request: web.Request) -> dict[str, str]:
    """Of the body or of the query, whichever the caller took."""
    raw = (await request.read()).decode() or request.query_string
    return {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}


def smsc_denies(given: dict[str, str]) -> web.Response | None:
    if given.get("apikey") == KEY or (given.get("login"), given.get("psw")) == (LOGIN, KEY):
        return None
    return web.json_response({"error": f"authorise error: {given.get('apikey')}", "error_code": 2})


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
        if given["phone"].endswith("000"):
            return web.json_response({"error": "message not found", "error_code": 3})
        return web.json_response({"status": 1, "last_date": "01.03.2025 10:16:00", "last_timestamp": 1740813360})

    return [
        web.post("/sys/send.php", send),
        web.post("/sys/balance.php", balance),
        web.post("/sys/status.php", status),
    ]


def basic(request: web.Request) -> str:
    """Login and password of HTTP Basic."""
    return base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()


async def body(request: web.Request) -> dict:
    return json.loads(await request.read())
