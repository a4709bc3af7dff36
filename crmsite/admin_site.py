"""The back office: unfold's admin site with our start page, sidebar and search."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from crmsite import start_page
from crmsite.jobs_page import page as jobs_page


class KrugSite(UnfoldAdminSite):
    index_title = _("Today")
    index_template = "crmsite/start_page.html"
    empty_value_display = "—"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**start_page.context(request), **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*jobs_page.urls(self), *super().get_urls()]
