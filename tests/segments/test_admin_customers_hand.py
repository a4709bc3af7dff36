"""What is done with a customer by hand: merge, take back, split off, a refusal on the phone; cards and origins."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from segments.admin.customer_cards import LABELS
from segments.binding import bind
from segments.identity import merging
from segments.models import (
    Card,
    CardHeaders,
    Consent,
    ConsentState,
    Customer,
    Household,
    ImportBatch,
    ImportFile,
    MergeRecord,
    ReviewPair,
)
from segments.models.people import CELLS_APART
from tests.segments.builders import (
    make_brand,
    make_card,
    make_consent,
    make_contact,
    make_customer,
    make_interaction,
    make_pair,
    make_source,
    make_staff,
)

PHONE, EMAIL = "+79123456789", "ivanova@mail.ru"
LIST = reverse("admin:segments_customer_changelist")


def _page(customer: Customer, name: str = "change", *more: int) -> str:
    return reverse(f"admin:segments_customer_{name}", args=[customer.pk, *more])


class ByHand(TestCase):
    rights = ("segments.view_customer", "segments.merge_customers", "segments.record_refusal")

    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna = make_customer("Иванова", "Анна", middle_name="Петровна")
        cls.other = make_customer("Иванова", "А.")
        for customer, names in ((cls.anna, ("Анна", "Петровна")), (cls.other, ("А.", ""))):
            make_card(customer, last_name="Иванова", first_name=names[0], middle_name=names[1])
        make_contact(cls.anna, PHONE)
        make_interaction(cls.other, card=cls.other.cards.get())

    def setUp(self) -> None:
        self.user = make_staff(*self.rights)
        self.client.force_login(self.user)


class Merging(ByHand):
    url = reverse("admin:segments_customer_merge")

    def ids(self, *people: Customer) -> str:
        return ",".join(str(each.pk) for each in people)

    def test_the_list_leads_to_the_page_with_the_chosen(self) -> None:
        chosen = {"action": "merge_chosen", "_selected_action": [self.anna.pk, self.other.pk]}
        response = self.client.post(LIST, chosen)
        self.assertRedirects(response, f"{self.url}?ids={self.anna.pk}%2C{self.other.pk}")
        one = self.client.post(LIST, {**chosen, "_selected_action": [self.anna.pk]}, follow=True)
        self.assertContains(one, "от 2 до")

    def test_the_page_shows_what_would_come_out_and_changes_nothing(self) -> None:
        context = self.client.get(self.url, {"ids": self.ids(self.anna, self.other), "survivor": self.other.pk}).context
        assert context["survivor"] == self.other
        assert str(context["result"]["customer"]) == "Иванова Анна Петровна"
        assert context["result"]["cards"] == 2
        assert not MergeRecord.objects.exists()
        assert Customer.objects.filter(merged_into=None).count() == 2

    def test_merging_keeps_the_chosen_one_and_old_numbers_lead_to_her(self) -> None:
        response = self.client.post(self.url, {"ids": self.ids(self.anna, self.other), "survivor": self.other.pk})
        self.assertRedirects(response, _page(self.other))
        assert Customer.objects.get(pk=self.anna.pk).merged_into == self.other
        record = MergeRecord.objects.get()
        assert (record.reason, record.author) == ("hand", self.user)
        assert LogEntry.objects.get().object_id == str(self.other.pk)
        old = self.client.get(_page(self.anna), follow=True)
        self.assertRedirects(old, _page(self.other))
        self.assertContains(old, f"№ {self.anna.pk} объединён с этим")

    def test_more_can_be_found_and_added(self) -> None:
        response = self.client.get(self.url, {"ids": self.anna.pk, "q": "иванова"})
        assert response.context["found"] == [self.other]
        self.assertContains(response, f"?ids={self.anna.pk},{self.other.pk}")

    def test_nonsense_is_no_error(self) -> None:
        for ids in ("", "x", "1 OR 1", "9" * 40, "999999999"):
            assert self.client.get(self.url, {"ids": ids}).context["chosen"] == []
        assert self.client.post(self.url, {"ids": ""}).status_code == 200
        response = self.client.post(self.url, {"ids": self.anna.pk}, follow=True)
        assert len(response.context["messages"]) == 1  # one alone is merged with nobody

    def test_while_an_import_runs_the_page_says_so(self) -> None:
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (merging.LOCK,))
        context = self.client.get(self.url, {"ids": self.ids(self.anna, self.other)}).context
        assert context["result"] is None
        assert context["refusal"]
        self.client.post(self.url, {"ids": self.ids(self.anna, self.other)})
        assert not MergeRecord.objects.exists()

    def test_a_merge_is_taken_back_on_her_page(self) -> None:
        self.client.post(self.url, {"ids": self.ids(self.anna, self.other)})
        record = MergeRecord.objects.get()
        self.assertContains(self.client.get(_page(self.anna)), _page(self.anna, "unmerge", record.pk))
        assert self.client.get(_page(self.anna, "unmerge", record.pk)).status_code == 405
        response = self.client.post(_page(self.anna, "unmerge", record.pk))
        self.assertRedirects(response, _page(self.other))
        assert Customer.objects.get(pk=self.other.pk).merged_into is None
        again = self.client.post(_page(self.anna, "unmerge", record.pk), follow=True)
        assert [str(message) for message in again.context["messages"]]

    def test_cards_are_split_off(self) -> None:
        foreign = make_card(self.anna, last_name="Петрова", first_name="Ольга")
        response = self.client.post(_page(self.anna, "split"), {"cards": [foreign.pk, self.other.cards.get().pk]})
        owner = Card.objects.get(pk=foreign.pk).customer
        self.assertRedirects(response, _page(owner))
        assert str(owner) == "Петрова Ольга"
        assert self.other.cards.count() == 1  # another customer's card is not hers to split
        all_cards = list(self.anna.cards.values_list("pk", flat=True))
        self.client.post(_page(self.anna, "split"), {"cards": all_cards})
        assert self.anna.cards.count() == len(all_cards)

    def test_without_the_right_there_is_nothing_of_it(self) -> None:
        self.client.force_login(make_staff("segments.view_customer"))
        for url in (self.url, _page(self.anna, "split")):
            assert self.client.get(url).status_code == 403
            assert self.client.post(url, {"ids": self.ids(self.anna, self.other)}).status_code == 403
        self.assertNotContains(self.client.get(_page(self.anna)), "Объединить с")
        self.assertNotContains(self.client.get(LIST), "merge_chosen")


class Refusing(ByHand):
    said = {"channels": ["sms", "call"], "brand": "", "reason": "asked", "note": "после 18 часов", "confirmed": "on"}

    def refuse(self, **changed: Any) -> Any:
        return self.client.post(_page(self.anna, "refusal"), self.said | changed)

    def test_it_withdraws_by_word_of_staff(self) -> None:
        point = make_contact(self.anna, "+79210000000")
        make_consent(point, channels=["sms", "email"])
        self.assertRedirects(self.refuse(), _page(self.anna))
        states = ConsentState.objects.filter(given=False).values_list("channel", "origin", "brand")
        assert sorted(states) == [("call", "staff", None)] * 2 + [("sms", "staff", None)] * 2
        assert ConsentState.objects.get(contact_point=point, channel="email").given
        logged = Consent.objects.filter(origin="staff").first()
        assert logged is not None
        assert (logged.customer, logged.evidence) == (self.anna, str(self.user))
        assert "после 18 часов" in logged.text
        assert LogEntry.objects.filter(object_id=str(self.anna.pk)).exists()

    def test_it_reaches_messengers_and_devices_that_she_tied_herself(self) -> None:
        tied = {"telegram": "telegram", "max": "max", "push": "device"}
        points = {channel: bind(self.anna.pk, kind, "77700001") for channel, kind in tied.items()}
        self.refuse(channels=list(tied))
        withdrawn = ConsentState.objects.filter(given=False, contact_point__in=points.values())
        assert dict(withdrawn.values_list("channel", "contact_point")) == points

    def test_an_email_is_not_withdrawn_by_a_refusal_of_calls(self) -> None:
        make_contact(self.anna, EMAIL)
        self.refuse()
        assert not ConsentState.objects.filter(contact_point__kind="email").exists()

    def test_for_one_brand(self) -> None:
        brand = make_brand("Skoda")
        self.refuse(brand=str(brand.pk))
        assert set(ConsentState.objects.values_list("brand", flat=True)) == {brand.pk}

    def test_it_asks_for_channels_and_a_confirmation(self) -> None:
        for changed in ({"channels": []}, {"channels": ["fax"]}, {"confirmed": ""}, {"reason": "none"}):
            assert self.refuse(**changed).status_code == 200
        assert not Consent.objects.exists()

    def test_without_an_address_it_says_so(self) -> None:
        response = self.client.post(_page(self.other, "refusal"), self.said, follow=True)
        self.assertContains(response, "отзывать нечего")

    def test_it_needs_its_right(self) -> None:
        self.client.force_login(make_staff("segments.view_customer"))
        assert self.refuse().status_code == 403
        assert not Consent.objects.exists()


class Page(ByHand):
    def test_a_card_says_what_was_made_of_its_cells_and_masks_them(self) -> None:
        batch = ImportBatch.objects.create(source=make_source())
        headers = {"phone": ["Тел"], "name": ["ФИО"], "comment": ["Прим"]}
        ImportFile.objects.create(batch=batch, kind="cards", columns=headers)
        card = make_card(
            self.anna, last_batch_id=batch.pk, last_name="Иванова", notes={"phone": ["letter_for_digit"], "name": ["order"]},
            headers=CardHeaders.objects.create(names=["Тел", "ФИО", "Прим"]),
            raw=CELLS_APART.join(["8 912 345-67-8О", "Анна Иванова", f"звонить 89123456789 или {EMAIL}"]),
        )  # fmt: skip
        make_contact(self.anna, "+79123456780", card=card)
        response = self.client.get(_page(self.anna))
        row = next(row for row in response.context["cards"] if row.card == card)
        cells = {str(cell.label): (cell.raw, cell.clean, cell.reasons) for cell in row.cells}
        assert cells.pop(str(LABELS["phone"])) == ("***8О", "+7 *** ***-67-80", ["буква вместо цифры"])
        assert dict(row.raw)["Прим"] == "звонить *** или i***@mail.ru"
        for secret in ("345-67-8О", "89123456789", EMAIL):
            self.assertNotContains(response, secret)
        self.client.force_login(make_staff("segments.view_customer", "segments.view_contacts"))
        self.assertContains(self.client.get(_page(self.anna)), "8 912 345-67-8О")

    def test_a_field_says_from_which_card_it_comes(self) -> None:
        assert self.client.get(_page(self.anna)).context["golden"] == []  # one card: nothing to choose
        newer = make_card(self.anna, last_name="Иванова", first_name="А.", code="НО-1")
        fields = {str(each.label): each for each in self.client.get(_page(self.anna)).context["golden"]}
        name = next(iter(fields.values()))
        assert name.text == "Иванова Анна Петровна"
        assert [(text, other.card) for text, other in name.others] == [("Иванова А.", newer)]

    def test_the_family_is_named_and_is_not_herself(self) -> None:
        home = Household.objects.create(name="Ивановы", size=2)
        Customer.objects.filter(pk__in=[self.anna.pk, self.other.pk]).update(household=home)
        assert self.client.get(_page(self.anna)).context["family"] == [self.other]
        self.client.force_login(make_staff("segments.view_customer", "segments.view_household"))
        response = self.client.get(reverse("admin:segments_household_changelist"))
        self.assertContains(response, "Иванова А.; Иванова Анна Петровна")
        link = reverse("admin:segments_household_change", args=[home.pk])
        self.assertRedirects(self.client.get(link), f"{LIST}?household={home.pk}")

    def test_a_verdict_of_the_queue_is_on_the_page(self) -> None:
        make_pair(self.anna, self.other, state=ReviewPair.State.REFUSED, decided_by=self.user)
        context = self.client.get(_page(self.anna)).context
        assert [pair.person for pair in context["pairs"]] == [self.other]
