import polars as pl
from django.test import SimpleTestCase
from django.utils.translation import override

from segments.importing.errors import UnusableFile
from segments.importing.fields import FIELDS
from segments.importing.mapping import CHANNELS, CONSENTS, Columns, check, check_options, fields_of, propose, wanted

# Header rows of typical exports: (kind, headers, what must fill what).
EXPORTS: list[tuple[str, str, dict[str, str]]] = [
    # 1C: catalogue of counterparties
    ("cards", "Код;ФИО;Телефон;E-mail;Дата рождения;Город;Согласие на рассылку", {"code": "Код", "name": "ФИО", "phone": "Телефон", "email": "E-mail", "birth_date": "Дата рождения", "city": "Город", "consent": "Согласие на рассылку"}),
    ("cards", "Код;Наименование;Телефон;Доп. телефон;Эл. почта;Пол;Подразделение;Дата создания", {"code": "Код", "name": "Наименование", "phone": "Телефон|Доп. телефон", "email": "Эл. почта", "sex": "Пол", "centre": "Подразделение", "created_on": "Дата создания"}),
    ("cards", "Код контрагента;Фамилия;Имя;Отчество;Мобильный телефон;Рабочий телефон;Адрес электронной почты", {"code": "Код контрагента", "last_name": "Фамилия", "first_name": "Имя", "middle_name": "Отчество", "phone": "Мобильный телефон|Рабочий телефон", "email": "Адрес электронной почты"}),
    ("cards", "Код;Наименование;Полное наименование;ИНН;Комментарий;Телефон 1;Телефон 2;Телефон3", {"code": "Код", "name": "Полное наименование", "comment": "Комментарий", "phone": "Телефон 1|Телефон 2|Телефон3"}),
    ("cards", "Ref_Key;Клиент (ФИО);Телефон клиента;Email клиента;Дата рождения клиента", {"code": "Ref_Key", "name": "Клиент (ФИО)", "phone": "Телефон клиента", "email": "Email клиента", "birth_date": "Дата рождения клиента"}),
    ("cards", "Код клиента;Ф.И.О.;Моб. телефон;Телефон менеджера;Д.р.;Нас. пункт", {"code": "Код клиента", "name": "Ф.И.О.", "phone": "Моб. телефон", "birth_date": "Д.р.", "city": "Нас. пункт"}),
    ("cards", "Покупатель / Код;Покупатель / Наименование;Покупатель / Телефон;Покупатель / E-mail;Продавец / Телефон", {"code": "Покупатель / Код", "name": "Покупатель / Наименование", "phone": "Покупатель / Телефон", "email": "Покупатель / E-mail"}),
    ("cards", "ИД;Контрагент;Контактный телефон;Согласие;Дата согласия;Примечание", {"code": "ИД", "name": "Контрагент", "phone": "Контактный телефон", "consent": "Согласие", "consent_date": "Дата согласия", "comment": "Примечание"}),
    # website and lists of exhibitions
    ("cards", "id;Имя;Телефон для связи;Почта;Город", {"code": "id", "first_name": "Имя", "phone": "Телефон для связи", "email": "Почта", "city": "Город"}),
    ("cards", "ID клиента,Full name,Phone,Email,City,Birth date", {"code": "ID клиента", "name": "Full name", "phone": "Phone", "email": "Email", "city": "City", "birth_date": "Birth date"}),
    ("cards", "GUID;Владелец;Сотовый телефон;Домашний телефон;Емейл;День рождения;ДЦ", {"code": "GUID", "name": "Владелец", "phone": "Сотовый телефон|Домашний телефон", "email": "Емейл", "birth_date": "День рождения", "centre": "ДЦ"}),
    # documents
    ("documents", "Номер;Дата;Вид операции;Код контрагента;Марка;Модель;VIN;Гос. номер;Год выпуска;Состояние;Сумма документа;Подразделение;Менеджер;Причина отказа", {"number": "Номер", "date": "Дата", "kind": "Вид операции", "card_code": "Код контрагента", "brand": "Марка", "model": "Модель", "vin": "VIN", "plate": "Гос. номер", "year": "Год выпуска", "condition": "Состояние", "amount": "Сумма документа", "centre": "Подразделение", "salesperson": "Менеджер", "reason": "Причина отказа"}),
    ("documents", "Ссылка;Номер документа;Дата документа;Вид документа;Контрагент.Код;Марка а/м;Модель а/м;VIN-код;Сумма, руб.", {"key": "Ссылка", "number": "Номер документа", "date": "Дата документа", "kind": "Вид документа", "card_code": "Контрагент.Код", "brand": "Марка а/м", "model": "Модель а/м", "vin": "VIN-код", "amount": "Сумма, руб."}),
    ("documents", "Заказ-наряд;Дата закрытия;Тип документа;Код клиента;Автомобиль / Марка;Автомобиль / Модель;Автомобиль / VIN;Госномер;Мастер-приёмщик;Сумма заказ-наряда;Статус", {"number": "Заказ-наряд", "date": "Дата закрытия", "kind": "Тип документа", "card_code": "Код клиента", "brand": "Автомобиль / Марка", "model": "Автомобиль / Модель", "vin": "Автомобиль / VIN", "plate": "Госномер", "salesperson": "Мастер-приёмщик", "amount": "Сумма заказ-наряда", "status": "Статус"}),
    ("documents", "Номер;Дата визита;Вид события;Код клиента;Салон;Продавец-консультант;Причина ухода", {"number": "Номер", "date": "Дата визита", "kind": "Вид события", "card_code": "Код клиента", "centre": "Салон", "salesperson": "Продавец-консультант", "reason": "Причина ухода"}),
    ("documents", "Номер договора;Дата продажи;ХозОперация;Код покупателя;Бренд;Модель;Номер кузова;Г.в.;Новый/б.у.;Цена продажи;Валовая прибыль", {"number": "Номер договора", "date": "Дата продажи", "kind": "ХозОперация", "card_code": "Код покупателя", "brand": "Бренд", "model": "Модель", "vin": "Номер кузова", "year": "Г.в.", "condition": "Новый/б.у.", "amount": "Цена продажи", "margin": "Валовая прибыль"}),
    ("documents", "Номер записи;Дата записи;Тип записи;Код контрагента;Филиал;Ответственный;Статус записи", {"number": "Номер записи", "date": "Дата записи", "kind": "Тип записи", "card_code": "Код контрагента", "centre": "Филиал", "salesperson": "Ответственный", "status": "Статус записи"}),
    ("documents", "GUID;Документ;Дата и время;Операция;Код;Рег. номер;Маржа;Организация", {"key": "GUID", "number": "Документ", "date": "Дата и время", "kind": "Операция", "card_code": "Код", "plate": "Рег. номер", "margin": "Маржа", "centre": "Организация"}),
    # stock
    ("stock", "VIN;Складской номер;Марка;Модель;Комплектация;Класс;Состояние;Год выпуска;Пробег, км;Цвет;Цена, руб.;Подразделение;Дата поступления", {"vin": "VIN", "key": "Складской номер", "brand": "Марка", "model": "Модель", "trim": "Комплектация", "car_class": "Класс", "condition": "Состояние", "year": "Год выпуска", "mileage": "Пробег, км", "colour": "Цвет", "price": "Цена, руб.", "centre": "Подразделение", "arrived_on": "Дата поступления"}),
    ("stock", "Внутренний номер;Марка ТС;Модель ТС;Модификация;VIN номер;Пробег;Цвет кузова;Розничная цена;Закупочная цена;Место хранения", {"key": "Внутренний номер", "brand": "Марка ТС", "model": "Модель ТС", "trim": "Модификация", "vin": "VIN номер", "mileage": "Пробег", "colour": "Цвет кузова", "price": "Розничная цена", "centre": "Место хранения"}),
    ("stock", "vin,brand,model,trim,color,price,stock_id", {"vin": "vin", "brand": "brand", "model": "model", "trim": "trim", "colour": "color", "price": "price", "key": "stock_id"}),
    ("stock", "Код автомобиля;Марка автомобиля;Модель автомобиля;Идентификационный номер (VIN);Год изготовления;РРЦ;На складе с", {"key": "Код автомобиля", "brand": "Марка автомобиля", "model": "Модель автомобиля", "vin": "Идентификационный номер (VIN)", "year": "Год изготовления", "price": "РРЦ", "arrived_on": "На складе с"}),
    # visitor counters
    ("traffic", "Салон;Дата;Количество посетителей", {"centre": "Салон", "day": "Дата", "visitors": "Количество посетителей"}),
    ("traffic", "Дилерский центр;День;Входящий трафик;Вышло", {"centre": "Дилерский центр", "day": "День", "visitors": "Входящий трафик"}),
    ("traffic", "date,Автоцентр,visitors", {"day": "date", "centre": "Автоцентр", "visitors": "visitors"}),
    # stop-lists
    ("stop_list", "Телефон;E-mail;Канал;Марка;Причина;Дата отказа", {"phone": "Телефон", "email": "E-mail", "channel": "Канал", "brand": "Марка", "reason": "Причина", "date": "Дата отказа"}),
    ("stop_list", "Номер телефона;Комментарий;Дата внесения", {"phone": "Номер телефона", "reason": "Комментарий", "date": "Дата внесения"}),
    ("stop_list", "email,Причина отписки,Дата отписки", {"email": "email", "reason": "Причина отписки", "date": "Дата отписки"}),
    ("stop_list", "MSISDN;Вид рассылки", {"phone": "MSISDN", "channel": "Вид рассылки"}),
    ("stop_list", "ФИО;Телефон 1;Телефон 2;Электронная почта;Основание", {"phone": "Телефон 1|Телефон 2", "email": "Электронная почта", "reason": "Основание"}),
]  # fmt: skip


