"""The messengers of providers.md §3 as they answer, for `tests.peers.http_provider`."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from tests.peers.http_provider import Fake, Wanted

TOKEN = "t0ken-of-the-test-91"
NUMBER = "106540352242922"
WABA = "102290129340398"


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (whatsapp, telegram, max_bot, textback)
    return [route for family in families for route in family(fake)]


def graph_error(code: int, status: int = 400, **details: object) -> web.Response:
    error = {"message": f"(#{code}) refused", "type": "OAuthException", "code": code, "fbtrace_id": "AB"} | details
    return web.json_response({"error": error}, status=status)


# The last three digits of a phone: code and status.
GRAPH = {"550": (131026, 400), "451": (131016, 503), "402": (131042, 400), "480": (130429, 400), "415": (132015, 400)}


def graph_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return graph_error(190, 401, message=f"Invalid OAuth access token {request.headers.get('Authorization')}")


async def graph_number(request: web.Request) -> web.StreamResponse:
    if request.match_info["number"] != NUMBER:
        return graph_denies(request) or graph_error(100, 400, message="Unsupported get request.")
    told = {"display_phone_number": "+7 495 000-00-00", "verified_name": "Krug", "quality_rating": "GREEN"}
    return graph_denies(request) or web.json_response(told | {"id": NUMBER})


# Of the template "service"; the others are texts alone.
SERVICE_PARTS = [
    {"type": "HEADER", "format": "TEXT", "text": "Сервис {{1}}"},
    {"type": "BODY", "text": "{{1}}, автомобиль {{2}} ждёт осмотра."},
    {"type": "FOOTER", "text": "Альфа-Авто"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Не беспокоить"},
            {
                "type": "URL",
                "text": "Записаться",
                "url": "https://kr.example/l/{{1}}",
                "example": ["https://kr.example/l/B"],
            },
            {"type": "PHONE_NUMBER", "text": "Позвонить", "phone_number": "+74950000000"},
        ],
    },
]
PICTURE = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Скидка {{name}}"}]
PARTS = {"service": SERVICE_PARTS, "ad": PICTURE}
STATUSES = {"service": "APPROVED", "ad": "PAUSED", "reminder": "REJECTED"}


def graph_template(name: str, status: str) -> dict[str, Any]:
    reason = "INVALID_FORMAT" if status == "REJECTED" else "NONE"
    return {
        "name": name,
        "language": "en" if name == "ad" else "ru",
        "status": status,
        "category": "UTILITY",
        "id": "1",
    } | {
        "components": PARTS.get(name, [{"type": "BODY", "text": "Напоминание"}]),
        "rejected_reason": reason,
    }


def graph_fits(template: Mapping[str, Any]) -> bool:
    """Whether the heading is of the kind that the template has: a picture by an https address, or texts."""
    headers = [part for part in template["components"] if part["type"] == "header"]
    if PARTS.get(template["name"]) is not PICTURE:
        return all(value["type"] == "text" for part in headers for value in part["parameters"])
    values = [value for part in headers for value in part["parameters"]]
    return [(value["type"], value["image"]["link"][:8]) for value in values] == [("image", "https://")]


def graph_templates(statuses: dict[str, str]) -> Iterable[web.RouteDef]:
    """Two of them on the first page. The console (`/console/templates`) changes what Meta thinks of them."""

    async def listed(request: web.Request) -> web.StreamResponse:
        if refusal := graph_denies(request):
            return refusal
        second = request.query.get("after") == "cursor1"
        names = list(statuses)[2:] if second else list(statuses)[:2]
        data = [graph_template(name, statuses[name]) for name in names]
        paging: dict[str, Any] = {"cursors": {"before": "cursor0", "after": "cursor2" if second else "cursor1"}}
        return web.json_response({"data": data, "paging": paging if second else paging | {"next": "https://…"}})

    async def console(request: web.Request) -> web.StreamResponse:
        statuses.clear()
        statuses.update(await request.json())
        return web.json_response(statuses)

    return [web.get(f"/v23.0/{WABA}/message_templates", listed), web.post("/console/templates", console)]


def whatsapp(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := graph_denies(request):
            return refusal
        given = await request.json()
        if request.match_info["number"] != NUMBER or given["messaging_product"] != "whatsapp":
            return graph_error(100, 400, error_subcode=33)
        if given["type"] == "template" and not graph_fits(given["template"]):
            return graph_error(132012, 400, error_data={"details": "Format mismatch, expected IMAGE or TEXT"})
        wanted = Wanted(f"wamid.{fake.next_key()}", given["to"], whatsapp_words(given), given.get("template"))
        refused = GRAPH.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return graph_error(*refused, error_data={"messaging_product": "whatsapp", "details": "Not today"})
        contact = {"input": wanted.to, "wa_id": wanted.to}
        message = {"id": wanted.key, "message_status": "accepted"}
        return web.json_response({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})

    return [
        web.post("/v23.0/{number}/messages", send),
        web.get("/v23.0/{number}", graph_number),
        *graph_templates(dict(STATUSES)),
    ]


def whatsapp_words(given: Mapping[str, Any]) -> str:
    """The text of a free message; of a template its name, language and values."""
    if given["type"] == "template":
        template = given["template"]
        values = [
            value.get("text") or value.get("image", {}).get("link", "")
            for part in template["components"]
            for value in part["parameters"]
        ]
        return f"{template['name']}/{template['language']['code']}: {' | '.join(values)}"
    return given["text"]["body"] if given["type"] == "text" else given["interactive"]["body"]["text"]


def telegram_no(code: int, description: str, **more: object) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": description} | more, status=code)


# The last three digits of a chat.
TELEGRAM: Mapping[str, Callable[[], web.Response]] = {
    "550": lambda: telegram_no(400, "Bad Request: chat not found"),
    "403": lambda: telegram_no(403, "Forbidden: bot was blocked by the user"),
    "480": lambda: telegram_no(429, "Too Many Requests: retry after 3600", parameters={"retry_after": 3600}),
    "481": lambda: telegram_no(429, "Too Many Requests: retry after 1", parameters={"retry_after": 1}),
    "501": lambda: telegram_no(500, "Internal Server Error"),
}


def telegram(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return telegram_no(401, f"Unauthorized: {request.match_info['token']}")
        given = await request.json()
        number = int(fake.next_key())
        wanted = Wanted(f"{given['chat_id']}:{number}", str(given["chat_id"]), given["text"])
        refused = TELEGRAM.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return refused()
        chat = {"id": given["chat_id"], "type": "private", "first_name": "Анна"}
        result = {"message_id": number, "chat": chat, "date": 1740787200, "text": given["text"]}
        return web.json_response({"ok": True, "result": result})

    async def me(request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return telegram_no(401, "Unauthorized")
        return web.json_response({"ok": True, "result": {"id": 1, "is_bot": True, "username": "krug_bot"}})

    return [web.post("/bot{token}/sendMessage", send), web.get("/bot{token}/getMe", me)]


# The last three digits of a person: status, code and message.
MAX = {
    "550": (404, "chat.not.found", "Chat not found"),
    "403": (403, "chat.denied", "Key: error.dialog.suspended, args: [1,]."),
    "452": (503, "service.unavailable", "Service is unavailable"),
    "501": (500, "internal.error", "oops"),
}


def max_no(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


def max_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == TOKEN:
        return None
    return max_no(401, "verify.token", f"Invalid access_token {request.headers.get('Authorization')}")


def max_bot(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := max_denies(request):
            return refusal
        given, person = json.loads(await request.read()), request.query["user_id"]
        wanted = Wanted(f"mid.{fake.next_key()}", person, given["text"], given["attachments"])
        refused = MAX.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return max_no(*refused)
        body = {"mid": wanted.key, "seq": 1, "text": given["text"], "attachments": given["attachments"]}
        recipient = {"chat_id": 5, "user_id": int(person), "chat_type": "dialog"}
        sender = {"user_id": 1, "first_name": "Krug", "is_bot": True, "last_activity_time": 1740787200000}
        told = {"sender": sender, "recipient": recipient, "timestamp": 1740787200000, "body": body}
        return web.json_response({"message": told})

    async def me(request: web.Request) -> web.StreamResponse:
        told = {"user_id": 1, "first_name": "Круг", "username": "krug_max_bot", "is_bot": True}
        return max_denies(request) or web.json_response(told)

    return [web.post("/messages", send), web.get("/me", me)]


def textback(fake: Fake) -> Iterable[web.RouteDef]:
    """Its answers are those that public clients read."""

    def denies(request: web.Request) -> web.Response | None:
        is_known = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        return None if is_known else web.json_response({"error": request.headers.get("Authorization")}, status=401)

    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := denies(request):
            return refusal
        given = await request.json()
        to = given.get("chatId") or given["remoteAddress"].removeprefix("tel:+")
        wanted = Wanted(fake.next_key(), to, given["text"])
        is_refused = wanted.ends == "550" or (given["channel"], given["channelId"]) != ("whatsapp", "2075")
        if odd := await fake.take(request, [wanted], [wanted] if is_refused else []):
            return odd
        if is_refused:
            return web.json_response({"message": "no such chat"}, status=400)
        return web.json_response({"$value": {"id": wanted.key, "chatId": to}})

    async def channels(request: web.Request) -> web.StreamResponse:
        return denies(request) or web.json_response({"$items": []})

    return [web.post("/textback/messages", send), web.get("/textback/channels", channels)]
