"""The table of codes in an account's options."""

from typing import ClassVar

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import DEFERRED, REJECTED, Action
from channels.providers.code_table import LATER, WORDS, CodeTable, codes_option, refusal
from channels.providers.http_provider import WIRE_OPTIONS

DEFAULT = {"GONE": "mark_contact"}


class Pigeon(CodeTable):
    codes = DEFAULT
    options: ClassVar[dict[str, object]] = {
        "url": "https://pigeon.example",
        "codes": codes_option(DEFAULT),
        **WIRE_OPTIONS,
    }
    check = None  # type: ignore[assignment]


class CodeTableTest(SimpleTestCase):
    def test_a_word_becomes_a_result(self) -> None:
        for word in WORDS:
            result = refusal(word, code="X", reply="why")
            is_put_off = word in (LATER, "stop_account")
            self.assertEqual(result.kind, DEFERRED if is_put_off else REJECTED)
            self.assertEqual(result.permanent, not is_put_off)
            self.assertEqual(result.action, Action.NONE if word == LATER else Action(word))
            self.assertEqual((result.code, result.reply), ("X", "why"))

    def test_the_accounts_table_stands_in_for_the_providers(self) -> None:
        self.assertEqual(Pigeon(Account()).wanted("GONE"), "mark_contact")
        own = Pigeon(Account(options={"codes": {"GONE": "opt_out"}}))
        self.assertEqual((own.wanted("GONE"), own.wanted("OTHER")), ("opt_out", None))
        self.assertEqual(Pigeon(Account(options={"codes": "odd"})).wanted("GONE"), "mark_contact")

    def test_a_word_that_we_do_not_know_is_told_to_the_form(self) -> None:
        for wrong in ({"X": "explode"}, {"X": []}, ["X"], "X"):
            self.assertEqual(set(Pigeon.faults({"codes": wrong})), {"codes"})
        self.assertEqual(Pigeon.faults({"codes": {"X": "later", "Y": ""}}), {})
        self.assertEqual(Pigeon.faults({}), {})
