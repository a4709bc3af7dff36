"""E-mail addresses: lower case, mistyped hosts mended, nonsense dropped."""

import polars as pl

# Hosts as they are mistyped; only where the mistyped host is no mail service of its own.
HOSTS = {
    "mail.ri": "mail.ru", "mai.ru": "mail.ru", "meil.ru": "mail.ru", "mial.ru": "mail.ru", "mail.ry": "mail.ru",
    "maill.ru": "mail.ru", "mail.tu": "mail.ru", "mail": "mail.ru", "mail.r": "mail.ru", "mailru": "mail.ru",
    "yandex.tu": "yandex.ru", "yndex.ru": "yandex.ru", "yandex": "yandex.ru", "yandex.ry": "yandex.ru",
    "yandeks.ru": "yandex.ru", "yadex.ru": "yandex.ru", "yandex.ri": "yandex.ru", "ayndex.ru": "yandex.ru",
    "gmail.ru": "gmail.com", "gmail.con": "gmail.com", "gmai.com": "gmail.com", "gmial.com": "gmail.com",
    "gmail.co": "gmail.com", "gamil.com": "gmail.com", "gmail": "gmail.com", "gmail.cm": "gmail.com",
    "rambler.ri": "rambler.ru", "ramler.ru": "rambler.ru", "bk.ri": "bk.ru", "list.ri": "list.ru",
    "inbox.ri": "inbox.ru", "iclod.com": "icloud.com", "icloud.con": "icloud.com",
}  # fmt: skip
# What cashiers type to get past a required field.
NOBODY = r"^(?:no|net|none|non|нет|otkaz|test|123|1234|12345|111|qwerty|asd|aaa|a|x|xxx|email|mail|noemail|nomail)@"
ADDRESS = (
    r"^[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*"
    r"@[a-z0-9](?:[a-z0-9\-]{0,60}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]{0,60}[a-z0-9])?)*\.[a-z]{2,18}$"
)
NOTHING = r"^[^@]*$"
SEVERAL = r"[;/\n\r|]|,\s+|\s+"
LONGEST = 254


def clean_emails(cells: pl.Series) -> pl.DataFrame:
    """All addresses of a column of cells, which may hold several: `row, position, email`."""
    frame = pl.DataFrame({"row": pl.int_range(len(cells), dtype=pl.UInt32, eager=True), "cell": cells})
    frame = frame.filter(~pl.col("cell").str.contains(NOTHING))
    frame = frame.with_columns(pl.col("cell").str.strip_chars().str.to_lowercase().str.replace_all(r"\s*@\s*", "@"))
    several = frame["cell"].str.contains(SEVERAL)
    many = frame.filter(several).with_columns(pl.col("cell").str.replace_all(SEVERAL, "\n").str.split("\n"))
    frame = pl.concat([frame.filter(~several), many.explode("cell")]).sort("row", maintain_order=True)
    emails = frame.select("row", _mend(pl.col("cell")).alias("email"))
    emails = emails.filter(
        pl.col("email").str.contains(ADDRESS)
        & ~pl.col("email").str.contains(NOBODY)
        & (pl.col("email").str.len_bytes() <= LONGEST)
    )
    return emails.unique(maintain_order=True).select(
        "row", pl.int_range(pl.len(), dtype=pl.Int16).over("row").alias("position"), "email"
    )


def _mend(address: pl.Expr) -> pl.Expr:
    address = address.str.strip_chars(" .,;<>\"'").str.replace(r",(ru|com|net|su)$", ".$1")
    local, host = address.str.extract(r"^(.*)@", 1), address.str.extract(r"@([^@]*)$", 1)
    return local + "@" + host.replace(HOSTS)
