"""What came of a call, told from a closed list."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from campaigns.calls_to_make import giving, lists, phones, telling
from campaigns.calls_to_make.telling import Said
from campaigns.models import CallEvent, CallTask
from campaigns.refusals import Refused
from segments.models import Consent, ContactPoint
from tests.campaigns.calls.builders import make_call_task, make_callable
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import make_centre, make_salesperson


class Telling(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.centre, cls.sokolov = make_centre(), make_salesperson()
        cls.user = at_work(make_staff("salesperson"), cls.centre, salesperson=cls.sokolov)
        cls.anna = make_callable()

    def setUp(self) -> None:
        self.task = make_call_task(self.anna)

    def tell(self, outcome: str, **said: object) -> CallTask:
        telling.tell(self.task.pk, self.user, Said(outcome, **said))
        return CallTask.objects.get(pk=self.task.pk)

    def test_it_closes_the_call_and_makes_it_his(self) -> None:
        task = self.tell("visit", note="В субботу в 12")
        self.assertEqual((task.state, task.outcome, task.note), ("done", "visit", "В субботу в 12"))
        self.assertEqual((task.salesperson, task.told_by), (self.sokolov, self.user))
        self.assertIsNotNone(task.called_at)
        self.assertEqual(list(CallEvent.objects.values_list("verb", "author")), [("visit", self.user.pk)])

    def test_only_what_is_on_the_list_may_be_said(self) -> None:
        for nonsense in ("", "bought", "called"):
            with self.assertRaises(Refused):
                self.tell(nonsense)

    def test_somebody_who_was_not_reached_is_called_again(self) -> None:
        tomorrow = timezone.now() + timedelta(days=1)
        task = self.tell("not_reached", next_at=tomorrow)
        self.assertEqual((task.state, task.outcome, task.due_at), ("open", "", tomorrow))
        self.assertEqual(task.deadline, self.task.deadline)
        first = task.called_at
        self.assertIsNotNone(first)
        self.assertEqual(self.tell("visit").called_at, first)

    def test_without_another_call_not_reached_closes_it(self) -> None:
        self.assertEqual(self.tell("not_reached").state, "done")

    def test_the_next_call_is_ahead_and_near(self) -> None:
        for days in (-1, 61):
            with self.assertRaises(Refused):
                self.tell("not_reached", next_at=timezone.now() + timedelta(days=days))

    def test_a_second_word_corrects_the_first(self) -> None:
        self.tell("refused")
        self.assertEqual(self.tell("thinks").outcome, "thinks")

    def test_asks_not_to_be_called_withdraws_the_consent_for_every_phone(self) -> None:
        other = make_call_task(self.anna)
        self.tell("asks_not", note="Раздражена")
        said = Consent.objects.get(given=False)
        self.assertEqual((said.channel, said.origin, said.customer), ("call", "staff", self.anna))
        self.assertIn("Раздражена", said.text)
        self.assertEqual(phones.of([other]), {})

    def test_a_wrong_number_is_not_offered_again(self) -> None:
        self.tell("wrong_number")
        self.assertEqual(ContactPoint.objects.get().reachability, "unreachable")
        self.assertEqual(phones.of([self.task]), {})

    def test_what_is_cancelled_is_not_told(self) -> None:
        CallTask.objects.update(state="cancelled")
        with self.assertRaises(Refused):
            self.tell("visit")

    def test_nobody_tells_of_a_call_that_he_does_not_see(self) -> None:
        for case, fields in (
            ("a colleague's", {"salesperson": make_salesperson("Орлов")}), ("elsewhere", {"centre": make_centre("Юг")}),
        ):  # fmt: skip
            task = make_call_task(self.anna, **fields)
            with self.assertRaises(CallTask.DoesNotExist, msg=case):
                telling.tell(task.pk, self.user, Said("visit"))


class Giving(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.north, cls.south = make_centre("Север"), make_centre("Юг")
        cls.sokolov, cls.orlov = make_salesperson("Соколов"), make_salesperson("Орлов")
        cls.seller = at_work(make_staff("salesperson"), cls.north, salesperson=cls.sokolov)
        at_work(make_staff("salesperson", "orlov"), cls.south, salesperson=cls.orlov)
        cls.head = at_work(make_staff("head_of_sales"), cls.north)
        anna = make_callable()
        cls.here = make_call_task(anna, centre=cls.north)
        cls.there = make_call_task(anna, centre=cls.south)

    def test_who_takes_a_call_has_it_and_the_second_is_told_so(self) -> None:
        giving.take(self.here.pk, self.seller)
        self.here.refresh_from_db()
        self.assertEqual(self.here.salesperson, self.sokolov)
        with self.assertRaises(Refused):
            giving.take(self.here.pk, self.seller)
        with self.assertRaises(Refused):
            giving.take(self.there.pk, self.seller)

    def test_whoever_is_no_salesperson_takes_none(self) -> None:
        with self.assertRaises(Refused):
            giving.take(self.here.pk, self.head)

    def test_the_head_gives_calls_of_his_centre_to_those_who_work_there(self) -> None:
        both = [self.here.pk, self.there.pk]
        self.assertEqual(giving.give(both, self.sokolov, self.head), 1)
        self.assertEqual(list(CallTask.objects.filter(salesperson=self.sokolov)), [self.here])
        with self.assertRaises(Refused):
            giving.give(both, self.orlov, self.head)
        self.assertEqual(giving.give(both, None, self.head), 1)
        self.assertFalse(CallTask.objects.filter(salesperson=self.sokolov).exists())

    def test_a_salesperson_sees_his_own_and_nobodys_the_head_everybodys(self) -> None:
        anna = make_callable("+79160000001")
        hers = make_call_task(anna, centre=self.north, salesperson=self.orlov, due_in=-1)
        self.assertEqual(set(lists.seen_by(self.seller)), {self.here})
        self.assertEqual(set(lists.seen_by(self.head)), {self.here, hers})
        CallTask.objects.update(due_at=hers.due_at)
        self.assertEqual(set(lists.listed(self.head, "overdue", str(self.orlov.pk))), {hers})
        self.assertEqual(set(lists.listed(self.head, "overdue", "nobody")), {self.here})
        self.assertEqual(set(lists.colleagues(self.head)), {self.sokolov})
