from django.contrib.admin.models import LogEntry

from segments.consents import record_consent
from segments.importing import running, undoing
from segments.models import Card, ContactPoint, ImportBatch
from tests.segments.builders import make_staff
from tests.segments.test_admin_imports import RIGHTS, ImportTestCase

UNDO = "segments.undo_import"


class UndoPage(ImportTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_staff(*RIGHTS, UNDO)
        self.client.force_login(self.user)

    def loaded(self) -> ImportBatch:
        batch = self.received()
        running.confirm(batch, background=False)
        return running.run(batch.pk)

    def test_it_shows_what_it_will_do_and_does_it_only_after_the_second_click(self) -> None:
        batch = self.loaded()
        self.assertContains(self.client.get(self.page(batch)), self.page(batch, "undo"))
        page = self.client.get(self.page(batch, "undo"))
        shown = {str(row["label"]): row["rows"] for row in page.context["removed"]}
        assert list(shown.values()) == [1, 1, 2]
        assert (page.context["restored"], page.context["kept"], Card.objects.count()) == ([], [], 1)
        self.assertRedirects(self.client.post(self.page(batch, "undo")), self.page(batch))
        assert LogEntry.objects.filter(user=self.user, object_id=str(batch.pk)).count() == 1
        self.assertContains(self.client.get(self.page(batch)), self.page(batch, "progress"))
        undoing.undo(batch.pk)
        report = self.client.get(self.page(batch))
        assert [row["rows"] for row in report.context["undone"]["removed"]] == [1, 1, 2]
        assert not report.context["may_undo"]

    def test_what_stays_is_listed_with_its_reason_and_masked(self) -> None:
        batch = self.loaded()
        phone = ContactPoint.objects.get(kind="phone")
        record_consent(
            contact_point_ids=[phone.pk], channels=["sms"], purpose="advertising", given=False, origin="person"
        )
        for page in ("plan", "result"):
            with self.subTest(page):
                if page == "result":
                    undoing.begin(batch, background=False)
                    undoing.undo(batch.pk)
                shown = self.client.get(self.page(batch, "undo" if page == "plan" else "change"))
                rows = shown.context["kept"] if page == "plan" else shown.context["undone"]["kept"]
                assert [row["key"] for row in rows] == ["+7 *** ***-67-89"]
                self.assertNotContains(shown, phone.value)
                self.assertContains(shown, rows[0]["reason"])

    def test_a_second_undo_is_a_sentence(self) -> None:
        batch = self.loaded()
        undoing.begin(batch, background=False)
        undoing.undo(batch.pk)
        for ask in (self.client.get, self.client.post):
            response = ask(self.page(batch, "undo"), follow=True)
            self.assertRedirects(response, self.page(batch))
            assert [str(message) for message in response.context["messages"]]

    def test_without_the_right_there_is_neither_button_nor_page(self) -> None:
        batch = self.loaded()
        self.client.force_login(make_staff(*RIGHTS))
        self.assertNotContains(self.client.get(self.page(batch)), self.page(batch, "undo"))
        for ask in (self.client.get, self.client.post):
            assert ask(self.page(batch, "undo")).status_code == 403
        batch.refresh_from_db()
        assert batch.state == "done"
