"""Cities as cards write them: «г. Москва», «Москва г», «гор.Москва», «РФ, 190000, г Москва» → «москва».

What a spelling means («СПб») and the time zone are said by the dictionary of cities, which users edit.
"""

import polars as pl

from segments.cleaning.words import spelling

_COUNTRY_AND_CODE = r"^(?:(?:россия|рф|российская федерация|[0-9]{6})\s*,?\s*)+"
_BEFORE = (
    r"^(?:город|гор|г|поселок|пос|пгт|п|село|с|деревня|дер|д|станица|ст-ца|рп)\.\s*(\p{L})"
    r"|^(?:город|гор|г|поселок|пос|пгт|п|село|деревня|дер|станица|рп)\s+(\p{L})"
)
_AFTER = r"[\s,]+(?:город|гор|г|пос|пгт|п|с|дер|д|рп)\.?$"


def plain_city(cell: pl.Expr) -> pl.Expr:
    """The spelling by which the dictionary of cities is asked, without the word "city" and the like around it."""
    return (
        spelling(cell)
        .str.replace(_COUNTRY_AND_CODE, "")
        .str.replace(_BEFORE, "$1$2")
        .str.replace(_AFTER, "")
        .str.strip_chars(" .,")
    )
