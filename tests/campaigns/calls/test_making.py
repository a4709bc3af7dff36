"""Who gets a call made, and whose it is."""

from django.test import TestCase
from django.utils import timezone

from campaigns.calls_to_make import making
from campaigns.literals import bigints
from campaigns.models import CallTask, ContactSlot
from segments.models import Customer
from tests.campaigns.calls.builders import PHONE, make_call_task, make_callable
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import make_centre, make_consent, make_contact, make_customer, make_facts, make_salesperson

ORDER = making.Order("Позвать на тест-драйв", "Здравствуйте!", hours=24, step="call1")


def make(*customers: Customer, order: making.Order = ORDER) -> int:
    people = bigints(customer.pk for customer in customers)
    enrolments = bigints(1000 + customer.pk for customer in customers)
    return making.for_enrolments(order, people, enrolments, timezone.now())


class Making(TestCase):
    def test_a_call_belongs_to_the_home_centre_and_is_due_in_time(self) -> None:
        anna = make_callable()
        self.assertEqual(make(anna), 1)
        task = CallTask.objects.get()
        self.assertEqual((task.customer, task.centre, task.salesperson), (anna, make_centre(), None))
        self.assertEqual((task.due_at - task.made_at).total_seconds(), 24 * 3600)
        self.assertEqual((task.deadline, task.reason, task.script), (task.due_at, ORDER.reason, ORDER.script))
        self.assertFalse(ContactSlot.objects.exists())  # a call is no message

    def test_one_step_makes_one_call_for_one_enrolment(self) -> None:
        anna = make_callable()
        make(anna)
        CallTask.objects.update(state="done")
        self.assertEqual(make(anna), 0)

    def test_it_goes_to_the_last_salesperson_where_he_works_there_now(self) -> None:
        sokolov, centre = make_salesperson(), make_centre()
        user = at_work(make_staff("salesperson"), centre, salesperson=sokolov)
        cases = (
            ("works there", {}, sokolov.pk),
            ("works elsewhere", {"home_centre": make_centre("Другой")}, None),
            ("nobody's customer", {"last_salesperson": None}, None),
        )
        for number, (case, facts, whose) in enumerate(cases):
            customer = make_callable(f"+7916000000{number}", **{"last_salesperson": sokolov} | facts)
            make(customer)
            self.assertEqual(CallTask.objects.get(customer=customer).salesperson_id, whose, case)
        type(user).objects.filter(pk=user.pk).update(is_active=False)
        late = make_callable("+79160000009", last_salesperson=sokolov)
        make(late)
        self.assertIsNone(CallTask.objects.get(customer=late).salesperson_id)

    def test_nobody_is_called_who_has_a_call_already_or_no_centre(self) -> None:
        busy, homeless = make_callable(), make_callable("+79160000001", home_centre=None)
        make_call_task(busy)
        self.assertEqual(make(busy, homeless), 0)


class Consents(TestCase):
    """Of a phone: what was said of calls holds, and where nothing was, what was said of SMS."""

    def made(self, **said: bool) -> int:
        customer = make_customer()
        contact = make_contact(customer, f"+7916{customer.pk:07}")
        make_facts(customer, home_centre=make_centre())
        for channel, given in said.items():
            make_consent(contact, given, channels=[channel])
        return make(customer)

    def test_calls_need_a_consent(self) -> None:
        for said, made in (
            ({}, 0), ({"sms": True}, 1), ({"sms": False}, 0), ({"call": True}, 1), ({"sms": True, "call": False}, 0),
            ({"sms": False, "call": True}, 1), ({"email": True}, 0),
        ):  # fmt: skip
            self.assertEqual(self.made(**said), made, said)

    def test_of_another_purpose_it_is_no_consent(self) -> None:
        anna = make_callable()
        self.assertEqual(make(anna, order=making.Order("Сервис", "", 24, purpose="service", step="s")), 0)

    def test_dead_shared_and_invalid_phones_are_not_called(self) -> None:
        for number, fault in enumerate(({"is_shared": True}, {"validity": "invalid"}, {"reachability": "unreachable"})):
            anna = make_callable(f"{PHONE[:-1]}{number}")
            anna.contacts.get().contact_point.__class__.objects.filter(value__endswith=f"456{number}").update(**fault)
            self.assertEqual(make(anna), 0, fault)
