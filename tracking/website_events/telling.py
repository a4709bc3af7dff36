"""One event as it goes into the table, made of our form; and the rules of time.

A late event is taken for `LATE` after it happened, since a phone may have been without a network; a repeat is known for so
long too. One from the future is refused past `AHEAD`: a clock that is wrong makes nonsense of "30 minutes after". With
`sent_at` the sender's clock is put right instead.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from tracking.website_events.forms import MOST_DETAILS, Event, Line, Product

LATE = timedelta(days=14)
AHEAD = timedelta(minutes=5)
LONGEST_PAGE = 300
LARGEST_SUM = 10**12
NOTHING = Product()


class Wrong(Exception):
    """What is wrong with an event: (field, sentence)."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(sentence)
        self.where = where


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody whom an event names: a message of ours ("link"), a phone, an e-mail, or a card of the source `about`."""

    kind: str
    value: str
    about: str = ""


@dataclass(slots=True)
class Told:
    """A row to be. `claims`: whom it names, the surest first."""

    site_id: int
    key: str
    kind: str
    happened_at: datetime
    received_at: datetime
    device: str
    product: Product
    amount: Decimal | None
    page: str
    details: str
    claims: tuple[Claim, ...] = field(default=())


def told(site_id: int, event: Event, moment: tuple[datetime, datetime | None], claims: tuple[Claim, ...]) -> Told:
    """`moment`: (when it was received, by our clock; when it was sent, by the sender's). Raises Wrong."""
    received_at, sent_at = moment
    product = event.product or NOTHING
    return Told(
        site_id=site_id,
        key=event.id,
        kind=event.kind,
        happened_at=_happened(event, received_at, sent_at),
        received_at=received_at,
        device=event.device,
        product=product,
        amount=_amount(event, product),
        page=path_of(event.page),
        details=_details(event),
        claims=claims,
    )


def path_of(page: str) -> str:
    """Host and path: a query may hold anything, tokens and addresses of people among it."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return ""
    return f"{parts.hostname or ''}{parts.path}"[:LONGEST_PAGE]


def _happened(event: Event, received_at: datetime, sent_at: datetime | None) -> datetime:
    ago = (sent_at or received_at) - event.happened_at
    if ago < -AHEAD:
        raise Wrong("happened_at", _("The event is in the future: check the clock and the time zone, or give sent_at."))
    if ago > LATE:
        raise Wrong("happened_at", _("The event is older than %d days: such events are not taken.") % LATE.days)
    return received_at - ago


def _amount(event: Event, product: Product) -> Decimal | None:
    """The sum that was told, else that of the lines, else the price of the product."""
    if event.amount is not None:
        return event.amount
    if event.cart is None:
        return product.price
    total = sum(((_price(line) or Decimal(0)) * line.count for line in event.cart), Decimal(0))
    if total >= LARGEST_SUM:
        raise Wrong("cart", _("The number is too large."))
    return total


def _price(line: Line) -> Decimal | None:
    return line.product.price if line.price is None else line.price


def _details(event: Event) -> str:
    """With what the columns do not hold: the lines of the cart, and the model as it was told."""
    try:
        own = json.dumps(event.details, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise Wrong("details", _("There is a value that JSON does not have.")) from error
    if len(own) > MOST_DETAILS:
        raise Wrong("details", _("Details are over %d characters of JSON.") % MOST_DETAILS)
    more: dict[str, object] = {}
    if event.cart is not None:
        more["cart"] = [_line(line) for line in event.cart]
    product = event.product
    if product and product.model:
        more["model"] = f"{product.brand} {product.model}".strip()
    return json.dumps({**event.details, **more}, ensure_ascii=False) if more else own


def _line(line: Line) -> dict[str, object]:
    """Without what is empty: a cart is read by whoever writes about it."""
    product, price = line.product, _price(line)
    found: dict[str, object] = {
        name: value
        for name in ("id", "vin", "brand", "model", "category")
        if (value := getattr(product, name))
    }  # fmt: skip
    found["count"] = line.count
    if price is not None:
        found["price"] = float(price)
    return found
