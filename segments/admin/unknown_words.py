"""The list of unrecognised words: each gets a meaning in its place, or is said to mean nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rapidfuzz import fuzz, process
from unfold.admin import ModelAdmin

from segments import value_tables
from segments.admin.dictionary_files import spelled
from segments.models import Brand, BrandSpelling, City, CitySpelling, Interaction, OperationSpelling, UnknownWord

Dictionary = UnknownWord.Dictionary
PER_PAGE = 50
LIKE_ENOUGH = 80  # of 100; below it a likeness is an accident
TITLES = {
    Dictionary.BRAND: gettext_lazy("Brands"),
    Dictionary.CITY: gettext_lazy("Cities"),
    Dictionary.OPERATION: gettext_lazy("Kinds of documents"),
}
WHAT_HAPPENS = {
    Dictionary.BRAND: gettext_lazy("These rows are in the base without a brand. Once a word has a meaning, they get their brand and model."),
    Dictionary.CITY: gettext_lazy("These cards are in the base without a city. Once a word has a meaning, they and their customers get it."),
    Dictionary.OPERATION: gettext_lazy("These rows were refused. Once a word has a meaning, load the file again: the rows will come in, and nothing will be doubled."),
}  # fmt: skip


@dataclass
class Meanings:
    """What words of one table may mean: `names` = {name as people read it: meaning}."""

    names: dict[str, Any]
    spellings: dict[str, str]  # {spelling: name}
    add_url: str = ""
    by_key: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        known = {spelling: self.names[name] for spelling, name in self.spellings.items()}
        self.by_key = known | {spelled(name): meaning for name, meaning in self.names.items()}

    def of(self, text: str) -> Any:
        """The meaning that a person named or spelled; None when there is no such."""
        return self.by_key.get(spelled(text))

    def like(self, word: str) -> str:
        """The name whose spelling looks most like the word; '' when none does."""
        found = process.extractOne(word, list(self.spellings), scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return self.spellings[found[0]] if found else ""


def _brands() -> Meanings:
    names = {name: pk for pk, name in Brand.objects.values_list("pk", "name")}
    spellings = dict(BrandSpelling.objects.values_list("spelling", "brand__name"))
    return Meanings(names, spellings, reverse("admin:segments_brand_add"))


def _cities() -> Meanings:
    names = {name: pk for pk, name in City.objects.values_list("pk", "name")}
    spellings = dict(CitySpelling.objects.values_list("spelling", "city__name"))
    return Meanings(names, spellings, reverse("admin:segments_city_add"))


def _operations() -> Meanings:
    labels = {kind.value: str(kind.label) for kind in Interaction.Kind}
    spellings = {spelling: labels[kind] for spelling, kind in OperationSpelling.objects.values_list("spelling", "kind")}
    return Meanings({label: kind for kind, label in labels.items()}, spellings)


MEANINGS: dict[str, Callable[[], Meanings]] = {
    Dictionary.BRAND: _brands,
    Dictionary.CITY: _cities,
    Dictionary.OPERATION: _operations,
}


@admin.register(UnknownWord)
class UnknownWordAdmin(ModelAdmin):
    """One page a table; a saved meaning mends the base in the background (`segments.value_tables`)."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UnknownWord | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A word is dealt with in its list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:segments_unknownword_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = Choice.of(request.GET)
        mistakes: dict[int, str] = {}
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            mistakes = self._act(request, chosen)
            if not mistakes:
                return redirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Unrecognised words"),
            "may_change": self.has_change_permission(request),
            **_page(chosen, request, mistakes),
        }
        return TemplateResponse(request, "segments/unknown_words.html", context)

    def _act(self, request: HttpRequest, chosen: "Choice") -> dict[int, str]:
        """Do what was asked; what could not be done comes back as {id of the word: why}."""
        ticked = chosen.words().filter(pk__in=[pk for pk in request.POST.getlist("word") if pk.isdecimal()])
        match request.POST.get("go"):
            case "nothing" | "something":
                means_nothing = request.POST["go"] == "nothing"
                count = value_tables.ignore(ticked, means_nothing=means_nothing)
                self._tell(request, _ignored(count) if means_nothing else _asked_again(count))
                return {}
            case "all":
                texts = dict.fromkeys(ticked, request.POST.get("meaning", "").strip())
            case _:
                named = {key[8:]: text.strip() for key, text in request.POST.items() if key.startswith("meaning-")}
                named = {pk: text for pk, text in named.items() if text and pk.isdecimal()}
                texts = {word: named[str(word.pk)] for word in chosen.words().filter(pk__in=list(named))}
        return self._give(request, chosen, texts)

    def _give(self, request: HttpRequest, chosen: "Choice", texts: dict[UnknownWord, str]) -> dict[int, str]:
        meanings = chosen.meanings()
        mistakes, by_meaning = {}, {}
        for word, text in texts.items():
            meaning = meanings.of(text) if text else None
            if meaning is None:
                mistakes[word.pk] = _("There is no “%(text)s” in this dictionary.") % {"text": text}
            else:
                by_meaning.setdefault(meaning, []).append(word)
        for meaning, words in by_meaning.items():
            value_tables.give_meaning(words, meaning)
            self._tell(request, _given(chosen.table, words))
        return mistakes

    def _tell(self, request: HttpRequest, sentence: str) -> None:
        self.message_user(request, sentence)


