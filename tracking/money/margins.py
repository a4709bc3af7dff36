"""What is earned on a deal: its own margin where the document names it, else a per cent by line of business.

The per cents are an assumption that people change (`LineMargin`); these are what an installation begins with.
"""

from decimal import Decimal

from segments.lines import LINE_OF_PURCHASE

ASSUMED = {
    "new": Decimal(5),
    "used": Decimal(8),
    "service": Decimal(35),
    "insurance": Decimal(15),
    "accessories": Decimal(30),
}
# Of the alias `{row}` of segments_interaction: NULL where neither is known.
EARNED = f"""coalesce({{row}}.margin, {{row}}.amount * (
    SELECT each.percent FROM tracking_linemargin AS each WHERE each.line = {LINE_OF_PURCHASE}) / 100)"""
# The same of many rows that have their line already: 0 where neither is known, `PERCENT` joined.
PERCENT = "LEFT JOIN tracking_linemargin AS each ON each.line = {row}.line"
EARNED_IN_LINE = "coalesce({row}.margin, {row}.amount * each.percent / 100, 0)"
