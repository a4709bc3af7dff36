"""Bounces and complaints, from the mailbox of an account or piped in by a mail server, to whoever listens.

A letter is marked as read only when what it reports is stored: a process that dies in between reads it again, and a
report that is told twice has one effect.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from channels import bounces, reporting
from channels.mailbox import Letter, Mailbox
from channels.models import Account, Channel
from channels.providers import provider_class
from channels.providers.base import ProviderError, Told
from channels.providers.smtp import SmtpProvider

BATCH = 100  # letters to one transaction


@dataclass(slots=True)
class Collected:
    """Letters read, those among them that reported something, reports that were news."""

    letters: int = 0
    bounces: int = 0
    news: int = 0


def accounts_with_mailbox() -> list[Account]:
    """E-mail accounts in use whose bounces come back to a mailbox."""
    accounts = Account.objects.filter(channel=Channel.EMAIL, is_active=True)
    return [account for account in accounts if (account.options or {}).get("imap_host")]


def collect(account: Account) -> Collected:
    """Read what is new in the account's mailbox. Raises ProviderError; batches that are done stay done."""
    done = Collected()
    with _mailbox(account) as mailbox:
        for uids in _batches(mailbox.unseen()):
            take(account, [letter for uid in uids if (letter := mailbox.fetch(uid))], done)
            mailbox.mark_seen(uids)
    return done


def take(account: Account, letters: Sequence[Letter], done: Collected) -> None:
    """Store what letters report, in one transaction, and count it."""
    calls = [
        reporting.Call(account, Told(reports=reports), letter.received_at)
        for letter in letters
        if (reports := bounces.read(letter.raw, received_at=letter.received_at))
    ]
    done.news += reporting.take_all(calls)
    done.letters += len(letters)
    done.bounces += len(calls)


def take_piped(account: Account, raw: bytes) -> Collected:
    """One letter that a mail server hands over."""
    done = Collected()
    take(account, [Letter(raw, timezone.now())], done)
    return done


def _mailbox(account: Account) -> Mailbox:
    provider = provider_class(account.provider)(account)  # the mailbox is read in the sandbox too
    mailbox = provider.mailbox() if isinstance(provider, SmtpProvider) else None
    if mailbox is None:
        sentence = _("The account “%(account)s” has no bounce mailbox: give its IMAP server.")
        raise ProviderError(sentence % {"account": account.name}, permanent=True)
    return mailbox


def _batches(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (uids[start : start + BATCH] for start in range(0, len(uids), BATCH))
