"""Pages of the results: rights, masking, the upload in two steps, the XLSX, and how many queries a list takes."""

import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tests.campaigns.builders import make_campaign, make_reader
from tests.media import own_media
from tests.segments.builders import make_contact, make_staff
from tests.tracking.builders import (
    call_file,
    call_line,
    choice,
    make_lease,
    make_message,
    make_number,
    make_period,
    make_run,
)
from tracking import surveys
from tracking.calls import load_calls
from tracking.models import Call, NumberLease, SubstituteNumber, SurveyAnswer

NUMBER, CALLER = "+78120006666", "+79211234567"
UPLOAD = "/admin/tracking/call/upload/"
READ = (
    "tracking.view_call", "tracking.view_substitutenumber", "tracking.view_numberlease", "tracking.view_surveyanswer",
    "campaigns.view_campaign", "segments.view_customer",
)  # fmt: skip
LISTS = ("call", "substitutenumber", "numberlease", "surveyanswer", "campaignresult")


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.run_ = make_run(make_campaign(name="=Весна"), days_ago=3)
        cls.message = make_message(cls.run_, make_reader())
        make_contact(cls.message.customer, CALLER)
        make_lease(make_number(NUMBER), cls.run_.campaign)
        load_calls(call_file([call_line(NUMBER), call_line(NUMBER, "79990000000", lost=True)]))
        surveys.answer(surveys.find(choice(cls.message)), surveys.Reply("stop", reason="too_often", comment="Хватит"))

    def enter(self, *permissions: str) -> None:
        self.client.force_login(make_staff(*permissions), "django.contrib.auth.backends.ModelBackend")

    def test_lists_open_to_those_who_may_look_and_to_nobody_else(self) -> None:
        urls = [reverse(f"admin:tracking_{name}_changelist") for name in LISTS] + [reverse("admin:tracking_reports")]
        self.enter(*READ)
        self.assertEqual([self.client.get(url).status_code for url in urls], [200] * len(urls))
        self.enter("segments.view_customer")
        self.assertEqual([self.client.get(url).status_code for url in urls], [403] * len(urls))

    def test_the_page_of_a_report_is_that_of_the_campaign_and_asks_for_the_same_right(self) -> None:
        page = reverse("admin:tracking_campaignresult_change", args=[self.run_.campaign_id])
        self.enter(*READ)
        own = reverse("admin:campaigns_campaign_change", args=[self.run_.campaign_id])
        self.assertRedirects(self.client.get(page), own, fetch_redirect_response=False)
        self.enter("tracking.view_call")
        for answer in (self.client.get(page), self.client.post(page)):
            self.assertEqual(answer.status_code, 403)

    def test_everything_has_a_name_that_a_person_understands(self) -> None:
        Call.objects.update(started_at=datetime(2026, 11, 20, 9, 5, tzinfo=UTC))
        SurveyAnswer.objects.update(answered_at=datetime(2026, 11, 20, 22, 5, tzinfo=UTC))
        names = {"+7 *** ***-45-67 · 20.11.2026 12:05", "+7 *** ***-00-00 · 20.11.2026 12:05"}
        self.assertEqual({str(call) for call in Call.objects.all()}, names)
        self.assertEqual(str(Call(started_at=datetime(2026, 1, 1, tzinfo=UTC))), "номер скрыт · 01.01.2026 03:00")
        self.assertEqual(str(NumberLease.objects.get()), "…6666 · =Весна")
        self.assertEqual(str(NumberLease(number=SubstituteNumber(number="+78120001234"))), "…1234 · постоянный номер")
        self.assertEqual(str(SurveyAnswer.objects.get()), "Больше не писать · 21.11.2026 01:05")

    def test_the_page_of_a_number_asks_no_query_for_each_lease(self) -> None:
        self.enter(*READ)
        number = SubstituteNumber.objects.get(number=NUMBER)
        page = reverse("admin:tracking_substitutenumber_change", args=[number.pk])
        self.client.get(page)
        one = self.queries(page)
        for years in range(1, 5):
            make_lease(number, make_campaign(), period=make_period(30, begins=365 * years))
        self.assertEqual(self.queries(page), one)

    def test_nothing_that_happened_can_be_written_by_hand(self) -> None:
        self.enter(*READ, "tracking.add_call", "tracking.change_call", "tracking.delete_call")
        call = Call.objects.first()
        for url in (f"/admin/tracking/call/{call.pk}/delete/", "/admin/tracking/call/add/"):
            self.assertEqual(self.client.post(url, {"post": "yes"}).status_code, 403)
        self.assertEqual(
            self.client.post(f"/admin/tracking/call/{call.pk}/change/", {"employee": "x"}).status_code, 403
        )

    def test_callers_are_masked_without_the_right(self) -> None:
        pages = (reverse("admin:tracking_call_changelist"), f"/admin/tracking/call/{Call.objects.last().pk}/change/")
        self.enter(*READ)
        for page in pages:
            self.assertNotRegex(self.client.get(page).content.decode(), "123-45-67|921123|000-00-00")
        self.assertContains(self.client.get(f"{pages[0]}?q={CALLER}"), "45-67")  # the search is not offered
        self.enter(*READ, "segments.view_contacts")
        self.assertContains(self.client.get(pages[0]), "+7 921 123-45-67")

    def test_lists_take_as_many_queries_for_more_rows(self) -> None:
        self.enter(*READ)
        urls = [reverse(f"admin:tracking_{name}_changelist") for name in LISTS]
        before = [self.queries(url) for url in urls]
        for _ in range(5):
            run = make_run()
            make_lease(make_number(), run.campaign)
            message = make_message(run, make_reader())
            surveys.answer(surveys.find(choice(message)), surveys.Reply("keep"))
        load_calls(call_file([call_line(NUMBER, f"7921000{n:04}") for n in range(9)]))
        self.assertEqual([self.queries(url) for url in urls], before)

    def queries(self, url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            self.client.get(url)
        return len(seen)

    def test_the_answers_are_summed_above_their_list(self) -> None:
        self.enter(*READ)
        page = self.client.get(reverse("admin:tracking_surveyanswer_changelist"))
        self.assertEqual(page.context["decisions"], {"of_keep": 0, "of_fewer": 0, "of_stop": 1})
        self.assertContains(page, "Хватит")
        self.assertContains(page, "<svg", count=1)

    def test_the_reports_as_a_book(self) -> None:
        self.enter(*READ)
        response = self.client.get("/admin/tracking/campaignresult/xlsx/")
        rows = list(load_workbook(BytesIO(response.content)).active.values)
        self.assertEqual((rows[1][0], rows[1][3]), (self.run_.campaign_id, 1))
        self.assertFalse(str(rows[1][1]).startswith("="))
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_panels_of_the_campaign_and_of_the_customer(self) -> None:
        self.enter(*READ)
        page = self.client.get(reverse("admin:campaigns_campaign_change", args=[self.run_.campaign_id]), follow=True)
        panels = reverse("admin:campaigns_campaign_panels", args=[self.run_.campaign_id])
        self.assertContains(page, f'hx-get="{panels}"')
        page = self.client.get(panels)
        self.assertContains(page, "kt-compare")
        self.assertContains(page, "+7 812 000-66-66")
        page = self.client.get(reverse("admin:segments_customer_change", args=[self.message.customer_id]))
        self.assertContains(page, "…6666")


class Uploading(TestCase):
    def setUp(self) -> None:
        own_media(self)
        self.client.force_login(make_staff(*READ, "tracking.add_call"), "django.contrib.auth.backends.ModelBackend")

    def send(self, data: bytes) -> object:
        return self.client.post(UPLOAD, {"file": SimpleUploadedFile("../../звонки.csv", data)})

    def test_check_then_load_once(self) -> None:
        page = self.send(call_file([call_line(NUMBER), call_line("нет")], "cp1251"))
        self.assertEqual((page.context["preview"].new, len(page.context["refused"]), Call.objects.count()), (1, 1, 0))
        sealed = page.context["sealed"]
        self.assertRedirects(self.client.post(UPLOAD, {"sealed": sealed}), reverse("admin:tracking_call_changelist"))
        self.assertEqual(Call.objects.count(), 1)
        self.assertFalse(list(Path(settings.MEDIA_ROOT, "calls").iterdir()))
        self.assertRedirects(self.client.post(UPLOAD, {"sealed": sealed}), UPLOAD)

    def test_a_bad_file_is_a_sentence_and_is_not_kept(self) -> None:
        page = self.send(b"PK\x03\x04")
        self.assertContains(page, 'role="alert"', status_code=400)
        self.assertFalse(Path(settings.MEDIA_ROOT, "calls").exists())

    def test_a_file_that_nobody_loaded_does_not_stay(self) -> None:
        old = Path(settings.MEDIA_ROOT, "calls", "old.csv")
        old.parent.mkdir()
        old.touch()
        os.utime(old, (0, 0))
        self.send(call_file([call_line(NUMBER)]))
        self.assertFalse(old.exists())

    def test_a_name_that_we_did_not_seal_is_refused(self) -> None:
        self.assertRedirects(self.client.post(UPLOAD, {"sealed": "../../etc/passwd"}), UPLOAD)

    def test_only_for_those_who_may(self) -> None:
        self.client.force_login(make_staff(*READ), "django.contrib.auth.backends.ModelBackend")
        self.assertEqual(self.send(call_file([call_line(NUMBER)])).status_code, 403)


class Numbers(TestCase):
    def setUp(self) -> None:
        rights = [
            f"tracking.{verb}_{name}"
            for verb in ("view", "add", "change")
            for name in ("substitutenumber", "numberlease")
        ]
        self.client.force_login(make_staff(*rights), "django.contrib.auth.backends.ModelBackend")

    def add(self, number: str) -> object:
        return self.client.post(
            "/admin/tracking/substitutenumber/add/",
            {"number": number, "is_active": "on", "leases-TOTAL_FORMS": 0, "leases-INITIAL_FORMS": 0},
        )

    def test_written_in_any_way_it_is_one_number(self) -> None:
        self.add("8 (812) 000-66-66")
        self.add("+7 812 000 66 66")
        self.add("шесть")
        self.assertEqual(SubstituteNumber.objects.get().number, NUMBER)

    def test_an_overlapping_lease_by_hand_is_a_sentence(self) -> None:
        make_lease(make_number(NUMBER), make_campaign())
        data = {
            "number": SubstituteNumber.objects.get().pk, "channel": "email",
            "period_0_0": "2020-01-01", "period_0_1": "00:00", "period_1_0": "2099-01-01", "period_1_1": "00:00",
        }  # fmt: skip
        response = self.client.post("/admin/tracking/numberlease/add/", data)
        self.assertEqual((response.status_code, NumberLease.objects.count()), (200, 1))

    def test_a_list_comes_in_as_a_file(self) -> None:
        number, note, active = "номер", "примечание", "используется"
        data = f"{number},{note},{active}\n8 812 000-66-66,почта,1\n78120006667,,нет\n".encode()
        page = self.client.post(
            "/admin/tracking/substitutenumber/import/",
            {"import_file": SimpleUploadedFile("numbers.csv", data), "format": "1", "resource": ""},
        )
        self.assertEqual(page.status_code, 200)
        self.assertFalse(page.context["result"].has_errors(), page.context["result"].row_errors())
        self.client.post("/admin/tracking/substitutenumber/process_import/", page.context["confirm_form"].initial)
        self.assertEqual(
            list(SubstituteNumber.objects.values_list("number", "note", "is_active")),
            [(NUMBER, "почта", True), ("+78120006667", "", False)],
        )

    def test_survey_answers_have_no_page_to_write_them(self) -> None:
        self.assertEqual(self.client.get("/admin/tracking/surveyanswer/add/").status_code, 403)
        self.assertFalse(SurveyAnswer.objects.exists())
