"""The admin of the customer base: thin doors that check rights, call one verb and show what it returned."""

from segments.admin import (
    contact_lists,
    customers,
    data_exports,
    dictionaries,
    external_lists,
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
    "data_exports",
    "dictionaries",
    "external_lists",
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
