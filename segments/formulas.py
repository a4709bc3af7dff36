"""Cells of files that a spreadsheet would run as a formula (OWASP, "CSV Injection"): made text, and back again."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
QUOTE = "'"
NUMBER = set("+-0123456789 ().,")


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it when it would be run; signed numbers and phones stay as they are."""
    return QUOTE + cell if cell.startswith((*STARTS, QUOTE)) and set(cell) - NUMBER else cell


def as_it_was(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith(QUOTE) and cell[1:].startswith((*STARTS, QUOTE)) else cell
