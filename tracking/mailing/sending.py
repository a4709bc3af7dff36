"""The way of reports out: one worker at a time, by a lock that goes with its connection.

The rows of an occasion are made in the transaction that moves the mailing on to its next one, so that no occasion is lost and
none comes twice. A letter is SENDING from just before the call of the mail server: what a dead worker left so is unknown, and
is not sent again by a machine. Whatever was queued is sent by the next worker.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TypedDict

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import permission
from campaigns.pump.recording import retry_delay
from campaigns.refusals import Refused
from campaigns.trying import number_of_a_test
from channels.limits import Gate
from channels.models import Account, Channel
from channels.providers import REGISTRY, provider_class, provider_for
from channels.providers.base import ACCEPTED, DEFERRED, UNKNOWN, Addressed, ProviderError, Result
from segments import bells
from segments.alone import alone
from segments.models import DataExport
from segments.outward import exports
from tracking.mailing import letters, schedule
from tracking.mailing.letters import Files
from tracking.mailing_models import ReportLetter, ReportMailing
from tracking.report_pages import reading_rights
from tracking.report_pages.registry import REPORTS

State = ReportLetter.State
QUEUE, JOB, JOB_ID = "tracking", "tracking.jobs.mail_reports", "mail-reports"
KEPT = timedelta(hours=24)  # a report that could not go for so long is no news any more
NO_ACCOUNT = 600  # seconds until it is looked again whether there is an account

log = logging.getLogger(__name__)


class Sent(TypedDict):
    """Letters: sent now, and left unknown by a worker that died."""

    sent: int
    lost: int


def sweep() -> int:
    """Make the letters of occasions that have come, and ring for them; returns 1 where it rang."""
    for pk in ReportMailing.objects.filter(is_active=True, next_at__lte=timezone.now()).values_list("pk", flat=True):
        plan(pk)
    waiting = ReportLetter.objects.filter(state__in=(State.QUEUED, State.SENDING), due_at__lte=timezone.now())
    return bells.ring(QUEUE, JOB, {JOB_ID: ()}) if waiting.exists() else 0


@transaction.atomic
def plan(mailing_id: int) -> int:
    """The letters of the occasion that has come; of several that were missed, one. Returns how many."""
    mailing = ReportMailing.objects.select_for_update().filter(pk=mailing_id, is_active=True).first()
    now = timezone.now()
    if mailing is None or mailing.next_at > now:
        return 0
    rows = [ReportLetter(address=user.email, user=user) for user in mailing.staff.exclude(email="")]
    rows += [ReportLetter(address=each.address) for each in mailing.addresses.all()]
    unique = {row.address.lower(): row for row in rows}
    for row in unique.values():
        row.mailing, row.title, row.occasion = mailing, mailing.name, mailing.next_at
    ReportLetter.objects.bulk_create(unique.values(), ignore_conflicts=True)
    mailing.next_at = schedule.next_after(mailing, now)
    mailing.save(update_fields=["next_at"])
    return len(unique)


def send_to(mailing: ReportMailing, user: object, address: str) -> bool:
    """Beside the schedule, to whoever asks. False: it was asked for in this minute already."""
    minute = timezone.now().replace(second=0, microsecond=0)
    row = {"mailing": mailing, "occasion": minute, "address": address}
    _row, is_new = ReportLetter.objects.get_or_create(**row, defaults={"title": mailing.name, "user": user})
    transaction.on_commit(lambda: bells.ring(QUEUE, JOB, {JOB_ID: ()}), robust=True)
    return is_new


def drain() -> Sent:
    """The job. Where another worker does it now, it is left to that one."""
    done = Sent(sent=0, lost=0)
    if not permission.is_allowed():
        return done
    with alone("tracking.mailing", 0) as is_free:
        if is_free:
            done["lost"] = _lose()
            for mailing in _due():
                done["sent"] += _send(mailing)
    return done


def _lose() -> int:
    """Whoever was sending is dead: nobody knows what became of what was on the wire."""
    reason = _("The worker stopped while the letter was going.")
    left = ReportLetter.objects.filter(state=State.SENDING)
    return left.update(state=State.UNKNOWN, reason=reason, settled_at=timezone.now())


def account_for_reports() -> Account | None:
    """An e-mail account that carries files: the default one first, then in the order of standing in."""
    found = Account.objects.filter(channel=Channel.EMAIL, is_active=True).order_by("-is_default", "priority", "pk")
    return next(
        (each for each in found if each.provider in REGISTRY and provider_class(each.provider).carries_files), None
    )


def _due() -> list[ReportMailing]:
    waiting = ReportLetter.objects.filter(state=State.QUEUED, due_at__lte=timezone.now())
    waiting.filter(mailing=None).update(
        state=State.FAILED, reason=_("The mailing was deleted."), settled_at=timezone.now()
    )
    return list(ReportMailing.objects.filter(pk__in=waiting.values("mailing")).select_related("owner"))


def _send(mailing: ReportMailing) -> int:
    rows = list(
        mailing.letters.filter(state=State.QUEUED, due_at__lte=timezone.now()).select_related("user").order_by("pk")
    )
    account = account_for_reports()
    old = [row for row in rows if timezone.now() - row.made_at > KEPT]
    _fail(old, _("It could not be sent for a day."))
    rows = [row for row in rows if row not in old]
    if account is None:
        _put_off(
            rows, NO_ACCOUNT, _("There is no e-mail account that carries files: a mail server (SMTP) or Amazon SES.")
        )
        return 0
    if seconds := Gate(account).closed_for():
        _put_off(rows, seconds, _("The account's limits or quiet hours."))
        return 0
    try:
        with translation.override(settings.LANGUAGE_CODE):
            files = letters.made(mailing)
            return _send_all(mailing, account, files, rows)
    except Refused as error:
        _fail(rows, str(error))
    except ProviderError as error:
        _put_off(rows, retry_delay(1), str(error))
    except Exception:  # one report that cannot be made must not hold up the others: the boundary of a job
        log.exception("The report %s could not be mailed", mailing.pk)
        _fail(rows, _("The report could not be made: the error is in the log of the worker."))
    return 0


def _send_all(mailing: ReportMailing, account: Account, files: Files, rows: list[ReportLetter]) -> int:
    sent = 0
    with provider_for(account) as provider:
        for row in rows:
            if why := _hindrance(mailing, row):
                _fail([row], why)
                continue
            try:
                body = letters.letter(mailing, files, account, row.address)
            except ValueError:
                _fail([row], _("This is no e-mail address."))
                continue
            told: list[Result] = []
            message = Addressed(number_of_a_test(), row.address, body)
            exports.record(
                DataExport.Kind.REPORT,
                about=f"{files.title}: {mailing.name}",
                recipient=row.address,
                rows=files.rows,
                user=mailing.owner,
            )
            provider.send(
                [message], lambda _number, row=row: _take(row), lambda _number, result, told=told: told.append(result)
            )
            sent += _settle(
                row,
                told[0] if told else Result(UNKNOWN),
                is_journal=account.mode == Account.Mode.JOURNAL and not provider_class(account.provider).is_local,
            )
    return sent


def _hindrance(mailing: ReportMailing, row: ReportLetter) -> str:
    """Why it may not go to this recipient now; rights may have changed since it was set up."""
    if row.user_id is None:
        is_allowed = mailing.addresses.filter(address__iexact=row.address).exists()
        return "" if is_allowed else _("The administrator does not allow this address any more.")
    if row.user is None or not reading_rights.may_read(row.user, REPORTS.get(mailing.report)):
        return _("This member of staff may not see the report any more.")
    return ""


def _take(row: ReportLetter) -> None:
    """Committed before the call. Raises Refused where it does not wait any more."""
    changed = ReportLetter.objects.filter(pk=row.pk, state=State.QUEUED)
    if not changed.update(state=State.SENDING, attempts=row.attempts + 1):
        raise Refused(_("The letter was taken back."))


def _settle(row: ReportLetter, result: Result, *, is_journal: bool) -> int:
    if result.kind == DEFERRED:
        ReportLetter.objects.filter(pk=row.pk, state=State.SENDING).update(state=State.QUEUED)
        _put_off([row], retry_delay(row.attempts + 1), result.reply or result.code)
        return 0
    state = {ACCEPTED: State.SENT, UNKNOWN: State.UNKNOWN}.get(result.kind, State.FAILED)
    reason = (
        _("The account is in journal mode: the letter is kept there, nobody got it.") if is_journal else result.reply
    )
    settled = {"state": state, "reason": reason[:300], "settled_at": timezone.now()}
    ReportLetter.objects.filter(pk=row.pk, state=State.SENDING).update(**settled)
    return int(state == State.SENT)


def _fail(rows: Iterable[ReportLetter], reason: str) -> None:
    _update(rows, state=State.FAILED, reason=reason[:300], settled_at=timezone.now())


def _put_off(rows: Iterable[ReportLetter], seconds: float, reason: str) -> None:
    """Nothing of these has left; what was on the wire stays so, and becomes unknown."""
    _update(rows, reason=reason[:300], due_at=timezone.now() + timedelta(seconds=seconds))


def _update(rows: Iterable[ReportLetter], **fields: object) -> None:
    ReportLetter.objects.filter(state=State.QUEUED, pk__in=[row.pk for row in rows]).update(**fields)