def headers_of(row: str) -> list[str]:
    return row.split(";") if ";" in row else row.split(",")


class Proposals(SimpleTestCase):
    def test_typical_exports_are_understood(self) -> None:
        assert len(EXPORTS) == 30
        for kind, row, expected in EXPORTS:
            with self.subTest(row=row):
                wanted = {field: headers.split("|") for field, headers in expected.items()}
                proposed = propose(kind, headers_of(row))
                assert proposed == wanted
                assert check(kind, proposed, headers_of(row)) == wanted

    def test_the_order_of_the_columns_does_not_matter(self) -> None:
        for kind, row, _expected in EXPORTS:
            with self.subTest(row=row):
                there, back = propose(kind, headers_of(row)), propose(kind, headers_of(row)[::-1])
                assert {field: set(headers) for field, headers in there.items()} == {
                    field: set(headers) for field, headers in back.items()
                }

    def test_a_header_fills_one_field(self) -> None:
        for kind, row, _expected in EXPORTS:
            filled = [header for headers in propose(kind, headers_of(row)).values() for header in headers]
            assert len(filled) == len(set(filled)), row

    def test_the_parts_of_a_name_go_with_the_name_of_a_company(self) -> None:
        headers = ["Код", "Наименование", "Фамилия", "Имя", "Отчество"]
        assert list(propose("cards", headers)) == ["code", "name", "last_name", "first_name", "middle_name"]

    def test_somebody_elses_telephone_is_not_the_customers(self) -> None:
        assert "phone" not in propose("cards", ["Код", "Телефон менеджера", "Продавец / Телефон", "Телефон салона"])

    def test_every_alias_is_written_as_headers_are_compared(self) -> None:
        for kind, fields in FIELDS.items():
            for field in fields:
                for alias in field.aliases:
                    assert propose(kind, [alias]), (kind, alias)


