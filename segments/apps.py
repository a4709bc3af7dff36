from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

REGISTERED = (
    "customer_fields",
    "zone_fields",
    "consent_fields",
    "cars",
    "rfm_fields",
    "events",
    "lists",
)  # in the order of the builder's list


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("segments.rfm.panel").register_panel()
        for fields in REGISTERED:
            import_module(f"segments.rules.{fields}")  # fills the registry of rules
        import_module("segments.outward.leaving")
        import_module("segments.ready_made_cuts")
        import_module("segments.ready_made_people")
