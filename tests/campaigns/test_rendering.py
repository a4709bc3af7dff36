"""Letters are checked by parsing them with the standard library, as a mail program would."""

import re
from email import message_from_bytes, policy
from html import escape

from django.test import SimpleTestCase, TestCase
from django.utils import translation

from campaigns import links, slots, writing
from campaigns.models import Campaign, Content, Run
from campaigns.person_slots import register_all
from campaigns.rendering import (
    BadContent,
    CannotRender,
    build,
    check,
    compile_content,
    empty_values,
    mime,
    resolve,
    values_for,
    warnings,
)
from campaigns.slots import Row
from channels.models import Account
from channels.page_text import plain_text
from tests.campaigns.builders import LETTER, make_campaign, make_content, make_reader, make_segment_with
from tests.segments.builders import make_brand, make_city, make_customer, make_facts

NASTY = [
    "Анна",
    'О\'Коннор "Лёва" & <b>Ко</b>',
    "a\r\nBcc: victim@example.org",
    "нуль\x00внутри",
    "." * 200,
    ".точка",
    "=?utf-8?q?x?=",
    "=41=42 100%",
    "👩‍👩‍👧 Ünïcödé " * 9,
    "{{ имя }}",
    "\u202eобратно",
    "\ud800 половина",
    "хвост   ",
    "ж" * 100_000,
    "x" * 74,
    "x" * 75,
    "x" * 76,
    "я" * 37 + ".",
]


def make_letter(body: str = LETTER, subject: str = 'Для вас, {{ имя|"клиент" }}!', **options):
    account = Account(sender_name="Альфа-Авто", sender_address="news@alfa.example")
    content = Content(subject=subject, preheader='Скидка для {{ имя|"вас" }}', body=body)
    content.campaign = Campaign(account=account)
    return compile_content(content, None, **options)


