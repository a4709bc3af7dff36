"""The wrong-name guard: what it refuses, what it only tells, and who may overrule it."""

from datetime import timedelta
from unittest import mock

from django.core.cache import cache
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from campaigns import bell, guard, jobs, permission, rendering, running, slots
from campaigns.guard import gate, judging, looking
from campaigns.guard.judging import Finding, Value
from campaigns.models import Campaign, CampaignEvent, Inspection, Message, Run
from campaigns.refusals import Refused
from channels.models import Account
from segments.models import City, Customer
from tests.campaigns.builders import LETTER, approve, make_campaign, make_content, make_segment_with
from tests.campaigns.room import make_readers
from tests.segments.builders import make_segment, make_staff

NAMES = ("Анна", "Мария", "Олег", "Иван", "Ольга", "Пётр", "Юлия", "Вера", "Егор", "Нина", "Борис", "Клара")
NAME = slots.Slot("имя", "", "", expression="''", is_name=True, stand_ins=frozenset(["Уважаемый клиент"]))
CITY = slots.Slot("город", "", "", expression="''")


class RuleTests(SimpleTestCase):
    def is_frequent(self, slot: slots.Slot, people: int, audience: int, base: float) -> bool:
        may = judging.may_be_frequent(slot, Value(slot.name, "Юлия", people, 1), audience)
        return may and judging.is_frequent(slot, people / audience, base, audience)

    def test_a_name_three_times_as_frequent_as_in_the_base_and_at_a_tenth_of_the_audience(self) -> None:
        self.assertTrue(self.is_frequent(NAME, 100, 1000, 0.03))
        self.assertFalse(self.is_frequent(NAME, 99, 1000, 0.03))
        self.assertFalse(self.is_frequent(NAME, 100, 1000, 0.034))

    def test_a_handful_proves_nothing(self) -> None:
        self.assertFalse(self.is_frequent(NAME, 19, 19, 0.01))
        self.assertTrue(self.is_frequent(NAME, 20, 20, 0.01))

    def test_a_name_of_half_the_audience_is_wrong_even_when_the_whole_base_has_it(self) -> None:
        self.assertTrue(self.is_frequent(NAME, 100, 200, 1.0))
        self.assertFalse(self.is_frequent(NAME, 99, 198, 1.0))
        self.assertFalse(self.is_frequent(CITY, 200, 200, 1.0))

    def test_what_is_no_name_may_be_half_of_an_audience(self) -> None:
        self.assertFalse(self.is_frequent(CITY, 499, 1000, 0.01))
        self.assertTrue(self.is_frequent(CITY, 500, 1000, 0.01))

    def test_what_stands_in_for_an_unknown_name_is_never_too_frequent(self) -> None:
        for text in ("", "Уважаемый клиент"):
            self.assertFalse(judging.may_be_frequent(NAME, Value("имя", text, 500, 1), 500))

    def test_names_are_words_of_one_alphabet(self) -> None:
        names = "Анна", "Анна-Мария", "Уважаемая Анна Сергеевна", "Здравствуйте, Анна", "О'Нил", "Мамед оглы", "Ли"
        others = "А.", "Анна2", "a@b.ru", "{{ имя }}", "Aнна", "-", "Ё", "+79990001122", "А" * 61
        self.assertEqual([name for name in names if not judging.is_name(name)], [])
        self.assertEqual([name for name in others if judging.is_name(name)], [])

    def test_a_brace_goes_before_a_bad_name(self) -> None:
        values = [Value("имя", text, 3, 1) for text in ("Анна", "{Анна}", "А1", "")]
        found = [(one.kind, one.value) for one in judging.misprints(NAME, values)]
        self.assertEqual(found, [("brace", "{Анна}"), ("not_a_name", "А1")])

    def test_a_city_that_the_rule_names_was_chosen(self) -> None:
        self.assertTrue(judging.is_chosen("Казань", {"казань"}))
        self.assertTrue(judging.is_chosen("Lada Vesta", {"lada"}))
        self.assertFalse(judging.is_chosen("Ладога", {"лада"}))


def make_named(names: list[str], **fields: object) -> list[Customer]:
    """Readers with these first names, and a base beside them in which no name is rare."""
    readers = make_readers(len(names))
    for reader, name in zip(readers, names, strict=True):
        reader.first_name = name
        for field, value in fields.items():
            setattr(reader, field, value)
    Customer.objects.bulk_update(readers, ["first_name", *fields])
    return readers


def make_base(people: int = 120) -> None:
    Customer.objects.bulk_create(Customer(first_name=NAMES[n % len(NAMES)]) for n in range(people))


