"""Pure functions over columns that turn dirty cells into values; no Django, no database."""
