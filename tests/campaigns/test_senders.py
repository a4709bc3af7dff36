"""Who a message comes from: the sender of its version where the account may use it."""

from typing import Any

from django.test import SimpleTestCase

from campaigns import readiness, senders
from campaigns.models import Campaign, Content
from campaigns.rendering import compile_content, envelope_of
from channels.models import Account
from tests.campaigns.builders import LETTER


def make_mail(**fields: Any) -> Account:
    return Account(channel="email", sender_name="Альфа-Авто", sender_address="news@alfa.example", **fields)


def make_version(account: Account, **sender: str) -> Content:
    campaign = Campaign(channel=account.channel, account=account)
    return Content(campaign=campaign, subject="Тема", body=LETTER, extras={"sender": sender} if sender else {})


class SenderTests(SimpleTestCase):
    def head(self, content: Content) -> str:
        return compile_content(content, None).render(1, "a@b.example", {}).partition(b"\r\nTo:")[0].decode()

    def test_a_listed_domain_and_the_own_one_may_be_used(self) -> None:
        account = make_mail(other_senders="lada.example\nkia@kia.example")
        for address in ("club@alfa.example", "club@lada.example", "CLUB@Lada.example", "kia@kia.example"):
            content = make_version(account, name="Lada", address=address)
            self.assertEqual(senders.sender_of(content, account), ("Lada", address))
            self.assertIn(f'From: "Lada" <{address}>', self.head(content))

    def test_any_other_falls_to_the_account_s_own_and_forbids_the_launch(self) -> None:
        account = make_mail(other_senders="lada.example")
        for address in ("a@evil.example", "a@sub.lada.example", "a@notlada.example", "lada.example@evil.example", "x"):
            content = make_version(account, name="Lada", address=address)
            self.assertEqual(senders.sender_of(content, account).address, "news@alfa.example")
            self.assertEqual(len(readiness._of_sender(content)), 1, address)

    def test_an_account_that_stands_in_sends_in_its_own_name(self) -> None:
        content = make_version(make_mail(other_senders="lada.example"), name="Lada", address="a@lada.example")
        spare = Account(channel="email", sender_name="Запас", sender_address="spare@other.example")
        self.assertEqual(senders.sender_of(content, spare), ("Запас", "spare@other.example"))

    def test_a_name_alone_needs_no_list_for_letters_and_one_for_sms(self) -> None:
        mail, sms = make_mail(), Account(channel="sms", sender_name="ALFA", other_senders="LADA")
        self.assertEqual(senders.sender_of(make_version(mail, name="Лада"), mail), ("Лада", "news@alfa.example"))
        self.assertEqual(envelope_of(make_version(mail, name="Лада"), mail), "")
        self.assertEqual([envelope_of(make_version(sms, name=name), sms) for name in ("LADA", "KIA")], ["LADA", "ALFA"])

    def test_without_a_version_s_sender_nothing_changes(self) -> None:
        account = make_mail()
        self.assertIn("<news@alfa.example>", self.head(make_version(account)))
