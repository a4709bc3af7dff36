"""E-mail addresses: lower case, mistyped hosts mended, nonsense dropped, addresses of an office marked."""

import polars as pl

from segments.cleaning.mail_hosts import corrected
from segments.cleaning.notes import Judged, all_notes, note, patch

# What cashiers type to get past a required field.
NOBODY = (
    r"^(?:no|net|none|non|нет|otkaz|отказ|test|тест|123|1234|12345|123456|111|qwerty|asd|asdf|aaa|a|x|xxx|email|mail"
    r"|noemail|nomail|no-?mail|net-?pochty|nopochta|pochta|nomer|client|klient)@"
)
# Of an office, not of a person.
ROLE = (
    r"^(?:info|sales?|office|admin|administrator|support|help|contact|contacts|manager|director|buh|buhgalter|hr|zakaz"
    r"|zakupki|order|orders|reklama|marketing|secretary|sekretar|reception|service|servis|webmaster|postmaster|abuse"
    r"|noreply|no-reply|priem|priemnaya|mailbox)[0-9]{0,2}@"
)
ADDRESS = (
    r"^[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*"
    r"@[a-z0-9](?:[a-z0-9\-]{0,60}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]{0,60}[a-z0-9])?)*\.[a-z]{2,18}$"
)
NOTHING = r"^[^@]*$"
SEVERAL = r"[;/\n\r|]|,\s+|\s+"
SPACED_AT = r"\s*@\s*"
LONGEST = 254
AS_TYPED = r"^[a-z0-9_+.@\-]+$"  # no capitals, spaces or signs to take off
_CYRILLIC, _LATIN = list("аеосрхукі"), list("aeocpxyki")


def clean_emails(cells: pl.Series) -> pl.DataFrame:
    """All addresses of a column of cells, which may hold several: `row, position, email`."""
    return judge_emails(cells).clean


def judge_emails(cells: pl.Series) -> Judged:
    """`clean_emails`, and what was mended, marked or refused."""
    frame, several = _split(cells)
    typed = frame["cell"].str.contains(AS_TYPED) & ~frame["cell"].str.ends_with(".")
    email, look_alikes = _without_signs(frame["cell"].filter(~typed))
    rows = frame["row"].filter(~typed)
    email = patch(frame["cell"], ~typed, email)
    frame = frame.with_columns(email.alias("email"))
    frame, mended = _with_hosts(frame)
    good = frame["email"].str.contains(ADDRESS) & (frame["email"].str.len_bytes() <= LONGEST)
    nonsense = frame["email"].str.contains(NOBODY)
    kept = frame.filter(good & ~nonsense)
    notes = all_notes(
        note("several", several),
        note("look_alikes", rows.filter(look_alikes)),
        note("host_mended", frame["row"].filter(mended & good & ~nonsense)),
        note("role", kept["row"].filter(kept["email"].str.contains(ROLE))),
        note("nonsense", frame["row"].filter(nonsense)),
        note("not_an_address", frame["row"].filter(~good & ~nonsense)),
        note("formatted", kept["row"].filter((kept["cell"] != kept["email"]) & ~mended.filter(good & ~nonsense))),
    )
    return Judged(_positioned(kept.select("row", "email")), notes)


def _split(cells: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The addresses of the cells as written (row, cell), and the rows whose cell holds several."""
    frame = pl.DataFrame({"row": pl.int_range(len(cells), dtype=pl.UInt32, eager=True), "cell": cells})
    frame = frame.filter(~pl.col("cell").str.contains(NOTHING))
    text = frame["cell"].str.strip_chars()
    spaced = text.str.contains(SPACED_AT)
    text = patch(text, spaced, text.filter(spaced).str.replace_all(SPACED_AT, "@"))
    likely = text.str.contains(SEVERAL)
    many = pl.DataFrame({"row": frame["row"], "cell": text}).filter(likely)
    many = many.with_columns(pl.col("cell").str.replace_all(SEVERAL, "\n").str.split("\n"))
    many = many.explode("cell").filter(~pl.col("cell").str.contains(NOTHING))
    several = many.filter(pl.col("row").is_duplicated())["row"].unique()
    return pl.concat([frame.filter(~likely), many]).sort("row", maintain_order=True), several


def _without_signs(cell: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Lower case, without the signs around, «mail,ru» with its dot; Cyrillic look-alikes folded (and where)."""
    email = (
        cell.str.to_lowercase()
        .str.replace(SPACED_AT, "@")
        .str.strip_chars(" \t\n\u00a0.,;<>\"'()")
        .str.replace(r",(ru|com|net|su)$", ".$1")
    )
    cyrillic = email.str.contains(r"\p{Cyrillic}") & email.str.contains(r"[a-z].*@.*[a-z]")
    folded = email.filter(cyrillic).str.replace_many(_CYRILLIC, _LATIN)
    return patch(email, cyrillic, folded), cyrillic & patch(email, cyrillic, folded).str.contains(ADDRESS)


def _with_hosts(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Mistyped hosts mended, and where; each distinct host is looked at once."""
    host = frame["email"].str.extract(r"@([^@]*)$")
    mends = {known: mended for known in host.unique().drop_nulls() if known and (mended := corrected(known))}
    wrong = host.is_in(list(mends)).fill_null(False)
    right = frame["email"].filter(wrong).str.replace(r"@[^@]*$", "@") + host.filter(wrong).replace(mends)
    return frame.with_columns(patch(frame["email"], wrong, right).alias("email")), wrong


def _positioned(emails: pl.DataFrame) -> pl.DataFrame:
    """An address twice in a cell is one; `position` is its place in the cell."""
    again = emails["row"].is_duplicated()
    if not again.any():
        return emails.select("row", pl.lit(0, pl.Int16).alias("position"), "email")
    several = emails.filter(again).unique(maintain_order=True)
    several = several.select("row", pl.int_range(pl.len(), dtype=pl.Int16).over("row").alias("position"), "email")
    one = emails.filter(~again).select("row", pl.lit(0, pl.Int16).alias("position"), "email")
    return pl.concat([one, several]).sort("row", maintain_order=True)
