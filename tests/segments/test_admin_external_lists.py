"""External lists and the log of exports in the admin: who sets up, who reads."""

from unittest.mock import patch

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from segments.models import DataExport, ExternalList
from segments.outward import providers
from tests.segments.builders import make_segment, make_staff
from tests.segments.test_outward_syncing import BUYERS, Shelf

ADMIN = ("segments.view_externallist", "segments.add_externallist", "segments.change_externallist")


class Lists(TestCase):
    def setUp(self) -> None:
        self.admin = make_staff(*ADMIN)
        self.client.force_login(self.admin)
        self.enterContext(patch.dict(providers._providers, {"shelf": Shelf()}))
        self.segment = make_segment(rule=BUYERS, name="Покупатели")

    def test_a_new_one(self) -> None:
        url = reverse("admin:segments_externallist_add")
        for words in ("Полка", "Номер полки.", "выберите провайдера"):
            self.assertContains(self.client.get(url), words)
        data = {"name": "Похожие", "segment": self.segment.pk, "provider": "shelf", "audience": "a1", "is_active": "on"}
        self.assertEqual(self.client.post(url, data).status_code, 302)
        made = ExternalList.objects.get()
        self.assertEqual((made.provider, made.author), ("shelf", self.admin))
        data["provider"], data["audience"] = "password", "a2"
        self.assertEqual(self.client.post(url, data).status_code, 200)
        self.assertEqual(ExternalList.objects.count(), 1)

    def test_without_a_provider_it_says_so(self) -> None:
        with patch.dict(providers._providers, clear=True):
            page = self.client.get(reverse("admin:segments_externallist_add"))
        self.assertContains(page, "Ни один провайдер списков пока не подключён")

    def test_the_page_has_the_journal(self) -> None:
        external = ExternalList.objects.create(name="Похожие", segment=self.segment, provider="shelf", audience="a1")
        url = reverse("admin:segments_externallist_change", args=[external.pk])
        page = self.client.get(url)
        for words in ("первый обмен начнётся в течение минуты", "Полка"):
            self.assertContains(page, words)
        ExternalList.objects.update(told="На полке 3.")
        self.assertContains(self.client.get(url), "На полке 3.")
        external.syncs.create(added=1234, refused={"не найден": 7}, finished_at=timezone.now())
        page = self.client.get(url)
        self.assertContains(page, "не найден: 7")
        self.assertContains(page, "1\u00a0234")

    def test_a_list_of_an_archived_segment_can_still_be_paused(self) -> None:
        external = ExternalList.objects.create(name="Похожие", segment=self.segment, provider="shelf", audience="a1")
        type(self.segment).objects.update(is_archived=True)
        url = reverse("admin:segments_externallist_change", args=[external.pk])
        self.assertEqual(self.client.post(url, {"name": "Похожие", "segment": self.segment.pk}).status_code, 302)
        external.refresh_from_db()
        self.assertFalse(external.is_active)

    def test_the_list_says_how_each_stands(self) -> None:
        for audience, fields in (
            ("1", {"is_active": False}),
            ("2", {"error": "Сервис недоступен"}),
            ("3", {"synced_at": timezone.now()}),
            ("4", {}),
        ):
            ExternalList.objects.create(
                name=audience, segment=self.segment, provider="shelf", audience=audience, **fields
            )
        page = self.client.get(reverse("admin:segments_externallist_changelist"))
        for words in (
            "приостановлен",
            "обмен не удался",
            "Сервис недоступен",
            "синхронизирован",
            "ещё не синхронизирован",
        ):
            self.assertContains(page, words)


class Exports(TestCase):
    def test_read_only(self) -> None:
        self.client.force_login(make_staff("segments.view_dataexport"))
        entry = DataExport.objects.create(kind="identities", about="", recipient="x.csv", rows=12345)
        page = self.client.get(reverse("admin:segments_dataexport_changelist"))
        for words in ("x.csv", "12\u00a0345", "система"):
            self.assertContains(page, words)
        for name, args in (("add", []), ("delete", [entry.pk])):
            self.assertEqual(self.client.post(reverse(f"admin:segments_dataexport_{name}", args=args)).status_code, 403)

    def test_not_for_everybody(self) -> None:
        self.client.force_login(make_staff(*ADMIN))
        self.assertEqual(self.client.get(reverse("admin:segments_dataexport_changelist")).status_code, 403)