def parsed(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def body_of(message, subtype: str) -> str:
    return message.get_body((subtype,)).get_content()


def seen(value: str) -> str:
    return mime.clean(value).strip()


# A click on any of them would lead nowhere.
DEAD = (
    "http://",
    "https://dealer.example@evil.example/",
    "https://[",
    "https://dealer.example/a b",
    "https://a.example\\b",
)


class LetterTests(SimpleTestCase):
    def test_says_all_that_a_bulk_letter_must_say(self):
        raw = make_letter().render(77, "anna@example.org", {"имя": "Анна"})
        message = parsed(raw)
        token = links.tokens(77)
        self.assertEqual(message["From"], "Альфа-Авто <news@alfa.example>")
        self.assertEqual(message["To"], "anna@example.org")
        self.assertEqual(message["Subject"], "Для вас, Анна!")
        self.assertEqual(message["List-Unsubscribe"], f"<http://127.0.0.1:8000/u/{token.choice}>")
        self.assertEqual(message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertEqual(message["Precedence"], "bulk")
        self.assertIn("@alfa.example>", message["Message-ID"])
        self.assertIsNotNone(message["Date"].datetime)
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        self.assertEqual([part.get_content_type() for part in message.iter_parts()], ["text/plain", "text/html"])

    def test_the_same_message_has_the_same_id_and_another_has_another(self):
        letter = make_letter()
        ids = [parsed(letter.render(number, "a@b.example", {}))["Message-ID"] for number in (5, 5, 6)]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[0], ids[2])

    def test_any_name_arrives_as_it_is_and_breaks_nothing(self):
        letter = make_letter()
        for name in NASTY:
            with self.subTest(name=name[:30]):
                raw = letter.render(1, "a@b.example", {"имя": name})
                message = parsed(raw)
                self.assertEqual(message.defects, [])
                self.assertEqual(message["Subject"], f"Для вас, {seen(name)[:150]}!")
                self.assertIsNone(message["Bcc"])
                self.assertIn(f"Здравствуйте, {seen(name)}!", body_of(message, "plain"))
                html = body_of(message, "html")
                self.assertIn(f"Здравствуйте, {_escaped(seen(name))}!", html)
                self.assert_wire_format(raw)

    def assert_wire_format(self, raw: bytes) -> None:
        lines = raw.split(b"\r\n")
        self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
        self.assertNotIn(b"\r", raw.replace(b"\r\n", b""))
        self.assertNotIn(b"\x00", raw)
        body = raw.partition(b"\r\n\r\n")[2].split(b"\r\n")
        self.assertLessEqual(max(map(len, body)), 76)
        self.assertLessEqual(max(map(len, lines)), 200)
        self.assertFalse([line for line in lines if line.startswith(b".")])
        self.assertTrue(all(byte < 128 for byte in raw))

    def test_a_default_stands_in_for_an_empty_name(self):
        for empty in ({}, {"имя": ""}, {"имя": " \x00 "}):
            message = parsed(make_letter().render(1, "a@b.example", empty))
            self.assertEqual(message["Subject"], "Для вас, клиент!")
            self.assertIn("Здравствуйте, клиент!", body_of(message, "plain"))

    def test_links_are_numbered_and_signed_and_the_survey_is_not_counted_as_a_click(self):
        message = parsed(make_letter().render(9, "a@b.example", {}))
        html = body_of(message, "html")
        self.assertIn(f'href="{links.click_url(9, 1)}"', html)
        self.assertNotIn("dealer.example", html)
        self.assertIn(links.survey_url(9), html)
        self.assertIn(links.open_url(9), html)
        text = body_of(message, "plain")
        self.assertIn(f"Записаться ({links.click_url(9, 1)})", text)
        self.assertIn(f"Отписаться или изменить настройки ({links.survey_url(9)})", text)

    def test_the_trap_is_for_programs_alone(self):
        message = parsed(make_letter().render(9, "a@b.example", {}))
        trap = f"/l/{links.TRAP}{links.tokens(9).track}"
        hidden = re.findall(
            r'<div style="display:none[^"]*" aria-hidden="true"><a href="[^"]*(/l/[^"]*)"', body_of(message, "html")
        )
        self.assertEqual(hidden, [trap])
        self.assertEqual(body_of(message, "html").count(trap), 1)
        self.assertNotIn(trap, body_of(message, "plain"))
        self.assertNotIn(
            f"/l/{links.TRAP}", body_of(parsed(make_letter(tracked=False).render(9, "a@b.example", {})), "html")
        )

    def test_a_test_letter_keeps_the_real_addresses(self):
        html = body_of(parsed(make_letter(tracked=False).render(9, "a@b.example", {})), "html")
        self.assertIn("https://dealer.example/service", html)
        self.assertNotIn("/o/", html)

    def test_the_preheader_is_hidden_and_not_in_the_plain_text(self):
        message = parsed(make_letter().render(1, "a@b.example", {"имя": "Анна"}))
        self.assertIn("Скидка для Анна", body_of(message, "html"))
        self.assertNotIn("Скидка", body_of(message, "plain"))

    def test_an_address_cannot_smuggle_headers(self):
        letter = make_letter()
        for address in (
            "a@b.ru\r\nBcc: c@d.ru",
            "a b@c.ru",
            "a@b.ru, c@d.ru",
            "<a@b.ru>",
            "nobody",
            "@b.ru",
            "вася@b.ru",
        ):
            with self.subTest(address=address), self.assertRaises(CannotRender):
                letter.render(1, address, {})

    def test_a_cyrillic_domain_goes_as_idna(self):
        self.assertEqual(parsed(make_letter().render(1, "info@пример.рф", {}))["To"], "info@xn--e1afmkfd.xn--p1ai")

    def test_nobody_sees_anothers_data(self):
        letter = make_letter()
        for number in range(300):
            raw = letter.render(number, f"p{number}@example.org", {"имя": f"canary{number}end"})
            self.assertEqual(set(re.findall(rb"canary(\d+)end", raw)), {b"%d" % number})

    def test_nothing_is_fetched_from_elsewhere(self):
        html = body_of(parsed(make_letter().render(1, "a@b.example", {})), "html")
        self.assertNotIn("fonts.googleapis", html)
        self.assertNotIn("@import", html)


def _escaped(value: str) -> str:
    return escape(value)


class BuildTests(SimpleTestCase):
    def faults(self, body: str, subject: str = "Тема") -> str:
        with translation.override("en"), self.assertRaises(BadContent) as caught:
            build(subject, "", body)
        with translation.override("en"):
            return " ".join(map(str, caught.exception.faults))

    def test_each_mistake_is_named_with_its_line(self):
        inside = (
            "<mjml><mj-body><mj-section><mj-column><mj-text>\n{}</mj-text></mj-column></mj-section></mj-body></mjml>"
        )
        for wrong, sentence in (
            ("<b>нет конца", "Line 2: <b> is not closed."),
            ("<script>alert(1)</script>", "<script> may not be in a letter."),
            ('<p onclick="x()">а</p>', "onclick"),
            ('<a href="javascript:alert(1)">а</a>', "must begin with https://"),
            ('<a href="https://x.example/?c={{ город }}">а</a>', "may hold no placeholder"),
            ('<a href="{{ имя }}">а</a>', "is not an address"),
            *[(f'<a href="{url}">а</a>', "is no address of a page") for url in DEAD],
            ('<img src="file:///etc/passwd" alt="">', "picture must begin with https://"),
            ("{{ возраст }}", "there is no placeholder “возраст”"),
            ("а\x07б", "control character"),
        ):
            with self.subTest(wrong=wrong):
                self.assertIn(sentence, self.faults(inside.format(wrong)))

    def test_a_text_that_is_no_mjml(self):
        for text in ("", "Привет", "<p>Привет</p>", "<mjml></mjml>"):
            with self.subTest(text=text):
                self.assertIn("this is not MJML", self.faults(text))

    def test_a_letter_holds_63_links(self):
        link = '<a href="https://x.example/{}">л</a> '
        text = "<mjml><mj-body><mj-raw>" + "".join(link.format(n) for n in range(64)) + "</mj-raw></mj-body></mjml>"
        self.assertIn("63 links at most", self.faults(text))
        self.assertEqual(len(build("т", "", text.replace(link.format(63), "")).links), 63)

    def test_a_link_that_is_a_placeholder_replaces_the_footer(self):
        slots.register(slots.Slot("ссылка_на_опрос", "s", "https://x", resolve=lambda run, rows: {}, is_link=True))
        body = LETTER.replace("</mj-text>", ' <a href="{{ ссылка_на_опрос }}">Отписаться</a></mj-text>')
        markup = build("т", "", body)
        self.assertIn("ссылка_на_опрос", [hole.name for hole in markup.holes])
        self.assertNotIn("/s/", "".join(map(str, markup.html)))

    def test_attributes_keep_quotes_and_unusual_characters(self):
        body = "<mjml><mj-body><mj-section><mj-column><mj-image src='https://x.example/a.png' alt='Кредит \"0\u200d %\"' />"
        body += "</mj-column></mj-section></mj-body></mjml>"
        markup = build("т", "", body)
        self.assertIn('alt="Кредит &quot;0\u200d %&quot;"', "".join(map(str, markup.html)))

    def test_style_sheets_may_hold_braces(self):
        style = "<mjml><mj-head><mj-style>@media(max-width:1px){.a{color:red}}</mj-style></mj-head>"
        build("т", "", LETTER.replace("<mjml>", style))


class PlainTextTests(SimpleTestCase):
    def test_reads_as_a_person_would_write_it(self):
        html = (
            "<head><title>т</title><style>p{}</style></head><body><h1>Здравствуйте!</h1><p>Первая<br>вторая</p>"
            "<ul><li>раз</li><li>два</li></ul><p><a href='tel:+7495'>Звоните</a></p><img alt='Машина' src='x'></body>"
        )
        expected = "Здравствуйте!\n\nПервая\nвторая\n\n• раз\n• два\n\nЗвоните (+7495)\nМашина\n"
        self.assertEqual(plain_text(html), expected)


class ValueTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        register_all()
        cls.anna = make_reader(first_name="Анна", middle_name="Сергеевна", sex="f", city=make_city("Казань"))
        make_facts(cls.anna, last_brand=make_brand("Lada"))
        cls.ivan = make_reader(last_name="", first_name="Иван", sex="m")
        cls.nobody = make_reader(last_name="", first_name="", company="ООО «Ромашка»")
        cls.campaign = make_campaign(make_segment_with([cls.anna, cls.ivan, cls.nobody]))

    def test_one_query_fills_a_batch_for_all_slots_of_the_person(self):
        rows = [Row(1, self.anna.pk), Row(2, self.ivan.pk), Row(3, self.nobody.pk)]
        with self.assertNumQueries(1):
            values = resolve(Run(), ["имя", "обращение", "город", "бренд", "автомобиль"], rows)
        self.assertEqual(values[1]["обращение"], "Уважаемая Анна Сергеевна")
        self.assertEqual(
            values[1] | {}, {**values[1], "имя": "Анна", "город": "Казань", "бренд": "Lada", "автомобиль": "Lada"}
        )
        self.assertEqual(values[2]["обращение"], "Уважаемый Иван")
        self.assertEqual(
            values[3], {"имя": "", "обращение": "Уважаемые коллеги", "город": "", "бренд": "", "автомобиль": ""}
        )

    def test_a_merged_customer_is_read_as_the_survivor(self):
        loser = make_customer(first_name="Аня", merged_into=self.anna)
        self.assertEqual(resolve(Run(), ["имя"], [Row(1, loser.pk)]), {1: {"имя": "Анна"}})

    def test_a_letter_knows_which_values_it_needs(self):
        letter = compile_content(writing.current(self.campaign), None)
        self.assertEqual(values_for(Run(), letter, [Row(1, self.ivan.pk)]), {1: {"имя": "Иван"}})

    def test_empty_values_are_counted_where_there_is_no_default(self):
        body = LETTER.replace('{{ имя|"клиент" }}', "{{ имя }} из города {{ город }}")
        make_content(self.campaign, body=body, subject="{{ обращение }}")
        with self.assertNumQueries(7):
            self.assertEqual(empty_values(self.campaign), [("город", 2), ("имя", 1)])

    def test_defaults_leave_nothing_empty(self):
        self.assertEqual(empty_values(self.campaign), [])

    def test_a_value_for_all_or_none_is_asked_once(self):
        slots.register(slots.Slot("ничего", "n", "", resolve=lambda run, rows: {}))
        make_content(self.campaign, body=LETTER.replace("Здравствуйте", "{{ ничего }}"))
        self.assertEqual(empty_values(self.campaign), [("ничего", 3)])


class CheckTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.campaign = make_campaign(make_segment_with(1))
        cls.content = writing.current(cls.campaign)

    def test_a_good_letter_has_no_faults(self):
        self.assertEqual(check(self.content), [])
        self.assertEqual(warnings(self.content), [])

    def test_sentences_in_russian(self):
        self.content.subject = "{{ имья }}"
        self.assertEqual(
            check(self.content),
            ["Строка 1: подстановки «имья» нет: выберите её из списка рядом с письмом."],
        )
        self.content.subject = "  "
        self.assertEqual(check(self.content), ["У письма нет темы: напишите её."])

    def test_an_account_without_a_sender(self):
        self.campaign.account.sender_address = ""
        with translation.override("en"):
            self.assertIn("no sender's address", check(self.content)[0])

    def test_what_spoils_a_letter_is_a_warning(self):
        self.content.subject, self.content.preheader = "о" * 61, ""
        self.content.body = LETTER.replace("</mj-column>", '<mj-image src="https://x.example/a.png" /></mj-column>')
        self.assertEqual(len(warnings(self.content)), 3)


class WritingTests(TestCase):
    def test_versions_and_their_links(self):
        campaign = make_campaign(make_segment_with(1))
        first = writing.current(campaign)
        self.assertEqual(first.version, 1)
        url = "https://dealer.example/service?utm_source=crm&utm_medium=email"
        self.assertEqual(list(first.links.values_list("number", "url", "label")), [(1, url, "Записаться")])
        same = writing.write(campaign, subject=first.subject, preheader=first.preheader, body=first.body)
        self.assertEqual(same, first)
        self.assertEqual(make_content(campaign, subject="Другая").version, 2)

    def test_a_bad_text_writes_nothing(self):
        campaign = make_campaign(make_segment_with(1))
        with self.assertRaises(BadContent):
            make_content(campaign, body="{{")
        self.assertEqual(campaign.contents.count(), 1)
