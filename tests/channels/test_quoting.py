"""What a person wrote, without what her program quoted and without her signature."""

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from channels.page_text import quoting_text
from channels.quoting import said
from tests.channels.letters_from_people import (
    APPLE,
    BELOW,
    GMAIL,
    GMAIL_WRAPPED,
    MAIL_RU,
    ORIGINAL,
    OUTLOOK,
    THE_BAT,
    YANDEX,
)


class SaidTest(TestCase):
    def test_each_program_quotes_in_its_own_way(self) -> None:
        for letter, words in (
            (GMAIL, "Хочу записаться на пятницу."),
            (GMAIL_WRAPPED, "Да"),
            (MAIL_RU, "А цена?"),
            (YANDEX, "Позвоните мне"),
            (OUTLOOK, "Спасибо, не нужно."),
            (ORIGINAL, "Приеду в 12:30"),
            (APPLE, "Стоп"),
            (THE_BAT, "Здравствуйте!\n\nПриеду.\nВ пятницу."),
            (BELOW, "Уже был у вас."),
        ):
            self.assertEqual(said(letter), words)
            self.assertEqual(said(letter.replace("\n", "\r\n")), words)

    def test_words_of_hers_that_look_alike_stay(self) -> None:
        for words in (
            "Приеду 22.11.2026 в 10:15",
            "Мой друг пишет: берите.",
            "От вас: ни слова\nпрошла неделя",
            "- первое\n- второе",
            "С уважением отношусь к вашей работе, но масло заменили не то, и я хочу это обсудить",
            "Вопросы на 22.11.2026:\n1. Цена\n2. Срок",
        ):
            self.assertEqual(said(words), words)

    def test_a_letter_that_is_all_quotation_is_kept_whole(self) -> None:
        self.assertEqual(said("> Приезжайте на ТО"), "> Приезжайте на ТО")
        self.assertEqual(said("-- \nАнна"), "--\nАнна")
        self.assertEqual(said(" \n\n"), "")

    def test_a_page_marks_what_it_quotes(self) -> None:
        page = (
            "<style>p{}</style><div>Да&nbsp;&mdash; <b>в пятницу</b></div><div class=gmail_quote><div>вс, 22 нояб. 2026 г. в "
            "10:15, Салон &lt;news@krug.test&gt;:<br></div><blockquote><p>Приезжайте</p><blockquote>на ТО</blockquote>"
            "</blockquote></div><p>P. S. Позвоните</p>"
        )
        self.assertIn("> Приезжайте", quoting_text(page))
        self.assertEqual(said(quoting_text(page)), "Да — в пятницу\n\nP. S. Позвоните")
        self.assertEqual(quoting_text("<blockquote>a</blockquote></blockquote>b\ue000"), "> a\nb")

    @given(st.text(alphabet=st.sampled_from("абв ab12.:,<>@\n->Oт"), max_size=400))
    def test_no_text_breaks_it(self, text: str) -> None:
        self.assertEqual(bool(said(text)), bool(text.strip()))
