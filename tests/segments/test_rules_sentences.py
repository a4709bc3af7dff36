"""Rules as Russian sentences, read by an editor: cases, plurals, "не", dates, brackets."""

from django.test import TestCase
from django.utils import translation

from segments.models import ContactList
from segments.rules.words import sentence
from tests.segments.builders import make_brand
from tests.segments.rule_case import leaf
from tests.segments.rule_people import make_dictionaries


def no(node: dict) -> dict:
    return {"not": node}


def did(event: str, times: int, days: int | None, *where: dict) -> dict:
    return {"event": event, "op": "at_least", "value": times, "days": days, "where": list(where)}


SAID: list[tuple[dict, str]] = [
    (leaf("purchases", "at_least", 1), "Число покупок — не меньше 1."),
    (no(leaf("purchases", "at_least", 3)), "Число покупок — меньше 3."),
    (leaf("purchases", "between", [2, 5]), "Число покупок — от 2 до 5."),
    (no(leaf("purchases", "equals", 2)), "Число покупок — не 2."),
    (leaf("purchases_sum", "at_least", "1500000"), "Сумма покупок — не меньше 1 500 000 ₽."),
    (no(leaf("purchases_sum", "at_most", "300000.50")), "Сумма покупок — больше 300 000,50 ₽."),
    (leaf("purchases_sum", "between", ["100000", "500000"]), "Сумма покупок — от 100 000 ₽ до 500 000 ₽."),
    (leaf("last_purchase", "within_days", 1), "Последняя покупка — за последний 1 день."),
    (leaf("last_purchase", "within_days", 22), "Последняя покупка — за последние 22 дня."),
    (no(leaf("last_purchase", "within_days", 365)), "Последняя покупка — не за последние 365 дней."),
    (leaf("last_purchase", "earlier_than_days", 1), "Последняя покупка — больше 1 дня назад."),
    (no(leaf("last_purchase", "earlier_than_days", 21)), "Последняя покупка — не раньше чем 21 день назад."),
    (leaf("last_visit", "days_ago", 3), "Последний визит — ровно 3 дня назад."),
    (leaf("last_visit", "between_days_ago", [30, 61]), "Последний визит — от 30 до 61 дня назад."),
    (leaf("insurance_end", "in_next_days", 31), "Окончание страховки (оценка) — в ближайший 31 день."),
    (leaf("insurance_end", "in_days", 30), "Окончание страховки (оценка) — ровно через 30 дней."),
    (leaf("insurance_end", "between_days_ahead", [30, 60]), "Окончание страховки (оценка) — через 30–60 дней."),
    (no(leaf("insurance_end", "in_days", 1)), "Окончание страховки (оценка) — не через 1 день."),
    (leaf("last_service", "before", "2026-05-01"), "Последний сервис — раньше 1 мая 2026 года."),
    (no(leaf("last_service", "before", "2026-05-01")), "Последний сервис — начиная с 1 мая 2026 года."),
    (leaf("last_service", "on", "2025-12-31"), "Последний сервис — 31 декабря 2025 года."),
    (
        leaf("last_service", "between", ["2025-01-01", "2025-12-31"]),
        "Последний сервис — с 1 января 2025 года по 31 декабря 2025 года.",
    ),
    (
        no(leaf("last_service", "between", ["2025-01-01", "2025-12-31"])),
        "Последний сервис — не с 1 января 2025 года по 31 декабря 2025 года.",
    ),
    (leaf("last_purchase", "anniversary_in_next_days", 7), "Последняя покупка — годовщина в ближайшие 7 дней."),
    (no(leaf("last_purchase", "anniversary_in_days", 2)), "Последняя покупка — годовщина не через 2 дня."),
    (leaf("last_purchase", "in_months", [3]), "Последняя покупка — в марте."),
    (leaf("last_purchase", "of_the_year", ["12-20", "01-10"]), "Последняя покупка — с 20 декабря по 10 января."),
    (leaf("birthday", "in_next_days", 14), "День рождения — в ближайшие 14 дней."),
    (leaf("birthday", "today"), "День рождения — сегодня."),
    (no(leaf("birthday", "in_months", [5, 6])), "День рождения — не в мае и не в июне."),
    (leaf("birthday", "is_empty"), "День рождения — данных нет."),
    (no(leaf("birthday", "is_empty")), "День рождения — данные есть."),
    (leaf("brand", "any_of", ["Toyota"]), "Бренд последней покупки — «Toyota»."),
    (leaf("brand", "none_of", ["Toyota", "LADA"]), "Бренд последней покупки — не «Toyota» и не «LADA»."),
    (no(leaf("brand", "any_of", ["Toyota", "LADA"])), "Бренд последней покупки — не «Toyota» и не «LADA»."),
    (leaf("brand_bought", "none_of", ["Kia"]), "Ни разу не покупал автомобиль бренда «Kia»."),
    (leaf("owned_brand", "any_of", ["Kia", "BMW"]), "Владеет автомобилем бренда — «Kia» или «BMW»."),
    (leaf("owned_brand", "none_of", ["Kia", "BMW"]), "Нет автомобиля бренда «Kia» или «BMW»."),
    ({"not": leaf("owned_brand", "any_of", ["Kia"])}, "Нет автомобиля бренда «Kia»."),
    ({"not": leaf("owned_brand", "none_of", ["Kia"])}, "Владеет автомобилем бренда — «Kia»."),
    (leaf("city", "any_of", ["Казань"]), "Город — «Казань»."),
    (leaf("sex", "any_of", ["f"]), "Пол — «женщина»."),
    (leaf("left_reason", "contains", "дорого"), "Причина ухода без покупки — содержит «дорого»."),
    (no(leaf("left_reason", "starts_with", "дорого")), "Причина ухода без покупки — не начинается с «дорого»."),
    (leaf("left_without_purchase", "within_days", 30), "Ушёл без покупки — за последние 30 дней."),
    (leaf("is_company", "is", False), "Это физическое лицо."),
    (no(leaf("has_email", "is", True)), "Нет e-mail."),
    (leaf("email_consent", "is", True), "Есть согласие на рекламу по e-mail."),
    (
        leaf("sms_consent", "for_brand", ["Toyota", "Kia"]),
        "Согласие на рекламу по SMS — хотя бы для одного из брендов: «Toyota», «Kia».",
    ),
    (leaf("sms_consent", "not_for_brand", ["Toyota"]), "Согласие на рекламу по SMS — не для бренда «Toyota»."),
    (leaf("call_consent", "withdrawn"), "Согласие на рекламные звонки — отозвано."),
    (no(leaf("email_consent", "withdrawn")), "Согласие на рекламу по e-mail — не отозвано."),
    (leaf("segment", "any_of", ["vip"]), "Входит в сегмент «Лучшие»."),
    (leaf("segment", "any_of", ["vip", "sleeping"]), "Входит хотя бы в один из сегментов: «Лучшие», «Спящие»."),
    (leaf("segment", "none_of", ["vip"]), "Не входит в сегмент «Лучшие»."),
    (no(leaf("segment", "any_of", ["vip", "sleeping"])), "Не входит ни в один из сегментов: «Лучшие», «Спящие»."),
    (leaf("in_list", "any_of", ["1"]), "Есть в списке «Выставка»."),
    (leaf("in_list", "none_of", ["1", "2"]), "Нет ни в одном из списков: «Выставка», «Клуб»."),
    (leaf("rfm_segment", "any_of", ["vip"]), "RFM-сегмент (все покупки) — «VIP-клиенты»."),
    (
        leaf("rfm_code_new", "any_of", ["444", "443"]),
        "Код RFM (новые автомобили) — «444 · VIP-клиенты» или «443 · VIP-клиенты».",
    ),
    (leaf("rfm_segment_service", "none_of", ["sleeping"]), "RFM-сегмент (сервис) — не «Спящие»."),
    (leaf("classmate_of", "any_of", ["Toyota"]), "Одноклассник бренда (последняя покупка) — «Toyota»."),
    (leaf("age", "between", [25, 40]), "Возраст, лет — от 25 до 40."),
    (leaf("car_age", "between", [3, 5]), "Возраст самого нового автомобиля, лет — от 3 до 5."),
    (leaf("months_owned", "at_least", 36), "Срок владения самым новым автомобилем, месяцев — не меньше 36."),
    (leaf("reachable", "any_of", ["email"]), "Доступный канал — «e-mail»."),
    (leaf("reachable", "none_of", ["email"]), "Нет доступного канала «e-mail»."),
    (did("bought", 1, None), "Покупка автомобиля — хотя бы 1 раз."),
    (did("serviced", 2, 365), "Заезд на сервис — хотя бы 2 раза за последние 365 дней."),
    (no(did("visited", 1, 30)), "Визит в салон — ни разу за последние 30 дней."),
    (no(did("serviced", 3, 730)), "Заезд на сервис — меньше 3 раз за последние 730 дней."),
    (
        did("bought", 1, None, leaf("brand", "any_of", ["Toyota"]), leaf("amount", "at_least", "2000000")),
        "Покупка автомобиля (бренд — «Toyota»; сумма — не меньше 2 000 000 ₽) — хотя бы 1 раз.",
    ),
    (
        did("visited", 1, 90, leaf("centre", "any_of", ["Максимум Лахта"]), leaf("when", "since", "2026-01-01")),
        "Визит в салон (дилерский центр — «Максимум Лахта»; дата — начиная с 1 января 2026 года) — хотя бы 1 раз за последние 90 дней.",
    ),
    (
        did("owns_car", 1, None, leaf("brand", "any_of", ["Toyota"]), leaf("age", "between", [3, 5])),
        "Есть автомобиль (бренд — «Toyota»; возраст автомобиля, лет — от 3 до 5).",
    ),
    (no(did("owns_car", 1, None)), "Нет автомобиля."),
    (did("owns_car", 2, 90), "Есть не меньше 2 автомобилей (владеет не больше 90 дней)."),
    (
        did("owns_car", 1, None, leaf("classmate_of", "any_of", ["Toyota"])),
        "Есть автомобиль (одноклассник бренда — «Toyota»).",
    ),
    (no(did("owns_car", 3, None)), "Меньше 3 автомобилей."),
    (did("clicked", 1, 30), "Переход по ссылке из сообщения — хотя бы 1 раз за последние 30 дней."),
    (no(did("opened", 1, 90)), "Открытие сообщения — ни разу за последние 90 дней."),
    (did("received", 3, 30), "Получение сообщения — хотя бы 3 раза за последние 30 дней."),
    (leaf("messages_opened", "at_least", 5), "Открыто сообщений — не меньше 5."),
    (leaf("last_opened", "earlier_than_days", 180), "Последнее открытие сообщения — больше 180 дней назад."),
    (
        {
            "all": [
                leaf("brand", "any_of", ["Toyota"]),
                {"any": [leaf("last_service", "earlier_than_days", 365), no(did("serviced", 1, None))]},
                no(leaf("segment", "any_of", ["vip"])),
            ]
        },
        "Бренд последней покупки — «Toyota», и (последний сервис — больше 365 дней назад, или заезд на сервис — ни разу), и не входит в сегмент «Лучшие».",
    ),
    (
        no({"any": [leaf("purchases", "at_least", 2), did("called", 1, 7)]}),
        "Неверно, что (число покупок — не меньше 2, или звонок — хотя бы 1 раз за последние 7 дней).",
    ),
    ({"all": [leaf("has_phone", "is", True)]}, "Есть телефон."),
    (
        {"any": [no(leaf("birthday", "in_months", [5])), leaf("birthday", "is_empty")]},
        "День рождения — не в мае, или день рождения — данных нет.",
    ),
]


class Said(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_dictionaries(), make_brand("BMW")
        cls.lists = dict(
            zip("12", map(str, ContactList.objects.order_by("pk").values_list("pk", flat=True)), strict=True)
        )

    def told(self, node: dict, language: str = "ru") -> str:
        if node.get("field") == "in_list":
            node = node | {"value": [self.lists[each] for each in node["value"]]}
        with translation.override(language):
            return sentence({"format": 1, "rule": node}).replace("\xa0", " ")

    def test_each_rule_has_its_sentence(self) -> None:
        for node, words in SAID:
            with self.subTest(words):
                self.assertEqual(self.told(node), words)

    def test_an_english_manager_reads_the_same(self) -> None:
        for node, words in (
            (no(leaf("last_purchase", "within_days", 365)), "Last purchase — not in the last 365 days."),
            (leaf("birthday", "in_months", [5, 6]), "Birthday — in May or in June."),
            (no(did("owns_car", 1, None)), "Has no car."),
            (did("owns_car", 2, 30), "Has at least 2 cars (owned for not more than 30 days)."),
            (leaf("segment", "none_of", ["vip"]), "Is not in segment “Лучшие”."),
        ):
            with self.subTest(words):
                self.assertEqual(self.told(node, "en"), words)
