"""Services that keep lists of addresses, with the shapes of their documentation: a family of `http_provider`.

Each service lives under a folder of its own (/yandex, /vk, …) and keeps its lists in memory. `GET /state` tells them;
`POST /plan` {"service", "status", "body", "times"} makes the next calls of a service answer so; `POST /left`
{"service", "emails"} has people unsubscribe over there.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.peers.http_provider import Fake

HASH = re.compile(r"[0-9a-f]{64}")
TOKEN = "good-token"


class World:
    """What all services hold: {service: {list: set of rows}}, who left, and answers that are planned."""

    def __init__(self) -> None:
        self.lists: dict[str, dict[str, set[str]]] = {}
        self.left: dict[str, list[str]] = {}
        self.plans: dict[str, list[tuple[int, str]]] = {}
        self.calls: list[str] = []
        self.notes: dict[str, Any] = {}

    def of(self, service: str, name: str) -> set[str]:
        return self.lists.setdefault(service, {}).setdefault(name, set())


def routes(fake: Fake) -> Iterator[web.RouteDef]:
    world = World()

    async def state(request: web.Request) -> web.Response:
        lists = {service: {name: sorted(rows) for name, rows in held.items()} for service, held in world.lists.items()}
        return web.json_response({"lists": lists, "calls": world.calls, "notes": world.notes})

    async def plan(request: web.Request) -> web.Response:
        wanted = await request.json()
        answers = [(wanted["status"], wanted.get("body", ""))] * wanted.get("times", 1)
        world.plans.setdefault(wanted["service"], []).extend(answers)
        return web.Response()

    async def left(request: web.Request) -> web.Response:
        told = await request.json()
        world.left.setdefault(told["service"], []).extend(told["emails"])
        return web.Response()

    yield web.get("/state", state)
    yield web.post("/plan", plan)
    yield web.post("/left", left)
    for service, made in SERVICES.items():
        for method, path, handler in made(world, fake).routes():
            yield web.route(method, f"/{service}{path}", planned(world, service, handler))


Handler = Callable[[web.Request], Any]
Routes = Iterable[tuple[str, str, Handler]]


def planned(world: World, service: str, handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        world.calls.append(f"{request.method} {request.path_qs}")
        if plans := world.plans.get(service):
            status, body = plans.pop(0)
            return web.Response(status=status, text=body, content_type="application/json")
        return await handler(request)

    return answer


class Yandex:
    """yandex.ru/dev/audience: rows are read when they come and counted when their segment is confirmed."""

    def __init__(self, world: World, fake: Fake) -> None:
        self.world, self.fake = world, fake
        self.segments: dict[int, dict[str, Any]] = {}
        self.uploaded: dict[int, set[str]] = {}

    def routes(self) -> Routes:
        yield "GET", "/v1/management/segments", self.guarded(self.listed)
        yield "POST", "/v1/management/segments/upload_csv_file", self.guarded(self.upload)
        yield "POST", "/v1/management/segment/{id}/confirm", self.guarded(self.confirm)
        yield "POST", "/v1/management/segment/{id}/modify_data", self.guarded(self.modify)

    def guarded(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"OAuth {TOKEN}":
                return self.refused(403, "Invalid oauth_token")
            return await handler(request)

        return answer

    def refused(self, status: int, words: str) -> web.Response:
        told = {"errors": [{"error_type": "invalid_parameter", "message": words}], "code": status, "message": words}
        return web.json_response(told, status=status)

    async def rows_of(self, request: web.Request) -> set[str] | None:
        posted = await request.post()
        head, *rows = posted["file"].file.read().decode().splitlines()
        return set(rows) if head in ("phone", "email") and all(HASH.fullmatch(row) for row in rows) else None

    async def listed(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"segments": [each for each in self.segments.values() if each["name"]]})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        rows = await self.rows_of(request)
        if rows is None or len(rows) < 100:
            return self.refused(400, "Файл должен содержать не менее 100 записей")
        number = int(self.fake.next_key())
        self.uploaded[number] = rows
        self.segments[number] = {"id": number, "type": "uploading", "name": "", "status": "uploaded"}
        return web.json_response({"segment": self.segments[number]})

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["id"])
        told = (await request.json())["segment"]
        if (told["hashed"], told["hashing_alg"], told["content_type"], told["id"]) != (True, "SHA256", "crm", number):
            return self.refused(400, "Неверный алгоритм")
        self.segments[number] |= {"name": told["name"], "status": "processed"}
        return self.counted(number, self.uploaded[number])

    async def modify(self, request: web.Request) -> web.StreamResponse:
        number, rows = int(request.match_info["id"]), await self.rows_of(request)
        if number not in self.segments or rows is None:
            return self.refused(404, "Сегмент не найден")
        if len(rows) < 100 and request.query.get("check_size") != "false":
            return self.refused(400, "Файл должен содержать не менее 100 записей")
        held = self.world.of("yandex", self.segments[number]["name"])
        changed = {"addition": held | rows, "subtraction": held - rows, "replace": rows}
        return self.counted(number, changed[request.query["modification_type"]])

    def counted(self, number: int, rows: set[str]) -> web.Response:
        self.world.lists.setdefault("yandex", {})[self.segments[number]["name"]] = rows
        self.segments[number] |= {
            "item_quantity": len(rows), "valid_unique_quantity": len(rows), "matched_quantity": len(rows) // 2,
        }  # fmt: skip
        return web.json_response({"segment": self.segments[number]})


SERVICES: dict[str, Any] = {"yandex": Yandex}
