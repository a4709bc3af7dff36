"""Clones live by the rule, lists stay as they are, a part of two segments is a rule upon both."""

from django.test import TestCase

from segments import cloning, refreshing
from segments.models import CustomerFacts, Segment
from tests.segments.builders import make_customer, make_facts, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
OWNERS = {"format": 1, "rule": {"field": "cars", "op": "at_least", "value": 1}}


class CloneCase(TestCase):
    def setUp(self) -> None:
        self.author = make_staff()
        self.people = [make_customer(f"Петров{number}") for number in range(3)]
        for number, person in enumerate(self.people):
            make_facts(person, purchases=int(number < 2), cars=int(number > 0))
        self.buyers = Segment.objects.create(
            name="Покупатели",
            slug="buyers",
            rule=BUYERS,
            plan="Письмо",
            plan_reason="Чтобы вернулись",
            policy="nightly",
        )
        refreshing.refresh(self.buyers)


class Clone(CloneCase):
    def test_the_rule_and_the_texts_are_the_same_the_owner_is_not(self) -> None:
        copy = cloning.clone(self.buyers, self.author)
        self.assertEqual((copy.name, copy.owner, copy.rule), ("Покупатели (копия)", self.author, BUYERS))
        self.assertEqual((copy.plan, copy.plan_reason, copy.policy), ("Письмо", "Чтобы вернулись", "nightly"))
        self.assertIsNone(copy.size)
        self.assertEqual(refreshing.refresh_due(copy.pk)["size"], 2)

    def test_names_and_codes_are_free_and_fit(self) -> None:
        self.buyers.name = "я" * 120
        copies = [cloning.clone(self.buyers, self.author) for _number in range(3)]
        self.assertEqual(len({copy.name for copy in copies}), 3)
        self.assertEqual(len({copy.slug for copy in copies}), 3)
        self.assertLessEqual(max(len(copy.name) for copy in copies), 120)

    def test_the_clone_of_a_list_lives(self) -> None:
        listed = cloning.freeze(self.buyers, self.author)
        self.assertEqual(cloning.clone(listed, self.author).policy, "on_change")


class Freeze(CloneCase):
    def test_the_people_of_today_for_ever(self) -> None:
        listed = cloning.freeze(self.buyers, self.author)
        self.assertRegex(listed.name, r"^Покупатели, список от \d\d\.\d\d\.\d{4}$")
        CustomerFacts.objects.update(purchases=5)
        refreshing.ask()
        refreshing.ask([listed])
        self.assertEqual(refreshing.refresh(listed)["added"], 0)
        members = listed.memberships.values_list("customer", "entered_at")
        self.assertEqual(set(members), set(self.buyers.memberships.values_list("customer", "entered_at")))
        self.assertEqual((listed.size, listed.policy, listed.refresh_due_at), (2, "frozen", None))
        self.assertEqual(listed.changes.get().entered_count, 2)
        self.assertEqual(listed.sizes.get().size, 2)

    def test_nobody_is_a_list_too(self) -> None:
        self.assertEqual(cloning.freeze(make_segment(rule=BUYERS), self.author).size, 0)


class PartOfTwo(CloneCase):
    def test_each_part_is_what_it_says(self) -> None:
        owners = Segment.objects.create(name="Владельцы", slug="owners", rule=OWNERS)
        refreshing.refresh(owners)
        for part, people in (("first", self.people[:1]), ("both", self.people[1:2]), ("second", self.people[2:])):
            with self.subTest(part):
                made = cloning.of_part(self.buyers, owners, part, name=f"Часть {part}", author=self.author)
                refreshing.refresh_due(made.pk)
                members = made.memberships.values_list("customer", flat=True)
                self.assertEqual(list(members), [person.pk for person in people])
        with self.assertRaises(KeyError):
            cloning.of_part(self.buyers, owners, "third", name="Часть", author=self.author)
