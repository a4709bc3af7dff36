"""VINs and plates: Cyrillic letters that look Latin are folded; a VIN is 17 characters without I, O, Q.

The check digit (ISO 3779, position 9) is asked where makers keep to it, in North America and China, and only warned
of. I, O and Q are never replaced by the machine: what was meant is suggested. A car for Japan has a body number.
"""

import numpy as np
import polars as pl

from segments.cleaning.notes import Judged, notes_where, nowhere, patch

_CYRILLIC, _LATIN = list("АВЕКМНОРСТУХ"), list("ABEKMHOPCTYX")
VIN = r"^[A-HJ-NPR-Z0-9]{17}$"
PLATE = r"^[ABEKMHOPCTYX][0-9]{3}[ABEKMHOPCTYX]{2}[0-9]{2,3}$"
CYRILLIC_PLATE = r"^[АВЕКМНОРСТУХ][0-9]{3}[АВЕКМНОРСТУХ]{2}[0-9]{2,3}$"
_SUSPECT = r"^[A-Z0-9]{17}$"
_SUSPECTS = {"O": "0", "Q": "0", "I": "1"}
_SCIENTIFIC = r"^[0-9][.,][0-9]+E\+?[0-9]+$"
_BODY_NUMBER = r"^[A-Z]{1,5}[0-9]{0,3}[A-Z]{0,2}-[0-9]{5,7}$"
CHECKED = r"^[1-5L]"  # by the first letter: North America; China
_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_VALUES = np.zeros(256, np.int64)
_VALUES[np.frombuffer(b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ", np.uint8)] = [
    *range(10), 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9,
]  # fmt: skip


def fold(cell: pl.Expr) -> pl.Expr:
    """Upper case, Latin look-alikes, no spaces or hyphens."""
    return cell.str.to_uppercase().str.replace_all(r"[\s\-]", "").str.replace_many(_CYRILLIC, _LATIN)


def clean_vin(cell: pl.Expr) -> pl.Expr:
    """VIN or ''."""
    return cell.map_batches(lambda cells: judge_vins(cells).clean["vin"], return_dtype=pl.String)


def clean_plate(cell: pl.Expr) -> pl.Expr:
    """Plate in Latin letters («A123BC78») or ''."""
    return cell.map_batches(lambda cells: judge_plates(cells).clean["plate"], return_dtype=pl.String)


def clean_year(cell: pl.Expr) -> pl.Expr:
    year = cell.str.strip_chars().str.extract(r"^(\d{4})(?:\.0)?$").cast(pl.Int16, strict=False)
    return pl.when(year.is_between(1930, 2099)).then(year)


def judge_vins(cells: pl.Series) -> Judged:
    """`vin` or ''; `suggestion`: the VIN that a cell with I, O or Q probably means, else ''; `body_number` or ''."""
    nothing = pl.repeat("", len(cells), eager=True)
    odd = (cells != "") & ~cells.str.contains(VIN)
    raw = cells.filter(odd).str.strip_chars().str.to_uppercase().str.replace_many(_CYRILLIC, _LATIN)
    folded = raw.str.replace_all(r"[\s\-]", "")
    good = folded.str.contains(VIN)
    suspect = folded.str.contains(_SUSPECT) & ~good
    body = raw.str.contains(_BODY_NUMBER)
    scientific = folded.str.contains(_SCIENTIFIC)
    vin = patch(cells, odd, folded.set(~good, ""))
    flag = nowhere(len(cells))
    checked = vin.str.contains(CHECKED)
    notes = notes_where({
        "look_alikes": patch(flag, odd, good & cells.filter(odd).str.contains(r"\p{Cyrillic}")),
        "suspect_letters": patch(flag, odd, suspect),
        "scientific": patch(flag, odd, scientific),
        "body_number": patch(flag, odd, body & ~good & ~suspect),
        "not_a_vin": patch(flag, odd, ~good & ~suspect & ~scientific & ~body),
        "check_digit": patch(flag, checked, ~check_digit_holds(vin.filter(checked))),
    })  # fmt: skip
    suggestion = patch(nothing, odd, folded.str.replace_many(_SUSPECTS).set(~suspect, ""))
    body_number = patch(nothing, odd, raw.set(~body | good | suspect, ""))
    return Judged(pl.DataFrame({"vin": vin, "suggestion": suggestion, "body_number": body_number}), notes)


def check_digit_holds(vins: pl.Series) -> pl.Series:
    """Whether position 9 of each (17 characters) is the weighted sum of the others modulo 11, X for 10."""
    letters = np.frombuffer("".join(vins).encode("ascii"), np.uint8).reshape(-1, len(_WEIGHTS))
    remainder = (_VALUES[letters] @ _WEIGHTS) % 11
    expected = np.frombuffer(b"0123456789X", np.uint8)[remainder]
    return pl.Series(letters[:, 8] == expected, dtype=pl.Boolean)


def judge_plates(cells: pl.Series) -> Judged:
    """`plate` in Latin letters or ''."""
    usual = cells.str.contains(CYRILLIC_PLATE)
    plate = patch(cells, usual, cells.filter(usual).str.replace_many(_CYRILLIC, _LATIN))
    odd = (cells != "") & ~usual
    folded = cells.filter(odd).to_frame("cell").select(fold(pl.col("cell"))).to_series()
    good = folded.str.contains(PLATE)
    flag = nowhere(len(cells))
    notes = notes_where({"formatted": patch(flag, odd, good), "not_a_plate": patch(flag, odd, ~good)})
    return Judged(pl.DataFrame({"plate": patch(plate, odd, folded.set(~good, ""))}), notes)
