"""Which of four encodings a Russian text is in, by its pairs of letters: no mark in the file says so."""

from functools import cache

import numpy as np

CANDIDATES = ("cp1251", "koi8-r", "cp866", "mac_cyrillic")
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
# How frequent a pair is in Russian names and office text, as 9 + a natural logarithm, 0 for almost never.
# Rows are the first, columns the second of: not a letter, then LETTERS.
PAIRS = (
    "097879779818799897987767763000756",
    "985867668479779478775474654000057",
    "862000722604405706208005004462003",
    "880352703806747825674044602075006",
    "860024600500663806004000000000000",
    "880320720706566737406030200044204",
    "932877656577779559781554546001000",
    "660005700503026200704000200000000",
    "882735320603355503005000000043005",
    "944567846677898546880365862000057",
    "800606000003602300550002520000000",
    "792500600805624907987020000002000",
    "785123850807524750435000300057067",
    "992300800702054863729020500052005",
    "893346800908027903676323402065025",
    "928978666477888568883452640000234",
    "585000800705502858427000620042002",
    "787786830804257922767242040066037",
    "883504800908755865585030400057056",
    "980600902807455868625010500068004",
    "855456475046795378752042454000050",
    "260000500500000504000000000004000",
    "750200400401223605362020000000000",
    "447200500400000400004000000050000",
    "860000700705006200065000020000000",
    "240000700605422300023000000002000",
    "020000700500000000003000000000000",
    "000000400000000000000000000000000",
    "706542520074542020360050340000000",
    "800430605405065000450002050000035",
    "300005000000300000060000000000000",
    "604004000005300005050000504000020",
    "802407404024445003560033324000023",
)  # fmt: skip
MARKS = "«»№—–„“”’…•·°§©®\xa0€"
OTHER_LETTERS = "іїєґўІЇЄҐЎ"
# Natural logarithms too: a mark between words, a letter of Ukrainian or Belarusian, a sign that no office text
# has, a capital after a small letter (what KOI8-R read as Windows-1251 is full of), Latin beside Russian (what a
# western text read as Russian is full of).
MARK, OTHER_LETTER, SIGN, CAPITAL_INSIDE, LATIN_BESIDE = -3.0, -5.0, -12.0, -5.0, -4.0
FLOOR = -2.8  # of the mean over pairs, Russian has -1 to -2: below it the text is not Russian in this encoding
USUAL = 8.0  # the lead that Windows-1251 has before the first letter
DOUBT = 3.0  # the lead that a winner needs


def guess_russian(sample: bytes) -> str:
    """The encoding of CANDIDATES in which the sample reads as Russian, '' when none or more than one does."""
    data = np.frombuffer(sample, dtype=np.uint8).astype(np.int32)
    pairs = np.bincount(data[:-1] * 256 + data[1:], minlength=1 << 16)
    weights = {name: _weights(name) for name in CANDIDATES}
    high = max(1, int(pairs[_is_high()].sum()))
    scores = {name: float(pairs @ table) for name, table in weights.items()}
    leads = {name: score + USUAL * (name == "cp1251") for name, score in scores.items()}
    best, second = sorted(leads, key=leads.__getitem__, reverse=True)[:2]
    if scores[best] / high < FLOOR:
        return ""
    if leads[best] - leads[second] < DOUBT and sample.decode(best, "replace") != sample.decode(second, "replace"):
        return ""
    return best


@cache
def _is_high() -> np.ndarray:
    codes = np.arange(1 << 16)
    return (codes >> 8 >= 0x80) | (codes & 0xFF >= 0x80)


@cache
def _weights(encoding: str) -> np.ndarray:
    """Weight of each pair of bytes (first · 256 + second) in this encoding; pairs of ASCII weigh nothing."""
    signs = [bytes([code]).decode(encoding, "replace") for code in range(256)]
    rows = np.array([LETTERS.find(sign.lower().replace("ё", "е")) + 1 for sign in signs])
    frequent = np.array([[int(digit) - 9.0 for digit in row] for row in PAIRS])
    weights = frequent[rows[:, None], rows[None, :]]
    small = np.array([sign.islower() and sign in LETTERS + "ё" for sign in signs])
    capital = np.array([sign.isupper() and sign.lower() in LETTERS + "ё" for sign in signs])
    weights = weights + CAPITAL_INSIDE * (small[:, None] & capital[None, :])
    latin = np.array([sign.isascii() and sign.isalpha() for sign in signs])
    beside = (latin[:, None] & (rows > 0)[None, :]) | ((rows > 0)[:, None] & latin[None, :])
    weights = weights + LATIN_BESIDE * beside
    lonely = np.array([_alone(sign) for sign in signs])
    not_letters = (rows == 0)[:, None] | (rows == 0)[None, :]
    weights = weights + (lonely[:, None] + lonely[None, :]) / 2 * not_letters
    return np.where(_is_high(), weights.ravel(), 0.0)


def _alone(sign: str) -> float:
    if sign.isascii() or sign.lower() in LETTERS + "ё":
        return 0.0
    if sign in MARKS:
        return MARK
    return OTHER_LETTER if sign in OTHER_LETTERS else SIGN
