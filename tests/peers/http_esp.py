"""E-mail services as they answer, for `tests.peers.http_provider`. The end of the recipient's host says how."""

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from tests.peers.http_provider import Fake, Wanted

KEY = "k3y-of-the-test-92"


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (unisender_go,)
    return [route for family in families for route in family(fake)]


# The last three digits of the host, and the word under failed_emails.
GO_FAILED = {"550": "permanent_unavailable", "551": "invalid", "552": "temporary_unavailable", "553": "unsubscribed"}


def go_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("X-API-KEY") == KEY:
        return None
    return go_error(401, 102, f"Error ID:1. Api key {request.headers.get('X-API-KEY')} is wrong")


def go_error(status: int, code: int, message: str, **more: object) -> web.Response:
    return web.json_response({"status": "error", "code": code, "message": message, **more}, status=status)


def unisender_go(fake: Fake) -> Iterable[web.RouteDef]:
    path = "/ru/transactional/api/v1"

    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := go_denies(request):
            return refusal
        given: dict[str, Any] = (await request.json())["message"]
        if "@" not in given["from_email"] or not given["body"].get("plaintext") or len(given["idempotence_key"]) > 64:
            return go_error(400, 105, "bad message")
        wanted = [Wanted(fake.next_key(), one["email"], given["body"]["plaintext"]) for one in given["recipients"]]
        failed = {one.to: GO_FAILED[one.ends] for one in wanted if one.ends in GO_FAILED}
        if odd := await fake.take(request, wanted, [one for one in wanted if one.to in failed]):
            return odd
        if len(failed) == len(wanted):
            # The documentation tells of an error here; a success that names nobody is told of by older clients.
            if "550" not in {one.ends for one in wanted}:
                return web.json_response({"status": "success", "job_id": "j", "emails": [], "failed_emails": failed})
            return go_error(400, 204, "Error ID:2. No valid recipients", failed_emails=failed)
        emails = [one.to for one in wanted if one.to not in failed]
        return web.json_response(
            {"status": "success", "job_id": wanted[0].key, "emails": emails, "failed_emails": failed}
        )

    async def info(request: web.Request) -> web.StreamResponse:
        return go_denies(request) or web.json_response({"status": "success", "user_id": 1, "email": "krug@test.ru"})

    return [web.post(f"{path}/email/send.json", send), web.post(f"{path}/system/info.json", info)]
