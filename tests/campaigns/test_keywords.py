from django.test import SimpleTestCase

from campaigns.keywords import keyword_of


class KeywordTests(SimpleTestCase):
    def test_orders_to_stop(self) -> None:
        for text in (
            "СТОП", "стоп", " Стоп! ", "«стоп»", "STOP", "stop.", "Stop", "CTOП", "ctoп", "СТ0П", "Отписка", "ОТПИСАТЬСЯ",
            "отписаться…", "Не беспокоить", "не  беспокоить!!!", "«Не беспокоить»", "нe бecпoкoить", "ＳＴＯＰ", "СТОП\n",
        ):  # fmt: skip
            self.assertEqual(keyword_of(text), "stop", text)

    def test_a_word_more_is_for_people(self) -> None:
        for text in (
            "", "!", "не стоп", "стоп кран", "stop it", "стопудово", "с т о п", "я не просил меня беспокоить", "беспокоить",
            "отпишите меня", "СТОП" * 20, "Стоп, а сколько стоит ТО?", "👍",
        ):  # fmt: skip
            self.assertEqual(keyword_of(text), "", text)
