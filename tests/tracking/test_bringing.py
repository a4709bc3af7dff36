"""Files of sums: every line is taken in or has its reason, nothing twice."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.test import SimpleTestCase, TestCase

from campaigns.models import Campaign
from campaigns.refusals import Refused
from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_brand, make_centre
from tests.tracking.builders import make_run
from tracking.models import AdSpend, Cost, MoneyUpload
from tracking.money import bringing, months

COSTS, ADS = MoneyUpload.Kind.COSTS, MoneyUpload.Kind.ADVERTISING


class Months(SimpleTestCase):
    def test_months_as_people_write_them(self) -> None:
        for text in ("05.2026", "2026-05", "5/2026", "май 2026", "мая 2026 г.", "17.05.2026", "2026-05-31"):
            self.assertEqual(months.read(text), date(2026, 5, 1), text)
        self.assertEqual(months.read("март 2026"), date(2026, 3, 1))
        for text in ("", "13.2026", "2026", "майонез", "00.2026"):
            self.assertIsNone(months.read(text), text)

    def test_later(self) -> None:
        self.assertEqual(months.later(date(2026, 11, 1), 3), date(2027, 2, 1))


class Bringing(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file"

    def look(self, text: str, kind: str = COSTS) -> bringing.Told:
        self.path.write_text(text, encoding="utf-8")
        return bringing.look(self.path, kind)

    def bring(self, text: str, kind: str = COSTS) -> MoneyUpload:
        self.path.write_text(text, encoding="utf-8")
        return bringing.bring(self.path, kind, name="файл.csv", author=None)

    def test_each_line_has_its_reason(self) -> None:
        for _each in range(2):
            make_campaign(name="Осень")
        told = self.look(
            "Кампания;Вид;Месяц;Сумма;На сколько месяцев\n"
            "Осень;Дизайн;05.2026;5;1\n;Аренда;05.2026;5;1\n;Прочее;давно;5;1\n;Прочее;05.2026;ноль;1\n"
            ";Прочее;05.2026;-5;1\n;Прочее;05.2026;5;99\n;Платформа;11.2026;6000;6\n"
        )
        self.assertEqual([(row.kind, row.amount, row.months) for row in told.rows], [("platform", 6000, 6)])
        self.assertEqual([line for line, _said, _why in told.refused], [2, 3, 4, 5, 6, 7])
        for (_line, said, why), word in zip(
            told.refused, ("несколько", "Аренда", "05.2026", "Сумма", "Сумма", "36"), strict=True
        ):
            self.assertIn(word.lower(), (said + why).lower())

    def test_a_campaign_by_number_and_by_name(self) -> None:
        spring = make_campaign(name="Весна  2026")
        told = self.look(f"Кампания;Вид;Месяц;Сумма\n№ {spring.pk};Тексты;11.2026;5\nвесна 2026;Вёрстка;11.2026;6\n")
        self.assertEqual([row.campaign for row in told.rows], [spring, spring])

    def test_a_cost_in_a_strange_month_is_taken_in_and_told(self) -> None:
        run = make_run(make_campaign(name="Весна"))
        Campaign.objects.filter(pk=run.campaign_id).update(state="finished", finished_at=run.started_at)
        told = self.look("Кампания;Вид;Месяц;Сумма\nВесна;Дизайн;01.2019;5\n")
        self.assertEqual((len(told.rows), [line for line, *_rest in told.doubts]), (1, [2]))

    def test_nothing_comes_in_twice(self) -> None:
        text = "Вид;Месяц;Сумма\nДизайн;05.2026;5\nДизайн;05.2026;5\n"
        upload = self.bring(text)
        self.assertEqual((upload.rows, upload.refused), (1, 1))
        with self.assertRaises(Refused):
            self.look(text)
        self.assertEqual(len(self.look(text + "Дизайн;06.2026;5\n").rows), 1)
        self.assertEqual(bringing.undo(upload), 1)
        self.assertIsNone(bringing.undo(upload))
        self.assertEqual(self.bring(text).rows, 1)

    def test_a_file_without_its_columns_is_a_sentence(self) -> None:
        with self.assertRaisesRegex(Refused, "месяц"):
            self.look("Вид;Сумма\nДизайн;5\n")

    def test_advertising(self) -> None:
        lakhta, brand = make_centre(), make_brand()
        text = (
            "Источник;Месяц;Сумма;Посетители;Салон;Марка\n"
            f"Яндекс Директ;05.2026;450 000;30;{lakhta.name.upper()};{brand.name}\n"
            "Яндекс Директ;05.2026;100;;;\nяндекс директ;05.2026;200;;;\n"
            "Авито;05.2026;100;много;;\nАвито;05.2026;100;1;Луна;\n;05.2026;100;1;;\n"
        )
        self.bring(text, ADS)
        self.assertEqual(
            list(AdSpend.objects.order_by("-amount").values_list("amount", "visitors", "centre", "brand")),
            [(Decimal(450000), 30, lakhta.pk, brand.pk), (Decimal(100), None, None, None)],
        )
        refused = [line for line, *_rest in self.look(text + "Авито;06.2026;1;1;;\n", ADS).refused]
        self.assertEqual(refused, [2, 3, 4, 5, 6, 7])
        self.assertFalse(Cost.objects.exists())
