"""Unisender: errors inside 200, rows refused in a log, the key in the body."""

from channels.audiences.base import ServiceError
from tests.channels.list_services import ServiceCase, emails


class Unisender(ServiceCase):
    service, folder = "unisender_lists", "unisender"
    secrets = {"key": "good-token"}

    def test_five_hundred_a_call_and_no_key_in_an_address(self) -> None:
        self.assertEqual(self.connected().add("7", "email", emails(1001)), {})
        self.assertEqual(self.rows("7"), set(emails(1001)))
        self.assertEqual(len(self.calls("importContacts")), 3)
        self.assertEqual(self.calls("good-token"), [])

    def test_rows_that_were_refused(self) -> None:
        refused = self.connected().add("7", "email", [*emails(1), "bad.one@example.test"])
        self.assertEqual(refused, {"bad.one@example.test": "Неверный адрес: bad.one@example.test"})

    def test_who_left_is_never_put_there(self) -> None:
        self.left(*emails(1001))
        service = self.connected()
        self.assertEqual(set(service.opt_outs("7")), set(emails(1001)))
        self.assertEqual(set(service.add("7", "email", emails(2))), set(emails(2)))
        self.assertEqual(self.calls("importContacts"), [])

    def test_off_the_list_twice(self) -> None:
        service = self.connected()
        service.add("7", "email", emails(2))
        for _twice in range(2):
            service.remove("7", "email", emails(1))
        self.assertEqual(self.rows("7"), set(emails(1, 1)))

    def test_errors_come_with_200(self) -> None:
        self.assertIn("1", self.connected().check())
        with self.assertRaises(ServiceError) as refused:
            self.connected({"key": "stolen"}).check()
        self.assertTrue(refused.exception.permanent)
        for code, permanent in (("retry_later", False), ("invalid_arg", True)):
            self.plan(200, f'{{"error": "нет", "code": "{code}"}}')
            with self.assertRaises(ServiceError) as refused:
                self.connected().check()
            self.assertEqual(refused.exception.permanent, permanent)
