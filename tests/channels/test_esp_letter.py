"""A letter taken into parts for e-mail services."""

from email.header import Header

from django.test import SimpleTestCase

from channels.providers.esp_letter import parts_of, recipient
from tests.channels.esp_letters import MESSAGE_ID, letter

LONG = "Очень длинная тема письма, которая не помещается в одну строку заголовка и потому переносится"


class PartsTest(SimpleTestCase):
    def test_names_and_subjects_are_read_however_they_are_folded(self) -> None:
        words = Header(LONG, "utf-8").encode(linesep="\r\n").encode()  # EmailMessage folds away blanks
        self.assertIn(b"?=\r\n =?", words)
        parts = parts_of(b"From: %b <a@krug.example>\r\nSubject: %b\r\n\r\nx" % (words, words))
        self.assertEqual((parts.subject, parts.sender_name, parts.sender), (LONG, LONG, "a@krug.example"))

    def test_headers_without_a_field_of_their_own_stay_as_they_stand(self) -> None:
        parts = parts_of(letter("x", X_Krug="y" * 60 + " " + "z" * 60))
        self.assertEqual(
            parts.headers,
            {
                "Message-ID": MESSAGE_ID,
                "List-Unsubscribe": "<https://krug.example/u/tok>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Feedback-ID": "1:2:email:krug",
                "X-Krug": "y" * 60 + " " + "z" * 60,
            },
        )
        self.assertEqual(parts.message_id, MESSAGE_ID)

    def test_texts_have_plain_line_ends(self) -> None:
        parts = parts_of(letter("Раз\nДва", "<p>Раз</p>\n<p>Два</p>"))
        self.assertEqual((parts.text, parts.html, parts.amp), ("Раз\nДва", "<p>Раз</p>\n<p>Два</p>", ""))

    def test_the_part_for_amp_is_found_beside_the_others(self) -> None:
        raw = letter("x").replace(b"text/html", b"text/x-amp-html")
        self.assertEqual((parts_of(raw).html, parts_of(raw).amp), ("", "<p>x</p>"))

    def test_other_charsets_are_read_and_unknown_ones_refused(self) -> None:
        raw = b"From: a@b.ru\r\nContent-Type: text/plain; charset=%b\r\n\r\n" + "Привет".encode("cp1251")
        self.assertEqual(parts_of(raw.replace(b"%b", b"windows-1251")).text, "Привет")
        for charset in (b"klingon", b"utf-8"):
            with self.assertRaises(ValueError):
                parts_of(raw.replace(b"%b", charset))
        with self.assertRaises(ValueError):
            parts_of(b"From: a@b.ru\r\nSubject: =?klingon?b?0J7Rhw==?=\r\n\r\nx")

    def test_a_letter_needs_a_sender_and_a_text(self) -> None:
        for raw in (b"", b"Subject: x\r\n\r\ntext", b"From: a@b.ru\r\n\r\n", b"From: <>\r\n\r\ntext"):
            with self.assertRaises(ValueError):
                parts_of(raw)


class RecipientTest(SimpleTestCase):
    def test_a_host_goes_in_ascii_and_what_is_no_address_not_at_all(self) -> None:
        self.assertEqual(recipient("anna@пример.рф"), "anna@xn--e1afmkfd.xn--p1ai")
        for bad in ("не адрес", "", "a@", "@b", "a@b\r\nBcc: c@d", "анна@пример.рф"):
            with self.assertRaises(ValueError):
                recipient(bad)
