"""Rules about lists: by id, through the addresses, also after a merge; what asks about a list."""

from segments.erasing import erase
from segments.identity.merging import merge_by_hand
from segments.models import ContactList, ListedContact
from segments.rules.lists import segments_upon
from segments.rules.tree import RuleError, validate
from tests.segments.builders import make_contact, make_segment, make_staff
from tests.segments.rule_case import RuleCase, leaf


class Lists(RuleCase):
    def setUp(self) -> None:
        self.listed, self.other = self.person(), self.person()
        self.contact = make_contact(self.listed, "+79216756405")
        make_contact(self.other, "+79216756406")
        self.list = ContactList.objects.create(name="Выставка")
        ListedContact.objects.create(contact_list=self.list, contact_point=self.contact)
        self.empty = ContactList.objects.create(name="Пустой")

    def asked(self, op: str, *lists: ContactList) -> dict:
        return leaf("in_list", op, [str(each.pk) for each in lists])

    def test_in_and_not_in(self) -> None:
        self.assertEqual(self.found(self.asked("any_of", self.list)), {self.listed})
        self.assertEqual(self.found(self.asked("any_of", self.list, self.empty)), {self.listed})
        self.assertEqual(self.found(self.asked("none_of", self.list)), {self.other})
        self.assertEqual(self.found({"not": self.asked("any_of", self.list)}), {self.other})
        self.assertEqual(self.found({"not": self.asked("none_of", self.list)}), {self.listed})
        self.assertEqual(self.found(self.asked("any_of", self.empty)), set())

    def test_whoever_holds_the_address_is_on_the_list(self) -> None:
        make_contact(self.other, self.contact.value)
        self.assertEqual(self.found(self.asked("any_of", self.list)), {self.listed, self.other})

    def test_a_merge_takes_the_place_along(self) -> None:
        merge_by_hand([self.listed.pk], self.other.pk, make_staff().pk)
        self.assertEqual(self.found(self.asked("any_of", self.list)), {self.other})

    def test_an_erased_person_is_on_no_list(self) -> None:
        erase([self.listed.pk])
        self.assertFalse(ListedContact.objects.exists())

    def test_a_list_that_is_not_there(self) -> None:
        for value in (["999999"], ["x"], [self.list.pk], ["-1"]):
            with self.subTest(value), self.assertRaises(RuleError):
                validate({"format": 1, "rule": leaf("in_list", "any_of", value)})

    def test_which_segments_ask_about_it(self) -> None:
        upon = make_segment(rule={"format": 1, "rule": {"all": [{"not": self.asked("any_of", self.list)}]}})
        make_segment(rule={"format": 1, "rule": self.asked("any_of", self.empty)})
        make_segment(rule={"format": 1, "rule": leaf("purchases", "at_least", 1)})
        self.assertEqual(segments_upon(self.list), [upon])
