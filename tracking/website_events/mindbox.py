"""Operations of Mindbox as our events, so that a site which tells Mindbox tells us by another address alone.

An operation's name is the project's own: `Site.operations` says what it means, else its end does (`KINDS`). Where Mindbox
has no time of the event, it is the time of receipt; where it has no id of the event, that of the order, else none: then a
repeat is another event.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tracking.models import Site
from tracking.website_events.forms import MOST_LINES
from tracking.website_events.telling import Wrong

KINDS: Mapping[str, str] = {
    "viewproduct": "product_view", "viewcategory": "category_view", "viewproductcategory": "category_view",
    "setcart": "cart", "clearcart": "cart", "addtocart": "cart_add", "removefromcart": "cart_remove",
    "setwishlist": "favourite", "addtowishlist": "favourite", "search": "search", "viewpage": "page_view",
    "createauthorizedorder": "order", "createunauthorizedorder": "order", "createorder": "order",
    "registercustomer": "registration", "authorizecustomer": "login",
    "subscriptioninfooter": "subscription", "subscribe": "subscription",
}  # fmt: skip


def kind_of(site: Site, operation: str) -> str:
    """Raises Wrong for an operation that nobody knows."""
    known = {name.lower(): kind for name, kind in site.operations.items()}
    kind = known.get(operation.lower()) or KINDS.get(operation.rpartition(".")[2].lower())
    if kind is None:
        raise Wrong("operation", _("Krug does not know this operation: name it on the site's page."))
    return kind


def event(
    kind: str, query: Mapping[str, str], body: Mapping[str, Any], *, is_server: bool, now: datetime
) -> dict[str, Any]:
    """The same in our form, still unread. Of a browser's call the customer is left aside: anybody may write anything there."""
    order = _object(body, "order")
    product, category = _viewed(body)
    said: dict[str, Any] = {
        "kind": kind,
        "happened_at": body.get("executionDateTimeUtc") or query.get("dateTimeUtc") or now,
        "device": query.get("deviceUUID", ""),
        "id": _id(kind, query, order),
    }
    if isinstance(said["happened_at"], str) and not _has_zone(said["happened_at"]):
        said["happened_at"] += "Z"  # Mindbox's times are UTC by their name
    if product or category:
        said["product"] = {**product, **({"category": category} if category else {})}
    if (lines := _lines(body, order)) is not None:
        said["cart"] = lines[:MOST_LINES]
    if (total := order.get("totalPrice")) is not None:
        said["amount"] = total
    if number := _first_id(order):
        said["details"] = {"order": number}
    if is_server and (person := _person(_object(body, "customer"))):
        said["person"] = person
    return said


def location(field: str) -> str:
    """Where Mindbox's form has what ours calls `field`."""
    known = {"person.email": "/customer/email", "person.phone": "/customer/mobilePhone", "device": "/deviceUUID"}
    return known.get(field) or "/" + field.replace(".", "/").replace("[", "/").replace("]", "")


def _id(kind: str, query: Mapping[str, str], order: Mapping[str, Any]) -> str:
    """Of the operation and the transaction, else of the order; drawn where the call has neither."""
    if transaction := query.get("transactionId", ""):
        return f"{kind}:{transaction}"
    if number := _first_id(order):
        return f"{kind}:{number}"
    return secrets.token_urlsafe(16)


def _viewed(body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The product and the category of a view, of a wish list of one, or of a cart's change."""
    viewed = next(
        (_object(body, name) for name in ("viewProduct", "addProductToList", "removeProductFromList") if name in body),
        {},
    )
    product, category = _object(viewed, "product"), _object(_object(body, "viewProductCategory"), "productCategory")
    found = {"id": _first_id(product)} if _first_id(product) else {}
    price = viewed.get("price", product.get("price"))
    if found and price is not None:
        found["price"] = price
    return found, _first_id(category)


def _lines(body: Mapping[str, Any], order: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Of the whole cart (`productList` replaces it, empty clears it) or of the order; None where the call has neither."""
    told = body.get("productList", order.get("lines"))
    if isinstance(told, Mapping):
        told = told.get("products", [])
    if told is None:
        return None
    if not isinstance(told, list) or not all(isinstance(line, Mapping) for line in told):
        raise Wrong("cart", _("A list is needed."))
    return [_line(line) for line in told]


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Prices are of one piece; an older kit gives that of the line."""
    count = line.get("count", line.get("quantity", 1))
    price = line.get("pricePerItem", line.get("basePricePerItem", line.get("price")))
    whole = line.get("priceOfLine")
    if price is None and _is_number(whole) and _is_number(count) and count > 0:
        price = round(whole / count, 2)
    found: dict[str, Any] = {"product": {"id": _first_id(_object(line, "product"))}, "count": count}
    return found if price is None else {**found, "price": price}


def _person(customer: Mapping[str, Any]) -> dict[str, Any]:
    ids = {name: str(value) for name, value in _object(customer, "ids").items() if value}
    found = {"email": customer.get("email"), "phone": customer.get("mobilePhone"), "ids": ids}
    return {name: str(value) if name != "ids" else value for name, value in found.items() if value}


def _first_id(thing: Mapping[str, Any]) -> str:
    """{"ids": {"website": "123"}} → "123": which system's number it is, the site knows."""
    return str(next((value for value in _object(thing, "ids").values() if value), ""))


def _object(where: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Raises Wrong where something else stands in its place."""
    found = where.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Wrong(name, _("An object is needed."))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_zone(moment: str) -> bool:
    return moment.endswith(("Z", "z")) or "+" in moment[10:] or "-" in moment[10:]
