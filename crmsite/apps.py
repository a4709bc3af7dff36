from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class CrmsiteConfig(AppConfig):
    name = "crmsite"
    verbose_name = pgettext_lazy("menu", "System")
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self) -> None:
        from crmsite import checks, roles, workplaces  # noqa: F401  they need the models: this is where Django loads them
        from segments import places

        post_migrate.connect(roles.sync, sender=self, dispatch_uid="crmsite.roles")
        places.register(workplaces.STAFF)


class KrugAdminConfig(admin_apps.AdminConfig):
    """`django.contrib.admin` with our site as the default one."""

    default_site = "crmsite.admin_site.KrugSite"
    default = False
