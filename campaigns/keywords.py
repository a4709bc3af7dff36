"""Orders and questions that a person gives in a message by one word. The whole message must be the word.

Folded before comparing: case, ё, punctuation and spaces, and letters that look alike in both alphabets, so that «CТOП»
typed in three layouts is one word. A word more makes it a message for people.

Orders ("write no more", and a "yes" to our own question) are a closed list; questions that are answered by themselves are
rows that managers keep (`KeywordRule`).
"""

import re
import unicodedata
from collections.abc import Iterator

from django.db.models import Q

from campaigns.models import KeywordRule, Reply

STOP_WORDS = ("стоп", "stop", "отписка", "отписаться", "отпишите", "unsubscribe", "не беспокоить")
YES_WORDS = ("да", "yes", "согласен", "согласна")
START = "/start"  # what a messenger tells when a person starts the bot

LOOK_ALIKES = str.maketrans("abcehkmoptxyё0", "авсенкмортхуео")
NOT_LETTERS = re.compile(r"[\W_]+")
LONGEST = 40  # characters: a longer message is none of them


def fold(text: str) -> str:
    """What is compared: small letters of one alphabet, one space between words."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(LOOK_ALIKES)
    return NOT_LETTERS.sub(" ", plain).strip()


KEYWORDS = {fold(word): Reply.Keyword.STOP for word in STOP_WORDS}
YES = frozenset(map(fold, YES_WORDS))


def keyword_of(text: str) -> str:
    """A `Reply.Keyword`, or '' for a message that is no order."""
    return KEYWORDS.get(fold(text), "") if len(text) <= LONGEST else ""


def is_yes(text: str) -> bool:
    return len(text) <= LONGEST and fold(text) in YES


def words_of(rule: KeywordRule) -> Iterator[str]:
    """Its words, folded; one that is all punctuation («?») stays as it is."""
    return (fold(word) or word.strip() for word in rule.keywords.split(",") if word.strip())


def rule_for(text: str, channel: str) -> KeywordRule | None:
    """The rule that answers a message over a channel: one of this channel before one of all."""
    asked = (fold(text) or text.strip()) if len(text) <= LONGEST else ""
    if not asked:
        return None
    rules = KeywordRule.objects.filter(Q(channel=channel) | Q(channel=""), is_active=True).order_by("-channel", "pk")
    return next((rule for rule in rules if asked in words_of(rule)), None)
