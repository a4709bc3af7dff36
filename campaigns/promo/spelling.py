"""How codes are written, and how they are read whatever the keyboard, the hand or the voice made of them.

Generated codes use characters that look the same in Latin and in Russian and like no other: whoever types a code with the
wrong layout types the same word. Seventeen of them, a prime, so that the check character, a weighted sum, sees every
single slip and every two neighbours that changed places.
"""

import re
import unicodedata
from secrets import token_bytes

ALPHABET = "ACEHKMPTXY2346789"
BASE = len(ALPHABET)
LONGEST = 40
GROUP = 4
_NUMBER_BYTES = 16

# What is read as what: Russian letters as the Latin ones that they look like, and those that look like digits as digits.
_LOOKS = str.maketrans("АВЕЁКМНОРСТУХЗOIL|", "ABEEKMH0PCTYX30111")
_LEFT_OUT = re.compile(r"[\s\-‐‑‒–—_.·]+")


def key_of(written: str) -> str:
    """What codes are compared by: capitals without spaces and dashes, look-alikes as one. '' for what can be no code."""
    key = _LEFT_OUT.sub("", unicodedata.normalize("NFKC", written)).upper().translate(_LOOKS)
    return key if len(key) <= LONGEST and key.isprintable() else ""


def new_codes(number: int, *, prefix: str, length: int) -> list[str]:
    """So many codes from the system's random numbers, the last character of each a check; two may be the same."""
    raw = token_bytes(number * _NUMBER_BYTES)
    return [
        prefix + _spelled(int.from_bytes(raw[at : at + _NUMBER_BYTES], "big"), length - 1)
        for at in range(0, len(raw), _NUMBER_BYTES)
    ]


def is_sound(key: str, *, prefix: str, length: int) -> bool:
    """Whether a key may be one of those generated so: its check character fits. A slip is told without asking for it."""
    body = key.removeprefix(key_of(prefix))
    return len(key) == len(prefix) + length and all(c in ALPHABET for c in body) and _check(body[:-1]) == body[-1]


def shown(code: str) -> str:
    """A generated code in groups, easier to read out: KAHT-7X3M-9P. Others stay as they were written."""
    if len(code) <= GROUP + 2 or not code.isalnum():
        return code
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def _spelled(number: int, length: int) -> str:
    digits = []
    for _place in range(length):
        number, digit = divmod(number, BASE)
        digits.append(ALPHABET[digit])
    body = "".join(digits)
    return body + _check(body)


def _check(body: str) -> str:
    """Weights 2, 3, 4 …, none a multiple of 17 and no two neighbours alike, as long as a body has 15 characters at most."""
    return ALPHABET[sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=2)) % BASE]
