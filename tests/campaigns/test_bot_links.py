"""The placeholders of links that start a bot."""

from django.test import TestCase

from campaigns import bot_links, links, slots, trying
from campaigns.models import Run
from channels.sealing import seal
from tests.campaigns.builders import LETTER, make_account, make_campaign
from tests.campaigns.talks import BOT, make_bot

ROWS = [slots.Row(7, 1), slots.Row(8, 2)]


class BotLinksTests(TestCase):
    def resolved(self, name: str) -> dict[int, str]:
        slot = slots.find(name)
        assert slot
        assert slot.resolve
        self.assertTrue(slot.is_link)
        return slot.resolve(Run(), ROWS)

    def test_each_message_has_a_link_of_its_own(self) -> None:
        make_bot(options={"bot": "@krug_bot"})
        told = self.resolved("ссылка_telegram")
        self.assertEqual(told[7], f"https://t.me/krug_bot?start={links.start_token(7)}")
        self.assertEqual([links.read_start(link.partition("=")[2]) for link in told.values()], [7, 8])
        make_account(channel="max", provider="max_bot", name="MAX", secret=seal(BOT), options={"bot": "id77_bot"})
        self.assertTrue(self.resolved("ссылка_max")[8].startswith("https://max.ru/id77_bot?start="))

    def test_without_a_bot_that_is_named_and_in_use_there_is_no_link(self) -> None:
        make_bot(options={"bot": ""})
        make_bot(is_active=False)
        self.assertEqual(self.resolved("ссылка_telegram"), {})
        self.assertIsNone(bot_links.bot_of("max"))

    def test_the_default_account_comes_first(self) -> None:
        make_bot(options={"bot": "first"})
        make_bot(options={"bot": "usual"}, is_default=True)
        self.assertIn("/usual?", self.resolved("ссылка_telegram")[7])

    def test_it_stands_in_a_letter_and_in_an_sms(self) -> None:
        make_bot(options={"bot": "krug_bot"})
        link = f"https://t.me/krug_bot?start={links.start_token(0)}"
        letter = LETTER.replace(
            "https://dealer.example/service?utm_source=crm&amp;utm_medium=email", "{{ ссылка_telegram }}"
        )
        campaign = make_campaign(content={"body": letter})
        self.assertIn(f'href="{link}"', trying.show(campaign.contents.get(), None).html)
        account = make_account(channel="sms", provider="smsc", name="СМС")
        sms = make_campaign(account=account, channel="sms", content={"body": "Мы в Telegram: {{ ссылка_telegram }}"})
        self.assertIn(link, trying.show(sms.contents.get(), None).text)
