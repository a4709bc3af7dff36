"""Orders that a person gives in a message: today only "write no more". A closed list, and the whole message must be one.

Folded before comparing: case, ё, punctuation and spaces, and letters that look alike in both alphabets, so that «CТOП»
typed in three layouts is one word. A word more makes it a message for people.
"""

import re
import unicodedata

from campaigns.models import Reply

STOP_WORDS = ("стоп", "stop", "отписка", "отписаться", "не беспокоить")

LOOK_ALIKES = str.maketrans("abcehkmoptxyё0", "авсенкмортхуео")
NOT_LETTERS = re.compile(r"[\W_]+")
LONGEST = 40  # characters: a longer message is none of them


def fold(text: str) -> str:
    """What is compared: small letters of one alphabet, one space between words."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(LOOK_ALIKES)
    return NOT_LETTERS.sub(" ", plain).strip()


KEYWORDS = {fold(word): Reply.Keyword.STOP for word in STOP_WORDS}


def keyword_of(text: str) -> str:
    """A `Reply.Keyword`, or '' for a message that is no order."""
    return KEYWORDS.get(fold(text), "") if len(text) <= LONGEST else ""
