"""Call-tracking providers with the shapes of their documentation: a family of `http_provider`.

Each provider lives under a folder of its own (/comagic, …). `POST /world` {"calls": […], "numbers": […], "limits": {…}, …} sets
what a provider has, in the words of CoMagic's report; `POST /plan` {"service", "status", "body", "times"} makes its next calls
answer so; `GET /state` tells what was asked.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.peers.call_tracking_others import AUDIO, Callibri, Calltouch, Mango
from tests.peers.http_provider import Fake

TOKEN = "good-token"
WRITTEN = "%Y-%m-%d %H:%M:%S"
MOVED = {"moved": "../sound/", "away": "http://localhost:1/comagic/talk/1/sound/", "circle": "../circle/"}
Handler = Callable[[web.Request], Any]


class World:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.numbers: list[dict[str, Any]] = []
        self.limits = {"day_limit": 1000, "day_remaining": 1000, "day_reset": 3600,
                       "minute_limit": 250, "minute_remaining": 250, "minute_reset": 30}  # fmt: skip
        self.zone = "Europe/Moscow"  # of the times of calls, where a provider tells another clock's
        self.page = 0  # calls of a page, where it is the provider that decides
        self.slow = 0  # how often a report that is counted is not ready
        self.plans: dict[str, list[tuple[int, str]]] = {}
        self.asked: list[Any] = []


def routes(fake: Fake) -> Iterator[web.RouteDef]:
    world = World()

    async def state(request: web.Request) -> web.Response:
        return web.json_response({"asked": world.asked})

    async def change(request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(world, name, value)
        return web.Response()

    async def reset(_request: web.Request) -> web.Response:
        vars(world).update(vars(World()))
        return web.Response()

    async def plan(request: web.Request) -> web.Response:
        wanted = await request.json()
        answers = [(wanted["status"], wanted.get("body", ""))] * wanted.get("times", 1)
        world.plans.setdefault(wanted["service"], []).extend(answers)
        return web.Response()

    yield web.get("/state", state)
    yield web.post("/world", change)
    yield web.post("/reset", reset)
    yield web.post("/plan", plan)
    for service, made in SERVICES.items():
        for method, path, handler in made(world).routes():
            yield web.route(method, f"/{service}{path}", planned(world, service, handler))


def planned(world: World, service: str, handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        world.asked.append({"path": request.path_qs, "body": body})
        if plans := world.plans.get(service):
            status, said = plans.pop(0)
            return web.Response(status=status, text=said, content_type="application/json")
        return await handler(request)

    return answer


class Comagic:
    """comagic.github.io: JSON-RPC 2.0, errors inside 200."""

    known = frozenset({
        "id", "start_time", "finish_time", "finish_reason", "direction", "source", "is_lost", "contact_phone_number",
        "virtual_phone_number", "communication_id", "wait_duration", "total_duration", "talk_duration", "call_records",
        "employees", "last_answered_employee_full_name", "first_answered_employee_full_name", "tags", "campaign_name",
        "site_domain_name", "utm_source", "utm_medium", "utm_campaign",
    })  # fmt: skip

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        yield "POST", "/v2.0", self.answer
        yield "GET", "/talk/{communication}/{record}/", self.recording

    async def recording(self, request: web.Request) -> web.StreamResponse:
        """By its name: a page that asks to log in, a way to another host or in a circle, or the sound itself."""
        name = request.match_info["record"]
        if name == "login":
            return web.Response(text="<html>Войдите</html>", content_type="text/html")
        if name in MOVED:
            raise web.HTTPFound(MOVED[name])
        return web.Response(body=AUDIO, content_type="audio/mpeg")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = json.loads(await request.text())
            number, method, params = asked["id"], asked["method"], dict(asked["params"])
        except (ValueError, KeyError, TypeError):
            return self.refused(None, -32600, "invalid_request", "Invalid Request")
        if params.pop("access_token", None) != TOKEN:
            return self.refused(number, -32001, "access_token_invalid", "Access token is invalid")
        limits = self.world.limits
        for span in ("minute", "day"):
            if limits[f"{span}_remaining"] <= 0:
                return self.refused(number, -32029, f"{span}_limit_exceeded", "Limit exceeded")
            limits[f"{span}_remaining"] -= 1
        known = {"get.calls_report": self.calls, "get.virtual_numbers": self.numbers}
        if method not in known:
            return self.refused(number, -32601, "method_not_found", "Method not found")
        return known[method](number, params)

    def calls(self, number: Any, params: dict[str, Any]) -> web.Response:
        since, until = (datetime.strptime(params.pop(name), WRITTEN) for name in ("date_from", "date_till"))
        if until - since > timedelta(days=92):
            return self.refused(number, -32602, "date_interval_limit_reached", "Too long", field="date_from")
        unknown = set(params["fields"]) - self.known
        if unknown:
            return self.refused(number, -32602, "unexpected_parameters", "Unexpected", field="fields")
        found = [each for each in self.world.calls if str(since) <= each["start_time"] < str(until)]
        found.sort(key=lambda each: each["start_time"])
        absent = dict.fromkeys(self.known) | {"call_records": [], "tags": [], "employees": []}
        return self.page(
            number, params, [{name: {**absent, **each}[name] for name in params["fields"]} for each in found]
        )

    def numbers(self, number: Any, params: dict[str, Any]) -> web.Response:
        return self.page(number, params, self.world.numbers)

    def page(self, number: Any, params: dict[str, Any], rows: list[dict[str, Any]]) -> web.Response:
        limit, offset = params.get("limit", 1000), params.get("offset", 0)
        if limit > 10_000 or offset > 100_000:
            return self.refused(number, -32602, "invalid_parameter_value", "Too far", field="offset")
        metadata = {"total_items": len(rows), "limits": self.world.limits}
        result = {"metadata": metadata, "data": rows[offset : offset + limit]}
        return web.json_response({"jsonrpc": "2.0", "id": number, "result": result})

    def refused(self, number: Any, code: int, mnemonic: str, words: str, *, field: str | None = None) -> web.Response:
        data = {"mnemonic": mnemonic, "field": field, "value": None, "params": {}, "extended_helper": "",
                "metadata": {"limits": self.world.limits} if code == -32029 else {}}  # fmt: skip
        return web.json_response(
            {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": words, "data": data}}
        )


SERVICES: dict[str, Any] = {"comagic": Comagic, "calltouch": Calltouch, "mango": Mango, "callibri": Callibri}
