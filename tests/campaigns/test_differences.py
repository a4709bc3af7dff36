from django.test import SimpleTestCase

from campaigns.differences import between


def text(**changes: object) -> dict[str, object]:
    return {"subject": "Осмотр", "preheader": "", "body": "", "extras": {}} | changes


def told(older: dict[str, object], newer: dict[str, object]) -> list[tuple[str, list[tuple[str, str]]]]:
    """With the words that changed in square brackets."""
    return [
        (str(name), [(kind, "".join(f"[{p.words}]" if p.is_new else p.words for p in parts)) for kind, parts in lines])
        for name, lines in between(older, newer)
    ]


class DifferencesTests(SimpleTestCase):
    def test_the_same_texts_have_none(self) -> None:
        self.assertEqual(between(text(extras={"link": "a"}), text(extras={"link": "a"})), [])

    def test_words_that_changed_are_marked_in_their_line(self) -> None:
        found = told(text(subject="Осмотр за 990 рублей"), text(subject="Осмотр за 1990 рублей"))
        lines = [("gone", "Осмотр за [990] рублей"), ("new", "Осмотр за [1990] рублей")]
        self.assertEqual(found, [("Тема или заголовок", lines)])

    def test_lines_that_stay_are_shown_only_beside_a_change(self) -> None:
        older, newer = "а\nб\nв\nг\nд\nе", "а\nб\nв\nг\nДругое\nе"
        lines = [("skipped", ""), ("same", "г"), ("gone", "д"), ("new", "Другое"), ("same", "е")]
        self.assertEqual(told(text(body=older), text(body=newer)), [("Текст", lines)])
        added = told(text(body="а\nб\nв"), text(body="нов\nа\nб\nв"))
        self.assertEqual(added, [("Текст", [("new", "нов"), ("same", "а"), ("skipped", "")])])

    def test_what_goes_beside_the_text_is_read_line_by_line(self) -> None:
        one, other = {"text": "Да", "data": "ДА"}, {"text": "Сайт", "url": "https://a.example"}
        found = told(text(extras={"buttons": [one]}), text(extras={"buttons": [one, other]}))
        self.assertEqual(found, [("Кнопки", [("same", "Да → ДА"), ("new", "Сайт → https://a.example")])])
        values = told(text(extras={"values": {"body.1": "имя"}}), text(extras={"values": {}}))
        self.assertEqual(values, [("Места шаблона", [("gone", "body.1: имя")])])

    def test_the_sender_and_the_centre_are_told_part_by_part(self) -> None:
        older = text(extras={"sender": {"name": "Круг"}, "centre": {"hours": "9–18", "manager": "Пётр"}})
        newer = text(extras={"sender": {"name": "Круг", "address": "a@b.example"}, "centre": {"manager": "Пётр"}})
        self.assertEqual(
            told(older, newer),
            [("Адрес отправителя", [("new", "a@b.example")]), ("Часы работы центра", [("gone", "9–18")])],
        )
