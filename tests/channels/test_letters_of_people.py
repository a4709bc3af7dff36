"""What is read of a letter that a person wrote, and which letters no person wrote."""

import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.letters_of_people import MOST_NAMES, read, without_marks
from channels.mailbox import MOST_BYTES
from channels.providers.base import Incoming
from channels.providers.written import WrittenLetter
from tests.channels.bounce_letters import ARF, EXIM, POSTFIX, VACATION
from tests.channels.letters_from_people import GMAIL, OURS, SUBJECT, letter, page, raw

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
OWN = frozenset({"news@krug.test"})


def read_all(written: bytes, most: int = 10**6) -> list[Incoming]:
    return read(written, received_at=NOW, most=most, own=OWN)


def only(written: bytes, most: int = 10**6) -> Incoming:
    (message,) = read_all(written, most)
    return message


def details(written: bytes, most: int = 10**6) -> WrittenLetter:
    found = only(written, most).letter
    assert found is not None
    return found


class ReadTest(TestCase):
    def test_her_words_and_her_thread(self) -> None:
        message = only(letter(GMAIL, References="<first@krug.test> <second@krug.test>"))
        self.assertEqual(
            (message.provider_key, message.sender, message.text, message.happened_at),
            (
                "<hers.1@mail.test>",
                "anna@mail.test",
                "Хочу записаться на пятницу.",
                datetime(2026, 11, 22, 7, 15, 3, tzinfo=UTC),
            ),
        )
        found = message.letter
        assert found is not None
        self.assertEqual((found.subject, found.files, found.is_cut), (SUBJECT, (), False))
        self.assertEqual(found.names, (f"<{OURS}@krug.test>", "<second@krug.test>"))
        self.assertEqual(found.thread, ("<first@krug.test>", "<second@krug.test>", "<hers.1@mail.test>"))
        self.assertIn("> Приезжайте на ТО", found.whole)
        self.assertEqual(details(letter()).whole, "")

    def test_the_address_it_was_sent_to_names_our_letter_first(self) -> None:
        sent = details(letter(To=f"Салон <bounce+{OURS.lower()}@mail.krug.test>"))
        self.assertEqual(sent.names, (f"<{OURS}@krug.test>",))  # the case is that of In-Reply-To
        self.assertEqual(details(letter(To=f"bounce+{OURS}@b.test", In_Reply_To="")).names, (f"<{OURS}@b.test>",))
        self.assertEqual(details(letter(In_Reply_To="soon")).names, ())

    def test_charsets_said_and_unsaid(self) -> None:
        for charset in ("utf-8", "koi8-r", "cp1251"):
            self.assertEqual(only(letter("Когда приехать?", charset=charset)).text, "Когда приехать?")
            for said in (charset, "", "us-ascii", "iso-8859-1", "no-such", "idna", '"a\0b"'):
                message = only(raw(charset, "Отпишите меня от рассылки", said=said))
                self.assertEqual(message.text, "Отпишите меня от рассылки", (charset, said))
                self.assertEqual(message.letter and message.letter.subject, SUBJECT, (charset, said))
        french = letter("Très bien, merci", charset="iso-8859-1")
        self.assertEqual(only(french).text, "Très bien, merci")

    def test_a_page_alone_and_its_attachments(self) -> None:
        names = [f"Скан {number}.pdf" for number in range(MOST_NAMES + 5)]
        message = only(page("<p>Вот <b>скан</b></p><script>alert(1)</script>", *names))
        self.assertEqual(message.text, "Вот скан")
        self.assertEqual(message.letter and message.letter.files, tuple(names[:MOST_NAMES]))

    def test_text_goes_before_the_page_and_a_letter_within_is_only_named(self) -> None:
        made = EmailMessage()
        made["From"], made["Subject"] = "anna@mail.test", "вопрос"
        made.set_content("Текст")
        made.add_alternative("<p>Страница</p>", subtype="html")
        inner = EmailMessage()
        inner.set_content("Чужое")
        made.add_attachment(inner)
        message = only(made.as_bytes())
        self.assertEqual((message.text, message.letter and message.letter.files), ("Текст", ("message/rfc822",)))

    def test_a_subject_alone_is_the_message(self) -> None:
        self.assertEqual(only(letter("", Subject="СТОП")).text, "СТОП")
        self.assertEqual(only(letter("", Subject="Re: СТОП, кризис")).text, "")
        for subject in ("Re: a", "RE[2]: Fwd: a", "Ответ: На: a", "a"):
            self.assertEqual(without_marks(subject), "a")

    def test_a_letter_that_is_cut_says_so_and_loses_half_a_letter_at_most(self) -> None:
        written = raw("utf-8", "ж" * 500, said="utf-8")
        cut = written[:-301]
        self.assertEqual(only(cut, most=len(cut)).text, "ж" * 349)
        self.assertTrue(details(cut, most=len(cut)).is_cut)

    def test_the_same_letter_has_the_same_key(self) -> None:
        unnamed = letter(Message_ID="")
        self.assertEqual(only(unnamed).provider_key, only(unnamed).provider_key)
        self.assertNotEqual(only(unnamed).provider_key, only(letter("Другое", Message_ID="")).provider_key)
        long = only(letter(Message_ID="<" + "a" * 60 + "@" + "b" * 200 + ".test>"))
        self.assertTrue(long.provider_key.startswith("sha256:"))
        self.assertEqual(only(letter(Date="Mon, 1 Jan 2035 00:00:00 +0000")).happened_at, NOW)


