"""An audience export from its plan to the empty list, against the ad account's fake in its own process."""

from datetime import timedelta
from unittest.mock import patch

import django_rq
from django.test import override_settings
from django.utils import timezone

from campaigns import (
    approval,
    cloning,
    drafting,
    engagement,
    fatigue,
    follow_ups,
    guard,
    jobs,
    launch_gate,
    planning,
    running,
)
from campaigns.experiments import draw
from campaigns.models import AdAudience, Campaign, Chunk, ContactSlot, Message, Outcome, Run, Touch
from campaigns.readiness import obstacles
from campaigns.refusals import Refused
from segments.models import ContactPoint, DataExport, ExternalAddress, ExternalList, ListSync
from tests.campaigns.ad_audiences import AdCase, hashes, make_audience, withdraw
from tests.campaigns.builders import approve, make_campaign, make_reader
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment


class Planned(AdCase):
    def steps(self, campaign: Campaign) -> dict[str, int]:
        return {step.key: step.people for step in planning.waterfall(campaign) if step.people}

    def test_whom_one_may_not_write_to_may_be_shown_advertisements(self) -> None:
        """A refusal of messages, a dead number and too many messages are no reason; a refusal of ad accounts is."""
        make_consent(self.points[0], channels=["sms"], given=False, origin="person")
        ContactPoint.objects.filter(pk=self.points[1].pk).update(reachability="unreachable")
        today = timezone.localdate()
        ContactSlot.objects.bulk_create(
            ContactSlot(holder=self.customers[2].pk, day=today - timedelta(days=ago), channel="sms", message_id=ago)
            for ago in range(28)
        )
        withdraw(self.points[3])
        ContactPoint.objects.filter(pk=self.points[4].pk).update(is_shared=True)
        nobody, silent = make_customer("Без"), make_customer("Молчит")
        make_contact(nobody, "mail@example.test")
        make_contact(silent, "+79120000000")
        segment = make_segment(*self.customers[:20], nobody, silent)
        found = self.steps(make_audience(segment, self.account, ends_on=today))  # not so long that days become free
        self.assertEqual(found, {"segments": 22, "no_contact": 1, "no_consent": 2, "shared": 1, "to_send": 18})

    def test_by_e_mail_too(self) -> None:
        reader = make_reader(consent=None, email="a@example.test")
        make_consent(ContactPoint.objects.get(value="a@example.test"), channels=["ads"])
        found = self.steps(make_audience(make_segment(reader, *self.customers[:3]), self.account, kind="email"))
        self.assertEqual(found, {"segments": 4, "no_contact": 3, "to_send": 1})

    def test_one_phone_of_two_people_is_uploaded_once(self) -> None:
        son = make_customer("Сын")
        make_contact(son, self.points[0].value)
        found = self.steps(make_audience(make_segment(*self.customers[:5], son), self.account))
        self.assertEqual(found, {"segments": 6, "duplicate": 1, "to_send": 5})

    def test_both_control_groups_are_kept_out(self) -> None:
        campaign = make_audience(self.segment, self.account, control_percent=20)
        with override_settings(GLOBAL_CONTROL_PERCENT=15, GLOBAL_CONTROL_SALT="lists"):
            found = self.steps(campaign)
        spared = [each for each in self.customers if draw("lists", each.pk) < 0.15]
        control = [each for each in self.customers if each not in spared and draw(campaign.salt, each.pk) < 0.2]
        left = self.people - len(spared) - len(control)
        self.assertEqual(
            found, {"segments": 150, "global_control": len(spared), "control": len(control), "to_send": left}
        )

    def test_it_takes_no_day_from_a_message(self) -> None:
        """Of a higher priority than a letter to the same people, it does not hold them back."""
        campaign = make_audience(self.segment, self.account)
        Campaign.objects.filter(pk=campaign.pk).update(priority=Campaign.Priority.HIGH)
        campaign.refresh_from_db()
        approve(campaign)
        running.start(campaign)
        letter = make_campaign(self.segment)
        self.assertEqual(planning._ahead(letter)["runs_ahead"], [])

    def test_it_is_no_heat_of_the_calendar(self) -> None:
        campaign, today = make_audience(self.segment, self.account), timezone.localdate()
        Campaign.objects.filter(pk=campaign.pk).update(starts_at=timezone.now() + timedelta(days=1))
        self.assertEqual(fatigue.messages(today, today + timedelta(days=3)), {})

    def test_what_stops_it(self) -> None:
        campaign = make_audience(self.segment, self.account)
        self.assertEqual(obstacles(campaign), [])
        self.end_period(campaign)
        self.account.is_active = False
        self.account.save()
        campaign = Campaign.objects.get(pk=campaign.pk)
        with override_settings(LEGAL_GATE={"ads": {"advertising": False}}):
            found = " ".join(obstacles(campaign))
        for words in ("раньше начала", "отключён", "LEGAL_GATE"):
            self.assertIn(words, found)

    def test_too_few_for_the_ad_account(self) -> None:
        for point in self.points[50:]:
            withdraw(point)
        campaign = make_audience(self.segment, self.account)
        with self.assertRaisesMessage(Refused, "50 адресов"):
            approval.submit(campaign, campaign.author)
        self.account.options |= {"minimum": 10}
        self.account.save()
        campaign = Campaign.objects.get(pk=campaign.pk)
        approve(campaign)
        self.account.options |= {"minimum": 100}
        self.account.save()
        with self.assertRaisesMessage(Refused, "50 адресов"):
            running.start(Campaign.objects.get(pk=campaign.pk))
        self.assertFalse(Run.objects.exists() or ExternalList.objects.exists())

    def test_an_approval_is_of_the_account_the_period_and_the_budget(self) -> None:
        for changed in ({"budget": 60_000}, {"list_name": "VIP"}, {"ends_on": timezone.localdate()}):
            campaign = make_audience(self.segment, self.account)
            approve(campaign)
            AdAudience.objects.filter(campaign=campaign).update(**changed)
            with self.assertRaisesMessage(Refused, "изменили"):
                running.start(Campaign.objects.get(pk=campaign.pk))

    def test_the_forecast_counts_with_the_budget(self) -> None:
        campaign = make_audience(self.segment, self.account)
        launch_gate.answer(campaign, {"hypothesis": "Вернутся", "no_segments": "Их мало", "no_test": "Это проба"})
        approve(campaign)
        campaign.rationale.refresh_from_db()
        self.assertEqual(campaign.rationale.planned["cost"], "50000.00")

    def test_nobody_looks_for_names_in_what_has_no_text(self) -> None:
        campaign = make_audience(self.segment, self.account)
        approve(campaign)
        self.assertEqual(guard.uninspected(), [])
        self.assertEqual(jobs.inspect(campaign.pk), {"people": 0, "findings": 0})

    def test_a_clone_is_a_draft_for_as_long(self) -> None:
        campaign = self.started(list_name="VIP")
        draft = cloning.clone(campaign, campaign.author)
        made = AdAudience.objects.get(campaign=draft)
        self.assertEqual((draft.kind, draft.channel, draft.account), ("audience", "ads", None))
        self.assertEqual((made.budget, made.list_name, made.external_list), (50_000, "VIP", None))
        self.assertEqual(made.ends_on, campaign.ad_audience.ends_on)
        self.assertIn("ещё клиенты", " ".join(obstacles(draft)))

    def test_the_command_line_says_where_they_are_made(self) -> None:
        for told in ({"kind": "audience"}, {"channel": "ads"}):
            with self.assertRaisesMessage(Refused, "Выгрузка аудитории"):
                drafting.draft({"name": "Реклама", "segments_in": ["x"], "content": {"body": "x"}, **told}, None)


