"""VK Реклама against a fake that keeps its limits: 2,000 rows to begin with, 25 for a change, and only hashes."""

import urllib.request

from django.core.cache import cache

from channels.audiences.base import ServiceError
from channels.audiences.hashing import Hashing
from tests.channels.list_services import ServiceCase, emails, phones


def hashes(kind: str, values: list[str]) -> set[str]:
    return {Hashing().of(kind, value) for value in values}


class Vk(ServiceCase):
    service, folder = "vk_ads", "vk"
    secrets = {"client_id": "1", "client_secret": "good-token"}

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(cache.clear)

    def test_a_new_list_has_a_segment_and_only_hashes_leave(self) -> None:
        service = self.connected()
        self.assertEqual(service.held_back("Покупатели", "phone", 2000), "")
        service.add("Покупатели", "phone", phones(2000))
        self.assertEqual(self.rows("Покупатели"), hashes("phone", phones(2000)))
        (segment,) = self.state()["notes"]["vk_segments"]
        self.assertEqual((segment["name"], segment["pass_condition"]), ("Покупатели", 1))
        self.assertEqual(segment["relations"][0]["object_type"], "remarketing_users_list")
        self.assertIn("1\xa0000", service.told("Покупатели"))

    def test_additions_wait_for_their_least_and_withdrawals_do_not(self) -> None:
        service = self.connected()
        service.add("Письма", "email", emails(2000))
        self.assertIn("25", service.held_back("Письма", "email", 24))
        self.assertEqual(service.held_back("Письма", "email", 25), "")
        service.add("Письма", "email", emails(25, 2000))
        service.remove("Письма", "email", emails(1))
        self.assertEqual(self.rows("Письма"), hashes("email", emails(2024, 1)))
        self.assertEqual(len(self.state()["notes"]["vk_segments"]), 1)

    def test_too_few_to_begin_with(self) -> None:
        with self.assertRaises(ServiceError) as refused:
            self.connected().held_back("Новый", "phone", 1999)
        self.assertTrue(refused.exception.permanent)
        self.connected().remove("Новый", "phone", phones(1))
        self.assertEqual(self.connected().told("Новый"), "")

    def test_a_list_is_found_past_the_first_page(self) -> None:
        service = self.connected(minimum=1)
        for number in range(51):
            service.add(f"Список {number}", "phone", phones(2000)) if number in (0, 50) else self.spare(service, number)
        self.assertEqual(service.held_back("Список 50", "phone", 25), "")

    def spare(self, service: object, number: int) -> None:
        service._change("Список 0", "phone", 1001, service.pack("phone", phones(25, number)))  # type: ignore[attr-defined]

    def test_one_token_serves_many_and_a_refused_one_is_forgotten(self) -> None:
        for _twice in range(2):
            with self.connected() as service:
                service.check()
        self.assertEqual(len(self.calls("token.json")), 1)
        urllib.request.urlopen(f"{self.url}/revoke", b"").close()
        with self.assertRaises(ServiceError), self.connected() as service:
            service.check()
        with self.connected() as service:
            self.assertIn("0", service.check())
        self.assertEqual(len(self.calls("token.json")), 2)

    def test_bad_keys(self) -> None:
        with self.assertRaises(ServiceError) as refused:
            self.connected({"client_id": "1", "client_secret": "stolen"}).check()
        self.assertTrue(refused.exception.permanent)
        self.assertNotIn("stolen", str(refused.exception))