class Checks(SimpleTestCase):
    def refusal(self, kind: str, columns: Columns, headers: list[str]) -> str:
        with override("en"), self.assertRaises(UnusableFile) as caught:
            check(kind, columns, headers)
        return str(caught.exception)

    def test_what_is_needed_is_named(self) -> None:
        said = self.refusal("cards", {"phone": ["Тел"]}, ["Тел"])
        assert "code of the card" in said
        assert "full name or company or last name or first name" in said
        assert "VIN or stock number" in self.refusal("stock", {"price": ["Цена"]}, ["Цена"])
        assert "phones or e-mails" in self.refusal("stop_list", {"date": ["Дата"]}, ["Дата"])
        assert "visitors" in self.refusal("traffic", {"centre": ["Салон"], "day": ["Дата"]}, ["Салон", "Дата"])

    def test_a_column_that_is_not_there_and_a_field_that_is_not_known(self) -> None:
        assert "“Почта”" in self.refusal("stop_list", {"email": ["Почта"]}, ["Телефон"])
        assert "passport" in self.refusal("cards", {"passport": ["Паспорт"]}, ["Паспорт"])

    def test_visits_need_no_code_of_a_card(self) -> None:
        columns = {"number": ["Номер"], "date": ["Дата"], "kind": ["Вид"]}
        assert check("documents", columns | {"brand": []}, ["Номер", "Дата", "Вид"]) == columns

    def test_an_option_stands_in_for_the_column_of_kinds(self) -> None:
        columns, headers = {"number": ["Номер"], "date": ["Дата"]}, ["Номер", "Дата"]
        assert "kind of document" in self.refusal("documents", columns, headers)
        assert check("documents", columns, headers, {"kind": "visit"}) == columns


