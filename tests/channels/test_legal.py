"""The legal gate by dates, and the decisions of an installation."""

from datetime import date, timedelta

from django.conf import settings
from django.test import SimpleTestCase, override_settings

from channels.legal import ADVERTISING, BARS, SERVICE, faults, hindrance
from channels.models import Channel
from crmsite.checks import legal_gate

BLOCKED = date(2026, 2, 11)
FAS = date(2026, 3, 6)
DAY = timedelta(1)
NONE: dict[str, dict[str, bool]] = {}


class DatesTest(SimpleTestCase):
    def test_advertising_over_whatsapp_ends_with_its_domain(self) -> None:
        self.assertEqual(hindrance("whatsapp", ADVERTISING, BLOCKED - DAY, NONE), "")
        for day in (BLOCKED, BLOCKED + DAY, date(2030, 1, 1)):
            sentence = hindrance("whatsapp", ADVERTISING, day, NONE)
            self.assertIn("WhatsApp", sentence)
            self.assertIn("38-ФЗ", sentence)
            self.assertIn("500 000 ₽", sentence)

    def test_advertising_over_telegram_ends_with_the_word_of_the_antimonopoly_service(self) -> None:
        self.assertEqual(hindrance("telegram", ADVERTISING, FAS - DAY, NONE), "")
        self.assertIn("ФАС", hindrance("telegram", ADVERTISING, FAS, NONE))

    def test_vk_notify_takes_no_advertising_at_any_time(self) -> None:
        for day in (date(2020, 1, 1), date(2030, 1, 1)):
            self.assertIn("VK", hindrance("vk", ADVERTISING, day, NONE))

    def test_service_messages_go_everywhere(self) -> None:
        for channel in Channel.values:
            self.assertEqual(hindrance(channel, SERVICE, date(2030, 1, 1), NONE), "", channel)

    def test_the_other_channels_carry_advertising(self) -> None:
        barred = {bar.channel for bar in BARS}
        self.assertEqual(barred, {"whatsapp", "telegram", "vk"})
        for channel in set(Channel.values) - barred:
            self.assertEqual(hindrance(channel, ADVERTISING, date(2030, 1, 1), NONE), "", channel)


class DecisionsTest(SimpleTestCase):
    def test_nothing_is_opened_until_somebody_decides(self) -> None:
        self.assertEqual(settings.LEGAL_GATE, {})
        self.assertTrue(hindrance("telegram", ADVERTISING, FAS))

    def test_a_decision_opens_one_purpose_of_one_channel(self) -> None:
        with override_settings(LEGAL_GATE={"telegram": {"advertising": True}}):
            self.assertEqual(hindrance("telegram", ADVERTISING, FAS), "")
            self.assertTrue(hindrance("whatsapp", ADVERTISING, FAS))

    def test_a_decision_bars_what_is_open_and_the_sentence_says_who_did(self) -> None:
        with override_settings(LEGAL_GATE={"whatsapp": {"service": False}}):
            self.assertIn("LEGAL_GATE", hindrance("whatsapp", SERVICE, BLOCKED))
            self.assertEqual(hindrance("sms", SERVICE, BLOCKED), "")

    def test_a_misspelt_decision_fails_the_checks_of_the_installation(self) -> None:
        good = {"telegram": {"advertising": True}, "whatsapp": {"service": False}}
        self.assertEqual(faults(good), [])
        for bad in (
            [],
            {"telegramm": {"advertising": True}},
            {"telegram": {"ads": True}},
            {"telegram": True},
            {"telegram": {"advertising": "no"}},
        ):
            with self.subTest(bad), override_settings(LEGAL_GATE=bad):
                self.assertEqual(len(faults(bad)), 1)
                self.assertEqual([error.id for error in legal_gate(None)], ["krug.E004"])
        with override_settings(LEGAL_GATE=good):
            self.assertEqual(legal_gate(None), [])
