"""Journal mode: the sandbox of an account. Leaving it is a person's act; only these two functions change the mode."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from channels.models import Account, JournalEntry, ListAccount
from channels.providers import REGISTRY, provider_class

Mode = Account.Mode
SWITCH_MODE = "channels.switch_mode"
PORTION = 20_000  # rows forgotten by one statement: nobody waits long for it

FORGET = """
DELETE FROM channels_journalentry WHERE id IN (
    SELECT id FROM channels_journalentry WHERE at < %s ORDER BY at LIMIT %s
)
"""


def go_live(account: Account | ListAccount) -> bool:
    """From now on messages leave; what workers hold goes as they began it. False: it was so already."""
    return bool(type(account).objects.filter(pk=account.pk, mode=Mode.JOURNAL).update(mode=Mode.LIVE))


def into_journal(account: Account | ListAccount) -> bool:
    """From the next chunk on nothing leaves. False: it was so already."""
    return bool(type(account).objects.filter(pk=account.pk, mode=Mode.LIVE).update(mode=Mode.JOURNAL))


def is_local(account: Account) -> bool:
    """Whether what it sends stays on this machine in any mode."""
    return account.provider in REGISTRY and provider_class(account.provider).is_local


def keeps_journal(account: Account) -> bool:
    """Whether its messages are recorded instead of sent."""
    return account.mode == Mode.JOURNAL and not is_local(account)


def recorded_today(account: Account) -> int:
    """Messages that the last 24 hours would have sent."""
    return JournalEntry.objects.filter(account=account, at__gte=timezone.now() - timedelta(days=1)).count()


def forget(days: int) -> int:
    """Drop entries older than that; returns how many."""
    before, forgotten = timezone.now() - timedelta(days=days), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, [before, PORTION])
            forgotten += cursor.rowcount
            if cursor.rowcount < PORTION:
                return forgotten
