"""Addresses. Public pages (links of letters, the survey, what providers call) come from the apps; all else is the admin."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from tracking.website_events.api import api as website_events
from tracking.website_events.script import krug

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    # Browsers ask for it on every page, also on those that have no <link> to it.
    path("favicon.ico", RedirectView.as_view(url=static("crmsite/favicon.svg"))),
    path("events/krug.js", krug),
    path("events/", website_events.urls),
    path("", include("campaigns.urls")),
    path("", include("tracking.urls")),
    path("", include("channels.urls")),
]
handler400 = "crmsite.errors.bad_request"
handler403 = "crmsite.errors.denied"
handler404 = "crmsite.errors.not_found"
handler500 = "crmsite.errors.broken"
