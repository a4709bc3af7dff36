"""Public addresses: what providers call, and what sites and applications ask about devices."""

from django.urls import path

from channels import push_pages, push_scripts, webhooks

app_name = "channels"
urlpatterns = [
    path("hooks/<str:path>/", webhooks.hook, name="hook"),
    path("push/<int:pk>/<slug:name>.js", push_scripts.script, name="push_script"),
    path("push/<int:pk>/devices", push_pages.Devices.as_view(), name="push_devices"),
    path("push/<int:pk>/notices", push_pages.Notices.as_view(), name="push_notices"),
]
