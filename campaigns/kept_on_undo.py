"""Whoever was written to stays, as a shell without cards, when the import that brought her is undone: reports and the
record of what was sent count her. Her address stays too: a letter may still be answered, or bounce."""

from django.utils.translation import gettext_lazy as _

from segments.importing.undo_keeps import Keep

MESSAGES = Keep(
    "messages",
    _("campaigns have written there"),
    customers="EXISTS (SELECT FROM campaigns_message AS m WHERE m.customer_id = {id})",
    contacts="EXISTS (SELECT FROM campaigns_message AS m WHERE m.contact_point_id = {id})",
)
