"""The admin of the customer base: thin doors that check rights, call one verb and show what it returned."""

from segments.admin import (
    contact_lists,
    customers,
    dictionaries,
    feeds,
    households,
    imports,
    review,
    rfm,
    segments,
    sources,
    stock,
    unknown_words,
)

__all__ = [
    "contact_lists",
    "customers",
    "dictionaries",
    "feeds",
    "households",
    "imports",
    "review",
    "rfm",
    "segments",
    "sources",
    "stock",
    "unknown_words",
]
