"""The page of a secret key of a server that calls us (`channels.server_keys`): made by a button, shown once."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from channels import server_keys


class KeyedAdmin(ModelAdmin):
    """`key_template` shows `secret` and leads back to `door`; `key_title` holds a %s for the name of the door."""

    key_template: str
    key_title: str | Promise = gettext_lazy("Key of “%s”")
    key_logged: str | Promise = gettext_lazy("A new key is made.")

    @display(description=gettext_lazy("key"), ordering="secret_made_at")
    def key_made(self, door: Any) -> Any:
        return door.secret_made_at

    def renew(self, door: Any) -> str:
        return server_keys.renew(door)

    def get_urls(self) -> list[URLPattern]:
        secret = self.admin_site.admin_view(require_POST(self.secret_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_secret"
        return [path("<int:pk>/secret/", secret, name=name), *super().get_urls()]

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new key, shown on this page and never again: only its hash is kept."""
        door = get_object_or_404(self.model, pk=pk)
        if not self.has_change_permission(request, door):
            raise PermissionDenied
        secret = self.renew(door)
        self.log_change(request, door, str(self.key_logged))
        title = str(self.key_title) % door
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, self.key_template, common | {"door": door, "secret": secret})
