"""The panel of the customer page: what she did on the sites last."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.models import Customer
from segments.profile import Panel
from tracking.models import SiteDevice, WebsiteEvent

LATEST = 15
VIEW = "tracking.view_websiteevent"


def events_of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Her latest events, and how many devices are known to be hers; nothing for those who may not see, or when there are none."""
    if not request.user.has_perm(VIEW):
        return {}
    people = list(Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer.pk)).values_list("pk", flat=True))
    found = WebsiteEvent.objects.filter(customer__in=people).select_related("site", "brand", "model")
    events = [{"event": event, "about": about(event)} for event in found.order_by("-happened_at", "-id")[:LATEST]]
    devices = SiteDevice.objects.filter(customer__in=people).exclude(key__startswith="person-").count()
    return {"events": events, "devices": devices} if events else {}


def about(event: WebsiteEvent) -> str:
    """What it was about, in a few words: the car, else the product, the category, the words of a search, the page."""
    car = " ".join(str(part) for part in (event.brand, event.model) if part) or str(event.details.get("model") or "")
    lines = event.details.get("cart")
    if isinstance(lines, list) and not lines:
        return _("empty")
    said = str(event.details.get("query") or "")[:80]
    product = _("product %s") % event.product if event.product else ""
    order = _("order %s") % event.details["order"] if event.details.get("order") else ""
    first = order or car or product or event.category or said or event.page
    return f"{first} · {event.vin}" if event.vin and first else first or event.vin


PANEL = Panel(
    "website_events", 55, gettext_lazy("On the website"), "tracking/panels/website_events.html", events_of_customer
)
