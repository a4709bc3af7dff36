"""Automatic answers: a small table of words and what is answered to them."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.keywords import keyword_of, words_of
from campaigns.models import KeywordRule
from channels.models import Channel

LONGEST = 1000  # characters of an answer: every channel carries as many
SHOWN = 120


class KeywordRuleForm(forms.ModelForm):
    class Meta:
        model = KeywordRule
        fields = ("keywords", "channel", "text", "is_active")
        widgets = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 5, "maxlength": LONGEST})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "channel" in self.fields:
            field = cast(forms.ChoiceField, self.fields["channel"])
            field.choices = [("", _("all channels")), *Channel.choices]
            field.help_text = ""

    def clean_keywords(self) -> str:
        """Tidy, and free of orders: whoever says СТОП is obeyed, not answered."""
        words = [" ".join(word.split()) for word in self.cleaned_data["keywords"].split(",")]
        words = [word for word in words if word]
        if not words:
            raise forms.ValidationError(_("Give a word at least."))
        if order := next((word for word in words if keyword_of(word)), None):
            raise forms.ValidationError(
                _("“%(word)s” refuses advertising: it is carried out, not answered.") % {"word": order}
            )
        return ", ".join(words)

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if len(text) > LONGEST:
            raise forms.ValidationError(
                _("The answer is longer than %(limit)d characters: shorten it.") % {"limit": LONGEST}
            )
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "keywords" in cleaned and "channel" in cleaned and (word := self._taken(cleaned)):
            self.add_error("keywords", _("Another automatic answer has the word “%(word)s”.") % {"word": word})
        return cleaned

    def _taken(self, cleaned: dict[str, Any]) -> str:
        asked = set(words_of(KeywordRule(keywords=cleaned["keywords"])))
        others = KeywordRule.objects.filter(channel=cleaned["channel"]).exclude(pk=self.instance.pk)
        return next((word for rule in others for word in words_of(rule) if word in asked), "")


@admin.register(KeywordRule)
class KeywordRuleAdmin(ModelAdmin):
    form = KeywordRuleForm
    list_display = ("keywords", "where", "answer", "is_active")
    list_fullwidth = True
    fields = ("keywords", "channel", "text", "is_active")

    @display(description=gettext_lazy("channel"))
    def where(self, rule: KeywordRule) -> str:
        return rule.get_channel_display() if rule.channel else str(_("all channels"))

    @display(description=gettext_lazy("answer"))
    def answer(self, rule: KeywordRule) -> str:
        return Truncator(rule.text).chars(SHOWN)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_active": True, **super().get_changeform_initial_data(request)}
