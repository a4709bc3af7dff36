"""Bounces, complaints and letters of people, from the mailbox of an account or piped in by a mail server, and SMS of people
that a provider tells when it is asked, to whoever listens.

A letter is marked as read only when what it reports is stored: a process that dies in between reads it again, and a
report that is told twice has one effect.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from channels import bounces, letters_of_people, reporting
from channels.mailbox import MOST_BYTES, OPTIONS, Letter, Mailbox
from channels.models import Account, Channel
from channels.providers import provider_class
from channels.providers.base import ProviderError, Told, default_of
from channels.providers.replies import TellsReplies
from channels.providers.smtp import SmtpProvider

log = logging.getLogger(__name__)

BATCH = 100  # letters to one transaction
PLACES = {Channel.EMAIL: "imap_host", Channel.SMS: "inbox_number"}  # the option that says where people write to


@dataclass(slots=True)
class Collected:
    """Letters read, those among them that reported something, those that people wrote, and what of both was news."""

    letters: int = 0
    bounces: int = 0
    written: int = 0
    news: int = 0


def accounts_to_read(name: str = "") -> list[Account]:
    """Those in use whose bounces and letters come to a mailbox, or whose provider is asked for what people wrote; only that
    of this name, if there is one, whatever it has."""
    if name:
        return [account for account in Account.objects.filter(name=name) if _may_be_read(account)]
    found = Account.objects.filter(is_active=True).order_by("pk")
    return [
        account for account in found if _may_be_read(account) and (account.options or {}).get(PLACES[account.channel])
    ]


def collect(account: Account) -> Collected:
    """Read what is new in the account's mailbox. Raises ProviderError; batches that are done stay done. A letter that cannot
    be stored stays unread and raises what it raised, when all the others are read."""
    if account.channel != Channel.EMAIL:
        return _ask(account)
    done, faults = Collected(), list[Exception]()
    with _mailbox(account) as mailbox:
        for uids in _batches(mailbox.unseen()):
            faults += _read(account, mailbox, uids, done)
    for fault in faults:
        raise fault
    return done


def _may_be_read(account: Account) -> bool:
    return account.channel == Channel.EMAIL or issubclass(provider_class(account.provider), TellsReplies)


def _ask(account: Account) -> Collected:
    now, provider = timezone.now(), provider_class(account.provider)(account)
    written = provider.replies(now) if isinstance(provider, TellsReplies) else []
    news = reporting.take_all([reporting.Call(account, Told(incoming=written), now)]) if written else 0
    return Collected(len(written), 0, len(written), news)


def _read(account: Account, mailbox: Mailbox, uids: Sequence[str], done: Collected) -> list[Exception]:
    """Together, or each alone where that fails: nobody pays for a neighbour. Returns what letters alone raised."""
    try:
        take(account, [letter for uid in uids if (letter := mailbox.fetch(uid))], done)
    except ProviderError:
        raise
    except Exception as fault:
        if len(uids) == 1:
            return [fault]
        log.error("%s letters together failed (%s): each goes alone", len(uids), type(fault).__name__)
        return [one for uid in uids for one in _read(account, mailbox, [uid], done)]
    mailbox.mark_seen(uids)
    return []


def take(account: Account, letters: Sequence[Letter], done: Collected) -> None:
    """Store what letters report and what people wrote, in one transaction, and count it."""
    own = _own_addresses()
    calls = [reporting.Call(account, _told(account, letter, own), letter.received_at) for letter in letters]
    calls = [call for call in calls if call.told.reports or call.told.incoming]
    done.news += reporting.take_all(calls)
    done.letters += len(letters)
    done.bounces += sum(bool(call.told.reports) for call in calls)
    done.written += sum(bool(call.told.incoming) for call in calls)


def _told(account: Account, letter: Letter, own: frozenset[str]) -> Told:
    reports = bounces.read(letter.raw, received_at=letter.received_at)
    wanted = str((account.options or {}).get("imap_letters", default_of(OPTIONS["imap_letters"])))
    if reports or wanted == "none":
        return Told(reports=reports)
    written = letters_of_people.read(letter.raw, received_at=letter.received_at, most=MOST_BYTES, own=own)
    if wanted == "answers":
        written = [one for one in written if one.letter and one.letter.names]
    return Told(incoming=written)


def _own_addresses() -> frozenset[str]:
    """Of all accounts: what comes from one of them goes in a circle."""
    senders = Account.objects.filter(channel=Channel.EMAIL).values_list("sender_address", flat=True)
    return frozenset(address.lower() for address in senders if address)


def take_piped(account: Account, raw: bytes) -> Collected:
    """One letter that a mail server hands over."""
    done = Collected()
    take(account, [Letter(raw, timezone.now())], done)
    return done


def _mailbox(account: Account) -> Mailbox:
    provider = provider_class(account.provider)(account)  # the mailbox is read in the sandbox too
    mailbox = provider.mailbox() if isinstance(provider, SmtpProvider) else None
    if mailbox is None:
        sentence = _("The account “%(account)s” has no mailbox: give its IMAP server.")
        raise ProviderError(sentence % {"account": account.name}, permanent=True)
    return mailbox


def _batches(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (uids[start : start + BATCH] for start in range(0, len(uids), BATCH))
