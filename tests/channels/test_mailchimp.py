"""Mailchimp: partial refusals inside 200, nobody subscribed anew, off the list is archived."""

from channels.audiences.base import ServiceError
from tests.channels.list_services import ServiceCase, emails


class Mailchimp(ServiceCase):
    service, folder = "mailchimp", "mailchimp"
    secrets = {"key": "good-token-us21"}

    def test_five_hundred_a_call(self) -> None:
        self.assertEqual(self.connected().add("list1", "email", emails(1001)), {})
        self.assertEqual(self.rows("list1"), set(emails(1001)))
        self.assertEqual(len(self.calls("POST /mailchimp/lists/list1")), 3)

    def test_refusals_inside_a_success_are_told_one_by_one(self) -> None:
        refused = self.connected().add("list1", "email", ["bad.one@example.test", *emails(2)])
        self.assertEqual(refused, {"bad.one@example.test": "Please provide a valid email"})
        self.assertEqual(self.rows("list1"), set(emails(2)))

    def test_who_left_is_never_subscribed_anew(self) -> None:
        self.left("Person1@example.test")
        service = self.connected()
        self.assertEqual(service.opt_outs("list1"), ["person1@example.test"])
        self.assertEqual(list(service.add("list1", "email", emails(3))), ["person1@example.test"])
        self.assertNotIn("resubscribed", self.state()["notes"])

    def test_all_pages_of_those_who_left(self) -> None:
        self.left(*emails(1001))
        self.assertEqual(len(set(self.connected().opt_outs("list1"))), 1001)

    def test_off_the_list_twice(self) -> None:
        service = self.connected()
        service.add("list1", "email", emails(2))
        for _twice in range(2):
            service.remove("list1", "email", emails(1))
        self.assertEqual(self.rows("list1"), {"person1@example.test"})
        self.assertIn("1", service.told("list1"))

    def test_the_data_centre_is_in_the_key(self) -> None:
        self.assertEqual(self.connected(url="").base_url(), "https://us21.api.mailchimp.com/3.0")

    def test_a_bad_key_and_a_bad_answer(self) -> None:
        self.connected().check()
        with self.assertRaises(ServiceError) as refused:
            self.connected({"key": "stolen-us21"}).check()
        self.assertTrue(refused.exception.permanent)
        for status, body, permanent in (
            (429, "", False),
            (502, "<html>", False),
            (400, "{}", True),
            (200, "[]", False),
        ):
            self.plan(status, body)
            with self.assertRaises(ServiceError, msg=body) as refused:
                self.connected().opt_outs("list1")
            self.assertEqual(refused.exception.permanent, permanent, status)
