"""Services that keep lists of addresses, with the shapes of their documentation: a family of `http_provider`.

Each service lives under a folder of its own (/yandex, /vk, …) and keeps its lists in memory. `GET /state` tells them;
`POST /plan` {"service", "status", "body", "times"} makes the next calls of a service answer so; `POST /left`
{"service", "emails"} has people unsubscribe over there.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

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


class Vk:
    """ads.vk.com: lists with differences, segments over them, tokens of a day."""

    def __init__(self, world: World, fake: Fake) -> None:
        self.world, self.fake = world, fake
        self.items: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.tokens: set[str] = set()

    def routes(self) -> Routes:
        yield "POST", "/api/v2/oauth2/token.json", self.token
        yield "GET", "/api/v2/remarketing/users_lists.json", self.guarded(self.listed)
        yield "POST", "/api/v2/remarketing/users_lists.json", self.guarded(self.upload)
        yield "GET", "/api/v2/remarketing/segments.json", self.guarded(self.all_segments)
        yield "POST", "/api/v2/remarketing/segments.json", self.guarded(self.segment)
        yield "POST", "/revoke", self.revoke

    def guarded(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
                return self.refused(401, "invalid_token", "Unknown access token")
            return await handler(request)

        return answer

    def refused(self, status: int, code: str, words: str) -> web.Response:
        return web.json_response({"error": {"code": code, "message": words}}, status=status)

    async def token(self, request: web.Request) -> web.StreamResponse:
        given = await request.post()
        if (given["grant_type"], given["client_secret"]) != ("client_credentials", TOKEN):
            return self.refused(401, "invalid_client", "Invalid client credentials")
        token = f"token-{self.fake.next_key()}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "expires_in": 86400, "refresh_token": "r"})

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        self.tokens.clear()
        return web.Response()

    async def listed(self, request: web.Request) -> web.StreamResponse:
        return self.page(request, self.items)

    async def all_segments(self, request: web.Request) -> web.StreamResponse:
        return self.page(request, self.segments)

    def page(self, request: web.Request, items: list[dict[str, Any]]) -> web.Response:
        start, most = int(request.query["offset"]), int(request.query["limit"])
        return web.json_response({"count": len(items), "offset": start, "items": items[start : start + most]})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        data, rows = json.loads(str(posted["data"])), posted["file"].file.read().decode().split()
        if len(rows) < (25 if data.get("base") else 2000) or not all(HASH.fullmatch(row) for row in rows):
            return self.refused(400, "validation_failed", "Недостаточно строк")
        made = {"id": int(self.fake.next_key()), "status": "ready", "base": 0, **data, "entries_count": len(rows)}
        self.items.append(made | {"ids_count": len(rows) // 2})
        base = next((each for each in self.items if each["id"] == abs(data.get("base", 0))), made)
        held = self.world.of("vk", base["name"])
        (held.difference_update if data.get("base", 0) < 0 else held.update)(rows)
        return web.json_response(self.items[-1], status=201)

    async def segment(self, request: web.Request) -> web.StreamResponse:
        self.segments.append(await request.json() | {"id": int(self.fake.next_key())})
        self.world.notes["vk_segments"] = self.segments
        return web.json_response(self.segments[-1], status=201)


class Mailchimp:
    """mailchimp.com/developer: 200 may carry errors of members. Addresses in "bad." are refused."""

    def __init__(self, world: World, fake: Fake) -> None:
        self.world = world

    def routes(self) -> Routes:
        yield "GET", "/ping", self.guarded(self.ping)
        yield "GET", "/lists/{id}", self.guarded(self.stats)
        yield "POST", "/lists/{id}", self.guarded(self.batch)
        yield "GET", "/lists/{id}/members", self.guarded(self.members)
        yield "DELETE", "/lists/{id}/members/{hash}", self.guarded(self.archive)

    def guarded(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            wanted = base64.b64encode(f"krug:{TOKEN}-us21".encode()).decode()
            if request.headers.get("Authorization") != f"Basic {wanted}":
                told = {"title": "API Key Invalid", "status": 401, "detail": "Your API key may be invalid"}
                return web.json_response(told, status=401)
            return await handler(request)

        return answer

    async def ping(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"health_status": "Everything's Chimpy!"})

    async def stats(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"stats": {"member_count": len(self.world.of("mailchimp", request.match_info["id"]))}})

    async def members(self, request: web.Request) -> web.StreamResponse:
        gone = self.world.left.get("mailchimp", []) if request.query["status"] == "unsubscribed" else []
        start, most = int(request.query["offset"]), int(request.query["count"])
        page = [{"email_address": each} for each in gone[start : start + most]]
        return web.json_response({"members": page, "total_items": len(gone)})

    async def batch(self, request: web.Request) -> web.StreamResponse:
        members = (await request.json())["members"]
        if len(members) > 500:
            return web.json_response({"title": "Bad Request", "status": 400, "detail": "Too many members"}, status=400)
        taken = [each["email_address"] for each in members]
        bad = [each for each in taken if "bad." in each]
        if set(taken) & set(self.world.left.get("mailchimp", [])):
            self.world.notes["resubscribed"] = taken
        self.world.of("mailchimp", request.match_info["id"]).update(each for each in taken if each not in bad)
        errors = [{"email_address": each, "error": "Please provide a valid email", "error_code": "X"} for each in bad]
        return web.json_response({"new_members": [], "errors": errors, "error_count": len(errors)})

    async def archive(self, request: web.Request) -> web.StreamResponse:
        held = self.world.of("mailchimp", request.match_info["id"])
        found = {each for each in held if hashlib.md5(each.encode()).hexdigest() == request.match_info["hash"]}
        held -= found
        missing = {"title": "Resource Not Found", "status": 404, "detail": "The requested resource could not be found."}
        return web.Response(status=204) if found else web.json_response(missing, status=404)


class SendGrid:
    """docs.sendgrid.com: contacts come by jobs. Addresses in "bad." are refused by an errored job."""

    def __init__(self, world: World, fake: Fake) -> None:
        self.world, self.fake = world, fake
        self.jobs: dict[str, list[str]] = {}

    def routes(self) -> Routes:
        yield "PUT", "/v3/marketing/contacts", self.guarded(self.put)
        yield "GET", "/v3/marketing/contacts/imports/{job}", self.guarded(self.job)
        yield "POST", "/v3/marketing/contacts/search/emails", self.guarded(self.search)
        yield "DELETE", "/v3/marketing/lists/{id}/contacts", self.guarded(self.off)
        yield "GET", "/v3/marketing/lists/{id}", self.guarded(self.one)
        yield "GET", "/v3/marketing/lists", self.guarded(self.lists)
        yield "GET", "/v3/suppression/{kind}", self.guarded(self.suppressed)

    def guarded(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                told = {"errors": [{"field": None, "message": "authorization required"}]}
                return web.json_response(told, status=401)
            return await handler(request)

        return answer

    async def put(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        emails = [each["email"] for each in told["contacts"]]
        bad = [each for each in emails if "bad." in each]
        for name in told["list_ids"]:
            self.world.of("sendgrid", name).update(each for each in emails if each not in bad)
        job = f"job-{self.fake.next_key()}"
        self.jobs[job] = ["pending", "errored" if bad else "completed"]
        return web.json_response({"job_id": job}, status=202)

    async def job(self, request: web.Request) -> web.StreamResponse:
        states = self.jobs[request.match_info["job"]]
        return web.json_response({"id": "x", "status": states.pop(0) if len(states) > 1 else states[0]})

    async def search(self, request: web.Request) -> web.StreamResponse:
        emails = (await request.json())["emails"]
        known = {each for rows in self.world.lists.get("sendgrid", {}).values() for each in rows}
        if len(emails) > 100 or not known & set(emails):
            return web.json_response({"errors": [{"message": "not found"}]}, status=404)
        found = {each: {"contact": {"id": f"id-{each}"}} for each in emails if each in known}
        missing = {each: {"error": "contact not found"} for each in emails if each not in known}
        return web.json_response({"result": found | missing})

    async def off(self, request: web.Request) -> web.StreamResponse:
        ids = request.query["contact_ids"].split(",")
        self.world.of("sendgrid", request.match_info["id"]).difference_update(each.removeprefix("id-") for each in ids)
        return web.json_response({"job_id": "x"}, status=202)

    async def one(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"contact_count": len(self.world.of("sendgrid", request.match_info["id"]))})

    async def lists(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"result": []})

    async def suppressed(self, request: web.Request) -> web.StreamResponse:
        gone = self.world.left.get("sendgrid", []) if request.match_info["kind"] == "unsubscribes" else []
        start, most = int(request.query["offset"]), int(request.query["limit"])
        return web.json_response([{"created": 1, "email": each} for each in gone[start : start + most]])


class Unisender:
    """unisender.com/ru/support/api: errors inside 200. Addresses in "bad." are refused."""

    def __init__(self, world: World, fake: Fake) -> None:
        self.world = world

    def routes(self) -> Routes:
        for method in ("importContacts", "exportContacts", "exclude", "getLists"):
            yield "POST", f"/{method}", self.guarded(getattr(self, method))

    def guarded(self, handler: Any) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            given = dict(parse_qsl(await request.text()))  # `post` takes fewer fields than the service
            if given.pop("api_key") != TOKEN:
                return web.json_response({"error": "Invalid API key", "code": "invalid_api_key", "result": ""})
            return web.json_response({"result": handler(given)})

        return answer

    def importContacts(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        rows = [value for name, value in given.items() if re.fullmatch(r"data\[\d+\]\[0\]", name)]
        assert len(rows) <= 500
        bad = [(row, value) for row, value in enumerate(rows) if "bad." in value]
        self.world.of("unisender", given["data[0][1]"]).update(value for value in rows if "bad." not in value)
        log = [{"index": row, "code": "invalid_email", "message": f"Неверный адрес: {value}"} for row, value in bad]
        return {"total": len(rows), "inserted": len(rows) - len(bad), "updated": 0, "invalid": len(bad), "log": log}

    def exportContacts(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        start, most = int(given["offset"]), int(given["limit"])
        gone = self.world.left.get("unisender", [])[start : start + most]
        return {"field_names": ["email"], "data": [[each] for each in gone]}

    def exclude(self, given: dict[str, Any]) -> dict[str, Any]:
        self.world.of("unisender", given["list_ids"]).discard(given["contact"])
        return {}

    def getLists(self, given: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        return [{"id": 1, "title": "Покупатели"}]


SERVICES: dict[str, Any] = {
    "yandex": Yandex, "vk": Vk, "mailchimp": Mailchimp, "sendgrid": SendGrid, "unisender": Unisender,
}  # fmt: skip
