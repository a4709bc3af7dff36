"""The push services of providers.md §5 as they answer, for `tests.peers.http_provider`.

FCM's console (`/console/service-account.json`) hands out the file of a service account that the fake has just made; only
tokens signed with its key are good.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.peers.http_provider import Fake, Wanted

PROJECT = "krug-test"
EMAIL = "krug@krug-test.iam.gserviceaccount.com"
ACCESS = "ya29.access-token-of-the-test"  # and a number
RUSTORE_PROJECT = "32FcaDWjM03DrgLJ"
RUSTORE_TOKEN = "service-t0ken-of-the-test"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"

# The last three digits of a token: status, errorCode, message.
FCM = {
    "550": (404, "UNREGISTERED", "Requested entity was not found."),
    "551": (400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"),
    "552": (400, "INVALID_ARGUMENT", "Invalid value at 'message.data'"),
    "553": (403, "SENDER_ID_MISMATCH", "SenderId mismatch"),
    "451": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "452": (500, "INTERNAL", "Internal error encountered."),
    "453": (401, "THIRD_PARTY_AUTH_ERROR", "Auth error from APNS or Web Push Service"),
    "454": (429, "QUOTA_EXCEEDED", "Quota exceeded"),
}

RUSTORE = {
    "550": (404, "NOT_FOUND", "Requested entity was not found."),
    "551": (400, "INVALID_ARGUMENT", "Invalid value"),
    "452": (500, "INTERNAL", "Internal error"),
}

BROWSERS = {"550": 410, "404": 404, "403": 403, "413": 413, "400": 400, "302": 302}


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    families: tuple[Callable[[Fake], Iterable[web.RouteDef]], ...] = (google, fcm, rustore, browsers)
    return [route for family in families for route in family(fake)]


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Google:
    """Tokens for one service account. The last path of `/token/SECONDS` is how long they serve."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.handed_out = 0

    async def console(self, request: web.Request) -> web.StreamResponse:
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fields = {"type": "service_account", "project_id": PROJECT, "private_key_id": "k1", "client_email": EMAIL}
        return web.json_response(fields | {"private_key": pem.decode(), "token_uri": "https://nowhere.example"})

    async def token(self, request: web.Request) -> web.StreamResponse:
        given = await request.post()
        try:
            claims = self.claims(str(given["assertion"]))
        except (InvalidSignature, ValueError) as error:
            told = {"error": "invalid_grant", "error_description": f"Invalid JWT Signature. {type(error).__name__}"}
            return web.json_response(told, status=400)
        is_good = claims["iss"] == EMAIL and claims["scope"] == SCOPE and claims["aud"] == str(request.url)
        if not is_good or given["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return web.json_response({"error": "invalid_scope"}, status=400)
        self.handed_out += 1
        told = {"access_token": f"{ACCESS}{self.handed_out}", "token_type": "Bearer"}
        return web.json_response(told | {"expires_in": int(request.match_info["seconds"])})

    def claims(self, assertion: str) -> dict[str, object]:
        head, claims, signature = assertion.split(".")
        signed = f"{head}.{claims}".encode()
        self.key.public_key().verify(unpadded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        if json.loads(unpadded(head))["alg"] != "RS256":
            raise ValueError("alg")
        return dict(json.loads(unpadded(claims)))

    async def count(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.handed_out)


def google(fake: Fake) -> Iterable[web.RouteDef]:
    account = Google()
    return [
        web.get("/console/service-account.json", account.console),
        web.get("/console/tokens", account.count),
        web.post("/token/{seconds}", account.token),
    ]


def fcm_error(status: int, code: str, message: str) -> web.Response:
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    error = {"code": status, "message": message, "status": code, "details": [detail]}
    return web.json_response({"error": error}, status=status)


def push_words(message: Mapping[str, Mapping[str, str]]) -> str:
    return message["notification"]["body"]


def fcm(fake: Fake) -> Iterable[web.RouteDef]:
    async def send(request: web.Request) -> web.StreamResponse:
        bearer = request.headers.get("Authorization", "")
        if not bearer.startswith(f"Bearer {ACCESS}"):
            error = {"code": 401, "message": f"Invalid credentials: {bearer}", "status": "UNAUTHENTICATED"}
            return web.json_response({"error": error}, status=401)
        given = await request.json()
        if given.get("validate_only"):
            return web.json_response({"name": f"projects/{PROJECT}/messages/fake_message_id"})
        message = given["message"]
        wanted = Wanted(
            f"projects/{PROJECT}/messages/0:{fake.next_key()}", message["token"], push_words(message), message
        )
        refused = FCM.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        if refused:
            return fcm_error(refused[0], refused[1], f"{refused[2]} ({bearer})")
        return web.json_response({"name": wanted.key})

    return [web.post(f"/v1/projects/{PROJECT}/messages:send", send)]


def rustore_error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": status, "message": message, "status": code}}, status=status)


def rustore(fake: Fake) -> Iterable[web.RouteDef]:
    """Beside FCM's project, which has a route of its own before this one."""

    async def send(request: web.Request) -> web.StreamResponse:
        is_known = request.headers.get("Authorization") == f"Bearer {RUSTORE_TOKEN}"
        if not is_known or request.match_info["project"] != RUSTORE_PROJECT:
            return rustore_error(403, "PERMISSION_DENIED", f"No rights: {request.headers.get('Authorization')}")
        given = await request.json()
        message = given["message"]
        wanted = Wanted("", message["token"], push_words(message))
        if given.get("validate_only"):
            return rustore_error(*RUSTORE["550"])
        refused = RUSTORE.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        return rustore_error(*refused) if refused else web.json_response({})

    return [web.post("/v1/projects/{project}/messages:send", send)]


def browsers(fake: Fake) -> Iterable[web.RouteDef]:
    """A push service: what it is given it cannot read, so the journal's text is the call's headers and body."""

    async def push(request: web.Request) -> web.StreamResponse:
        told = {name: request.headers.get(name, "") for name in ("Authorization", "TTL", "Content-Encoding")}
        told["body"] = base64.b64encode(await request.read()).decode()
        wanted = Wanted(fake.next_key(), request.match_info["id"], json.dumps(told))
        refused = BROWSERS.get(wanted.ends)
        if odd := await fake.take(request, [wanted], [wanted] if refused else []):
            return odd
        elsewhere = {"Location": f"https://push.example/message/{wanted.key}"}
        return web.Response(status=refused or 201, headers=elsewhere, text="refused" if refused else "")

    return [web.post("/push/{id}", push)]
