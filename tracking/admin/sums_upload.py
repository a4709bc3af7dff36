"""Loading a file of sums: choose it → see what it would do → load it; the list of files, each with its undo."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action

from campaigns.refusals import Refused
from segments.formulas import harmless
from tracking.admin import waiting_files
from tracking.models import MoneyUpload
from tracking.money import bringing

FOLDER = "sums"
SHOWN = 100  # lines with something to say
FILES = 20  # of the list of those that were loaded
BOM = "\ufeff"


class SumsForm(forms.Form):
    file = waiting_files.file_field(
        gettext_lazy("File, CSV or XLSX"), ".csv,.xlsx,text/csv",
        empty=gettext_lazy("The file is empty: fill it and choose it again."),
    )  # fmt: skip


class BringsSums(ModelAdmin):
    """A list whose rows may come out of files. `brings` says of which kind they are."""

    brings: MoneyUpload.Kind
    actions_list = ["bring"]

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(require_POST(self.undo_view))
        return [
            path("files/<int:upload>/undo/", undo, name=f"tracking_{self.opts.model_name}_undo"),
            *super().get_urls(),
        ]

    def has_bring_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    @action(description=gettext_lazy("Load from a file"), url_path="bring", icon="upload_file", permissions=["bring"])
    def bring(self, request: HttpRequest) -> HttpResponse:
        """Both steps: a POST with a file shows what it holds, a POST with a sealed name loads that file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SumsForm(request.POST or None, request.FILES or None)
        told, sealed = None, ""
        if "sealed" in request.POST:
            return self._second(request)
        if form.is_bound and form.is_valid():
            sealed = waiting_files.keep(form.cleaned_data["file"].read(), FOLDER)
            try:
                told = bringing.look(waiting_files.find(sealed, FOLDER), self.brings)
            except Refused as refusal:
                form.add_error("file", refusal.sentence)
        name = form.cleaned_data["file"].name if told else ""
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form,
            "told": told, "sealed": sealed, "name": name, "shown": SHOWN, "columns": _columns(self.brings),
            "title": capfirst(_("%(what)s from a file") % {"what": self.brings.label}),
            "files": MoneyUpload.objects.filter(kind=self.brings).select_related("author")[:FILES],
        }  # fmt: skip
        status = 400 if form.errors else 200
        return TemplateResponse(request, "tracking/admin/sums_upload.html", context, status=status)

    def _second(self, request: HttpRequest) -> HttpResponse:
        try:
            waiting = waiting_files.find(request.POST["sealed"], FOLDER)
            if "refused" in request.POST:
                return _refused(bringing.look(waiting, self.brings), self.brings)
            upload = bringing.bring(waiting, self.brings, name=request.POST.get("name", ""), author=request.user)
        except (waiting_files.Gone, FileNotFoundError):
            messages.error(request, waiting_files.GONE)
            return redirect(request.path)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
            return redirect(request.path)
        Path(waiting).unlink(missing_ok=True)
        said = ngettext("%d line is taken in.", "%d lines are taken in.", upload.rows) % upload.rows
        self._log(request, ADDITION, f"{upload.name}: {said}")
        messages.success(request, f"{said} {_('It can be undone on the page of files.')}")
        return redirect(f"admin:tracking_{self.opts.model_name}_changelist")

    def undo_view(self, request: HttpRequest, upload: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        found = MoneyUpload.objects.filter(pk=upload, kind=self.brings).first()
        gone = bringing.undo(found) if found else None
        if found is None or gone is None:
            messages.warning(request, _("This file is undone already."))
        else:
            said = ngettext("%d line is taken back.", "%d lines are taken back.", gone) % gone
            self._log(request, DELETION, f"{found.name}: {said}")
            kept = found.rows - gone
            changed = ngettext(
                "%d line was changed or deleted by hand since, and stays as it is.",
                "%d lines were changed or deleted by hand since, and stay as they are.", kept,
            ) % kept  # fmt: skip
            messages.success(request, f"{said} {changed}" if kept else said)
        return redirect(f"admin:tracking_{self.opts.model_name}_bring")

    def _log(self, request: HttpRequest, flag: int, said: str) -> None:
        LogEntry.objects.create(
            user_id=request.user.pk,
            action_flag=flag,
            object_repr=str(self.opts.verbose_name_plural),
            change_message=said,
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What a person has written is no longer a file's."""
        obj.upload, obj.author = None, request.user
        super().save_model(request, obj, form, change)


def _columns(kind: str) -> list[tuple[str, bool]]:
    return [(words[0], needed) for words, needed in bringing.READERS[kind].COLUMNS.values()]


def _refused(told: bringing.Told, kind: str) -> HttpResponse:
    """The refused lines as a table to correct."""
    text = StringIO()
    sheet = csv.writer(text, delimiter=";")
    sheet.writerow([_("line"), _("what stands there"), _("reason")])
    sheet.writerows([line, harmless(said), why] for line, said, why in told.refused)
    response = HttpResponse((BOM + text.getvalue()).encode(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{kind}.csv"'
    return response
