"""A view of the schema `bi` as CSV, for those who have no connector to PostgreSQL.

The key is a signed statement for whom it was made; it ends, and dies with the person's account or her right to see reports. Whoever
was given rows is in the log.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from limits import RateLimitItemPerMinute
from psycopg import sql

from channels import server_keys, throttle
from tracking.bi.building import SCHEMA, is_built
from tracking.bi.star import VIEWS, View

SALT = "krug.tracking.bi.feed"
RIGHT = "campaigns.view_campaign"
WRONG_KEYS = RateLimitItemPerMinute(60, namespace="krug-bi-keys")  # of an address
FEEDS = RateLimitItemPerMinute(30, namespace="krug-bi-feeds")  # of a key
BOM = b"\xef\xbb\xbf"  # so that Excel reads it as UTF-8
BY_NAME = {view.name: view for view in VIEWS}


def key_for(user: Any, days: int) -> str:
    """A key for this member of staff, good for so many days."""
    until = timezone.now() + dt.timedelta(days=days)
    return signing.dumps({"user": user.pk, "until": until.isoformat()}, salt=SALT)


def owner_of(key: str) -> Any:
    """Whose key it is; None for a wrong one, one that is over, and one whose owner may not see reports any more."""
    try:
        said = signing.loads(key, salt=SALT)
        until = dt.datetime.fromisoformat(said["until"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None
    user = get_user_model().objects.filter(pk=said["user"], is_active=True, is_staff=True).first()
    return user if user and until > timezone.now() and user.has_perm(RIGHT) else None


@csrf_exempt
@require_GET
def csv(request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """`GET /bi/fact_call.csv?since=2026-05-01&until=2026-06-01` with `Authorization: Bearer KEY`. Rows from `since` on, before
    `until`, by the column of incremental refresh; dimensions always come whole."""
    found = server_keys.IN_HEADER.fullmatch(request.headers.get("Authorization", "").strip())
    user = owner_of(found[1] or "") if found else None
    if user is None:
        is_early = throttle.allowed(WRONG_KEYS, throttle.address(request) or "")
        return HttpResponse("The key is wrong or over.\n", status=401 if is_early else 429, content_type="text/plain")
    view = BY_NAME.get(name)
    if view is None or not is_built():
        return HttpResponse("There is no such view.\n", status=404, content_type="text/plain")
    if not throttle.allowed(FEEDS, str(user.pk)):
        return HttpResponse("Too often: come back in a minute.\n", status=429, content_type="text/plain")
    try:
        statement = _statement(view, since=_moment(request, "since"), until=_moment(request, "until"))
    except ValueError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    note = f"{name}.csv {request.GET.urlencode()}"[:200]
    LogEntry.objects.create(user_id=user.pk, action_flag=CHANGE, object_repr=f"BI: {name}", change_message=note)
    response = StreamingHttpResponse(_rows(statement), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _moment(request: HttpRequest, name: str) -> dt.datetime | None:
    """A day or a moment, of the zone of all views. Raises ValueError with a sentence."""
    asked = request.GET.get(name, "")
    if not asked:
        return None
    try:
        moment = parse_datetime(asked) or dt.datetime.fromisoformat(asked)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo:
        raise ValueError(f"{name}: write a day or a moment without a zone, like 2026-05-01 or 2026-05-01T09:30.")
    return moment


def _statement(view: View, *, since: dt.datetime | None, until: dt.datetime | None) -> sql.Composed:
    bounds = [(">=", since), ("<", until)] if view.refresh_by else []
    where = [
        sql.SQL("{} {} {}").format(sql.Identifier(view.refresh_by), sql.SQL(sign), sql.Literal(bound))
        for sign, bound in bounds
        if bound
    ]
    chosen = sql.SQL(" WHERE ") + sql.SQL(" AND ").join(where) if where else sql.SQL("")
    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(SCHEMA, view.name)) + chosen
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(query)


def _rows(statement: sql.Composed) -> Iterator[bytes]:
    """Block by block as PostgreSQL gives them: nothing of it is held here."""
    yield BOM
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            yield bytes(block)
