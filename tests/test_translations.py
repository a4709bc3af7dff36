"""The interface is Russian: no message without a translation, no noun in the wrong case, no English on a page."""

import re
from pathlib import Path
from string import Formatter

import django
import polib
import unfold
from django.contrib import admin
from django.test import Client, SimpleTestCase, TestCase
from django.utils.translation import npgettext, override, pgettext

from campaigns.models import Campaign
from channels.providers import REGISTRY
from crmsite.models import User
from crmsite.templatetags import grammar
from segments.models import OperationSpelling
from tests.messages import Catalogue, Message, messages, of_source
from tests.page_text import english_words, words_of
from tests.test_rights import make_world, pages

ROOT = Path(__file__).resolve().parent.parent
APPS = ("segments", "channels", "campaigns", "tracking", "crmsite")
PACKAGES = Path(django.__file__).resolve().parent.parent
OWN = ROOT / "locale" / "ru" / "LC_MESSAGES" / "django.po"
ENGLISH = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
RUSSIAN = Catalogue(ROOT / "locale", PACKAGES)
# Names and formats, the same in both languages.
SAME = re.compile(r"^[\W\d_]*$|^(E-mail|SMS|WhatsApp|Telegram|MAX|VK|VIN|URL|ID|JSON|CSV|XLSX|Krug|NPS)$")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def untranslated(found: dict[Message, str]) -> list[str]:
    return [f"{where}: {text!r}" for (context, text), where in found.items()
            if RUSSIAN.lacks((context, text)) and not SAME.match(text)]  # fmt: skip


def placeholders(text: str) -> set[str]:
    named = set(re.findall(r"%\((\w+)\)", text))
    return named | {name for _text, name, _spec, _conversion in Formatter().parse(text.replace("%", "")) if name}


class Completeness(SimpleTestCase):
    maxDiff = None

    def test_every_message_of_ours_is_translated(self) -> None:
        found = {app: untranslated(messages(ROOT / app)) for app in APPS}
        self.assertEqual({app: lines for app, lines in found.items() if lines}, {})

    def test_every_message_of_unfold_is_translated(self) -> None:
        self.assertEqual(untranslated(messages(Path(unfold.__file__).parent)), [])

    def test_the_extraction_sees_each_form(self) -> None:
        source = (
            '_("one"); ngettext("two", "twos", n); pgettext("menu", "three"); npgettext("menu", "four", "fours", n)'
        )
        self.assertEqual(
            [message for message, _line in of_source(source)],
            [(None, "one"), (None, "two"), ("menu", "three"), ("menu", "four")],
        )
        self.assertTrue(untranslated({(None, "nobody ever wrote this sentence"): "x:1"}))


class Catalogues(SimpleTestCase):
    """The catalogue that is committed: compiled, whole, and true to its placeholders."""

    def test_translations_keep_the_placeholders(self) -> None:
        wrong = []
        for entry in polib.pofile(str(OWN)):
            for text in [entry.msgstr, *entry.msgstr_plural.values()]:
                strange = placeholders(text) - placeholders(entry.msgid) - placeholders(entry.msgid_plural or "")
                if text and strange:
                    wrong.append(f"{entry.msgid!r}: {strange}")
        self.assertEqual(wrong, [])

    def test_every_plural_has_its_three_forms(self) -> None:
        plural = [entry for entry in polib.pofile(str(OWN)) if entry.msgid_plural]
        self.assertEqual([e.msgid for e in plural if len([t for t in e.msgstr_plural.values() if t]) != 3], [])

    def test_english_has_every_message_that_russian_has(self) -> None:
        russian, english = ({(e.msgctxt, e.msgid) for e in polib.pofile(str(path)) if e.translated()}
                            for path in (OWN, ENGLISH))  # fmt: skip
        self.assertEqual(russian ^ english, set())

    def test_nothing_is_fuzzy(self) -> None:
        self.assertEqual([entry.msgid for entry in polib.pofile(str(OWN)) if entry.fuzzy], [])

    def test_the_compiled_catalogue_is_the_written_one(self) -> None:
        written = {(e.msgctxt, e.msgid) for e in polib.pofile(str(OWN)) if e.translated()}
        compiled = {(e.msgctxt, e.msgid) for e in polib.mofile(str(OWN.with_suffix(".mo")))}
        self.assertEqual(written ^ compiled, set())


