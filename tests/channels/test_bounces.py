"""What letters in the bounce mailbox report."""

from datetime import UTC, datetime, timedelta
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.bounces import read
from channels.providers.base import Report
from tests.channels.bounce_letters import ARF, EXCHANGE, EXIM, MESSAGE_ID, POSTFIX, TOKEN, VACATION, YANDEX, mail_ru

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ALL = (POSTFIX, EXCHANGE, YANDEX, EXIM, ARF, mail_ru("cp1251"), mail_ru("koi8-r"), VACATION)


def only(letter: bytes) -> Report:
    (report,) = read(letter, received_at=NOW)
    return report


class DeliveryTest(TestCase):
    def test_each_server_says_which_letter_and_why(self) -> None:
        expected = [
            (POSTFIX, MESSAGE_ID, "bounced", "5.1.1"),
            (EXCHANGE, MESSAGE_ID, "bounced", "5.1.10"),
            (YANDEX, f"<{TOKEN}@mail.krug.test>", "failed", "5.7.1"),
            (mail_ru("cp1251"), MESSAGE_ID, "failed", "5.2.2"),
            (mail_ru("koi8-r"), MESSAGE_ID, "failed", "5.2.2"),
            (mail_ru("utf-8"), MESSAGE_ID, "failed", "5.2.2"),
            (EXIM, MESSAGE_ID, "bounced", "5.1.1"),
        ]
        for letter, key, status, reason in expected:
            report = only(letter)
            self.assertEqual((report.provider_key, report.status, report.reason), (key, status, reason), letter[:300])

    def test_what_the_server_said_is_read_in_its_own_charset(self) -> None:
        for charset in ("cp1251", "koi8-r", "utf-8"):
            said = only(mail_ru(charset)).raw["diagnostic"]
            self.assertEqual(said, "smtp; 550 5.2.2 Почтовый ящик переполнен", charset)
        self.assertIn("Recipient address rejected: User", only(POSTFIX).raw["diagnostic"])

    def test_only_an_address_that_is_said_to_be_dead_has_bounced(self) -> None:
        for status, kind in (
            ("5.1.2", "bounced"), ("5.2.1", "bounced"), ("5.2.2", "failed"), ("5.0.0", "failed"), ("5.7.26", "failed"),
            ("4.4.1", "expired"), ("4.4.7", "expired"), ("5.4.7", "expired"), ("", "failed"), ("user unknown", "failed"),
        ):  # fmt: skip
            letter = POSTFIX.replace(b"Status: 5.1.1", b"Status: " + status.encode()).replace(
                b"smtp; 550 5.1.1", b"smtp; 550"
            )
            self.assertEqual(only(letter).status, kind, status)

    def test_other_actions(self) -> None:
        for action, status in (("delayed", "deferred"), ("Delivered", "delivered"), ("relayed", "sent")):
            self.assertEqual(only(POSTFIX.replace(b"Action: failed", b"Action: " + action.encode())).status, status)
        self.assertEqual(read(POSTFIX.replace(b"Action: failed", b"Action: eaten"), received_at=NOW), [])

    def test_two_recipients_of_one_letter(self) -> None:
        second = b"Final-Recipient: rfc822; b@x.test\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n--0A1B"
        letter = POSTFIX.replace(
            b"--0A1B2C.1700000000/mx.krug.test\r\nContent-Description: Und",
            second + b"2C.1700000000/mx.krug.test\r\nContent-Description: Und",
        )
        self.assertEqual([report.status for report in read(letter, received_at=NOW)], ["bounced", "delivered"])


class ComplaintTest(TestCase):
    def test_a_complaint_and_an_opt_out(self) -> None:
        report = only(ARF)
        self.assertEqual((report.provider_key, report.status, report.reason), (MESSAGE_ID, "complained", "abuse"))
        self.assertEqual(only(ARF.replace(b"Type: abuse", b"Type: opt-out")).status, "unsubscribed")

    def test_what_takes_a_complaint_back_is_none(self) -> None:
        for kind in (b"not-spam", b"virus", b"auth-failure", b""):
            self.assertEqual(read(ARF.replace(b"Type: abuse", b"Type: " + kind), received_at=NOW), [], kind)


