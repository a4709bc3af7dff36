"""The table of refusals, and the words of the account's own."""

import pytest
from django.test import SimpleTestCase

from channels.providers.base import DEFERRED, REJECTED, Action
from channels.providers.smpp_errors import PASSING_BINDS, THROTTLED, VERDICTS, own_verdicts, result_of

SETTINGS = (DEFERRED, Action.STOP_ACCOUNT, False)
LATER = (DEFERRED, Action.NONE, False)
REFUSED = (REJECTED, Action.NONE, False)
REFUSED_FOR_GOOD = (REJECTED, Action.NONE, True)
DEAD = (REJECTED, Action.MARK_CONTACT, True)

TABLE = {
    0x01: REFUSED_FOR_GOOD, 0x02: SETTINGS, 0x03: SETTINGS, 0x04: SETTINGS, 0x06: SETTINGS, 0x07: SETTINGS, 0x08: LATER,
    0x0A: SETTINGS, 0x0B: DEAD, 0x14: LATER, 0x15: SETTINGS, 0x43: SETTINGS, 0x45: LATER, 0x48: SETTINGS, 0x49: SETTINGS,
    0x50: SETTINGS, 0x51: SETTINGS, 0x53: SETTINGS, 0x58: LATER, 0x61: SETTINGS, 0x62: SETTINGS, 0x64: LATER,
    0x65: REFUSED_FOR_GOOD, 0x66: REFUSED, 0xC0: SETTINGS, 0xC1: SETTINGS, 0xC2: SETTINGS, 0xC3: SETTINGS, 0xC4: SETTINGS,
    0xFE: REFUSED, 0xFF: LATER,
    0x0401: REFUSED, 0x7FFFFFFF: REFUSED,  # nobody knows them: no guess at the worst, and no trying for ever
}  # fmt: skip


@pytest.mark.parametrize(("status", "expected"), TABLE.items(), ids=[f"{status:#x}" for status in TABLE])
def test_each_code_leads_to_its_action(status: int, expected: tuple[str, Action, bool]) -> None:
    result = result_of(status, {})
    assert (result.kind, result.action, result.permanent) == expected
    assert result.code == f"0x{status:02X}"
    assert result.reply.startswith(result.code)


class TableTest(SimpleTestCase):
    def test_no_code_is_forgotten_here(self) -> None:
        self.assertLessEqual(set(VERDICTS), set(TABLE))

    def test_too_fast_is_never_a_fault(self) -> None:
        for status in THROTTLED:
            self.assertEqual(result_of(status, {}).kind, DEFERRED)
        self.assertLess(THROTTLED, PASSING_BINDS)

    def test_the_accounts_own_words_go_first(self) -> None:
        table = own_verdicts(["0x0401 opt_out", "", " 1026   next_channel ", "0x0B later"])
        self.assertEqual(result_of(0x401, table).action, Action.OPT_OUT)
        self.assertEqual(result_of(1026, table).action, Action.NEXT_CHANNEL)
        self.assertEqual(result_of(0x0B, table).kind, DEFERRED)

    def test_a_line_that_is_none_is_named(self) -> None:
        for line in ("0x0401", "x opt_out", "0x0401 opt-out", "opt_out 0x0401"):
            with self.assertRaisesMessage(ValueError, line):
                own_verdicts(["0x02 later", line])