class Options(SimpleTestCase):
    def test_what_a_yes_covers(self) -> None:
        said = {"channels": ["sms", "email"], "purpose": "service", "text": "  Согласен \n на всё "}
        assert check_options("cards", {"consent": said}) == {
            "consent": {"channels": ["email", "sms"], "purpose": "service", "text": "Согласен на всё"}
        }
        assert check_options("cards", {"consent": {}}) == {}
        assert check_options("cards", {}) == {}

    def test_what_rows_without_a_kind_are(self) -> None:
        assert check_options("documents", {"kind": "visit"}) == {"kind": "visit"}
        assert check_options("documents", {"kind": ""}) == {}

    def test_what_nobody_knows_is_refused(self) -> None:
        for kind, options in (
            ("cards", {"consents": {}}),
            ("cards", {"kind": "visit"}),
            ("documents", {"kind": "танец"}),
            ("stock", {"consent": {"channels": ["sms"]}}),
            ("cards", {"consent": "да"}),
            ("cards", {"consent": {"channels": ["голубь"]}}),
            ("cards", {"consent": {"channels": []}}),
            ("cards", {"consent": {"channels": [1]}}),
            ("cards", {"consent": {"purpose": "любая"}}),
            ("cards", {"consent": {"text": "а" * 301}}),
            ("cards", {"consent": {"brand": "LADA"}}),
        ):
            with self.subTest(options=options), self.assertRaises(UnusableFile):
                check_options(kind, options)

    def test_every_channel_belongs_to_one_kind_of_address(self) -> None:
        channels = [channel for several in CHANNELS.values() for channel in several]
        assert len(channels) == len(set(channels))

    def test_a_consent_for_advertising_platforms_is_of_every_kind(self) -> None:
        assert all("ads" in several for several in CONSENTS.values())
        assert check_options("cards", {"consent": {"channels": ["ads", "email"]}}) == {
            "consent": {"channels": ["email", "ads"]}
        }


class Cells(SimpleTestCase):
    def test_columns_of_one_field_become_one_cell(self) -> None:
        frame = pl.DataFrame({
            "line": [2], "Тел": [" 1 "], "Доп": [""], "Ещё": ["2"], "Заметка": ["a"], "Примечание": ["b"], "Паспорт": ["4"],
        })  # fmt: skip
        columns = {"phone": ["Тел", "Доп", "Ещё"], "comment": ["Заметка", "Примечание"]}
        row = fields_of("cards", frame, columns).row(0, named=True)
        assert (row["phone"], row["comment"], row["email"]) == ("1\n2", "a b", "")
        assert wanted(columns) == ["Тел", "Доп", "Ещё", "Заметка", "Примечание"]