class OnTheList(AdCase):
    def test_its_people_and_no_others_are_uploaded(self) -> None:
        campaign = self.started(control_percent=10)
        control = Message.objects.filter(left_out="control").values_list("contact_point_id", flat=True)
        self.assertTrue(0 < len(control) < 50)
        before = self.identity(campaign)
        self.assertEqual((before["pending"], before["held_out"]), (150 - len(control), len(control)))
        self.sync(campaign)
        self.assertEqual(self.there(campaign), hashes([each for each in self.points if each.pk not in set(control)]))
        after = self.identity(campaign)
        self.assertEqual((after["accepted"], after["pending"]), (150 - len(control), 0))
        self.assertEqual(campaign.state, "running")  # until its period is over
        self.assertFalse(Chunk.objects.exists())
        self.assertEqual(DataExport.objects.get().rows, 150 - len(control))

    def test_whoever_came_into_the_segment_later_is_not(self) -> None:
        campaign = self.started()
        late = make_contact(make_customer("Позже"), "+79120000001")
        make_consent(late, channels=["ads"])
        self.segment.memberships.create(customer=make_customer("Ещё"))
        self.sync(campaign)
        self.assertEqual(self.there(campaign), hashes(self.points))

    def test_an_opt_out_takes_a_person_off_and_what_was_stays(self) -> None:
        campaign = self.started()
        self.sync(campaign)
        withdraw(self.points[0])
        self.assertEqual(self.sync(campaign).removed, 1)
        self.assertEqual(self.there(campaign), hashes(self.points[1:]))
        self.assertEqual(self.identity(campaign)["accepted"], 150)

    def test_nobody_is_written_to_and_nothing_counts_as_a_message(self) -> None:
        queues = [django_rq.get_queue(name) for name in ("sending-email", "sending-sms", "sending-messengers")]
        before = [len(queue.get_job_ids()) for queue in queues]
        campaign = self.started()
        self.sync(campaign)
        engagement.refresh()
        self.assertFalse(Touch.objects.exists() or ContactSlot.objects.exists())
        self.assertEqual([len(queue.get_job_ids()) for queue in queues], before)
        with self.assertRaisesMessage(Refused, "ничего не отправляла"):
            follow_ups.correct(campaign.runs.get(), campaign.author)

    def test_what_one_job_left_unsaid_the_next_tells(self) -> None:
        """Killed after a batch: the addresses are there, and its line has no end."""
        campaign = self.started()
        external = AdAudience.objects.get(campaign=campaign).external_list
        ListSync.objects.create(external_list=external)
        ExternalAddress.objects.bulk_create(
            ExternalAddress(external_list=external, contact_point=each) for each in self.points[:7]
        )
        self.sweep(campaign)
        self.assertEqual(self.identity(campaign)["accepted"], 0)
        running.stop(campaign)
        self.sync(campaign)
        self.assertEqual((self.identity(campaign)["accepted"], self.identity(campaign)["cancelled"]), (7, 143))

    def test_paused_it_adds_nobody_and_still_takes_off(self) -> None:
        self.account.options |= {"minimum": 1}
        self.account.save()
        campaign = self.started()
        self.sync(campaign)
        external = AdAudience.objects.get(campaign=campaign).external_list
        ExternalAddress.objects.filter(contact_point=self.points[5]).delete()  # as if it had never been taken
        running.pause(campaign)
        withdraw(self.points[0])
        done = self.sync(campaign)
        self.assertEqual((done.added, done.removed, external.addresses.count()), (0, 1, 148))
        running.resume(campaign)
        self.assertEqual(self.sync(campaign).added, 1)

    def test_a_list_is_not_shared(self) -> None:
        first = self.started(list_name="VIP")
        other = make_audience(self.segment, self.account, list_name="VIP")
        self.assertIn("ещё клиенты", " ".join(obstacles(other)))
        self.sync(first)
        running.stop(first)
        self.sync(first)
        self.assertEqual(obstacles(other), [])
        approve(other)
        running.start(other)
        self.sync(other)
        self.assertEqual(self.identity(other)["accepted"], 150)
        self.assertEqual(ExternalList.objects.get().name, f"№ {other.pk} {other.name}")
        ExternalList.objects.create(
            name="Похожие", segment=self.segment, provider=f"account-{self.account.pk}-phone", audience="Все"
        )
        third = make_audience(self.segment, self.account, list_name="Все")
        self.assertIn("ведётся по сегменту", " ".join(obstacles(third)))

    def test_of_two_that_start_at_once_one_has_the_list(self) -> None:
        """The second passed its checks before the first was there."""
        other = make_audience(self.segment, self.account, list_name="VIP")
        approve(other)
        self.started(list_name="VIP")
        with patch("campaigns.running.obstacles", return_value=[]), self.assertRaisesMessage(Refused, "ещё клиенты"):
            running.start(other)
        self.assertEqual(Run.objects.count(), 1)