class Grammar(SimpleTestCase):
    """Nouns of the admin in the accusative and after numbers."""

    def options(self) -> list[object]:
        return [model._meta for model in admin.site._registry]

    def test_every_noun_has_its_cases(self) -> None:
        lacking = []
        with override("ru"):
            for options in self.options():
                noun = options.verbose_name_raw
                if not CYRILLIC.search(pgettext("accusative", noun)):
                    lacking.append(("accusative", noun))
                if not CYRILLIC.search(pgettext("new", noun)):
                    lacking.append(("new", noun))
                if not CYRILLIC.search(npgettext("counted", noun, noun, 5)):
                    lacking.append(("counted", noun))
        self.assertEqual(lacking, [])

    def test_a_campaign_is_deleted_and_counted_in_good_russian(self) -> None:
        with override("ru"):
            self.assertEqual(grammar.accusative(Campaign._meta), "кампанию")
            counts = [grammar.counted(count, Campaign._meta) for count in (1, 3, 40, 11)]
            self.assertEqual(counts, ["1 кампания", "3 кампании", "40 кампаний", "11 кампаний"])

    def test_english_uses_the_plain_name(self) -> None:
        with override("en"):
            self.assertEqual(grammar.accusative(Campaign._meta), "campaign")
            self.assertEqual(grammar.new_one(Campaign._meta), "new campaign")
            self.assertEqual(grammar.counted(40, Campaign._meta), "40 campaigns")
            self.assertEqual(grammar.counted(1, Campaign._meta), "1 campaign")


class Pages(TestCase):
    """What a manager reads on every page of the admin: no word of the English messages is left in it."""

    maxDiff = None
    # Names of things that are called so in Russian too, and words of the address line.
    ALLOWED = {
        "romi", "roi", "ltv", "nps",
        "excel", "ods", "pdf", "zip", "xml", "windows",  # formats and encodings by their names
        "krug", "crm", "mail", "mjml", "csv", "xlsx", "tsv", "json", "html", "sms", "smtp", "url", "utf", "vin", "push",
        "whatsapp", "telegram", "max", "ctrl", "esc", "inbox", "example", "test", "http", "https", "data", "api", "com",
        "toyota", "mindbox", "manage", "import", "sftp", "odata", "rfm", "vip", "txt", "smpp", "oauth", "yandex",
        "help", "promo",  # what people send, as STOP
        "amp", "gmail", "yahoo",  # a part of letters, and who shows it
        "dkim", "imap", "pem", "tls", "starttls", "bounce", "mailgun", "postmark", "sendgrid", "textback", "mailchimp", "unisender",
        "comagic", "uis", "mango", "calltouch", "callibri",
    }  # fmt: skip

    def test_no_english_is_left(self) -> None:
        vocabulary = self.vocabulary()
        names = {label for _channel, label, _path in REGISTRY.values() if isinstance(label, str)}  # of providers
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.create_superuser("Администратор"))
        left: dict[str, list[str]] = {}
        world = make_world()
        OperationSpelling.objects.filter(spelling__regex="^[a-z]").delete()  # words of foreign exports, not of ours
        for page, path in pages(world):
            answer = client.get(path)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html") and not answer.streaming:
                for run in english_words(answer.content.decode()):
                    if run not in names and words_of(run) & vocabulary:
                        left.setdefault(run, []).append(page)
        self.assertEqual({run: where[:4] for run, where in left.items()}, {})

    def vocabulary(self) -> set[str]:
        """The words of every message that may be shown, and the "object" of a model without a name."""
        roots = [*(ROOT / app for app in APPS), Path(unfold.__file__).parent, PACKAGES / "django" / "contrib" / "admin"]
        found = {word for root in roots for (_context, text) in messages(root) for word in words_of(text)}
        return (found | {"object"}) - self.ALLOWED

    def test_the_reader_sees_what_is_left(self) -> None:
        html = '<p title="Delete it">Удалить <b>Now please</b></p><script>let x</script><code>manage.py</code>'
        self.assertEqual(english_words(html), ["Delete it", "Now please"])
        self.assertTrue(words_of("Save and continue") & self.vocabulary())
