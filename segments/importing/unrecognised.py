"""Words of an import that no value table knows: counted for its report, kept for those who will give them a meaning."""

from segments.importing.dictionaries import Dictionaries, Words
from segments.importing.work import Work
from segments.value_tables import remember


def remember_unrecognised(work: Work, dictionaries: Dictionaries) -> None:
    """In the transaction that writes the rows, so that a killed run loses no word."""
    for dictionary, rows in dictionaries.unrecognised.items():
        remember_words(work, dictionary, Words(rows, dictionaries.examples[dictionary]))


def remember_words(work: Work, dictionary: str, words: Words) -> None:
    total = work.unrecognised.setdefault(dictionary, {})
    for word, count in words.rows.items():
        total[word] = total.get(word, 0) + count
    if words.rows:
        remember(work.batch.pk, dictionary, words)
