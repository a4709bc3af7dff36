"""What tests of call-tracking providers share: the fake in its own process, and an account over there."""

import json
import urllib.request
from typing import Any, ClassVar
from unittest import TestCase

from channels.sealing import seal, seal_named
from tests.peers.process import peer
from tracking.models import CallTrackingAccount
from tracking.telephony import provider_class
from tracking.telephony.accounts import give_prefix

TOKEN = "good-token"


def told_call(number: object = 1, *, at: str = "2025-05-03 14:05:00", **cells: Any) -> dict[str, Any]:
    """A call in the words of CoMagic's report."""
    return {
        "id": number,
        "start_time": at,
        "direction": "in",
        "source": "call_tracking",
        "is_lost": False,
        "contact_phone_number": "79211234567",
        "virtual_phone_number": "78120006666",
        "communication_id": f"9{number}",
        "talk_duration": 60,
        **cells,
    }


def make_call_account(provider: str = "comagic", **fields: Any) -> CallTrackingAccount:
    """One whose keys the fakes know; `url` is an option."""
    options = {name: fields.pop(name) for name in list(fields) if name in provider_class(provider).options}
    names = list(provider_class(provider).secrets)
    secret = seal(TOKEN) if len(names) == 1 else seal_named(dict.fromkeys(names, TOKEN))
    account = CallTrackingAccount.objects.create(
        name=fields.pop("name", f"Звонки {CallTrackingAccount.objects.count()}"),
        provider=provider,
        options=options,
        secret=fields.pop("secret", secret),
        **{"since": "2025-05-01", **fields},
    )
    give_prefix(account)
    return account


class FakeCase(TestCase):
    """`folder`: the place of the provider at the fake, which all tests of a case share; it forgets what another one did."""

    fake: ClassVar[str]
    url: ClassVar[str]

    folder = "comagic"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.fake = f"http://127.0.0.1:{cls.enterClassContext(peer('http_provider', 'call_tracking', '-'))}"
        cls.url = f"{cls.fake}/{cls.folder}"

    def setUp(self) -> None:
        super().setUp()
        self._tell("reset", {})

    def world(self, **world: Any) -> None:
        self._tell("world", world)

    def plan(self, status: int, body: str = "", times: int = 1) -> None:
        self._tell("plan", {"service": self.folder, "status": status, "body": body, "times": times})

    def asked(self) -> list[dict[str, str]]:
        with urllib.request.urlopen(f"{self.fake}/state") as answer:
            return json.load(answer)["asked"]

    def _tell(self, verb: str, told: dict[str, Any]) -> None:
        urllib.request.urlopen(f"{self.fake}/{verb}", json.dumps(told).encode()).close()
