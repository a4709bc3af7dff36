"""The dictionaries an installation begins with: brands, cities with their time zones, and usual spellings."""

# Canonical name: how exports also write it (case and ё do not matter; the name itself is understood).
BRANDS = {
    "Audi": "ауди", "BMW": "бмв", "Changan": "чанган", "Chery": "чери", "Chevrolet": "шевроле|chevrolet niva",
    "Citroen": "ситроен|citroën", "Daewoo": "дэу", "Datsun": "датсун", "Dongfeng": "донгфенг", "Exeed": "эксид",
    "FAW": "фав", "Fiat": "фиат", "Ford": "форд", "GAC": "гак", "GAZ": "газ", "Geely": "джили", "Genesis": "генезис",
    "Haval": "хавал|хавейл|хавэйл", "Honda": "хонда", "Hyundai": "хендай|хёндэ|хундай|хёндай|hyunday|хендэ|хьюндай",
    "Infiniti": "инфинити", "JAC": "жак|джак", "Jaecoo": "джейку", "Jaguar": "ягуар", "Jeep": "джип",
    "Jetour": "джетур", "Kaiyi": "кайи", "Kia": "киа", "LADA": "лада|ваз|ваз (lada)|lada (ваз)|автоваз",
    "Land Rover": "ленд ровер|лэнд ровер|landrover", "Lexus": "лексус", "Lifan": "лифан", "Livan": "ливан",
    "Mazda": "мазда", "Mercedes-Benz": "мерседес|mercedes|мерседес-бенц|mercedes benz", "MINI": "мини",
    "Mitsubishi": "мицубиси|митсубиши|митсубиси", "Moskvich": "москвич", "Nissan": "ниссан", "Omoda": "омода",
    "Opel": "опель", "Peugeot": "пежо", "Porsche": "порше", "Renault": "рено", "SEAT": "сеат",
    "Skoda": "шкода|škoda", "Smart": "смарт", "Solaris": "солярис", "SsangYong": "ссангйонг|санг йонг|ssang yong",
    "Subaru": "субару", "Suzuki": "сузуки", "Tank": "танк", "Tesla": "тесла", "Toyota": "тойота", "UAZ": "уаз",
    "Volkswagen": "vw|фольксваген|volkswagen ла|volkswagen легковые автомобили|фольцваген", "Volvo": "вольво",
    "Voyah": "воя", "Zeekr": "зикр",
}  # fmt: skip
# Time zone: cities, with other spellings after "=".
CITIES = {
    "Europe/Kaliningrad": "Калининград; Советск; Черняховск",
    "Europe/Moscow": (
        "Москва=мск,г москва; Санкт-Петербург=спб,с-петербург,с.-петербург,санкт петербург,питер,петербург,ленинград;"
        "Всеволожск; Гатчина; Выборг; Колпино; Пушкин; Мурино; Кудрово; Кронштадт; Петергоф; Тосно; Кириши; Тихвин;"
        "Сосновый Бор; Луга; Кингисепп; Волхов; Сестрорецк; Ломоносов; Красное Село; Павловск; Зеленогорск;"
        "Великий Новгород=новгород; Псков; Мурманск; Петрозаводск; Архангельск; Вологда; Череповец; Тверь; Ярославль;"
        "Кострома; Иваново; Владимир; Рязань; Тула; Калуга; Смоленск; Брянск; Орёл; Курск; Белгород; Воронеж; Липецк;"
        "Тамбов; Пенза; Нижний Новгород=н новгород,н.новгород; Казань; Чебоксары; Саранск; Йошкар-Ола; Киров;"
        "Сыктывкар; Краснодар; Сочи; Новороссийск; Ростов-на-Дону=ростов; Ставрополь; Пятигорск; Махачкала; Грозный;"
        "Владикавказ; Нальчик; Майкоп; Элиста; Волгоград; Симферополь; Севастополь; Химки; Мытищи; Балашиха; Подольск;"
        "Королёв; Люберцы; Красногорск; Одинцово; Домодедово; Щёлково; Серпухов; Коломна; Обнинск; Старая Русса"
    ),
    "Europe/Samara": "Самара; Тольятти; Ижевск; Сызрань; Новокуйбышевск",
    "Europe/Saratov": "Саратов; Энгельс",
    "Europe/Astrakhan": "Астрахань",
    "Europe/Ulyanovsk": "Ульяновск; Димитровград",
    "Asia/Yekaterinburg": (
        "Екатеринбург=екб; Челябинск; Пермь; Уфа; Тюмень; Оренбург; Курган; Магнитогорск; Нижний Тагил; Сургут;"
        "Нижневартовск; Ханты-Мансийск; Салехард; Стерлитамак"
    ),
    "Asia/Omsk": "Омск",
    "Asia/Novosibirsk": "Новосибирск=нск",
    "Asia/Barnaul": "Барнаул; Бийск",
    "Asia/Tomsk": "Томск",
    "Asia/Novokuznetsk": "Кемерово; Новокузнецк",
    "Asia/Krasnoyarsk": "Красноярск; Абакан; Норильск; Кызыл",
    "Asia/Irkutsk": "Иркутск; Братск; Ангарск; Улан-Удэ",
    "Asia/Chita": "Чита",
    "Asia/Yakutsk": "Якутск; Благовещенск",
    "Asia/Vladivostok": "Владивосток; Хабаровск; Уссурийск; Находка; Комсомольск-на-Амуре",
    "Asia/Sakhalin": "Южно-Сахалинск",
    "Asia/Magadan": "Магадан",
    "Asia/Kamchatka": "Петропавловск-Камчатский",
}


def plain(word: str) -> str:
    """How dictionaries know a spelling (the same as `cleaning.words.spelling`)."""
    return " ".join(word.lower().replace("ё", "е").split())


def cities() -> list[tuple[str, str, list[str]]]:
    """(name, time zone, spellings) of each city."""
    found = []
    for zone, names in CITIES.items():
        for entry in names.split(";"):
            name, _, others = entry.strip().partition("=")
            found.append((name, zone, sorted({plain(word) for word in (name, *filter(None, others.split(",")))})))
    return found


def brands() -> list[tuple[str, list[str]]]:
    """(name, spellings) of each brand."""
    return [(name, sorted({plain(word) for word in (name, *others.split("|"))})) for name, others in BRANDS.items()]