class Ended(AdCase):
    def test_stopped_the_list_is_emptied(self) -> None:
        campaign = self.started()
        self.sync(campaign)
        running.stop(campaign)
        self.assertIsNone(campaign.runs.get().finished_at)
        self.sync(campaign)
        self.assertEqual(self.there(campaign), set())
        self.assertEqual(self.identity(campaign)["accepted"], 150)
        self.assertIsNotNone(campaign.runs.get().finished_at)
        self.assertFalse(ExternalList.objects.get().is_active)

    def test_stopped_before_anybody_was_there(self) -> None:
        campaign = self.started()
        running.stop(campaign)
        self.sync(campaign)
        self.assertEqual((self.identity(campaign)["cancelled"], self.identity(campaign)["pending"]), (150, 0))
        self.assertEqual(self.calls("upload"), [])
        self.assertIsNotNone(campaign.runs.get().finished_at)

    def test_after_its_last_day_it_is_finished(self) -> None:
        campaign = self.started()
        withdraw(self.points[0])
        self.sync(campaign)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(self.identity(campaign)["pending"], 1)
        self.end_period(campaign)
        self.sync(campaign)
        found = self.identity(campaign)
        self.assertEqual((found["accepted"], found["by_reason"]), (149, {"no_consent": 1}))
        self.assertEqual((self.there(campaign), campaign.state), (set(), "finished"))

    def test_whom_the_ad_account_never_took_has_that_for_a_reason(self) -> None:
        campaign = self.started()
        self.plan(503, times=3)
        self.assertIn("503", self.sync(campaign).error)
        self.end_period(campaign)
        self.sync(campaign)
        self.assertEqual(self.identity(campaign)["by_reason"], {"expired": 150})
        self.assertEqual(campaign.state, "finished")

    def test_it_is_not_over_while_people_are_there(self) -> None:
        campaign = self.started()
        self.sync(campaign)
        running.stop(campaign)
        self.plan(503)
        self.assertIn("503", self.sync(campaign).error)
        self.assertEqual(len(self.there(campaign)), 150)
        self.assertIsNone(campaign.runs.get().finished_at)
        self.sync(campaign)
        self.assertEqual(self.there(campaign), set())
        self.assertIsNotNone(campaign.runs.get().finished_at)

    def test_an_exchange_that_began_before_the_stop_does_not_end_it(self) -> None:
        """It may add whom it read before."""
        campaign = self.started()
        external = AdAudience.objects.get(campaign=campaign).external_list
        ListSync.objects.create(external_list=external, finished_at=timezone.now())
        running.stop(campaign)
        self.sweep(campaign)
        self.assertIsNone(AdAudience.objects.get(campaign=campaign).emptied_at)
        self.assertFalse(Outcome.objects.exists())

    def test_the_tick_does_it_all(self) -> None:
        campaign = self.started()
        self.sync(campaign)
        self.end_period(campaign)
        ExternalList.objects.update(due_at=timezone.now() + timedelta(hours=1))
        jobs.sweep()
        self.assertLessEqual(ExternalList.objects.get().due_at, timezone.now())
        self.sync(campaign)
        jobs.sweep()
        campaign.refresh_from_db()
        self.assertEqual(campaign.state, "finished")
