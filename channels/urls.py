"""Public addresses: what providers call."""

from django.urls import path

from channels import webhooks

app_name = "channels"
urlpatterns = [path("hooks/<str:path>/", webhooks.hook, name="hook")]
