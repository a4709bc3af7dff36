"""Which account sends: the one that was chosen, or, while it is paused, another of its channel that may stand in.

Whether an account stands in, and in which order, is said by `Account.priority`; one that keeps a journal never takes
over from one that is live, nor the other way round.
"""

from django.db import connection

from channels.health import MAY_SEND


def sender_sql(own: str, purpose: str) -> str:
    """A subquery: id of the account that sends in place of the row `own` (an alias of channels_account) for a purpose (an
    SQL expression); no row when none may now."""
    return f"""
SELECT s.id FROM channels_account AS s LEFT JOIN channels_accounthealth AS h ON h.account_id = s.id
WHERE (s.id = {own}.id OR (
    s.priority IS NOT NULL AND s.is_active AND s.channel = {own}.channel AND s.mode = {own}.mode
    AND s.purpose IN ('both', {purpose})
)) AND {MAY_SEND}
ORDER BY s.id <> {own}.id, s.priority, s.id LIMIT 1
"""


SENDER = f"SELECT ({sender_sql('own', '%(purpose)s')}) FROM channels_account AS own WHERE own.id = %(account)s"


def sender_of(account_id: int, purpose: str) -> int | None:
    """The account that sends for this one now; None when none does."""
    with connection.cursor() as cursor:
        cursor.execute(SENDER, {"account": account_id, "purpose": purpose})
        found = cursor.fetchone()
    return found[0] if found else None
