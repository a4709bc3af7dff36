"""What was done to a customer by hand, in the journal of the admin: no contacts, no names beside her own number."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest

from segments.models import Customer


def log(request: HttpRequest, customer: Customer, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=request.user.pk,
        queryset=[customer],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
