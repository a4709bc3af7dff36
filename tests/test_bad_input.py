"""Bad input, through the doors that people use: a Russian sentence that says what to do, and nothing half-written."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.urls import reverse
from openpyxl import Workbook

from campaigns import permission, starter
from campaigns.models import Approval, Campaign, CampaignEvent, Chunk, Content, Link, Message, Run
from segments.importing import running
from segments.models import (
    Card,
    ConsentState,
    ContactPoint,
    Customer,
    ImportBatch,
    Interaction,
    Mapping,
    RejectedRow,
    Segment,
    Source,
)
from tests.campaigns.builders import LETTER, make_account, make_campaign, make_reader, make_segment_with
from tests.campaigns.test_drafting import make_plan
from tests.media import own_media
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

BASE = (Source, ImportBatch, RejectedRow, Mapping, Customer, Card, ContactPoint, Interaction)
OUTBOX = (Run, Message, Chunk)
PLANNED = (Campaign, Content, Link, CampaignEvent, Approval)
SENTENCE = re.compile(r"[А-ЯЁ«№].*[.!]$", re.DOTALL)
HEADER = "Код;Наименование;Телефон;E-mail\n"
ANNA, OLEG = "А1;Иванова Анна Петровна;89123456789;ivanova@mail.ru\n", "А2;Орлов Олег;89123456780;\n"


def written(*models: Any) -> dict[str, int]:
    return {model.__name__: count for model in models if (count := model.objects.count())}


def workbook(*rows: list[Any]) -> bytes:
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def archive(name: str, content: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as zipped:
        zipped.writestr(name, content)
    return kept.getvalue()


# What is no table of cards at all: a name → (bytes, what the sentence must speak of).
UNREADABLE = {
    "empty": (b"", "пуст"),
    "only a header": (HEADER.encode(), "строк"),
    "only a header, XLSX": (workbook(["Код", "Наименование"]), "строк"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "CSV"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "CSV"),
    "an archive": (archive("hello.txt", "hello"), "заголов"),
    "a torn workbook": (workbook(["Код", "Имя"], ["1", "Анна"])[:600], "повреждён"),
    "one column": ("Имя\nАнна\nОлег\n".encode(), "заголов"),
    "an open quotation mark": ('Код;Имя\n1;Ян\n2;"Анна\n3;Олег\n'.encode(), "В строке 3 открыта кавычка"),
}
LACKING = {
    "no code": "Наименование;Телефон\nИванова Анна;89123456789\n",
    "no name": "Код;Телефон\nА1;89123456789\n",
    "strange headers": "a;b;c\n1;2;3\n",
}


@pytest.mark.filterwarnings("ignore:No directory at")
class BadInput(TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = own_media(self)

    def kept(self, content: bytes | str, name: str = "file") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def refusal(self, *command: Any) -> str:
        """The one sentence of a command that failed: exit code 1, and nothing on standard output."""
        out = io.StringIO()
        with self.assertRaises(CommandError) as caught:
            call_command(*[str(word) for word in command], "--json", stdout=out)
        self.assertEqual((caught.exception.returncode, out.getvalue()), (1, ""))
        said = str(caught.exception)
        self.assertRegex(said, SENTENCE)
        self.assertNotIn("Traceback", said)
        return said

    def media(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and "imports" in path.parts]


class FilesOfTheBase(BadInput):
    def upload(self, content: bytes, kind: str = "cards") -> Any:
        self.client.force_login(make_staff("segments.view_importbatch", "segments.run_import"))
        file = SimpleUploadedFile("cards.csv", content)
        return self.client.post(reverse("admin:segments_importbatch_add"), {"new_source": "1С", kind: file})

    def test_the_page_refuses_what_is_no_table_in_a_sentence_that_it_shows(self) -> None:
        for name, (content, word) in UNREADABLE.items():
            with self.subTest(name):
                page = self.upload(content)
                (said,) = [str(error) for errors in page.context["form"].errors.values() for error in errors]
                self.assertRegex(said, SENTENCE)
                self.assertIn(word, said)
                self.assertContains(page, said[:20])
                self.assertEqual((written(*BASE), self.media()), ({}, []))

    def test_the_command_refuses_the_same_with_the_same_words(self) -> None:
        for name, (content, word) in UNREADABLE.items():
            for kind in ("--cards", "--documents"):
                with self.subTest(name, kind=kind):
                    self.assertIn(word, self.refusal("import_base", "--source", "1С", kind, self.kept(content)))
                    self.assertEqual((written(*BASE), self.media()), ({}, []))

    def test_a_good_file_beside_a_bad_one_is_not_kept_either(self) -> None:
        good, bad = self.kept(HEADER + ANNA, "good"), self.kept(b"", "bad")
        self.refusal("import_base", "--source", "1С", "--cards", good, "--documents", bad)
        self.assertEqual((written(*BASE), self.media()), ({}, []))

    def test_needed_columns_that_are_not_there_are_named(self) -> None:
        for name, text in LACKING.items():
            with self.subTest(name):
                said = self.refusal("import_base", "--source", "1С", "--cards", self.kept(text))
                self.assertIn(text.split(";")[0], said)
                self.assertEqual(written(*BASE[1:]), {})

    def test_the_page_asks_for_the_needed_columns_and_waits(self) -> None:
        for name, text in LACKING.items():
            with self.subTest(name):
                self.upload(text.encode())
                batch = ImportBatch.objects.latest("id")
                page = self.client.post(reverse("admin:segments_importbatch_change", args=[batch.pk]), {"go": "load"})
                self.assertRegex(page.context["problem"], SENTENCE)
                self.assertContains(page, page.context["problem"][:20])
                batch.refresh_from_db()
                self.assertEqual((batch.state, written(Customer, Card, Mapping)), ("decoded", {}))

    def test_a_mapping_or_a_file_that_is_not_there(self) -> None:
        good = self.kept(HEADER + ANNA)
        self.assertIn("Дилер", self.refusal("import_base", "--source", "1С", "--cards", good, "--mapping", "Дилер"))
        with self.assertRaises(CommandError):
            call_command("import_base", "--source", "1С", "--cards", str(self.folder / "absent.csv"))
        self.refusal("import_base", "--source", "1С")
        self.assertEqual(written(*BASE[1:]), {})

    def test_a_broken_line_is_rejected_by_its_number_and_the_rest_is_loaded(self) -> None:
        text = HEADER + ANNA + "А9;лишняя;;;;ячейка\n" + "обрывок\n" + OLEG
        out = io.StringIO()
        call_command("import_base", "--source", "1С", "--cards", str(self.kept(text)), "--json", stdout=out)
        cards = json.loads(out.getvalue())["cards"]
        self.assertEqual((cards["read"], cards["new"], cards["rejected"]), (4, 2, 2))
        self.assertEqual(sorted(RejectedRow.objects.values_list("line", flat=True)), [3, 4])
        self.assertEqual(sorted(Card.objects.values_list("code", flat=True)), ["А1", "А2"])

    def test_the_page_names_the_broken_line_too(self) -> None:
        self.upload((HEADER + ANNA + "обрывок\n" + OLEG).encode())
        batch = ImportBatch.objects.get()
        page = reverse("admin:segments_importbatch_change", args=[batch.pk])
        running.confirm(batch, background=False)
        running.run(batch.pk)
        report = self.client.get(page).context
        self.assertEqual([(row["rows"], row["whole_row"]) for row in report["reasons"]], [(1, True)])
        self.assertEqual(report["report"]["tables"][0]["counts"], [3, 2, 0, 0, 1])

    def test_an_encoding_of_another_office_program_is_read(self) -> None:
        for number, encoding in enumerate(("cp1251", "utf-8", "utf-8-sig")):
            with self.subTest(encoding):
                path = self.kept((HEADER + ANNA).encode(encoding))
                call_command("import_base", "--source", f"1С {number}", "--cards", str(path), stdout=io.StringIO())
                self.assertEqual(Card.objects.get(source__name=f"1С {number}").last_name, "Иванова")


class Rules(BadInput):
    BAD = {  # noqa: RUF012
        "an unknown field": {"field": "shoe_size", "op": "at_least", "value": 1},
        "a column of the database": {"field": "password__startswith", "op": "at_least", "value": 1},
        "an unknown operator": {"field": "purchases", "op": "regex", "value": 1},
        "a value of another kind": {"field": "purchases", "op": "at_least", "value": "много"},
        "an unknown key": {"field": "purchases", "op": "at_least", "value": 1, "sql": "1=1"},
        "an unknown event": {"event": "flew", "op": "at_least", "value": 1, "days": 30, "where": []},
        "an unknown field of an event": {
            "event": "bought", "op": "at_least", "value": 1, "days": 30,
            "where": [{"field": "colour", "op": "any_of", "value": ["red"]}],
        },
        "an empty group": {"all": []},
        "two groups in one": {"all": [], "any": []},
        "no node": 7,
    }  # fmt: skip

    def test_the_command_says_what_is_wrong(self) -> None:
        for name, node in self.BAD.items():
            with self.subTest(name):
                said = self.refusal("count_rule", self.kept(json.dumps({"format": 1, "rule": node})))
                self.assertNotIn("SELECT", said)

    def test_the_unknown_field_is_named(self) -> None:
        rule = {"format": 1, "rule": {"any": [self.BAD["an unknown field"]]}}
        self.assertIn("shoe_size", self.refusal("count_rule", self.kept(json.dumps(rule))))

    def test_another_format_is_refused(self) -> None:
        good = {"field": "purchases", "op": "at_least", "value": 1}
        for document in ({"format": 2, "rule": good}, {"rule": good}, {"format": 1}, good, []):
            with self.subTest(document):
                self.refusal("count_rule", self.kept(json.dumps(document)))

    def test_the_form_keeps_nothing_and_says_which_condition(self) -> None:
        self.client.force_login(make_staff("segments.view_segment", "segments.add_segment", "segments.change_segment"))
        leaf = {"rule__kind": "all", "rule__n": "1", "rule-0__op": "at_least", "rule-0__value": "1"}
        data = {"name": "Хитрый", "description": "", **leaf, "rule-0__field": "shoe_size"}
        page = self.client.post(reverse("admin:segments_segment_add"), data)
        self.assertContains(page, "Условие 1: нет такого поля")
        self.assertContains(page, "Хитрый")
        self.assertEqual(written(Segment), {})

    def test_a_change_to_an_unknown_field_leaves_the_segment_as_it_was(self) -> None:
        self.client.force_login(make_staff("segments.view_segment", "segments.change_segment"))
        rule = {"format": 1, "rule": {"all": [{"field": "purchases", "op": "at_least", "value": 1}]}}
        segment = make_segment(rule=rule, name="Покупатели")
        leaf = {"rule__kind": "all", "rule__n": "1", "rule-0__op": "at_least", "rule-0__value": "1"}
        data = {"name": "Другое", "description": "", **leaf, "rule-0__field": "shoe_size"}
        self.client.post(reverse("admin:segments_segment_change", args=[segment.pk]), data)
        segment.refresh_from_db()
        self.assertEqual((segment.name, segment.rule), ("Покупатели", rule))


class Letters(BadInput):
    WRONG = {  # noqa: RUF012
        "an unknown placeholder": ({"subject": "{{ возраст }}, ждём вас"}, "возраст"),
        "an unknown one in the letter": ({"body": LETTER.replace("имя", "кличка")}, "кличка"),
        "one that is not closed": ({"subject": "{{ имя"}, "не закрыта"),
        "a tag of a template": ({"body": LETTER.replace("Здравствуйте", "{% load x %}")}, "{%"),
        "no MJML": ({"body": "<mjml>"}, "MJML"),
        "plain words": ({"body": "Здравствуйте!"}, "MJML"),
    }  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        make_account(name="Почта")
        self.segment = make_segment_with(1, slug="spring")
        self.manager = make_staff("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign")
        self.client.force_login(self.manager)

    def form(self, campaign: Campaign | None = None, **texts: str) -> dict[str, Any]:
        account = campaign.account_id if campaign else make_account().pk
        return {
            "name": "Новая", "purpose": "advertising", "brand": "", "account": account, "starts_at": "",
            "lateness_hours": 12, "priority": 2, "control_percent": 0, "segments_in": [self.segment.pk],
            "subject": starter.SUBJECT, "preheader": "", "body": LETTER,
        } | texts  # fmt: skip

    def test_the_form_shows_the_mistake_and_keeps_no_draft(self) -> None:
        for name, (texts, word) in self.WRONG.items():
            with self.subTest(name):
                page = self.client.post(reverse("admin:campaigns_campaign_add"), self.form(**texts))
                said = " ".join(str(e) for errors in page.context["form"].errors.values() for e in errors)
                self.assertIn(word, said)
                self.assertEqual(written(*PLANNED), {})

    def test_a_saved_draft_keeps_its_letter(self) -> None:
        campaign = make_campaign(self.segment, name="Старая", author=self.manager)
        before = written(*PLANNED)
        for name, (texts, _word) in self.WRONG.items():
            with self.subTest(name):
                url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
                self.assertEqual(self.client.post(url, self.form(campaign, **texts)).status_code, 200)
                campaign.refresh_from_db()
                self.assertEqual((campaign.name, written(*PLANNED)), ("Старая", before))

    def test_the_command_refuses_the_same(self) -> None:
        for name, (texts, word) in self.WRONG.items():
            with self.subTest(name):
                plan = make_plan(content={"subject": "Тема", "preheader": "", "body": LETTER} | texts)
                said = self.refusal(
                    "campaign", "create", self.kept(json.dumps(plan)), "--author", self.manager.username
                )
                self.assertIn(word, said)
                self.assertEqual(written(*PLANNED), {})

    def test_a_plan_with_something_that_is_not_there(self) -> None:
        for changes, word in (
            ({"segments_in": ["winter"]}, "winter"),
            ({"segments_in": []}, "segments_in"),
            ({"account": "Голуби"}, "Голуби"),
            ({"brand": "Trabant"}, "Trabant"),
            ({"schedule": "завтра"}, "завтра"),
            ({"number": "+70000000000"}, "Номера +70000000000 нет"),
            ({"colour": "red"}, "colour"),
            ({"control_percent": 99}, "50"),
            ({"control_percent": "10"}, "control_percent"),
            ({"content": {"text": "x"}}, "subject"),
        ):
            with self.subTest(changes):
                plan = self.kept(json.dumps(make_plan(**changes)))
                said = self.refusal("campaign", "create", plan, "--author", self.manager.username)
                self.assertIn(word, said)
                self.assertEqual(written(*PLANNED), {})


class AudienceWithoutConsent(BadInput):
    """Nobody of the audience may be written to: said at the submission, at the launch, and nothing is planned."""

    WORDS = "нет ни одного человека"

    def setUp(self) -> None:
        super().setUp()
        permission.turn_on(None)
        self.manager = make_staff(
            "campaigns.view_campaign", "campaigns.change_campaign", "campaigns.run_campaign", username="manager"
        )
        make_staff("campaigns.approve_campaign", username="approver")
        self.client.force_login(self.manager)

    def audiences(self) -> dict[str, list[Customer]]:
        withdrawn, silent, phone_only, bounced = (make_reader(consent=c) for c in (False, None, None, True))
        ContactPoint.objects.filter(holders__customer=bounced).update(validity="invalid")
        ContactPoint.objects.filter(holders__customer=phone_only).delete()
        made = {"withdrawn": [withdrawn], "silent": [silent], "invalid": [bounced], "nobody": []}
        only_phone = make_customer()
        make_contact(only_phone, "+79110000001")
        return made | {"no address": [only_phone]}

    def test_the_page_says_what_to_do_and_the_draft_stays_a_draft(self) -> None:
        for name, people in self.audiences().items():
            with self.subTest(name):
                campaign = make_campaign(make_segment(*people), author=self.manager)
                url = reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "submit"])
                self.assertContains(self.client.post(url, follow=True), self.WORDS)
                campaign.refresh_from_db()
                self.assertEqual((campaign.state, written(*OUTBOX, CampaignEvent)), ("draft", {}))

    def test_the_command_says_the_same(self) -> None:
        for name, people in self.audiences().items():
            with self.subTest(name):
                campaign = make_campaign(make_segment(*people), author=self.manager)
                words = ("--author", "manager", "--approver", "approver")
                self.assertIn(self.WORDS, self.refusal("campaign", "launch", campaign.pk, *words))
                campaign.refresh_from_db()
                self.assertEqual((campaign.state, written(*OUTBOX, Approval, CampaignEvent)), ("draft", {}))

    def test_consents_that_went_after_the_approval_stop_the_start(self) -> None:
        campaign = make_campaign(make_segment_with(2), author=self.manager)
        approver = make_staff("campaigns.view_campaign", "campaigns.approve_campaign")
        self.client.post(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "submit"]))
        self.client.force_login(approver)
        self.client.post(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "approve"]))
        ConsentState.objects.update(given=False)
        self.client.force_login(self.manager)
        page = self.client.post(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "start"]), follow=True)
        self.assertContains(page, self.WORDS)
        campaign.refresh_from_db()
        self.assertEqual((campaign.state, written(*OUTBOX)), ("scheduled", {}))
