from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from segments.admin.import_forms import chosen_columns, unread
from segments.admin.import_page import duration, progress
from segments.importing import running
from segments.models import Customer, ImportBatch, Source
from tests.media import own_media
from tests.segments.builders import make_source, make_staff

ADD = reverse("admin:segments_importbatch_add")
LIST = reverse("admin:segments_importbatch_changelist")
CARDS = "Код;Наименование;Телефон;E-mail;Скидка\nА1;Иванова Анна Петровна;89123456789;ivanova@mail.ru;vip\nА2;Тест Тестов;;;\n"
RIGHTS = ("segments.view_importbatch", "segments.run_import", "segments.view_customer")


@pytest.mark.filterwarnings("ignore:No directory at")
class ImportTestCase(TestCase):
    def setUp(self) -> None:
        self.media = own_media(self)
        self.user = make_staff(*RIGHTS)
        self.client.force_login(self.user)

    def upload(self, text: str | bytes = CARDS, **fields: Any) -> Any:
        content = text.encode("cp1251") if isinstance(text, str) else text
        file = SimpleUploadedFile("cards.csv", content)
        return self.client.post(ADD, {"new_source": "Альфа-Авто", "cards": file, **fields})

    def received(self) -> ImportBatch:
        self.upload()
        return ImportBatch.objects.get()

    def page(self, batch: ImportBatch, name: str = "change") -> str:
        return reverse(f"admin:segments_importbatch_{name}", args=[batch.pk])

    def confirm(self, batch: ImportBatch, go: str = "dry", **columns: Any) -> Any:
        posted = {"cards-code": "Код", "cards-name": "Наименование", "cards-phone": "Телефон", **columns}
        return self.client.post(self.page(batch), {"go": go, **posted})


class Upload(ImportTestCase):
    def test_files_lead_to_the_columns_and_a_new_source_is_made(self) -> None:
        response = self.upload()
        batch = ImportBatch.objects.get()
        self.assertRedirects(response, self.page(batch))
        assert (batch.source.name, batch.author, batch.state) == ("Альфа-Авто", self.user, "decoded")

    def test_a_chosen_source_is_used(self) -> None:
        self.upload(source=make_source("1С").pk, new_source="")
        assert ImportBatch.objects.get().source.name == "1С"

    def test_without_a_source_or_a_file_the_page_says_what_to_do(self) -> None:
        assert "new_source" in self.client.post(ADD, {}).context["form"].errors
        form = self.client.post(ADD, {"new_source": "1С"}).context["form"]
        assert form.non_field_errors()

    def test_a_bad_file_is_one_sentence_and_leaves_nothing(self) -> None:
        for content in (b"", b"\x00\x01\x02", b"only one column\nrow\n", "Код;Наименование".encode()):
            with self.subTest(content):
                form = self.upload(content).context["form"]
                assert form.errors
                assert not ImportBatch.objects.exists()
                assert not Source.objects.exists()
                assert not [path for path in self.media.rglob("*") if path.is_file()]


class Columns(ImportTestCase):
    def test_the_first_rows_are_decoded_and_unread_columns_are_named(self) -> None:
        response = self.client.get(self.page(self.received()))
        self.assertContains(response, "Иванова Анна Петровна")
        assert response.context["files"][0].unread == ["Скидка"]

    def test_a_needed_field_without_a_column_is_refused_in_a_sentence(self) -> None:
        batch = self.received()
        response = self.confirm(batch, **{"cards-code": ""})
        assert response.context["problem"]
        batch.refresh_from_db()
        assert batch.state == "decoded"

    def test_cancelling_writes_nothing(self) -> None:
        batch = self.received()
        self.assertRedirects(self.confirm(batch, "cancel"), LIST)
        batch.refresh_from_db()
        assert batch.state == "cancelled"

    def test_who_may_only_look_gets_no_form(self) -> None:
        batch = self.received()
        self.client.force_login(make_staff("segments.view_importbatch"))
        response = self.client.get(self.page(batch))
        assert "files" not in response.context
        self.assertNotContains(response, 'name="cards-code"')