@dataclass
class Choice:
    """What part of the list is looked at."""

    table: str
    query: str = ""
    ignored: bool = False
    page: str = "1"

    @classmethod
    def of(cls, data: QueryDict) -> "Choice":
        table = data.get("table", "")
        if table not in Dictionary.values:
            open_words = value_tables.open_words().order_by("-rows").values_list("dictionary", flat=True)
            table = open_words.first() or Dictionary.BRAND
        return cls(str(table), spelled(data.get("q", "")), "ignored" in data, data.get("p", "1"))

    def words(self) -> QuerySet[UnknownWord]:
        words = value_tables.open_words(ignored=self.ignored).filter(dictionary=self.table)
        return words.filter(spelling__contains=self.query) if self.query else words

    def meanings(self) -> Meanings:
        return MEANINGS[self.table]()


def _page(chosen: Choice, request: HttpRequest, mistakes: dict[int, str]) -> dict[str, Any]:
    page: Page = Paginator(chosen.words().select_related("last_batch"), PER_PAGE).get_page(chosen.page)
    meanings = chosen.meanings()
    counts = dict(value_tables.open_words().values_list("dictionary").annotate(n=Count("pk")).order_by())
    return {
        "chosen": chosen,
        "tabs": [(str(key), title, counts.get(key, 0)) for key, title in TITLES.items()],
        "what_happens": WHAT_HAPPENS[Dictionary(chosen.table)],
        "page": page,
        "names": sorted(meanings.names, key=str.casefold),
        "add_url": meanings.add_url,
        "may_add": request.user.has_perm(f"segments.add_{chosen.table}"),
        "lines": [
            {
                "word": word,
                "like": meanings.like(word.spelling),
                "typed": request.POST.get(f"meaning-{word.pk}", ""),
                "mistake": mistakes.get(word.pk, ""),
            }
            for word in page
        ],
    }


def _given(table: str, words: list[UnknownWord]) -> str:
    rows = sum(word.rows for word in words)
    listed = ", ".join(f"«{word.spelling}»" for word in words[:3]) + (" …" if len(words) > 3 else "")
    if table == Dictionary.OPERATION:
        sentence = ngettext(
            "Saved: %(words)s. %(rows)d row will come in when the file is loaded again.",
            "Saved: %(words)s. %(rows)d rows will come in when the file is loaded again.",
            rows,
        )
    else:
        sentence = ngettext(
            "Saved: %(words)s. %(rows)d row is being mended in the base.",
            "Saved: %(words)s. %(rows)d rows are being mended in the base.",
            rows,
        )
    return sentence % {"words": listed, "rows": rows}


def _ignored(count: int) -> str:
    sentence = ngettext("%(n)d word means nothing now.", "%(n)d words mean nothing now.", count)
    return sentence % {"n": count}


def _asked_again(count: int) -> str:
    sentence = ngettext("%(n)d word is back in the list.", "%(n)d words are back in the list.", count)
    return sentence % {"n": count}
