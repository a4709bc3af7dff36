"""A website as tests need it: its server and its browsers tell Krug events."""

import json
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tracking.models import Site
from tracking.website_events import sites

ORIGIN = "https://www.example.ru"
DEVICE = "0f3c9a5e7b1d4c2f"
_numbers = count(1)


def make_site(**fields: Any) -> Site:
    sites.forget()
    return Site.objects.create(**{"name": f"Сайт {next(_numbers)}", "origins": [ORIGIN], **fields})


def make_event(kind: str = "product_view", **fields: Any) -> dict[str, Any]:
    """One that happened a minute ago, new each time."""
    happened_at = fields.pop("at", None) or timezone.now() - timedelta(minutes=1)
    own = {"id": f"e{next(_numbers):06}", "kind": kind, "happened_at": happened_at.isoformat(), "device": DEVICE}
    return {name: value for name, value in {**own, **fields}.items() if value is not None}


class Visitor:
    """Tells as a page of the site does, or, with a `secret`, as its server."""

    def __init__(self, site: Site, *, secret: str = "", origin: str = ORIGIN) -> None:
        self.site, self.client = site, Client()
        self.headers: Mapping[str, str] = {"Authorization": f"Bearer {secret}"} if secret else {"Origin": origin}
        self.key = "" if secret else site.public_key

    def tell(self, *events: object, **batch: Any) -> HttpResponse:
        return self.say(json.dumps({"events": list(events), **batch}))

    def say(self, body: str | bytes, kind: str = "text/plain;charset=UTF-8") -> HttpResponse:
        return self.client.post(f"/events/?site={self.key}", body, content_type=kind, headers=dict(self.headers))

    def operate(self, operation: str, body: object, **query: str) -> dict[str, Any]:
        """In Mindbox's form; what was answered, with the status."""
        words = "".join(f"&{name}={value}" for name, value in {"deviceUUID": DEVICE, **query}.items())
        address = f"/events/mindbox/v3/operations/async?endpointId={self.key}&operation={operation}{words}"
        answer = self.client.post(
            address, json.dumps(body), content_type="application/json", headers=dict(self.headers)
        )
        return {"http": answer.status_code, **answer.json()}


def server_of(site: Site) -> Visitor:
    return Visitor(site, secret=sites.new_secret(site))


def refused(answer: HttpResponse) -> list[str]:
    """The fields that were wrong."""
    return [each["field"] for each in answer.json()["refused"]]
