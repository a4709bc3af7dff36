"""Loading a report of calls: choose a file → see what it would do → load it. The file waits in MEDIA_ROOT."""

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

from tracking.admin import waiting_files
from tracking.calls import Loaded, UnusableFile, load_calls
from tracking.models import Call

FOLDER = "calls"
SHOWN_REFUSALS = 50


class UploadForm(forms.Form):
    file = waiting_files.file_field(
        gettext_lazy("Report of calls, CSV"), ".csv,text/csv,text/plain",
        empty=gettext_lazy("The file is empty: export the calls again and choose that file."),
    )  # fmt: skip


def upload_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Both steps: a POST with a file shows its preview, a POST with a sealed name loads that file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    preview, sealed = None, ""
    if "sealed" in request.POST:
        return _load(request)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            preview = load_calls(data, dry_run=True)
            sealed = waiting_files.keep(data, FOLDER)
        except UnusableFile as error:
            form.add_error("file", error)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Load calls"),
        "opts": Call._meta,
        "form": form,
        "preview": preview,
        "refused": preview.refused[:SHOWN_REFUSALS] if preview else [],
        "sealed": sealed,
    }
    return TemplateResponse(request, "tracking/admin/call_upload.html", context, status=400 if form.errors else 200)


def _load(request: HttpRequest) -> HttpResponse:
    try:
        path = waiting_files.find(request.POST["sealed"], FOLDER)
        loaded = load_calls(path.read_bytes())
    except (waiting_files.Gone, FileNotFoundError):
        messages.error(request, waiting_files.GONE)
        return redirect(request.path)
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
