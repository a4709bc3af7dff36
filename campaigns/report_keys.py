"""Which message a delivery report is about.

It names it by the Message-ID we gave it (`campaigns.rendering.letter`), by our own id where the provider echoes it, or
by the key that the provider gave when it took the message over. A Message-ID that does not verify is not ours; ids and
keys count only for messages of the account that the report came over.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from campaigns import links

MESSAGE_ID = re.compile(r"<?krug\.(\d{1,12})\.([\w-]+)@")

BY_ID = """
SELECT m.id, m.run_id, a.id FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id
CROSS JOIN LATERAL unnest(r.account_id || r.stand_ins) AS a (id)
WHERE m.id = ANY(%s)
"""
WITHOUT_ACCOUNT = "SELECT id, run_id FROM campaigns_message WHERE id = ANY(%s)"
# The second condition lets the planner use the partial index.
BY_KEY = """
SELECT a.id, o.provider_key, o.message_id, o.run_id
FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
CROSS JOIN LATERAL unnest(r.account_id || r.stand_ins) AS a (id)
WHERE o.provider_key = ANY(%s) AND o.provider_key <> ''
"""

Place = tuple[int, int]  # (message id, run id)


class Named(NamedTuple):
    """A report as it names its message; `account_id` is None where only a Message-ID can tell."""

    account_id: int | None
    key: str
    fact: str
    at: datetime
    failure: str = ""
    message_id: int = 0


def find(told: Sequence[Named]) -> dict[Named, list[Place]]:
    """The messages of these reports; a report of a message that we do not know, or not yet, is left out."""
    ours = {named: pk for named in told if (pk := message_of(named.key)) is not None}
    echoed = [named for named in told if named not in ours and named.message_id and named.account_id]
    keyed = [named for named in told if named not in ours and named.account_id]
    found: dict[Named, list[Place]] = _by_key(keyed)
    found |= _by_echo(echoed)
    runs = dict(_rows(WITHOUT_ACCOUNT, set(ours.values())))
    found |= {named: [(pk, runs[pk])] for named, pk in ours.items() if pk in runs}
    return found


def message_of(key: str) -> int | None:
    """The message that a Message-ID of ours names; None for a stranger's or a forged one."""
    found = MESSAGE_ID.match(key.strip())
    if found is None:
        return None
    message_id = int(found[1])
    if message_id > links.MAX_ID:
        return None
    # A token starts with 7 characters that hold the id; the Message-ID carries the rest, which is the MAC.
    return links.read_track(links.tokens(message_id).track[:7] + found[2])


def _by_echo(told: Sequence[Named]) -> dict[Named, list[Place]]:
    places = {(account, pk): [(pk, run)] for pk, run, account in _rows(BY_ID, {named.message_id for named in told})}
    return {n: places[n.account_id, n.message_id] for n in told if (n.account_id, n.message_id) in places}


def _by_key(told: Sequence[Named]) -> dict[Named, list[Place]]:
    places = defaultdict(list)
    for account, key, pk, run in _rows(BY_KEY, {named.key for named in told}):
        places[account, key].append((pk, run))
    return {n: places[n.account_id, n.key] for n in told if (n.account_id, n.key) in places}


def _rows(statement: str, values: Collection[int] | Collection[str]) -> list[tuple]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, [sorted(values)])
        return cursor.fetchall()
