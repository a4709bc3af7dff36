"""VINs and plates: Cyrillic letters that look Latin are folded; a VIN is 17 characters without I, O, Q."""

import polars as pl

_CYRILLIC, _LATIN = list("АВЕКМНОРСТУХ"), list("ABEKMHOPCTYX")
VIN = r"^[A-HJ-NPR-Z0-9]{17}$"
PLATE = r"^[ABEKMHOPCTYX]\d{3}[ABEKMHOPCTYX]{2}\d{2,3}$"


def fold(cell: pl.Expr) -> pl.Expr:
    """Upper case, Latin look-alikes, no spaces or hyphens."""
    return cell.str.to_uppercase().str.replace_all(r"[\s\-]", "").str.replace_many(_CYRILLIC, _LATIN)


def clean_vin(cell: pl.Expr) -> pl.Expr:
    """VIN or ''. The check digit is not asked: Europe does not keep to it."""
    vin = fold(cell)
    return pl.when(vin.str.contains(VIN)).then(vin).otherwise(pl.lit(""))


def clean_plate(cell: pl.Expr) -> pl.Expr:
    """Plate in Latin letters («A123BC78») or ''."""
    plate = fold(cell)
    return pl.when(plate.str.contains(PLATE)).then(plate).otherwise(pl.lit(""))


def clean_year(cell: pl.Expr) -> pl.Expr:
    year = cell.str.strip_chars().str.extract(r"^(\d{4})(?:\.0)?$").cast(pl.Int16, strict=False)
    return pl.when(year.is_between(1930, 2099)).then(year)
