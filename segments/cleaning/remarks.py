"""What people write beside a name or a phone: «жена», «клиент», «не звонить»; and whose card is nobody's."""

import polars as pl

from segments.cleaning.notes import patch

# The person said that she wants no calls or letters. «Отказ» says so when it stands alone or names what is refused:
# «отказ по цене» is about a car.
REFUSES_CONTACT = (
    r"(?i)не\s*(?:звонит|звонить|беспоко\p{L}+|тревож\p{L}+|писать|пишите|присылать|надо\s+звонить|нужно\s+звонить)"
    r"|просил\p{L}*\s+не\s+(?:звон|пис|беспок|присыл)|без\s+(?:звонков|рассылок|рекламы|смс)|стоп[\s\-]*лист"
    r"|^[\s(]*отказ[\s.!)]*$|\(\s*отказ[\s.!]*\)"
    r"|отказ\p{L}*\s+от\s+(?:\p{L}+\s+)?(?:рассыл|звонк|реклам|смс|sms|общен|контакт|связи|обработк|согласи)"
)
WORD = r"[а-яёА-ЯЁ]{4}"
REFUSAL_STEMS = ["звон", "беспок", "тревож", "писать", "пишите", "присыла", "рассыл", "реклам", "стоп", "отказ"]

REMARK = (
    r"(?:^|\s)(?:не\s*звонить|не\s*беспокоить|отказ|клиентка|клиент|покупатель|муж|жена|сын|дочь|брат|сестра|мать|мама"
    r"|отец|папа|супруга?|водитель|директор|бухгалтер|vip|вип|гарантия|физ\.?\s?лицо|моб|раб|дом|новый|старый|дубль"
    r"|повтор)(?:[.!:]+|\s|$)"
)
REMARK_STEMS = [
    "звонить", "беспокоить", "отказ", "клиент", "покупатель", "муж", "жена", "сын", "дочь", "брат", "сестра", "мать",
    "мама", "отец", "папа", "супруг", "водитель", "директор", "бухгалтер", "вип", "гарантия", "физ", "моб", "раб",
    "дом", "новый", "старый", "дубль", "повтор",
]  # fmt: skip

# Cards that testers and cashiers leave behind; lower case.
NOBODY = (
    r"(?:^|\s)(?:тест|test|тестовый|тестовая)(?:\s|\d|$)|розничн\p{L}* покупател|частное лицо|физ\.?\s?лиц|"
    r"физическ\p{L}* лиц|не использовать|удалить|^яяя|^ааа+$|^я+$|^х+$|неизвестн"
)
NOBODY_STEMS = [
    "тест", "test", "розничн", "частное", "физ", "не использовать", "удалить", "яяя", "ааа", "ххх", "неизвестн",
]  # fmt: skip
SHORT = r"^(?:я|яя|х|хх)$"


def without_remarks(text: pl.Series) -> pl.Series:
    """Lower-case text without the words above; neighbouring remarks share a space, hence twice."""
    return text.str.replace_all(REMARK, " ").str.replace_all(REMARK, " ")


def refuses_contact(cells: pl.Series) -> pl.Series:
    """True where the cell says that the person wants no calls or letters."""
    words = cells.str.contains(WORD)
    lower = cells.filter(words).str.to_lowercase()
    return patch(words, words, _all_of(lower, lower.str.contains_any(REFUSAL_STEMS), REFUSES_CONTACT))


def is_nobody(lower: pl.Series) -> pl.Series:
    """True where the (lower-case) name is a test or till card's."""
    return _all_of(lower, lower.str.contains_any(NOBODY_STEMS) | lower.str.contains(SHORT), NOBODY)


def _all_of(cells: pl.Series, likely: pl.Series, pattern: str) -> pl.Series:
    """Which cells match, asked of the likely ones only: a search for fixed words is many times cheaper."""
    return patch(likely, likely, cells.filter(likely).str.contains(pattern))