@mock.patch.object(bell, "ring", return_value=True)
class LaunchTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        make_base()

    def scheduled(self, people: list[Customer], **content: str) -> Campaign:
        campaign = make_campaign(make_segment(*people), content={"body": LETTER, **content})
        approve(campaign)
        return campaign

    def refusal(self, campaign: Campaign) -> str:
        with self.assertRaises(Refused) as caught:
            running.start(campaign)
        campaign.refresh_from_db()
        self.assertEqual(campaign.state, "scheduled")
        self.assertFalse(Run.objects.exists() or Message.objects.exists())
        return caught.exception.sentence

    def test_an_ordinary_audience_starts_and_the_look_is_kept(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named([NAMES[n % 12] for n in range(36)]))
        running.start(campaign)
        seen = campaign.inspections.get()
        self.assertEqual((seen.people, seen.rendered, seen.findings, seen.notes), (36, 36, [], []))

    def test_one_name_at_a_whole_segment_refuses_the_launch_with_its_counts(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named(["Юлия"] * 30))
        sentence = self.refusal(campaign)
        self.assertRegex(sentence, r"«Юлия».*«имя».*30 человек.*100,0 %.*26,7 %")
        self.assertIn("подтвердит", sentence)
        self.assertEqual(Finding(*campaign.inspections.get().findings[0])[:4], ("frequent", "имя", "Юлия", 30))

    def test_a_refused_start_is_not_tried_anew_every_minute(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named(["Юлия"] * 30))
        self.refusal(campaign)
        with mock.patch.object(guard.gate, "look") as look:
            self.refusal(campaign)
        look.assert_not_called()
        Inspection.objects.update(inspected_at=timezone.now() - timedelta(minutes=11))
        self.refusal(campaign)
        self.assertEqual(Inspection.objects.count(), 2)

    def test_an_approver_vouches_and_it_starts(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named(["Юлия"] * 30))
        self.refusal(campaign)
        approver = make_staff("campaigns.approve_campaign")
        seen = str(campaign.inspections.get().pk)
        guard.vouch(campaign, approver, seen)
        event = CampaignEvent.objects.get(campaign=campaign, verb="vouch")
        self.assertEqual(event.author, approver)
        self.assertIn("Юлия", event.note)
        running.start(campaign)
        self.assertEqual(campaign.state, "running")

    def test_for_more_values_than_are_kept_nobody_vouches(self, ring: mock.Mock) -> None:
        people = make_named([NAMES[n % 12] for n in range(60)])
        for number, person in enumerate(people):
            person.last_name = f"Х{number}"
        Customer.objects.bulk_update(people, ["last_name"])
        campaign = self.scheduled(people, subject="{{ фамилия }}")
        approver = make_staff("campaigns.approve_campaign")
        with mock.patch.object(gate, "KEPT", 60):
            self.assertIn("И ещё 57", self.refusal(campaign))
            seen = campaign.inspections.get()
            self.assertEqual(len(guard.told(guard.findings(seen))), 60)
            self.assertFalse(guard.may_vouch(seen, approver))
            with self.assertRaisesRegex(Refused, "слишком много"):
                guard.vouch(campaign, approver, str(seen.pk))
        self.assertTrue(guard.may_vouch(seen, approver))
        guard.vouch(campaign, approver, str(seen.pk))
        self.assertTrue(CampaignEvent.objects.get(campaign=campaign, verb="vouch").note.endswith("И ещё 10."))
        running.start(campaign)

    def test_neither_the_author_nor_one_without_the_right_nor_an_old_page_vouches(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named(["Юлия"] * 30))
        self.refusal(campaign)
        seen = str(campaign.inspections.get().pk)
        author = campaign.author
        author.is_superuser = True
        author.save()
        approver = make_staff("campaigns.approve_campaign")
        for user, page in ((author, seen), (make_staff(), seen), (approver, "0"), (approver, "")):
            with self.assertRaises(Refused):
                guard.vouch(campaign, user, page)
        make_content(campaign, subject="Другое")
        with self.assertRaises(Refused):
            guard.vouch(campaign, approver, seen)
        self.refusal(campaign)

    def test_what_was_vouched_for_does_not_cover_what_came_later(self, ring: mock.Mock) -> None:
        readers = make_named(["Юлия"] * 30)
        campaign = self.scheduled(readers)
        self.refusal(campaign)
        guard.vouch(campaign, make_staff("campaigns.approve_campaign"), str(campaign.inspections.get().pk))
        Customer.objects.filter(pk__in=[one.pk for one in readers]).update(first_name="Клара")
        self.assertIn("Клара", self.refusal(campaign))

    def test_a_brace_in_a_card_refuses_and_nobody_may_vouch(self, ring: mock.Mock) -> None:
        readers = make_named(list(NAMES))
        City.objects.create(name="{{ город }}")
        Customer.objects.filter(pk=readers[0].pk).update(city=City.objects.get(name="{{ город }}"))
        campaign = self.scheduled(readers, subject='Вам, {{ город|"друзья" }}')
        self.assertRegex(self.refusal(campaign), r"«\{\{ город \}\}».*скобк.*1 человек")
        with self.assertRaises(Refused):
            guard.vouch(campaign, make_staff("campaigns.approve_campaign"), str(campaign.inspections.get().pk))

    def test_a_surname_that_is_no_name_refuses(self, ring: mock.Mock) -> None:
        readers = make_named(list(NAMES))
        Customer.objects.filter(pk=readers[3].pk).update(last_name="Иванов 8-916")
        campaign = self.scheduled(readers, subject="{{ фамилия }}")
        self.assertIn("«Иванов 8-916»", self.refusal(campaign))

    def test_defaults_and_stand_ins_are_told_and_do_not_refuse(self, ring: mock.Mock) -> None:
        campaign = self.scheduled(make_named([""] * 30), subject="{{ обращение }}")
        running.start(campaign)
        notes = [Finding(*one)[:4] for one in campaign.inspections.get().notes]
        self.assertEqual(notes, [("default", "имя", "клиент", 30), ("default", "обращение", "Уважаемый клиент", 30)])
        self.assertIn("30 человек", guard.told(guard.notes(campaign.inspections.get()))[0])

    def test_a_city_that_the_segment_asks_for_is_told_and_another_refuses(self, ring: mock.Mock) -> None:
        city = City.objects.get_or_create(name="Казань")[0]
        campaign = self.scheduled(make_named([NAMES[n % 12] for n in range(36)], city=city), subject="{{ город }}")
        self.assertIn("Казань", self.refusal(campaign))
        rule = {"format": 1, "rule": {"all": [{"field": "city", "op": "any_of", "value": ["Казань"]}]}}
        campaign.segments_in.update(rule=rule)
        with mock.patch.object(running.approval, "is_valid", return_value=True):
            running.start(campaign)
        self.assertEqual(campaign.inspections.first().notes[0][0], "chosen")

    def test_the_rehearsal_tells_before_anybody_decides_and_leaves_nothing(self, ring: mock.Mock) -> None:
        campaign = make_campaign(make_segment(*make_named(["Юлия"] * 30)))
        running.move(campaign, "submit", author=campaign.author)
        cache.delete(gate.attempt(campaign))
        with mock.patch.object(bell, "ring_inspection", return_value=True) as rung:
            self.assertEqual(jobs.sweep()["inspections"], 1)
        rung.assert_called_once_with(campaign.pk)
        self.assertEqual(jobs.inspect(campaign.pk), {"people": 30, "rendered": 30, "findings": 1})
        self.assertFalse(Run.objects.exists() or Message.objects.exists())
        with mock.patch.object(bell, "ring_inspection", return_value=True):
            self.assertEqual(jobs.sweep()["inspections"], 0)

    def test_a_look_that_comes_to_nothing_is_not_asked_for_every_second(self, ring: mock.Mock) -> None:
        campaign = make_campaign(make_segment_with(1))
        running.move(campaign, "submit", author=campaign.author)
        Account.objects.update(is_active=False)
        cache.delete(gate.attempt(campaign))
        with mock.patch.object(bell, "ring_inspection", return_value=True):
            self.assertEqual(jobs.sweep()["inspections"], 1)
            self.assertEqual(jobs.inspect(campaign.pk)["people"], 0)
            self.assertEqual(jobs.sweep()["inspections"], 0)
            cache.delete(gate.attempt(campaign))  # as its ten minutes end
            self.assertEqual(jobs.sweep()["inspections"], 1)

    def test_a_draft_is_not_rehearsed(self, ring: mock.Mock) -> None:
        campaign = make_campaign(make_segment_with(1))
        self.assertEqual(jobs.inspect(campaign.pk)["people"], 0)
        self.assertFalse(Inspection.objects.exists())


