"""The fields of each kind of file, and how exports usually call their columns."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models.imports import Mapping


@dataclass(frozen=True, slots=True)
class Field:
    """`aliases` are headers in lower case with ё → е and nothing but letters, digits and single spaces."""

    name: str
    label: str | Promise
    aliases: tuple[str, ...]
    needed: bool = False  # must have a column
    several: bool = False  # takes all matching columns, not the first one only


CENTRES = (
    "подразделение",
    "салон",
    "дилерский центр",
    "центр",
    "организация",
    "дц",
    "филиал",
    "автосалон",
    "автоцентр",
    "площадка",
    "место хранения",
    "склад",
    "подразделение компании",
)
BRANDS = (
    "марка", "бренд", "марка автомобиля", "марка а м", "марка тс", "brand", "make",
    "марка модель", "марка и модель", "марка и модель автомобиля", "марка модель автомобиля",  # taken apart by the brand
)  # fmt: skip
MODELS = ("модель", "модель автомобиля", "модель а м", "модель тс", "model")
VINS = (
    "vin",
    "вин",
    "vin номер",
    "vin код",
    "вин код",
    "вин номер",
    "номер кузова",
    "vin автомобиля",
    "идентификационный номер",
)
YEARS = ("год выпуска", "год", "г в", "год в", "год изготовления", "год модели", "модельный год")
CONDITIONS = ("состояние", "новый б у", "тип автомобиля", "новый с пробегом", "категория автомобиля", "вид автомобиля")
PHONES = (
    "телефон",
    "моб телефон",
    "мобильный телефон",
    "телефон мобильный",
    "мобильный",
    "сотовый телефон",
    "сотовый",
    "контактный телефон",
    "телефон для связи",
    "номер телефона",
    "телефоны",
    "контактные телефоны",
    "тел",
    "доп телефон",
    "дополнительный телефон",
    "телефон дополнительный",
    "рабочий телефон",
    "телефон рабочий",
    "домашний телефон",
    "телефон домашний",
    "phone",
    "mobile",
)
EMAILS = (
    "e mail",
    "email",
    "эл почта",
    "электронная почта",
    "почта",
    "адрес электронной почты",
    "адрес эл почты",
    "mail",
    "емейл",
    "имейл",
    "электронный адрес",
)
CODES = (
    "код контрагента",
    "код клиента",
    "контрагент код",
    "клиент код",
    "код покупателя",
    "покупатель код",
    "код карточки",
    "id клиента",
    "ид клиента",
    "код физлица",
)

CARD_FIELDS = (
    Field("code", _("code of the card"), ("код", *CODES, "guid", "ид", "id", "ref key", "ссылка", "код 1с", "уникальный идентификатор"), needed=True),
    Field("name", _("full name or company"), ("фио", "ф и о", "полное наименование", "наименование полное", "клиент", "контрагент", "покупатель", "имя клиента", "наименование", "фамилия имя отчество", "владелец", "заказчик", "физическое лицо", "представление", "наименование контрагента", "name", "full name")),
    Field("last_name", _("last name"), ("фамилия", "last name", "surname")),
    Field("first_name", _("first name"), ("имя", "first name")),
    Field("middle_name", _("patronymic"), ("отчество", "middle name")),
    Field("phone", _("phones"), PHONES, several=True),
    Field("email", _("e-mails"), EMAILS, several=True),
    Field("birth_date", _("date of birth"), ("дата рождения", "день рождения", "др", "д р", "дата рожд", "birthday", "birth date", "date of birth")),
    Field("sex", _("sex"), ("пол", "gender", "sex")),
    Field("city", _("city"), ("город", "населенный пункт", "г", "город проживания", "место жительства", "нас пункт", "city")),
    Field("centre", _("dealer centre"), CENTRES),
    Field("consent", _("consent to mailings"), ("согласие на рассылку", "согласие", "согласие на рекламу", "рассылка", "согласие на рекламную рассылку", "согласие на получение рекламы", "согласие на рассылки", "разрешена рассылка", "рекламное согласие", "получать рассылку", "согласие на коммуникации", "opt in")),
    Field("consent_date", _("date of the consent"), ("дата согласия", "дата согласия на рассылку", "дата получения согласия", "согласие дата", "согласие от")),
    Field("comment", _("comment: only “do not call” is read from it"), ("комментарий", "примечание", "комментарии", "примечания", "заметки", "дополнительная информация", "доп информация", "описание"), several=True),
    Field("created_on", _("opened on"), ("дата создания", "создан", "дата регистрации", "дата заведения", "дата ввода", "дата добавления", "дата записи")),
)  # fmt: skip
DOCUMENT_FIELDS = (
    Field("key", _("identifier in the source"), ("guid", "ссылка", "ref key", "уникальный идентификатор", "ид документа", "идентификатор документа")),
    Field("number", _("number"), ("номер", "номер документа", "заказ наряд", "номер заказ наряда", "документ", "номер заказа", "номер договора", "номер сделки", "номер визита", "номер записи", "ид", "id"), needed=True),
    Field("date", _("date"), ("дата", "дата документа", "дата закрытия", "дата продажи", "дата визита", "дата посещения", "дата сделки", "дата выдачи", "дата записи", "дата операции", "дата и время", "дата время", "дата заказ наряда", "дата открытия", "дата договора"), needed=True),
    Field("kind", _("kind of document"), ("вид операции", "вид документа", "тип документа", "хозоперация", "операция", "тип операции", "вид события", "тип события", "событие", "вид записи", "тип записи", "вид", "тип"), needed=True),
    Field("card_code", _("code of the card (may be empty for visits and bookings)"), (*CODES, "код")),
    Field("brand", _("brand"), BRANDS),
    Field("model", _("model"), MODELS),
    Field("vin", "VIN", VINS),
    Field("plate", _("plate"), ("гос номер", "госномер", "государственный номер", "рег номер", "грз", "регистрационный номер", "гос рег знак", "госзнак", "рег знак")),
    Field("year", _("year"), YEARS),
    Field("condition", _("new or used"), CONDITIONS),
    Field("amount", _("sum, ₽"), ("сумма документа", "сумма", "сумма руб", "сумма с ндс", "сумма продажи", "сумма заказ наряда", "стоимость", "стоимость работ и запчастей", "цена", "цена продажи", "итого", "сумма всего", "сумма сделки", "сумма договора")),
    Field("margin", _("margin, ₽"), ("маржа", "маржа руб", "прибыль", "валовая прибыль", "доход", "маржинальная прибыль")),
    Field("centre", _("dealer centre"), CENTRES),
    Field("salesperson", _("salesperson"), ("менеджер", "мастер приемщик", "продавец", "ответственный", "мастер", "менеджер по продажам", "продавец консультант", "мастер консультант", "сотрудник", "консультант")),
    Field("reason", _("reason of refusal"), ("причина отказа", "причина ухода", "причина", "причина непокупки", "почему не купил")),
    Field("status", _("status"), ("статус", "состояние документа", "статус документа", "этап", "состояние заказ наряда", "статус записи")),
)  # fmt: skip
STOCK_FIELDS = (
    Field("vin", "VIN", VINS),
    Field("key", _("stock number"), ("складской номер", "номер на складе", "внутренний номер", "код автомобиля", "ид автомобиля", "номер автомобиля", "код", "номер", "guid", "ссылка", "id", "ид", "стоковый номер", "stock id", "номенклатура код")),
    Field("brand", _("brand"), BRANDS),
    Field("model", _("model"), MODELS),
    Field("trim", _("trim"), ("комплектация", "модификация", "исполнение", "вариант исполнения", "версия", "trim")),
    Field("car_class", _("class"), ("класс", "сегмент", "класс автомобиля", "тип кузова", "кузов")),
    Field("condition", _("new or used"), CONDITIONS),
    Field("year", _("year"), YEARS),
    Field("mileage", _("mileage, km"), ("пробег", "пробег км", "показания одометра", "одометр")),
    Field("colour", _("colour"), ("цвет", "цвет кузова", "цвет автомобиля", "color")),
    Field("price", _("price, ₽"), ("цена", "цена руб", "розничная цена", "цена продажи", "стоимость", "цена розничная", "ррц", "цена с учетом скидки", "цена на сайте", "price")),
    Field("centre", _("dealer centre"), CENTRES),
    Field("arrived_on", _("arrived"), ("дата поступления", "поступил", "дата прихода", "дата прибытия", "на складе с", "дата постановки на склад", "дата приемки", "дата оприходования")),
)  # fmt: skip
TRAFFIC_FIELDS = (
    Field("centre", _("dealer centre"), CENTRES, needed=True),
    Field("day", _("day"), ("дата", "день", "date"), needed=True),
    Field("visitors", _("visitors"), ("посетители", "посетителей", "количество посетителей", "число посетителей", "кол во посетителей", "трафик", "входящий трафик", "вошло", "вошли", "визиты", "посещений", "количество", "visitors"), needed=True),
)  # fmt: skip
STOP_FIELDS = (
    Field("phone", _("phones"), (*PHONES, "номер", "абонент", "msisdn", "телефон абонента"), several=True),
    Field("email", _("e-mails"), (*EMAILS, "адрес"), several=True),
    Field("channel", _("channel (empty: all)"), ("канал", "канал коммуникации", "вид рассылки", "тип рассылки", "способ связи", "тип коммуникации", "отказ от")),
    Field("brand", _("brand (empty: all)"), BRANDS),
    Field("reason", _("reason"), ("причина", "причина отказа", "комментарий", "примечание", "основание", "причина отписки")),
    Field("date", _("date"), ("дата", "дата отказа", "дата отписки", "дата внесения", "дата обращения", "дата добавления")),
)  # fmt: skip
FIELDS: dict[str, tuple[Field, ...]] = {
    Mapping.Kind.CARDS: CARD_FIELDS,
    Mapping.Kind.DOCUMENTS: DOCUMENT_FIELDS,
    Mapping.Kind.STOCK: STOCK_FIELDS,
    Mapping.Kind.TRAFFIC: TRAFFIC_FIELDS,
    Mapping.Kind.STOP_LIST: STOP_FIELDS,
}
# Of these fields at least one must have a column.
ONE_OF: dict[str, tuple[str, ...]] = {
    Mapping.Kind.CARDS: ("name", "last_name", "first_name"),
    Mapping.Kind.STOCK: ("vin", "key"),
    Mapping.Kind.STOP_LIST: ("phone", "email"),
}
