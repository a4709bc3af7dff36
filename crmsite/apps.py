from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmsiteConfig(AppConfig):
    name = "crmsite"
    verbose_name = _("System")
    default_auto_field = "django.db.models.BigAutoField"
