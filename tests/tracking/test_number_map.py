"""The map of numbers: who held each and when, what rests, what ends soon, and a longer lease."""

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from crmsite import number_alarms
from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_staff
from tests.tracking.builders import make_lease, make_number, make_period
from tests.tracking.call_services import make_call_account
from tracking.models import Call, CallTrackingAccount, NumberLease
from tracking.number_map import ending_soon, number_map
from tracking.numbers import LEASE_DAYS, QUARANTINE, NumberTaken, prolong

VIEW, CHANGE = "tracking.view_substitutenumber", "tracking.change_numberlease"


class Map(TestCase):
    def setUp(self) -> None:
        self.number, self.campaign = make_number("+78120006666"), make_campaign(name="Осень")
        self.page = reverse("admin:tracking_substitutenumber_number_map")

    def test_a_lease_is_a_stretch_and_a_quarantine_after_it(self) -> None:
        lease = make_lease(self.number, self.campaign, period=make_period(10, begins=-20))
        for number in range(3):
            Call.objects.create(external_id=str(number), started_at=timezone.now(), lease=lease)
        line = number_map().lines[0]
        held, rests = line.bars
        self.assertEqual((held.lease, held.calls, rests.lease), (lease, 3, None))
        self.assertAlmostEqual(held.width, 100 * 10 / 366, places=1)
        self.assertAlmostEqual(rests.left, held.left + held.width, places=1)
        self.assertEqual((line.now, line.rests_till), (None, lease.period.upper + QUARANTINE))

    def test_a_quarantine_ends_where_the_next_lease_begins(self) -> None:
        make_lease(self.number, self.campaign, period=make_period(10, begins=-20))
        after = make_lease(self.number, make_campaign(), period=make_period(90, begins=-5))
        line = number_map().lines[0]
        self.assertEqual([bool(bar.lease) for bar in line.bars], [True, False, True, False])
        self.assertAlmostEqual(line.bars[1].width, 100 * 5 / 366, places=1)
        self.assertEqual((line.now, line.rests_till), (after, None))

    def test_what_lies_outside_is_cut(self) -> None:
        make_lease(self.number, self.campaign, period=make_period(3000, begins=-1500))
        (bar,) = number_map().lines[0].bars
        self.assertEqual((bar.left, bar.width), (0, 100))

    def test_the_page_says_it_in_words_too(self) -> None:
        make_lease(self.number, self.campaign, period=make_period(10, begins=-20))
        make_number("+78120007777", note="Резерв")
        self.client.force_login(make_staff(VIEW))
        page = self.client.get(self.page)
        self.assertContains(page, "Осень")
        self.assertContains(page, "карантин")
        self.assertContains(page, "свободен")
        for around in ("2020-01-01", "nonsense", "9999-99-99", "0001-01-01"):
            self.assertEqual(self.client.get(self.page, {"around": around}).status_code, 200)
        self.client.force_login(make_staff("tracking.view_call"))
        self.assertEqual(self.client.get(self.page).status_code, 403)

    def test_an_installation_without_numbers_is_told_what_to_do(self) -> None:
        self.number.delete()
        self.client.force_login(make_staff(VIEW, "tracking.add_substitutenumber"))
        self.assertContains(self.client.get(self.page), "Подменных номеров пока нет")

    def test_queries_do_not_grow_with_the_numbers(self) -> None:
        for number in range(20):
            make_lease(make_number(), make_campaign(name=f"К{number}"))
        with self.assertNumQueries(3):
            number_map()


class Ending(TestCase):
    def setUp(self) -> None:
        self.number, self.campaign = make_number("+78120006666"), make_campaign(name="Осень")
        self.lease = make_lease(self.number, self.campaign, period=make_period(13, begins=-10))

    def over(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(state=Campaign.State.FINISHED)

    def test_a_number_that_is_still_used_is_spoken_of_before_it_runs_out(self) -> None:
        make_lease(make_number(), make_campaign(), period=make_period(30, begins=-10))
        self.assertEqual(list(ending_soon()), [self.lease])
        (task,) = number_alarms.tasks_for(make_staff(CHANGE))
        self.assertIn("…6666", task.detail)
        self.assertEqual(number_alarms.tasks_for(make_staff(VIEW)), [])

    def test_nobody_is_bothered_by_a_campaign_that_is_over_and_brings_no_calls(self) -> None:
        self.over()
        self.assertFalse(ending_soon().exists())
        Call.objects.create(external_id="1", started_at=timezone.now() - timedelta(days=3), lease=self.lease)
        self.assertTrue(ending_soon().exists())

    def test_a_number_that_changes_hands_on_purpose_is_no_alarm(self) -> None:
        make_lease(self.number, make_campaign(), period=make_period(30, begins=4))
        self.assertFalse(ending_soon().exists())

    def test_it_is_held_longer_by_a_button(self) -> None:
        self.client.force_login(make_staff(VIEW, CHANGE))
        page = self.client.post(reverse("admin:tracking_numberlease_extend", args=[self.lease.pk]), follow=True)
        self.assertContains(page, "закреплён до")
        after = NumberLease.objects.get().period
        self.assertEqual(after.upper, self.lease.period.upper + timedelta(days=LEASE_DAYS))
        prolong(self.lease)  # as it was seen before: twice is once
        self.assertEqual(NumberLease.objects.get().period, after)
        self.client.force_login(make_staff(VIEW))
        again = self.client.post(reverse("admin:tracking_numberlease_extend", args=[self.lease.pk]))
        self.assertEqual(again.status_code, 403)

    def test_what_somebody_else_holds_then_cannot_be_had(self) -> None:
        make_lease(self.number, make_campaign(name="Зима"), period=make_period(30, begins=4))
        with self.assertRaises(NumberTaken) as refused:
            prolong(self.lease)
        self.assertIn("Зима", refused.exception.messages[0])

    def test_an_account_that_fails_again_and_again_is_an_alarm(self) -> None:
        account = make_call_account(problem="Сервис не отвечает", failures=2)
        user = make_staff("tracking.change_calltrackingaccount")
        self.assertEqual(number_alarms.tasks_for(user), [])
        CallTrackingAccount.objects.update(failures=3)
        (task,) = number_alarms.tasks_for(user)
        self.assertEqual((task.tone, task.detail), ("danger", "Сервис не отвечает"))
        self.assertIn(account.name, task.text)
