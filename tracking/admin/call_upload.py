"""Loading a report of calls: choose a file → see what its columns say and what it would do → load it. The file waits in MEDIA_ROOT."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from tracking.admin import call_columns, waiting_files
from tracking.admin.call_columns import Seen
from tracking.calls import Loaded, UnusableFile
from tracking.models import Call

FOLDER = "calls"
SHOWN_REFUSALS = 50


class UploadForm(forms.Form):
    file = waiting_files.file_field(
        gettext_lazy("Report of calls, CSV"), ".csv,text/csv,text/plain",
        empty=gettext_lazy("The file is empty: export the calls again and choose that file."),
    )  # fmt: skip
    whose = forms.ChoiceField(label=gettext_lazy("Whose file it is"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whose"].choices = call_columns.owners()


def upload_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """A POST with a file shows what its columns say and what it would do; one with a sealed name shows that for other
    columns, or loads it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    seen: Seen | None = None
    if "sealed" in request.POST:
        try:
            path = waiting_files.find(request.POST["sealed"], FOLDER)
            seen = call_columns.seen(path.read_bytes(), request.POST, sealed=request.POST["sealed"])
        except (waiting_files.Gone, FileNotFoundError):
            messages.error(request, waiting_files.GONE)
            return redirect(request.path)
        if "check" not in request.POST and not seen.lacking:
            return _load(request, path, seen)
    elif form.is_bound and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            seen = call_columns.seen(data, request.POST)
            seen.sealed = waiting_files.keep(data, FOLDER)
        except UnusableFile as error:
            form.add_error("file", error)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Load calls"),
        "opts": Call._meta,
        "form": form if not seen else UploadForm(),
        "seen": seen,
        "preview": seen.preview if seen else None,
        "refused": seen.preview.refused[:SHOWN_REFUSALS] if seen and seen.preview else [],
        "sealed": seen.sealed if seen else "",
    }
    status = 400 if form.errors and not seen else 200
    return TemplateResponse(request, "tracking/admin/call_upload.html", context, status=status)


def _load(request: HttpRequest, path: Path, seen: Seen) -> HttpResponse:
    loaded = seen.load(path.read_bytes())
    path.unlink(missing_ok=True)
    messages.success(request, _said(loaded))
    LogEntry.objects.create(
        user_id=request.user.pk, action_flag=ADDITION, object_repr=_("Calls"), change_message=_said(loaded)
    )
    return redirect("admin:tracking_call_changelist")


def _said(loaded: Loaded) -> str:
    return _("Calls: %(new)d new, %(updated)d updated, %(unchanged)d unchanged, %(rejected)d rejected.") % {
        "new": loaded.new,
        "updated": loaded.updated,
        "unchanged": loaded.unchanged,
        "rejected": len(loaded.refused),
    }
