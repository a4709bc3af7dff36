"""What a letter with a report is made of: the files as its owner may see them, and a few words."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.refusals import Refused
from campaigns.staff import person_name
from channels.models import Account
from tracking.mailing import schedule
from tracking.mailing_models import ReportMailing
from tracking.report_pages import frame, reading_rights, saving
from tracking.report_pages.registry import REPORTS


@dataclass(frozen=True, slots=True)
class Files:
    """`files` are (name, kind, content); `rows` of the report."""

    title: str
    link: str
    rows: int
    files: list[tuple[str, str, bytes]]


def made(mailing: ReportMailing) -> Files:
    """Raises Refused, with a sentence, where the owner may not see it (any more) or this server cannot make it."""
    report = REPORTS.get(mailing.report)
    if report is None:
        raise Refused(_("There is no such report any more: choose another."))
    if not reading_rights.may_read(mailing.owner, report):
        raise Refused(
            _("%(owner)s may not see this report any more: somebody who may saves the mailing anew.")
            % {"owner": person_name(mailing.owner)}
        )
    found = frame.find(report, schedule.asked(mailing))
    try:
        kinds = [kind for kind in ("pdf", "xlsx") if getattr(mailing, kind)]
        files = [(f"{report.slug}-{timezone.localdate()}.{kind}", kind, saving.saved(found, kind)) for kind in kinds]
    except saving.CannotSave as error:
        raise Refused(str(error)) from error
    link = f"{reverse('admin:tracking_report', args=[report.slug])}?{urlencode(schedule.address(mailing))}"
    return Files(str(report.title), settings.PUBLIC_URL.rstrip("/") + link, len(found.rows), files)


def letter(mailing: ReportMailing, files: Files, account: Account, address: str) -> bytes:
    """Raises ValueError for what is no address."""
    message = EmailMessage(SMTP)
    message["From"] = _mailbox(account.sender_address, account.sender_name)
    message["To"] = _mailbox(address)
    day = date_format(timezone.localtime(), "j E Y")
    message["Subject"] = _("%(name)s, %(day)s") % {"name": " ".join(mailing.name.split()), "day": day}
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=_domain(account.sender_address))
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer it
    message.set_content(_words(mailing, files), cte="quoted-printable")
    for name, kind, content in files.files:
        main, _slash, sub = saving.TYPES[kind].partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def _words(mailing: ReportMailing, files: Files) -> str:
    lines: list[Any] = [
        _("Report “%(report)s”.") % {"report": files.title},
        "" if files.rows else _("There is nothing to show in it for these months and filters."),
        _("The same on the site: %(link)s") % {"link": files.link},
        "",
        _("It comes %(when)s; %(owner)s set it up. Whoever does not want it any more tells that person.")
        % {"when": schedule.in_words(mailing), "owner": person_name(mailing.owner)},
    ]
    return "\n".join(line for number, line in enumerate(lines) if line or number == 3) + "\n"


def _mailbox(address: str, name: str = "") -> Address:
    return Address(" ".join(name.split()), addr_spec=f"{address.rpartition('@')[0]}@{_domain(address)}")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].encode("idna").decode()
