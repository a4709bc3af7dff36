"""Whoever called, or was on a site, stays when the import that brought her is undone: that is the holding's own record."""

from django.utils.translation import gettext_lazy as _

from segments.importing.undo_keeps import Keep

CALLS = Keep(
    "phone_calls",
    _("has called us"),
    customers="EXISTS (SELECT FROM tracking_call AS phoned WHERE phoned.customer_id = {id})",
    contacts="EXISTS (SELECT FROM tracking_call AS phoned WHERE phoned.contact_point_id = {id})",
)
VISITS = Keep(
    "website_events",
    _("was on the website"),
    customers="EXISTS (SELECT FROM tracking_sitedevice AS browsed WHERE browsed.customer_id = {id}) "
    "OR EXISTS (SELECT FROM tracking_websiteevent AS seen WHERE seen.customer_id = {id})",
)