class KeyTest(TestCase):
    def test_the_address_it_was_sent_to_is_believed_before_the_headers(self) -> None:
        letter = POSTFIX.replace(b"To: news@krug.test", f"To: Bounces <bounce+{TOKEN}@mail.krug.test>".encode())
        other = letter.replace(b"Message-ID: <krug.7.", b"Message-ID: <krug.8.")
        self.assertEqual(only(letter).provider_key, MESSAGE_ID)
        self.assertEqual(only(other).provider_key, f"<{TOKEN}@mail.krug.test>")

    def test_a_report_about_nothing_that_can_be_named_is_none(self) -> None:
        letter = POSTFIX.replace(b"Message-ID: " + MESSAGE_ID.encode() + b"\r\n", b"")
        self.assertEqual(read(letter, received_at=NOW), [])

    def test_ordinary_letters_report_nothing(self) -> None:
        for letter in (VACATION, b"", b"\r\n\r\n", b"Subject: hi\r\n\r\n" + POSTFIX, b"\xff\xfe\x00"):
            self.assertEqual(read(letter, received_at=NOW), [])


class BadInputTest(TestCase):
    def test_a_date_is_believed_within_a_week(self) -> None:
        self.assertEqual(only(POSTFIX).happened_at, datetime(2026, 11, 22, 7, 15, 3, tzinfo=UTC))
        for date in (
            b"Sat, 22 Nov 2036 10:15:03 +0300",
            b"1 Jan 1970 00:00 +0000",
            b"soon",
            b"",
            b"32 Foo 2026 99:99:99",
        ):
            letter = POSTFIX.replace(
                b"Date: Sun, 22 Nov 2026 10:15:03 +0300 (MSK)\r\nFrom", b"Date: " + date + b"\r\nFrom"
            )
            self.assertEqual(only(letter).happened_at, NOW, date)
        zoneless = POSTFIX.replace(b"10:15:03 +0300 (MSK)\r\nFrom", b"07:15:03 -0000\r\nFrom")
        self.assertEqual(only(zoneless).happened_at, NOW - timedelta(minutes=44, seconds=57))

    def test_parts_and_comments_within_each_other_without_end(self) -> None:
        nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
        self.assertEqual(read(nested, received_at=NOW), [])
        comments = POSTFIX.replace(b"To: news@krug.test", b"To: " + b"(" * 5000)
        self.assertNotEqual(comments, POSTFIX)
        self.assertEqual(read(comments, received_at=NOW), [])

    def test_charsets_that_are_none(self) -> None:
        for charset in (b'charset="a\0b"', b"charset=undefined", b"charset=idna", b"charset*0*=x''y;charset*1=z"):
            part = b"Content-Type: text/rfc822-headers; " + charset + b"\r\n\r\nX: \xff\r\n"
            for letter in (
                mail_ru("koi8-r").replace(b'charset="koi8-r"', charset).replace(b"charset=koi8-r", charset),
                POSTFIX.replace(b"Content-Type: message/rfc822\r\n", part),
            ):
                self.assertIn(charset, letter)
                self.assertLessEqual(len(read(letter, received_at=NOW)), 1)

    @settings(max_examples=150, deadline=None)
    @given(
        letter=st.sampled_from(ALL), cuts=st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=6)), max_size=8)
    )
    def test_damage_raises_nothing(self, letter: bytes, cuts: list[tuple[int, bytes]]) -> None:
        for place, junk in cuts:
            letter = letter[:place] + junk + letter[place + len(junk) + 1 :]
        for report in read(letter, received_at=NOW):
            self.assertTrue(report.provider_key)
            self.assertTrue(NOW - timedelta(days=7) <= report.happened_at <= NOW)
