"""Which card is which customer: the answer of identification, for files and for checks."""

import csv
from collections.abc import Iterator
from functools import cache
from typing import TextIO

from segments.identity.matching import why_sentence
from segments.models.people import Card

HEADER = ("source", "card_code", "customer_id", "why")


def identities() -> Iterator[tuple[str, str, int, str]]:
    """Each live card once, sorted by source and code; a card's customer is the one it was merged into."""
    cards = Card.objects.order_by("source__name", "code")
    rows = cards.values_list("source__name", "code", "customer_id", "customer__merged_into_id", "why")
    for source, code, customer, merged_into, why in rows.iterator(chunk_size=20_000):
        yield source, code, merged_into or customer, why


def write_identities(file: TextIO) -> int:
    """Write `HEADER` and the rows as CSV, `why` in words; returns how many cards."""
    writer, in_words = csv.writer(file), cache(why_sentence)
    writer.writerow(HEADER)
    count = 0
    for count, (*row, why) in enumerate(identities(), start=1):  # noqa: B007
        writer.writerow((*row, in_words(why)))
    return count
