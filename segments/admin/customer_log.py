"""What was done to a customer by hand, in the journal of the admin: no contacts, no names beside her own number."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from segments.masking import REVEAL_CONTACTS, VIEW_CONTACTS, mask, plain
from segments.models import ContactPoint, Customer


def log(request: HttpRequest, customer: Customer, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=request.user.pk,
        queryset=[customer],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )


def check_reveal(request: HttpRequest) -> None:
    if not (request.user.has_perm(REVEAL_CONTACTS) or request.user.has_perm(VIEW_CONTACTS)):
        raise PermissionDenied


def revealed(request: HttpRequest, customer: Customer, contact: ContactPoint) -> str:
    """One address of hers whole, for whoever may see it; that he looked is written down."""
    check_reveal(request)
    masked = mask(contact.kind, contact.value)
    log(request, customer, _("Revealed the contact %(contact)s") % {"contact": masked})
    return plain(contact.kind, contact.value)
