"""What an invented dealer holding sells and where, and how its people write it. Order matters (see names)."""

# city, weight
CITIES = [
    ("Санкт-Петербург", 62),
    ("Всеволожск", 4),
    ("Гатчина", 4),
    ("Выборг", 3),
    ("Колпино", 4),
    ("Пушкин", 3),
    ("Москва", 5),
    ("Великий Новгород", 2),
    ("Псков", 2),
    ("Мурманск", 2),
    ("Калининград", 1),
    ("Екатеринбург", 1),
    ("Новосибирск", 1),
    ("Владивосток", 1),
    ("", 5),
]
CITY_NOISE = {
    "Санкт-Петербург": ["СПб", "спб", "С-Петербург", "г. Санкт-Петербург", "Санкт Петербург", "Питер"],
    "Москва": ["г.Москва", "Мск", "МОСКВА"],
}
CENTRES = [
    "Максимум Северо-Запад",
    "Максимум Мурино",
    "Максимум Пулково",
    "Максимум Приморская",
    "Максимум Купчино",
    "Максимум Лахта",
    "Максимум Парнас",
    "Максимум Девяткино",
    "Максимум Трейд-ин",
    "Максимум Сервис",
]
MANAGERS = [
    "Кравченко А.",
    "Лисовская М.",
    "Тимченко Д.",
    "Гордиенко С.",
    "Ясюкевич О.",
    "Прядко И.",
    "Шевчук Н.",
    "Мороз Е.",
]
# brand, share, (model, segment, base price in thousand roubles of 2021)
BRANDS = [
    (
        "Mitsubishi",
        14,
        [
            ("Outlander", "SUV-D", 2300),
            ("ASX", "SUV-B", 1700),
            ("Pajero Sport", "SUV-E", 3400),
            ("L200", "PICKUP", 2900),
        ],
    ),
    (
        "Hyundai",
        13,
        [("Solaris", "B", 1050), ("Creta", "SUV-B", 1450), ("Tucson", "SUV-C", 2300), ("Santa Fe", "SUV-D", 3200)],
    ),
    ("Kia", 12, [("Rio", "B", 1030), ("Sportage", "SUV-C", 2350), ("Sorento", "SUV-D", 3300), ("K5", "D", 2300)]),
    (
        "Renault",
        11,
        [("Logan", "B", 900), ("Duster", "SUV-B", 1350), ("Kaptur", "SUV-B", 1450), ("Arkana", "SUV-C", 1600)],
    ),
    ("Nissan", 9, [("Qashqai", "SUV-C", 1850), ("X-Trail", "SUV-D", 2250), ("Terrano", "SUV-B", 1350)]),
    ("Skoda", 9, [("Rapid", "B", 1200), ("Octavia", "C", 1900), ("Kodiaq", "SUV-D", 3000), ("Karoq", "SUV-C", 2200)]),
    ("Volkswagen", 8, [("Polo", "B", 1150), ("Tiguan", "SUV-C", 2500), ("Touareg", "SUV-E", 5900)]),
    ("Toyota", 5, [("Camry", "D", 2500), ("RAV4", "SUV-C", 2700), ("Land Cruiser Prado", "SUV-E", 5200)]),
    ("BMW", 3, [("X3", "SUV-D", 5200), ("X5", "SUV-E", 8200), ("3", "D", 3900)]),
    ("Audi", 2, [("Q5", "SUV-D", 5000), ("A6", "E", 5100)]),
    ("Chery", 5, [("Tiggo 4 Pro", "SUV-B", 1700), ("Tiggo 7 Pro", "SUV-C", 2100), ("Tiggo 8 Pro", "SUV-D", 2700)]),
    ("Haval", 5, [("Jolion", "SUV-B", 1800), ("F7", "SUV-C", 2200), ("Dargo", "SUV-D", 2600)]),
    ("LADA", 4, [("Granta", "B", 680), ("Vesta", "B", 1050), ("Niva Travel", "SUV-B", 990)]),
]
BRAND_NOISE = {
    "Mitsubishi": ["MITSUBISHI", "Мицубиси", "Митсубиши", "mitsubishi "],
    "Hyundai": ["HYUNDAI", "Хендай", "Хёндэ", "Hyunday"],
    "Volkswagen": ["VW", "Фольксваген", "VOLKSWAGEN", "Volkswagen ЛА"],
    "Skoda": ["Skoda", "ШКОДА", "SKODA"],
    "LADA": ["Лада", "ВАЗ (LADA)", "Lada"],
    "Kia": ["KIA", "КИА", "Киа"],
    "Renault": ["RENAULT", "Рено"],
    "Nissan": ["NISSAN", "Ниссан"],
    "Toyota": ["TOYOTA", "Тойота"],
}
MAIL_HOSTS = [
    ("mail.ru", 34),
    ("yandex.ru", 28),
    ("gmail.com", 18),
    ("bk.ru", 5),
    ("rambler.ru", 4),
    ("inbox.ru", 4),
    ("list.ru", 4),
    ("ya.ru", 2),
    ("icloud.com", 1),
]
MAIL_TYPOS = {
    "mail.ru": ["mail.ri", "mai.ru", "mail,ru", "mail.ru.", "meil.ru"],
    "yandex.ru": ["yandex.tu", "yndex.ru", "yandex,ru", "yandex"],
    "gmail.com": ["gmail.ru", "gmail.con", "gmai.com", "gmail.com "],
}
NO_MAIL = ["нет", "-", "нет@нет.ру", "no@mail.ru", "отказ", "123@mail.ru", "net", "."]
NO_PHONE = ["9999999999", "0000000", "нет", "-", "+7(___)___-__-__", "89111111111"]
REFUSALS = [
    "Высокая цена",
    "Нет в наличии",
    "Купил у конкурента",
    "Передумал покупать",
    "Не одобрили кредит",
    "Не понравились условия trade-in",
    "Думает",
    "",
]
