"""Tokens of devices and of persons: what is ours, what a site's backend signs, and what is neither."""

import time
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase, override_settings

from channels.models import Account
from channels.push_tokens import device_token, person_key, person_token, read_device, read_person

DOCS = Path(__file__).resolve().parents[2] / "docs"
SOON = int(time.time()) + 86400  # later than the end of the longest run


class DeviceTokenTest(SimpleTestCase):
    def test_it_names_its_device(self) -> None:
        self.assertEqual(read_device(device_token("a-b_C1")), "a-b_C1")

    def test_what_is_not_ours(self) -> None:
        good = device_token("key")
        for token in (
            "",
            "d.",
            "d.key",
            good[:-1],
            good + "A",
            good.replace("key", "kez"),
            "p" + good[1:],
            "d.ключ.AA",
        ):
            with self.subTest(token):
                self.assertIsNone(read_device(token))

    def test_another_secret_made_another_token(self) -> None:
        token = device_token("key")
        with override_settings(SECRET_KEY="another"):
            self.assertIsNone(read_device(token))


class PersonTokenTest(SimpleTestCase):
    account = Account(hook="a-hook-of-the-account")

    def test_phones_and_mails(self) -> None:
        for address, known in (("+79119876543", "+79119876543"), (" Anna@Mail.ru ", "anna@mail.ru")):
            self.assertEqual(read_person(self.account, person_token(self.account, address, SOON)), known)

    def test_neither_phone_nor_mail(self) -> None:
        for address in ("", "89119876543", "+7911987", "anna", "a@b@c", "a b@c.ru", "+7" + "9" * 20, "\x00@a.ru\n"):
            with self.subTest(address):
                self.assertIsNone(read_person(self.account, person_token(self.account, address, SOON)))

    def test_over_or_for_ever(self) -> None:
        token = person_token(self.account, "a@b.ru", SOON)
        with mock.patch("channels.push_tokens.time.time", return_value=SOON + 1):
            self.assertIsNone(read_person(self.account, token))
        for until in (SOON * 10, 0, 10**30):
            self.assertIsNone(read_person(self.account, person_token(self.account, "a@b.ru", until)))

    def test_another_account_or_a_new_key(self) -> None:
        token = person_token(self.account, "a@b.ru", SOON)
        self.assertIsNone(read_person(Account(hook="another"), token))

    def test_what_was_never_signed(self) -> None:
        good = person_token(self.account, "a@b.ru", SOON)
        letter, until, address, mac = good.split(".")
        for token in (
            "", "p", "p...", good[:-2], f"{letter}.{int(until) + 1}.{address}.{mac}", f"{letter}.{until}.YUBjLnJ1.{mac}",
            f"{letter}.{until}.{address}.ы", f"{letter}.{until}.ы.{mac}", device_token("key"),
        ):  # fmt: skip
            with self.subTest(token):
                self.assertIsNone(read_person(self.account, token))

    def test_the_lines_of_the_documentation_make_a_good_one(self) -> None:
        for page in ("channels.md", "channels.ru.md"):
            code = (DOCS / page).read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
            names: dict = {}
            exec(code, names)
            token = names["krug_person"]("+79119876543", person_key(self.account))
            self.assertEqual(read_person(self.account, token), "+79119876543")
