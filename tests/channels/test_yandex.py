"""Яндекс Аудитории against a fake that reads each file: only hashes, a hundred to begin with, sets of people."""

from unittest.mock import patch

from channels.audiences.base import ServiceError
from channels.audiences.hashing import Hashing
from channels.audiences.yandex import Change
from tests.channels.list_services import ServiceCase, emails, phones


def hashes(kind: str, values: list[str]) -> set[str]:
    return {Hashing().of(kind, value) for value in values}


class Yandex(ServiceCase):
    service, folder = "yandex_audience", "yandex"

    def test_a_new_name_makes_a_segment_and_only_hashes_leave(self) -> None:
        service = self.connected()
        self.assertEqual(service.held_back("Покупатели", "phone", 150), "")
        self.assertEqual(service.add("Покупатели", "phone", phones(150)), {})
        self.assertEqual(self.rows("Покупатели"), hashes("phone", phones(150)))
        self.assertEqual(service.pack("phone", ["+79995551111"]).decode().splitlines()[0], "phone")
        self.assertNotIn("9995551111", service.pack("phone", ["+79995551111"]).decode())

    def test_later_files_add_and_subtract_however_few(self) -> None:
        service = self.connected()
        service.add("Письма", "email", emails(120))
        for _twice in range(2):
            service.add("Письма", "email", emails(3, 120))
            service.remove("Письма", "email", emails(1))
        self.assertEqual(self.rows("Письма"), hashes("email", emails(122, 1)))
        self.assertEqual(len(self.calls("upload_csv_file")), 1)

    def test_a_segment_is_known_by_its_number_too(self) -> None:
        service = self.connected()
        service.add("Покупатели", "phone", phones(100))
        number = service.told("Покупатели").split()[1].rstrip(":")
        service.add(number, "phone", phones(1, 100))
        self.assertEqual(len(self.rows("Покупатели")), 101)
        service.change(int(number), service.pack("phone", phones(5)), Change.REPLACE)
        self.assertEqual(self.rows("Покупатели"), hashes("phone", phones(5)))

    def test_too_few_to_begin_with(self) -> None:
        service = self.connected()
        with self.assertRaises(ServiceError) as refused:
            service.held_back("Новый", "phone", 99)
        self.assertTrue(refused.exception.permanent)
        self.assertIn("99", str(refused.exception))
        self.assertIn("100", str(refused.exception))
        self.assertEqual(self.calls("upload"), [])

    def test_what_is_not_there_needs_no_removal(self) -> None:
        self.connected().remove("Никогда не было", "phone", phones(1))
        self.assertEqual(self.calls("modify_data"), [])
        self.assertEqual(self.connected().told("Никогда не было"), "")

    def test_an_upload_that_was_not_confirmed_is_made_anew(self) -> None:
        service = self.connected()
        with (
            patch.object(service.api, "send_json", side_effect=ServiceError("связь прервалась")),
            self.assertRaises(ServiceError),
        ):
            service.add("Покупатели", "phone", phones(100))
        service.add("Покупатели", "phone", phones(100))
        self.assertEqual(len(self.rows("Покупатели")), 100)

    def test_it_says_how_many_were_matched(self) -> None:
        service = self.connected()
        service.add("Покупатели", "phone", phones(100))
        self.assertRegex(service.told("Покупатели"), r"\d+: .+50 .+100")

    def test_a_bad_token_and_a_bad_day(self) -> None:
        with self.assertRaises(ServiceError) as refused:
            self.connected({"token": "stolen-token"}).check()
        self.assertTrue(refused.exception.permanent)
        self.assertIn("Invalid oauth_token", str(refused.exception))
        with self.assertRaises(ServiceError) as refused:
            self.connected({"token": ""}).check()
        self.assertTrue(refused.exception.permanent)
        self.plan(503)
        with self.assertRaises(ServiceError) as passing:
            self.connected().check()
        self.assertFalse(passing.exception.permanent)
        self.assertIn("0", self.connected().check())
