"""Lists that people paste or upload: who is found, and why each other line gave nobody."""

from django.test import TestCase

from segments.contact_lists import MOST_REFUSED, REASONS, Unreadable, judge, keep, text_of
from segments.models import CardContact, ContactList, ContactPoint
from tests.segments.builders import make_contact, make_customer


class Judge(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.phone = make_contact(make_customer(), "+79216756405")
        cls.email = make_contact(make_customer(), "anna@mail.ru")
        cls.hub = make_contact(make_customer(), "+79210000001", is_shared=True)
        ContactPoint.objects.create(kind="phone", value="+79211112233")  # of a stop-list: nobody holds it

    def points(self, text: str) -> list[int]:
        return judge(text).points

    def test_phones_and_e_mails_however_they_are_written(self) -> None:
        for text in ("8 (921) 675-64-05", "+79216756405", "9216756405", "Иванов; 8-921-675-64-05; директор"):
            with self.subTest(text):
                self.assertEqual(self.points(text), [self.phone.pk])
        for text in ("Anna@Mail.ru", "<anna@mail.ru>;", "Анна Петровна, anna@mail.ru"):
            with self.subTest(text):
                self.assertEqual(self.points(text), [self.email.pk])

    def test_several_addresses_of_one_line(self) -> None:
        judged = judge("8 921 675 64 05; anna@mail.ru")
        self.assertEqual((set(judged.points), judged.refused, judged.lines), ({self.phone.pk, self.email.pk}, [], 1))

    def test_digits_of_an_e_mail_are_no_phone(self) -> None:
        self.assertEqual(judge("89216756405@mail.ru").refused, [(1, "not_in_base")])

    def test_every_line_that_gives_nobody_is_told_with_its_reason(self) -> None:
        text = "\n".join(
            [
                "Телефон", "8 921 675 64 05", "", "нет", "8921675640", "+7 921 675-64-05", "anna@", "net@net.ru",
                "+79210000001", "+79211112233", "boris@mail.ru", "\x00\x01", "'; DROP TABLE x; --",
            ]
        )  # fmt: skip
        judged = judge(text)
        self.assertEqual(judged.points, [self.phone.pk])
        reasons = dict(judged.refused)
        self.assertEqual(set(reasons), {1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
        self.assertEqual(judged.lines, 12)
        for line, reason in {
            1: "no_address", 4: "no_address", 6: "repeated", 7: "not_an_address", 9: "shared", 10: "not_in_base", 11: "not_in_base",
        }.items():  # fmt: skip
            self.assertEqual(reasons[line], reason, line)
        self.assertLessEqual(set(reasons.values()), set(REASONS))

    def test_what_cannot_be_a_list(self) -> None:
        for text in ("", "\n \n"):
            with self.assertRaises(Unreadable):
                judge(text)
        with self.assertRaises(Unreadable):
            judge("1\n" * 500_001)


class Files(TestCase):
    def test_usual_encodings(self) -> None:
        text = "Клиент;Телефон\nИванов Иван Петрович;8 921 675-64-05\nПетрова Анна Сергеевна;8 911 222-33-44\n"
        for encoding in ("utf-8", "utf-8-sig", "cp1251", "utf-16"):
            with self.subTest(encoding):
                self.assertEqual(text_of(text.encode(encoding)), text)

    def test_a_workbook_and_an_endless_file_are_refused_with_advice(self) -> None:
        for content in (b"PK\x03\x04" + b"x" * 50, b"\xd0\xcf\x11\xe0", b"1\n" * 10_000_001):
            with self.assertRaises(Unreadable) as caught:
                text_of(content)
            self.assertTrue(str(caught.exception).endswith("."))


class Keep(TestCase):
    def test_no_text_of_a_refused_line_is_kept(self) -> None:
        make_contact(make_customer(), "+79216756405")
        made = keep(judge("89216756405\nsecret@example.ru\nрусский текст"), ContactList(name="Выставка"))
        self.assertEqual((made.lines, made.addresses, made.listed.count()), (3, 1, 1))
        self.assertEqual(made.refusals, {"not_in_base": 1, "no_address": 1})
        self.assertEqual(made.refused, [(2, "not_in_base"), (3, "no_address")])
        self.assertNotIn("secret", str(ContactList.objects.values().get()))

    def test_so_many_refused_lines_are_kept(self) -> None:
        made = keep(judge("мусор\n" * (MOST_REFUSED + 5)), ContactList(name="Мусор"))
        self.assertEqual((len(made.refused), made.refusals), (MOST_REFUSED, {"no_address": MOST_REFUSED + 5}))

    def test_an_address_without_a_card_is_nobodys(self) -> None:
        contact = make_contact(make_customer(), "+79216756405")
        CardContact.objects.all().delete()
        self.assertEqual(judge(contact.value).refused, [(1, "not_in_base")])