class Mappings(ImportTestCase):
    def test_what_a_yes_covers_is_asked_and_kept(self) -> None:
        batch = self.received()
        consent = self.client.get(self.page(batch)).context["files"][0].consent
        assert [channel["name"] for channel in consent.channels if channel["chosen"]] == ["email", "sms"]
        asked = {"consent-channels": ["sms", "call"], "consent-purpose": "service", "consent-text": "Форма 2, 2024"}
        self.confirm(batch, **asked)
        options = batch.files.get().options
        assert options == {"consent": {"channels": ["sms", "call"], "purpose": "service", "text": "Форма 2, 2024"}}

    def test_rows_without_a_kind_may_be_visits(self) -> None:
        journal = SimpleUploadedFile("visits.csv", "Номер;Дата\n1;01.02.2026\n".encode("cp1251"))
        self.client.post(ADD, {"new_source": "Журнал", "documents": journal})
        batch = ImportBatch.objects.get()
        self.assertContains(self.client.get(self.page(batch)), "Если вид не указан")
        posted = {"go": "dry", "documents-number": "Номер", "documents-date": "Дата"}
        assert self.client.post(self.page(batch), posted).context["problem"]
        response = self.client.post(self.page(batch), posted | {"documents-all-are": "visit"})
        self.assertRedirects(response, self.page(batch), fetch_redirect_response=False)
        assert batch.files.get().options == {"kind": "visit"}

    def test_no_channel_at_all_is_a_sentence(self) -> None:
        response = self.confirm(self.received(), **{"consent-purpose": "advertising"})
        assert response.context["problem"]

    def test_a_mapping_is_saved_by_name_and_chosen_for_the_next_file(self) -> None:
        self.confirm(self.received(), save_as=" Выгрузка  Лахты ", **{"cards-email": "Скидка"})
        self.upload()
        batch = ImportBatch.objects.first()
        page = self.client.get(self.page(batch), {"mapping": "Выгрузка Лахты"})
        assert {each["name"] for each in page.context["saved"]} == {"last used", "Выгрузка Лахты"}
        chosen = {row.field.name: row.chosen for row in page.context["files"][0].rows}
        assert chosen["email"] == ["Скидка"]

    def test_the_examples_of_a_dry_run_are_in_words(self) -> None:
        batch = self.received()
        self.confirm(batch)
        running.run(batch.pk)
        (file,) = self.client.get(self.page(batch)).context["examples"]["files"]
        assert [row["name"] for row in file["new"]] == ["А1"]
        assert [row["line"] for row in file["rejected"]] == [3]
        running.confirm(batch, background=False)
        running.run(batch.pk)
        assert self.client.get(self.page(batch)).context["examples"] is None
        self.upload(CARDS.replace("Петровна", "Ивановна"))
        batch = ImportBatch.objects.first()
        self.confirm(batch)
        running.run(batch.pk)
        (file,) = self.client.get(self.page(batch)).context["examples"]["files"]
        (change,) = file["updated"][0]["changes"]
        assert (change["old"], change["new"]) == ("Петровна", "Ивановна")

    def test_the_page_says_how_the_file_was_read(self) -> None:
        batch = self.received()
        self.confirm(batch)
        running.run(batch.pk)
        (file,) = self.client.get(self.page(batch)).context["received"]
        assert (file["name"], file["read"], file["columns"]) == ("cards.csv", 3, 5)