class MachineTest(TestCase):
    def test_what_no_person_wrote(self) -> None:
        for headers in (
            {"Auto_Submitted": "auto-replied; owner=x"},
            {"Precedence": "bulk"},
            {"X_Autoreply": "yes"},
            {"List_Id": "<news.shop.test>"},
            {"X_Spam_Flag": "YES"},
            {"Return_Path": "<>"},
            {"From": "Mailer-Daemon@mx.test"},
            {"From": "noreply@shop.test"},
            {"From": "NEWS@krug.test"},
            {"From": ""},
            {"From": "nobody"},
            {"Subject": "Автоответ: Скидка"},
            {"Subject": "Out of office: Скидка"},
            {"Subject": "Я в отпуске до 5 декабря"},
        ):
            self.assertEqual(read_all(letter(**headers)), [], headers)
        for written in (POSTFIX, ARF, EXIM, VACATION, b"", b"\xff\x00"):
            self.assertEqual(read_all(written), [])

    def test_what_a_person_may_write(self) -> None:
        for headers in (
            {"Auto_Submitted": "no"},
            {"X_Spam_Flag": "NO"},
            {"Subject": "В отпускеново приеду"},
            {"Subject": "Re: Автоответ"},
        ):
            self.assertEqual(len(read_all(letter(**headers))), 1, headers)


class BadInputTest(TestCase):
    def test_a_page_that_never_ends_what_it_opens_takes_no_minutes(self) -> None:
        for junk in (b"<!--", b"<a", b'<a b="', b"<!", b"</a", b"<div>", b"<blockquote>", b"<b> </b>"):
            head = b"From: a@b.test\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
            began = time.process_time()
            self.assertEqual(len(read_all(head + junk * (MOST_BYTES // len(junk)))), 1)
            self.assertLess(time.process_time() - began, 15, junk)

    def test_parts_within_each_other_without_end(self) -> None:
        nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
        self.assertEqual(read_all(b"From: a@b.test\r\n" + nested), [])

    @settings(max_examples=200, deadline=None)
    @given(
        written=st.sampled_from([letter(GMAIL), raw("koi8-r"), page("<p>a<blockquote>b", "c.pdf")]),
        cuts=st.lists(st.tuples(st.integers(0, 1500), st.binary(max_size=6)), max_size=8),
    )
    def test_damage_raises_nothing(self, written: bytes, cuts: list[tuple[int, bytes]]) -> None:
        for place, junk in cuts:
            written = written[:place] + junk + written[place + len(junk) + 1 :]
        for message in read_all(written):
            self.assertIn("@", message.sender)
            self.assertTrue(NOW - timedelta(days=7) <= message.happened_at <= NOW)
