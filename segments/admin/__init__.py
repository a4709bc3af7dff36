"""The admin of the customer base: thin doors that check rights, call one verb and show what it returned."""

from segments.admin import customers, dictionaries, imports, segments

__all__ = ["customers", "dictionaries", "imports", "segments"]