class Run(ImportTestCase):
    def run_batch(self, go: str) -> ImportBatch:
        batch = ImportBatch.objects.first() or self.received()
        if go == "dry":
            self.confirm(batch)
        else:
            self.client.post(self.page(batch, "load"))
        return running.run(batch.pk)

    def test_a_confirmed_import_shows_its_progress_and_then_reloads(self) -> None:
        batch = self.received()
        self.assertRedirects(self.confirm(batch, "load"), self.page(batch))
        self.assertContains(self.client.get(self.page(batch)), self.page(batch, "progress"))
        assert self.client.get(self.page(batch, "progress")).status_code == 200
        self.client.post(self.page(batch, "cancel"))
        ended = self.client.get(self.page(batch, "progress"))
        assert (ended.status_code, ended.headers["HX-Refresh"]) == (204, "true")

    def test_the_report_counts_and_groups_the_reasons(self) -> None:
        ImportBatch.objects.create(source=make_source(), state="done", counters=COUNTERS)
        batch = ImportBatch.objects.get()
        batch.rejected.create(kind="cards", line=3, reason="test_card")
        batch.rejected.create(kind="cards", line=4, reason="test_card")
        batch.rejected.create(kind="cards", line=2, column="email", reason="bad_email", whole_row=False)
        context = self.client.get(self.page(batch)).context
        assert [(row["rows"], row["whole_row"]) for row in context["reasons"]] == [(2, True), (1, False)]
        assert context["report"]["tables"][0]["counts"] == [10, 5, 2, 1, 2]
        assert context["report"]["unrecognised"][0]["words"] == [{"text": "жигуль", "rows": 3}]

    def test_of_an_old_import_the_page_says_where_its_refused_rows_went(self) -> None:
        batch = ImportBatch.objects.create(source=make_source(), state="done", counters=COUNTERS)
        response = self.client.get(self.page(batch))
        assert response.context["is_forgotten"]
        self.assertContains(response, "хранятся 30 дней")

    def test_rejected_rows_are_for_those_who_import_and_each_download_is_logged(self) -> None:
        batch = self.received()
        (self.media / "imports" / str(batch.pk) / "rejected.xlsx").write_text("строка")
        response = self.client.get(self.page(batch, "rejected"))
        assert b"".join(response.streaming_content).decode() == "строка"
        assert LogEntry.objects.filter(user=self.user, object_id=str(batch.pk)).count() == 1
        self.client.force_login(make_staff("segments.view_importbatch"))
        assert self.client.get(self.page(batch, "rejected")).status_code == 403

    def test_nothing_changes_by_get_and_nothing_without_the_right(self) -> None:
        batch = self.received()
        for name in ("load", "cancel"):
            assert self.client.get(self.page(batch, name)).status_code == 405
        self.client.force_login(make_staff("segments.view_importbatch"))
        for name in ("load", "cancel"):
            assert self.client.post(self.page(batch, name)).status_code == 403
        assert self.client.get(ADD).status_code == 403
        self.client.force_login(make_staff())
        for url in (LIST, self.page(batch), self.page(batch, "progress")):
            assert self.client.get(url).status_code == 403

    def test_dry_run_then_load(self) -> None:
        batch = self.run_batch("dry")
        assert (batch.state, batch.dry_run, Customer.objects.count()) == ("previewed", True, 0)
        assert self.client.get(self.page(batch)).context["may_load"]
        assert "files" in self.client.get(self.page(batch), {"columns": 1}).context
        batch = self.run_batch("load")
        assert (batch.state, batch.dry_run, Customer.objects.count()) == ("done", False, 1)
        report = self.client.get(self.page(batch)).context
        assert report["report"]["tables"][0]["counts"] == [2, 1, 0, 0, 1]
        assert not report["may_load"]


class ImportList(ImportTestCase):
    def test_empty_it_says_what_to_do(self) -> None:
        self.assertContains(self.client.get(LIST), ADD)

    def test_the_number_of_queries_does_not_grow_with_the_list(self) -> None:
        ImportBatch.objects.create(source=make_source(), author=self.user, state="done", counters=COUNTERS)
        with CaptureQueriesContext(connection) as few:
            self.assertContains(self.client.get(LIST), "Альфа-Авто")
        for number in range(10):
            ImportBatch.objects.create(source=make_source(f"1С {number % 3}"), author=make_staff())
        with CaptureQueriesContext(connection) as many:
            self.client.get(LIST)
        assert len(many) == len(few) <= 10


class Words(SimpleTestCase):
    def test_columns_come_from_what_the_page_posted(self) -> None:
        posted = QueryDict(mutable=True)
        posted.setlist("cards-phone", ["Телефон", "", "Доп. телефон", "Телефон"])
        columns = chosen_columns("cards", posted)
        assert columns["phone"] == ["Телефон", "Доп. телефон"]
        assert columns["code"] == []
        assert unread(["Код", "Телефон", "Доп. телефон"], columns) == ["Код"]

    def test_the_time_left_follows_the_pace(self) -> None:
        started = timezone.now() - timedelta(seconds=10)
        batch = ImportBatch(state="loading", stage="loading", rows_done=25, rows_total=100, started_at=started)
        shown = progress(batch)
        assert (shown["percent"], shown["left"], shown["seconds_left"]) == (25, 75, 30)

    def test_without_a_pace_there_is_no_time_left(self) -> None:
        assert progress(ImportBatch(state="mapped"))["seconds_left"] is None

    def test_lengths_of_time(self) -> None:
        assert duration(59.6).startswith("60")
        assert duration(300).startswith("5")


COUNTERS = {
    "cards": {"read": 10, "new": 5, "updated": 2, "unchanged": 1, "rejected": 2},
    "customers": {"total": 7, "created": 5, "merged": 0},
    "unrecognised": {"brand": {"жигуль": 3}, "city": {}},
}
