"""The calendar in the admin: what it shows, who may move what, the dialog of events, files, and a drag in a browser."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Campaign, ProductLaunch
from campaigns.rescheduling import stamp
from tests.browser import Person, chromium
from tests.campaigns.builders import approve, make_campaign, make_segment_with
from tests.campaigns.room import empty_outbox
from tests.campaigns.test_fatigue import make_sized
from tests.segments.builders import free_locks, make_brand, make_customer, make_facts, make_staff

CALENDAR = reverse("admin:campaigns_calendar")
EVENTS = ("view_productlaunch", "add_productlaunch", "change_productlaunch", "delete_productlaunch")


def moment(day: date, hour: int = 11) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff(
            "campaigns.view_campaign", "campaigns.change_campaign", *(f"campaigns.{name}" for name in EVENTS)
        )
        cls.reader = make_staff("campaigns.view_campaign", username="reader")
        cls.day = timezone.localdate() + timedelta(days=10)
        cls.draft = make_campaign(
            make_segment_with(1), name="Зимняя <резина>", starts_at=moment(cls.day), author=cls.manager
        )

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def show(self, **asked: Any) -> HttpResponse:
        return self.client.get(CALENDAR, {"day": self.day.isoformat(), **asked})

    def move(self, campaign: Campaign, **posted: Any) -> HttpResponse:
        data = {"to": (self.day + timedelta(days=3)).isoformat(), "seen": stamp(campaign), "view": "week", **posted}
        return self.client.post(reverse("admin:campaigns_campaign_move", args=[campaign.pk]), data, follow=True)


class Showing(Pages):
    def test_a_campaign_is_on_its_day_with_its_name_escaped(self) -> None:
        for view in ("month", "week"):
            answer = self.show(view=view)
            self.assertContains(answer, "Зимняя &lt;резина&gt;")
            self.assertContains(answer, "11:00 · черновик")
            self.assertContains(answer, reverse("admin:campaigns_campaign_change", args=[self.draft.pk]))

    def test_an_empty_period_says_what_would_fill_it(self) -> None:
        self.assertContains(self.show(day="2031-01-10"), "ничего не запланировано")
        self.assertContains(self.show(channel="sms"), "С этим брендом и каналом")

    def test_filters_stay_in_the_links(self) -> None:
        brand = make_brand()
        text = self.show(brand=brand.pk, channel="email").content.decode()
        links = re.findall(r'href="([^"]*/calendar/(?:file/)?\?[^"]*)"', text)
        self.assertGreater(len(links), 30)
        self.assertEqual([link for link in links if f"brand={brand.pk}&amp;channel=email" not in link], [])

    def test_a_crowded_day_leads_to_its_week(self) -> None:
        for _ in range(6):
            make_campaign(name="Ещё одна", starts_at=moment(self.day, 12), author=self.manager)
        month = self.show()
        self.assertContains(month, "ещё 3")
        self.assertEqual(month.content.decode().count('title="Ещё одна ·'), 3)
        self.assertEqual(self.show(view="week").content.decode().count('title="Ещё одна ·'), 6)

    def test_the_heat_is_drawn_once_somebody_can_be_written_to(self) -> None:
        heat = reverse("admin:campaigns_calendar_heat") + f"?day={self.day}"
        self.assertContains(self.show(), heat.replace("?day", "?view=month&amp;day"))
        self.assertContains(self.client.get(heat), "есть люди, которым можно")
        make_facts(make_customer(), email_reachable=True)
        make_campaign(make_sized(3), starts_at=moment(self.day), author=self.manager)
        self.assertContains(self.client.get(heat), "4,00 сообщения на человека")
        self.assertContains(self.client.get(heat), f'id="heat-{self.day}" class="cal-heat cal-heat--3"')

    def test_who_may_only_look_is_offered_nothing(self) -> None:
        self.client.force_login(self.reader)
        answer = self.show()
        self.assertContains(answer, "Зимняя")
        for offer in ("draggable", 'id="move"', "productlaunch/dialog", "Новая кампания"):
            self.assertNotContains(answer, offer)

    def test_it_is_for_those_who_see_campaigns(self) -> None:
        self.client.force_login(make_staff(username="nobody"))
        for name, arguments in (
            ("calendar", []),
            ("calendar_heat", []),
            ("calendar_file", []),
            ("campaign_file", [self.draft.pk]),
        ):
            self.assertEqual(self.client.get(reverse(f"admin:campaigns_{name}", args=arguments)).status_code, 403, name)

    def test_more_campaigns_cost_no_more_queries(self) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                self.show()
            return len(captured)

        before = queries()
        for number in range(5):
            make_campaign(
                name=f"К{number}", brand=make_brand(f"М{number}"), starts_at=moment(self.day), author=self.manager
            )
        self.assertEqual(queries(), before)


class Moving(Pages):
    def test_a_draft_goes_to_its_new_day_and_the_page_stays_as_it_was(self) -> None:
        answer = self.move(self.draft, day=self.day.isoformat())
        self.assertContains(answer, "начнётся")
        self.assertIn("view=week", answer.redirect_chain[0][0])
        self.draft.refresh_from_db()
        self.assertEqual(timezone.localtime(self.draft.starts_at), moment(self.day + timedelta(days=3)))
        self.assertContains(
            self.client.get(reverse("admin:campaigns_campaign_history", args=[self.draft.pk])), "Перенесено в календаре"
        )

    def test_what_is_refused_is_said_and_nothing_moves(self) -> None:
        for words, wrong in (
            ("кто-то другой", {"seen": "1"}), ("кто-то другой", {"seen": ""}), ("уже прошёл", {"to": "2020-01-01"}),
            ("Выберите день", {"to": "завтра"}),
        ):  # fmt: skip
            self.assertContains(self.move(self.draft, **wrong), words)
        self.draft.refresh_from_db()
        self.assertEqual(self.draft.starts_at, moment(self.day))

    def test_an_approved_one_asks_first(self) -> None:
        approve(self.draft)
        self.assertContains(self.show(), "data-approved")
        self.assertContains(self.move(self.draft), "перенос его отменит")
        self.assertContains(self.move(self.draft, withdraw="1"), "начнётся")
        self.draft.refresh_from_db()
        self.assertEqual(self.draft.state, Campaign.State.DRAFT)

    def test_only_by_whoever_may_change_campaigns(self) -> None:
        self.client.force_login(self.reader)
        self.assertEqual(self.move(self.draft).status_code, 403)


class Events(Pages):
    FILLED = {"title": "Премьера <X>", "kind": "model", "brand": "", "starts_on": "2027-03-10", "ends_on": ""}

    def save(self, launch: ProductLaunch | None = None, **changed: str) -> HttpResponse:
        page = (
            reverse("admin:campaigns_productlaunch_edit", args=[launch.pk])
            if launch
            else reverse("admin:campaigns_productlaunch_begin")
        )
        return self.client.post(page, self.FILLED | changed)

    def test_it_is_added_changed_and_deleted_on_the_calendar(self) -> None:
        self.assertEqual(self.save()["HX-Refresh"], "true")
        launch = ProductLaunch.objects.get()
        self.assertContains(self.show(day="2027-03-01"), "Премьера &lt;X&gt;", count=2)
        self.assertContains(
            self.client.get(reverse("admin:campaigns_productlaunch_edit", args=[launch.pk])), "2027-03-10"
        )
        self.save(launch, ends_on="2027-03-12")
        self.assertContains(self.show(day="2027-03-01"), "Премьера &lt;X&gt;</button>", count=3)
        self.client.post(reverse("admin:campaigns_productlaunch_drop", args=[launch.pk]))
        self.assertFalse(ProductLaunch.objects.exists())
        self.assertEqual(
            [record.history_type for record in ProductLaunch.history.order_by("history_id")], ["+", "~", "-"]
        )

    def test_mistakes_are_said_in_the_dialog(self) -> None:
        answer = self.save(ends_on="2027-03-09")
        self.assertNotIn("HX-Refresh", answer)
        self.assertContains(answer, "раньше первого")
        self.assertFalse(ProductLaunch.objects.exists())

    def test_a_new_one_begins_on_the_day_that_was_clicked(self) -> None:
        page = reverse("admin:campaigns_productlaunch_begin")
        self.assertContains(self.client.get(page, {"day": "2027-03-08"}), 'value="2027-03-08"')

    def test_rights(self) -> None:
        launch = ProductLaunch.objects.create(title="Сезон", starts_on="2027-03-01")
        self.client.force_login(self.reader)
        self.assertEqual(self.save().status_code, 403)
        self.assertEqual(self.save(launch).status_code, 403)
        self.assertEqual(
            self.client.post(reverse("admin:campaigns_productlaunch_drop", args=[launch.pk])).status_code, 403
        )


class Files(Pages):
    def test_the_calendar_as_it_is_shown(self) -> None:
        ProductLaunch.objects.create(title="Премьера", starts_on=self.day)
        answer = self.client.get(
            reverse("admin:campaigns_calendar_file"), {"day": self.day.isoformat(), "view": "week"}
        )
        self.assertEqual(answer["Content-Type"], "text/calendar; charset=utf-8")
        self.assertContains(answer, "SUMMARY:Премьера")
        self.assertContains(answer, "SUMMARY:Зимняя <резина>")
        other = self.client.get(
            reverse("admin:campaigns_calendar_file"), {"day": self.day.isoformat(), "channel": "sms"}
        )
        self.assertNotContains(other, "Зимняя")

    def test_one_campaign(self) -> None:
        answer = self.client.get(reverse("admin:campaigns_campaign_file", args=[self.draft.pk]))
        self.assertIn(f"campaign-{self.draft.pk}.ics", answer["Content-Disposition"])
        self.assertContains(answer, f"http://testserver/admin/campaigns/campaign/{self.draft.pk}/change/")

    def test_the_page_of_a_campaign_offers_it_once_it_has_a_start(self) -> None:
        file = reverse("admin:campaigns_campaign_file", args=[self.draft.pk])
        review = reverse("admin:campaigns_campaign_review", args=[self.draft.pk])
        self.assertContains(self.client.get(review), file)
        Campaign.objects.update(starts_at=None)
        self.assertNotContains(self.client.get(review), file)


@pytest.fixture
def person(live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    free_locks()
    with chromium() as browser:
        someone = Person(browser, live_server.url, tmp_path).log_in("boss", "long enough 1")
        yield someone
    empty_outbox()
    assert someone.troubles == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_draft_is_dragged_to_another_day_and_moved_by_keyboard(person: Person) -> None:
    first = (timezone.localdate() + timedelta(days=40)).replace(day=8)
    campaign = make_campaign(name="Зима", starts_at=moment(first), control_percent=10)
    page = person.go(f"{CALENDAR}?day={first}")
    page.get_by_text("Зима").drag_to(page.locator(f"[data-day='{first + timedelta(days=1)}']"))
    person.sees("начнётся")
    entry = page.locator(f"[data-day='{first + timedelta(days=1)}'] .cal-entry")
    expect(entry).to_contain_text("11:00")
    entry.get_by_role("link").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("День", exact=True).fill(f"{first + timedelta(days=5)}")
    page.get_by_role("button", name="Перенести", exact=True).click()
    expect(page.locator(f"[data-day='{first + timedelta(days=5)}'] .cal-entry")).to_contain_text("Зима")
    campaign.refresh_from_db()
    assert timezone.localtime(campaign.starts_at) == moment(first + timedelta(days=5))
    page.get_by_role("button", name="Добавить событие", exact=True).click()
    page.get_by_label("Название").fill("Премьера")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(f"[data-day='{first}'] .cal-launch")).to_have_text("Премьера")