class SampleTests(TestCase):
    def test_a_large_audience_is_sampled_with_every_distinct_value(self) -> None:
        permission.turn_on(None)
        campaign = make_campaign(make_segment(*make_named([NAMES[min(n // 3, 11)] for n in range(60)])))
        approve(campaign)
        with (
            mock.patch.object(looking, "SAMPLE", 5),
            mock.patch.object(looking, "_render", wraps=looking._render) as render,
        ):
            running.start(campaign)
        seen = campaign.inspections.get()
        expected = {value.text for value in render.call_args.args[3]["имя"]}
        self.assertEqual(expected, set(NAMES))
        self.assertLess(seen.rendered, 20)
        self.assertGreaterEqual(seen.rendered, 12)

    def test_a_value_of_somebody_else_is_found(self) -> None:
        campaign = make_campaign(make_segment(*make_named(list(NAMES))))
        right = rendering.values_for

        def wrong(*args: object) -> dict[int, dict[str, str]]:
            values = right(*args)
            return dict(zip(values, [*list(values.values())[1:], next(iter(values.values()))], strict=True))

        with mock.patch.object(rendering, "values_for", wrong):
            seen = self.rehearsed(campaign)
        self.assertEqual({one[0] for one in seen.findings}, {"foreign"})

    def test_a_brace_that_a_resolver_brings_is_found(self) -> None:
        slot = slots.Slot("код", "", "X", resolve=lambda run, rows: {row.message_id: "{{ код }}" for row in rows})
        with mock.patch.dict(slots._slots, {"код": slot}):
            campaign = make_campaign(make_segment_with(3), content={"body": LETTER.replace("!", " {{ код }}")})
            seen = self.rehearsed(campaign)
        self.assertEqual([one[:4] for one in seen.findings], [["brace", "код", "{{ код }}", 3]])

    def rehearsed(self, campaign: Campaign) -> Inspection:
        return running.rehearse(campaign)
