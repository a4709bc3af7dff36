"""E-mail services as they answer, for `tests.peers.http_provider`. The end of the recipient's host says how."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from email import message_from_bytes, policy
from typing import Any

from aiohttp import web

from tests.peers.http_provider import Fake, Wanted

KEY = "k3y-of-the-test-92"


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (unisender_go, mailgun, sendgrid, postmark, ses)
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


def mailgun(fake: Fake) -> Iterable[web.RouteDef]:
    pair = "Basic " + b64encode(f"api:{KEY}".encode()).decode()

    async def send(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != pair:
            return web.Response(status=401, text="Forbidden")
        given = await request.post()
        wanted = Wanted(f"<{fake.next_key()}@{request.match_info['domain']}>", str(given["to"]), str(given["text"]))
        if odd := await fake.take(request, [wanted], [wanted] if wanted.ends == "550" else []):
            return odd
        if wanted.ends == "550":
            return web.json_response({"message": "to parameter is not a valid address."}, status=400)
        return web.json_response({"id": wanted.key, "message": "Queued. Thank you."})

    async def domains(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != pair:
            return web.Response(status=401, text="Forbidden")
        return web.json_response({"total_count": 0, "items": []})

    return [web.post("/{domain}/messages", send), web.get("/domains", domains)]


def sendgrid_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bearer {KEY}":
        return None
    return web.json_response({"errors": [{"message": "The provided authorization grant is invalid"}]}, status=401)


def sendgrid(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := sendgrid_denies(request):
            return refusal
        given = await request.json()
        (person,) = given["personalizations"]
        texts = {part["type"]: part["value"] for part in given["content"]}
        wanted = Wanted(person["custom_args"]["anymail_id"], person["to"][0]["email"], texts["text/plain"])
        if odd := await fake.take(request, [wanted], [wanted] if wanted.ends == "550" else []):
            return odd
        if wanted.ends == "550":
            fault = {"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}
            return web.json_response({"errors": [fault]}, status=400)
        return web.Response(status=202, headers={"X-Message-Id": fake.next_key()})

    async def scopes(request: web.Request) -> web.StreamResponse:
        return sendgrid_denies(request) or web.json_response({"scopes": ["mail.send"]})

    return [web.post("/mail/send", send), web.get("/scopes", scopes)]


def postmark_denies(request: web.Request) -> web.Response | None:
    if request.headers.get("X-Postmark-Server-Token") == KEY:
        return None
    return web.json_response({"ErrorCode": 10, "Message": "Bad or missing Server API token."}, status=401)


INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {to}."
    " Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)


def postmark(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := postmark_denies(request):
            return refusal
        given = await request.json()
        wanted = Wanted(fake.next_key(), given["To"], given["TextBody"])
        if odd := await fake.take(request, [wanted], [wanted] if wanted.ends == "550" else []):
            return odd
        if wanted.ends == "550":
            return web.json_response({"ErrorCode": 406, "Message": INACTIVE.format(to=wanted.to)}, status=422)
        return web.json_response({"To": wanted.to, "MessageID": wanted.key, "ErrorCode": 0, "Message": "OK"})

    async def server(request: web.Request) -> web.StreamResponse:
        return postmark_denies(request) or web.json_response({"ID": 1, "Name": "Krug"})

    return [web.post("/email", send), web.get("/server", server)]


# The last three digits of the host: (status, error, sentence).
SES = {
    "550": (400, "MessageRejected", "Email address is not verified."),
    "451": (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "402": (400, "SendingPausedException", "Sending is paused."),
}


def ses_denies(request: web.Request) -> web.Response | None:
    scope = f"Credential={KEY}/{request.headers.get('X-Amz-Date', '')[:8]}/eu-central-1/ses/aws4_request"
    told = request.headers.get("Authorization", "")
    if told.startswith(f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=") and "host;x-amz-date" in told:
        return None
    return ses_error(403, "UnrecognizedClientException", "The security token included in the request is invalid.")


def ses_error(status: int, name: str, sentence: str) -> web.Response:
    return web.json_response({"message": sentence}, status=status, headers={"x-amzn-ErrorType": f"{name}:http://aws"})


def ses(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        if refusal := ses_denies(request):
            return refusal
        given = await request.json()
        letter = message_from_bytes(b64decode(given["Content"]["Raw"]["Data"]), policy=policy.default)
        text = letter.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n")
        wanted = Wanted(fake.next_key(), given["Destination"]["ToAddresses"][0], text)
        if odd := await fake.take(request, [wanted], [wanted] if wanted.ends in SES else []):
            return odd
        if wanted.ends in SES:
            return ses_error(*SES[wanted.ends])
        return web.json_response({"MessageId": wanted.key})

    async def account(request: web.Request) -> web.StreamResponse:
        quota = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 200.0}
        return ses_denies(request) or web.json_response({"SendingEnabled": True, "SendQuota": quota})

    return [web.post("/v2/email/outbound-emails", send), web.get("/v2/email/account", account)]
