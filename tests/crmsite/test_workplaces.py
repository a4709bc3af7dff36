"""Whoever keeps to his own centres sees their customers and nobody else's, wherever the admin shows customers."""

from unittest import mock

from django.db import connection
from django.test import RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmsite.models import User
from crmsite.roles import GROUPS, OWN_CENTRES
from crmsite.search import results
from crmsite.workplaces import place_of, working
from segments import places
from segments.models import Customer, Household
from segments.places import Place
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import (
    make_card,
    make_centre,
    make_contact,
    make_customer,
    make_interaction,
    make_salesperson,
)

LIST = reverse("admin:segments_customer_changelist")


def page(customer: Customer, name: str = "change", *more: int) -> str:
    return reverse(f"admin:segments_customer_{name}", args=[customer.pk, *more])


class Places(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.north, cls.south = make_centre("Север"), make_centre("Юг")

    def test_these_roles_keep_to_their_centres_and_see_nobody_without_one(self) -> None:
        for role in OWN_CENTRES:
            user = make_staff(role)
            self.assertEqual(place_of(user), Place(()), role)
            at_work(user, self.north)
            self.assertEqual(place_of(user), Place((self.north.pk,)), role)

    def test_the_others_see_the_holding_though_they_stand_in_a_centre(self) -> None:
        for role in GROUPS.keys() - set(OWN_CENTRES):
            self.assertEqual(place_of(at_work(make_staff(role), self.north)), Place(), role)
        self.assertEqual(place_of(User.objects.create_superuser("root")), Place())

    def test_whoever_is_a_manager_too_sees_the_holding(self) -> None:
        user, seller = make_staff("salesperson"), make_salesperson()
        user.groups.add(*make_staff("manager").groups.all())
        self.assertEqual(place_of(at_work(user, self.north, salesperson=seller)), Place(None, seller.pk))

    def test_another_role_that_shows_no_customers_widens_nothing(self) -> None:
        user = make_staff("salesperson")
        user.groups.add(*make_staff("cashier").groups.all())
        self.assertEqual(place_of(at_work(user, self.north)), Place((self.north.pk,)))

    def test_who_works_where_leaves_out_those_who_left(self) -> None:
        one, other = make_salesperson("Соколов"), make_salesperson("Орлов")
        at_work(make_staff("salesperson"), self.north, self.south, salesperson=one)
        gone = at_work(make_staff("salesperson", "gone"), self.north, salesperson=other)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        self.assertEqual(sorted(working()), sorted([(one.pk, self.north.pk), (one.pk, self.south.pk)]))


class Seen(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        north, south = make_centre("Север"), make_centre("Юг")
        home = Household.objects.create(name="Семья", size=2)
        cls.by_card = make_customer("Северова", household=home)
        make_card(cls.by_card, centre=north)
        cls.by_visit = make_customer("Приезжая")
        make_card(cls.by_visit, centre=south)
        make_interaction(cls.by_visit, "visit", centre=north)
        cls.stranger = make_customer("Югова", household=home)
        cls.phone = make_contact(cls.stranger, "+79111234567", card=make_card(cls.stranger, centre=south))
        cls.seller = at_work(make_staff("salesperson"), north)

    def setUp(self) -> None:
        self.client.force_login(self.seller)

    def test_the_list_and_the_search_show_customers_of_the_centre(self) -> None:
        for asked, found in (
            ("", {self.by_card, self.by_visit}),
            ("сев", {self.by_card}),
            ("югова", set()),
            ("4567", set()),
        ):
            for few in (0, places.FEW):  # a large centre, and a small one
                with mock.patch.object(places, "FEW", few):
                    rows = self.client.get(LIST, {"q": asked}).context["cl"].result_list
                self.assertEqual(set(rows), found, (asked, few))

    def test_the_palette_finds_them_only(self) -> None:
        for asked, found in (("приезжая", True), ("югова", False)):
            request = RequestFactory().get("/")
            request.user = User.objects.get(pk=self.seller.pk)
            links = [each.link for each in results(request, asked)]
            self.assertEqual(links, [page(self.by_visit)] if found else [], asked)

    def test_every_page_of_a_stranger_is_closed(self) -> None:
        for name, more in (("change", ()), ("timeline", ()), ("consents", ()), ("refusal", ())):
            self.assertEqual(self.client.get(page(self.by_visit, name, *more)).status_code, 200, name)
            self.assertEqual(self.client.get(page(self.stranger, name, *more)).status_code, 404, name)
        self.assertEqual(self.client.post(page(self.stranger, "reveal", self.phone.pk)).status_code, 404)
        self.assertEqual(self.client.post(page(self.stranger, "refusal"), {"channels": ["sms"]}).status_code, 404)

    def test_the_number_of_a_merged_customer_leads_to_her(self) -> None:
        shell = make_customer("Бывшая", merged_into=self.by_card)
        self.assertRedirects(self.client.get(page(shell)), page(self.by_card))
        lost = make_customer("Чужая", merged_into=self.stranger)
        self.assertEqual(self.client.get(page(lost)).status_code, 404)

    def test_family_of_another_centre_is_not_named(self) -> None:
        self.assertNotContains(self.client.get(page(self.by_card)), "Югова")
        self.client.force_login(make_staff("manager"))
        self.assertContains(self.client.get(page(self.by_card)), "Югова")

    def test_the_start_page_counts_no_holding(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            text = self.client.get(reverse("admin:index")).content.decode()
        self.assertNotIn("База клиентов", text)
        self.assertFalse([query for query in asked if "reltuples" in query["sql"]])
