"""Pictures of a pool's instruction, beside its form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminFileFieldWidget

from campaigns.models import PromoPicture

LARGEST = 2**20  # bytes
MOST = 6
# What browsers show; told by the first bytes, whatever the name of the file says.
BEGINNINGS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def kind_of(content: bytes) -> str:
    """The media type; '' for what is no picture of these."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in BEGINNINGS if content.startswith(beginning)), "")


class PictureForm(forms.ModelForm):
    file = forms.FileField(
        label=_("picture"), required=False, widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/*"}),
        help_text=_("PNG, JPEG, GIF or WebP, up to 1 MB"),
    )  # fmt: skip

    class Meta:
        model = PromoPicture
        fields = ("caption",)

    def clean_file(self) -> bytes | None:
        file = self.cleaned_data.get("file")
        if file is None:
            if self.instance.pk is None:
                raise ValidationError(_("Choose a picture."))
            return None
        content = file.read(LARGEST + 1)
        if len(content) > LARGEST or not kind_of(content):
            raise ValidationError(_("A picture is PNG, JPEG, GIF or WebP, up to 1 MB: make a smaller one."))
        return content

    def save(self, commit: bool = True) -> PromoPicture:
        if content := self.cleaned_data.get("file"):
            self.instance.content, self.instance.kind = content, kind_of(content)
        return super().save(commit)


class PictureInline(TabularInline):
    model = PromoPicture
    form = PictureForm
    extra = 0
    max_num = MOST
    tab = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.view_promopool")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.change_promopool")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)
