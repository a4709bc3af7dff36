"""The door of tills and websites: `POST /promo/check/`, `/promo/redeem/` and `/promo/cancel/`, each with a till's key.

A call that is told again is answered as the first time: a receipt with a code is one purchase. Whoever tries wrong codes is
let in no more for a minute.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from limits import RateLimitItemPerMinute
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from campaigns.models import PromoRedemption, PromoTill
from campaigns.promo import redeeming, spelling
from campaigns.promo.redeeming import Answer, By, Purchase
from campaigns.refusals import Refused
from channels import server_keys, throttle
from channels.json_calls import Closed, body

CALLS = RateLimitItemPerMinute(3_000, namespace="krug-promo-calls")  # of a till
GUESSES = RateLimitItemPerMinute(30, namespace="krug-promo-guesses")  # wrong codes of a till
WRONG_KEYS = RateLimitItemPerMinute(60, namespace="krug-promo-keys")  # of an address

Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class Asked(BaseModel):
    """`amount` in roubles before the discount; `receipt` is the till's own number of the purchase."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: str = Field(min_length=1, max_length=80)
    amount: Money
    happened_at: AwareDatetime | None = None


class Bought(Asked):
    receipt: str = Field(min_length=1, max_length=80)


class Returned(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: str = Field(min_length=1, max_length=80)
    receipt: str = Field(min_length=1, max_length=80)


def door(shape: type[BaseModel], answer: Any) -> Any:
    """A view that lets in tills, reads the body and answers in JSON."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> JsonResponse:
        try:
            till = _till(request)
            return _json(answer(till, shape.model_validate(body(request))))
        except ValidationError as wrong:
            fault = wrong.errors(include_url=False)[0]
            return _refused(Closed(422, fault["msg"], ".".join(map(str, fault["loc"]))))
        except Closed as closed:
            return _refused(closed)

    return view


def _check(till: PromoTill, asked: Asked) -> dict[str, Any]:
    return _told(till, redeeming.look(_purchase(till, asked)))


def _redeem(till: PromoTill, asked: Bought) -> dict[str, Any]:
    purchase = _purchase(till, asked, asked.receipt)
    return _told(till, redeeming.redeem(purchase, By(PromoRedemption.Door.TILL, till=till)))


def _cancel(till: PromoTill, asked: Returned) -> dict[str, Any]:
    """Of its own purchases only."""
    key = spelling.key_of(asked.code)
    found = PromoRedemption.objects.filter(till=till, code__key=key, receipt=asked.receipt)
    last = found.order_by("-pk").first()
    if last is None:
        raise Closed(404, _("There is no such purchase of this till."))
    try:
        redeeming.take_back(last)
    except Refused as refusal:
        raise Closed(409, refusal.sentence) from refusal
    return {"ok": True}


check, redeem, cancel = door(Asked, _check), door(Bought, _redeem), door(Returned, _cancel)


def _till(request: HttpRequest) -> PromoTill:
    till = PromoTill.objects.filter(server_keys.opened_by(server_keys.in_header(request)), is_active=True).first()
    if till is None:
        if not throttle.allowed(WRONG_KEYS, throttle.address(request) or ""):
            raise Closed(429, _("Too many wrong keys: try again in a minute."))
        raise Closed(401, _("The secret key is not valid: make a new one on the till's page in Krug."))
    if not throttle.allowed(CALLS, str(till.pk)):
        raise Closed(429, _("Too many calls: try again in a minute."))
    return till


def _purchase(till: PromoTill, asked: Asked, receipt: str = "") -> Purchase:
    at: datetime | None = asked.happened_at
    if at and at > timezone.now() + timedelta(hours=1):
        raise Closed(422, _("The purchase is in the future."), "happened_at")
    return Purchase(asked.code, receipt, asked.amount, till.centre, at)


def _told(till: PromoTill, answer: Answer) -> dict[str, Any]:
    if why := answer.verdict.why:
        if answer.code is None and not throttle.allowed(GUESSES, str(till.pk)):
            raise Closed(429, _("Too many wrong codes: try again in a minute."))
        return {"ok": False, "reason": why.value, "message": answer.verdict.sentence}
    pool = answer.code.pool  # type: ignore[union-attr]  # a good code is there
    told = {"ok": True, "gives": pool.gives, "worth": pool.worth, "discount": _money(answer.discount)}
    if answer.redemption:
        told |= {"purchase": answer.redemption.pk, "repeated": answer.is_repeated}
    return told


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _refused(closed: Closed) -> JsonResponse:
    answer = _json({"ok": False, "field": closed.where, "message": str(closed)}, closed.status)
    if closed.status == 429:
        answer["Retry-After"] = "60"
    return answer


def _json(told: dict[str, Any], status: int = 200) -> JsonResponse:
    answer = JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store"
    return answer
