"""Chat trees: edited as a list, drawn as a tree; what is wrong is named when they are saved."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.chat_trees import checking
from campaigns.chat_trees.reading import Tree, words
from campaigns.keywords import words_of
from campaigns.models import ChatNode, ChatTree, KeywordRule, PromoPool
from channels.models import Channel

MOST = 60


class TreeForm(forms.ModelForm):
    class Meta:
        model = ChatTree
        fields = ("name", "channel", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "channel" in self.fields:
            field = cast(forms.ChoiceField, self.fields["channel"])
            field.choices = [("", _("all channels")), *Channel.choices]
            field.help_text = ""


class NodeForm(forms.ModelForm):
    class Meta:
        model = ChatNode
        fields = ("number", "under", "label", "keywords", "text", "action", "pool", "goes_on")
        widgets = {"text": UnfoldAdminTextareaWidget({"rows": 3, "maxlength": checking.LONGEST})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = PromoPool.objects.exclude(gives=PromoPool.Gives.GIFT)
        cast(forms.ModelChoiceField, self.fields["pool"]).queryset = pools.filter(
            Q(is_active=True) | Q(pk=self.instance.pool_id)
        )


class NodeFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """Over the whole tree; what is wrong with one node alone stands beside it first."""
        super().clean()
        if any(self.errors):
            return
        filled = [form for form in self.forms if form.has_changed() or form.instance.pk]
        nodes = [form.instance for form in filled if not self._should_delete_form(form)]
        if wrong := checking.faults(nodes, self.instance.channel) or _taken(self.instance, nodes):
            raise ValidationError(wrong)


def _taken(tree: ChatTree, nodes: Sequence[ChatNode]) -> list[str]:
    """A word with which two conversations would begin, or that is answered by itself already."""
    begins = {word for node in Tree(nodes).under(None) for word in words(node)}
    channel = Q(channel=tree.channel) | Q(channel="") if tree.channel else Q()
    others = ChatNode.objects.filter(under=None, tree__in=ChatTree.objects.filter(channel, is_active=True))
    theirs = {word: node.tree.name for node in others.exclude(tree=tree.pk).select_related("tree") for word in words(node)}  # fmt: skip
    rules = {word: str(rule) for rule in KeywordRule.objects.filter(channel, is_active=True) for word in words_of(rule)}
    return [
        _("“%(word)s” begins “%(other)s” already: leave it to one of them.") % {"word": word, "other": other}
        for word, other in (rules | theirs).items()
        if word in begins and tree.is_active
    ]


class NodeInline(StackedInline):
    model = ChatNode
    form = NodeForm
    formset = NodeFormSet
    extra = 0
    min_num = 1
    max_num = MOST
    tab = False
    fields = (("number", "under"), ("label", "keywords"), "text", ("action", "goes_on"), "pool")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.view_chattree")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.change_chattree")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.add_chattree") or self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(ChatTree)
class ChatTreeAdmin(ModelAdmin):
    form = TreeForm
    list_display = ("name", "where", "begins", "is_active")
    list_fullwidth = True
    show_full_result_count = False
    actions = None
    inlines = (NodeInline,)
    fields = (("name", "channel"), "is_active")
    change_form_template = "campaigns/chat_trees/tree.html"
    nothing_yet = _(
        "A chat tree answers people in messengers and SMS by itself: a word leads to an answer and to the next choices, until a human is asked for."
    )

    @display(description=_("channel"))
    def where(self, tree: ChatTree) -> str:
        return tree.get_channel_display() if tree.channel else str(_("all channels"))

    @display(description=_("begins with"))
    def begins(self, tree: ChatTree) -> str:
        return "; ".join(node.keywords for node in Tree(list(tree.nodes.all())).under(None))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("nodes")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        more: dict[str, Any] = {}
        if object_id and object_id.isdecimal():
            tree = Tree(list(ChatNode.objects.filter(tree=object_id).select_related("pool")))
            more["ways"] = [(depth, node, tree.at(node.goes_on)) for depth, node in tree.ways()]
        return super().changeform_view(request, object_id, form_url, more | (extra_context or {}))
