"""The door of website events: `POST /events/` in our form, `/events/mindbox/…` in Mindbox's. No session, no cookies.

Events of a batch are judged one by one: those that will do are kept, the others come back with the field that is wrong, so
that a slip in one costs no other. A body is read whatever its type is said to be: a beacon comes as plain text. The page of
the API is for our own staff.
"""

import logging
from collections.abc import Mapping
from typing import Any, Literal

from django.contrib.admin.views.decorators import staff_member_required
from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from channels.json_calls import Closed, body
from tracking.website_events import gate, mindbox
from tracking.website_events.forms import Batch, Refusal, Refused, Taken
from tracking.website_events.gate import Caller
from tracking.website_events.reading import Read, read
from tracking.website_events.storing import Call, gathering
from tracking.website_events.telling import Wrong

logger = logging.getLogger(__name__)
REF = "#/components/schemas/{model}"
BODY = {
    "security": [{"secret": []}, {}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [{"$ref": REF.format(model=name)} for name in ("Batch", "Event")]}}
        },
    },
}
Mode = Literal["sync", "async"]


class EventsAPI(NinjaAPI):
    """Bodies are read by `json_calls`, so their schemas are added by hand."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        batch = Batch.model_json_schema(ref_template=REF)
        parts = schema["components"]
        parts["schemas"] = {**parts.get("schemas", {}), **batch.pop("$defs"), "Batch": batch}
        parts["securitySchemes"] = {"secret": {"type": "http", "scheme": "bearer"}}
        return schema


api = EventsAPI(
    title="Krug: website events",
    version="1",
    description="docs/website-events.md says how a site connects.",
    urls_namespace="website_events",
    docs=Swagger({"validatorUrl": None}),
    docs_decorator=staff_member_required,
)


@api.post(
    "/",
    response={200: Taken, 422: Refused, frozenset({400, 401, 403, 411, 413, 429, 503}): Refused},
    summary="Tell events",
    description="One event or a batch. Browsers: `site` is the public key, `Origin` one of the site's. Servers: the secret.",
    openapi_extra=BODY,
)
def tell(request: HttpRequest, site: str = "") -> HttpResponse:
    try:
        who = gate.caller(request, site)
        found = read(who, body(request))
        answer = _json(*_kept(who, found))
    except Closed as closed:
        refused = Refused(refused=[Refusal(field=closed.where, error=str(closed))])
        answer = _refusal(closed, refused.model_dump())
    return _finished(request, answer, site)


@api.api_operation(["OPTIONS"], "/", include_in_schema=False)
def ask_first(request: HttpRequest, site: str = "") -> HttpResponse:
    return _preflight(request, site)


@api.post(
    "/mindbox/v3/operations/{mode}",
    summary="Tell an operation in Mindbox's form",
    description="`endpointId` is the site's public key; `operation` is looked up among the site's operations.",
)
def operation(
    request: HttpRequest,
    mode: Mode,
    operation: str = "",
    endpointId: str = "",
    deviceUUID: str = "",  # noqa: N803
) -> HttpResponse:
    """The names of the query are Mindbox's. A fault of the data is an answer of 200, as there."""
    try:
        who = gate.caller(request, endpointId)
        answer = _operated(who, request.GET.dict(), body(request))
    except Closed as closed:
        told = {"status": "ProtocolError", "errorMessage": str(closed), "httpStatusCode": closed.status}
        answer = _refusal(closed, told)
    return _finished(request, answer, endpointId)


@api.api_operation(["OPTIONS"], "/mindbox/v3/operations/{mode}", include_in_schema=False)
def ask_first_of_mindbox(request: HttpRequest, mode: Mode, endpointId: str = "") -> HttpResponse:  # noqa: N803
    return _preflight(request, endpointId)


def _operated(who: Caller, query: Mapping[str, str], said: Any) -> JsonResponse:
    if not isinstance(said, Mapping):
        raise Closed(400, _("A JSON object is needed."))
    try:
        kind = mindbox.kind_of(who.site, query.get("operation", ""))
        event = mindbox.event(kind, query, said, is_server=who.is_server, now=timezone.now())
    except Wrong as wrong:
        return _invalid(wrong.where, str(wrong))
    found = read(who, event)
    for refused in found.refused:
        return _invalid(refused.field, refused.error)
    told, _status = _kept(who, found)
    return _json({"status": "Success" if told["accepted"] else "TransactionAlreadyProcessed"})


def _invalid(where: str, sentence: str) -> JsonResponse:
    fault = {"message": sentence, "location": mindbox.location(where)}
    return _json({"status": "ValidationError", "validationMessages": [fault]})


def _kept(who: Caller, found: Read) -> tuple[dict[str, Any], int]:
    """Answered after the commit: (what became of them, status). Raises Closed."""
    devices = {event.device for event in found.events}
    if not who.is_server and len(devices) > 1:
        raise Closed(422, _("A browser is one device: events of several come from the server."), "device")
    gate.let_in(who, devices, len(found.events) + len(found.refused))
    call = Call(found.events)
    if found.events:
        _store(call)
    refused = [each.model_dump() for each in found.refused]
    told = {"accepted": call.accepted, "duplicates": len(found.events) - call.accepted, "refused": refused}
    return told, 200 if found.events else 422


def _store(call: Call) -> None:
    """Raises Closed: 400 for what can never be kept, 503 for what may be kept later."""
    try:
        gathering.keep(call)
    except DataError as error:
        raise Closed(400, _("There is a value that cannot be kept.")) from error
    except DatabaseError as error:
        logger.error("%s events could not be kept: %s", len(call.events), type(error).__name__)
        raise Closed(503, _("Events cannot be kept now: send them again in a minute.")) from error


def _json(told: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})


def _refusal(closed: Closed, told: dict[str, Any]) -> JsonResponse:
    answer = _json(told, closed.status)
    if closed.status in {429, 503}:
        answer["Retry-After"] = "60"
    return answer


def _preflight(request: HttpRequest, site: str) -> HttpResponse:
    """What a browser asks before it lets a script of another site send JSON."""
    answer = HttpResponse(status=204)
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "7200"
    return _finished(request, answer, site)


def _finished(request: HttpRequest, answer: HttpResponse, site: str) -> HttpResponse:
    if origin := gate.origin_of(request, site):
        answer["Access-Control-Allow-Origin"] = origin
    answer["Vary"], answer["Cache-Control"] = "Origin", "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs every refusal anew
    return answer
