"""What tests of list services share: the fake in its own process, and an account over there."""

import json
import urllib.request
from typing import Any
from unittest import TestCase

from channels.audiences import service_class
from channels.audiences.base import ListService
from tests.peers.process import peer


def phones(count: int, start: int = 0) -> list[str]:
    return [f"+7999{number:07}" for number in range(start, start + count)]


def emails(count: int, start: int = 0) -> list[str]:
    return [f"person{number}@example.test" for number in range(start, start + count)]


class ServiceCase(TestCase):
    """`service` is a name of the registry, `folder` its place at the fake, `secrets` those that the fake knows."""

    service = folder = ""
    secrets: dict[str, str] = {"token": "good-token"}

    def setUp(self) -> None:
        self.fake = f"http://127.0.0.1:{self.enterContext(peer('http_provider', 'list_services', '-'))}"
        self.url = f"{self.fake}/{self.folder}"

    def connected(self, secrets: dict[str, str] | None = None, **options: Any) -> ListService:
        made = service_class(self.service)({"url": self.url, "timeout": 10, **options}, secrets or self.secrets)
        self.addCleanup(made.__exit__)
        return made

    def rows(self, name: str) -> set[str]:
        return set(self.state()["lists"].get(self.folder, {}).get(name, ()))

    def calls(self, part: str) -> list[str]:
        return [call for call in self.state()["calls"] if part in call]

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.fake}/state") as answer:
            return json.load(answer)

    def plan(self, status: int, body: str = "", times: int = 1) -> None:
        self._tell("plan", {"status": status, "body": body, "times": times})

    def left(self, *addresses: str) -> None:
        self._tell("left", {"emails": addresses})

    def _tell(self, verb: str, told: dict[str, Any]) -> None:
        body = json.dumps({"service": self.folder, **told}).encode()
        urllib.request.urlopen(f"{self.fake}/{verb}", body).close()
