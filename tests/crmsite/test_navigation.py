"""The sidebar: nothing leads nowhere, and nobody is offered what he may not open."""

from django.test import Client, RequestFactory, SimpleTestCase, TestCase
from django.urls import resolve

from crmsite import navigation
from crmsite.models import User
from crmsite.roles import GROUPS
from tests.crmsite.builders import make_staff


class Menu(SimpleTestCase):
    def test_every_page_of_the_menu_exists(self) -> None:
        pages = [item.url for section in navigation.MENU for item in section.items]
        self.assertEqual([page for page in pages if navigation.address(page) is None], [])

    def test_every_dictionary_has_its_page(self) -> None:
        pages = [f"admin:{label.replace('.', '_')}_changelist" for label, _title in navigation.DICTIONARIES]
        self.assertEqual([page for page in pages if navigation.address(page) is None], [])

    def test_a_page_that_is_not_there_is_passed_over(self) -> None:
        self.assertIsNone(navigation.address("admin:nobody_wrote_this"))


class Sidebar(TestCase):
    def lines(self, user: User) -> list[str]:
        request = RequestFactory().get("/admin/")
        request.user = user
        return [line["link"] for group in navigation.sidebar(request) for line in group["items"]]

    def test_each_role_can_open_every_line_of_its_sidebar(self) -> None:
        for role in GROUPS:
            user, client = make_staff(role), Client()
            client.force_login(user)
            for link in self.lines(user):
                self.assertEqual(client.get(link).status_code, 200, f"{role}: {link}")

    def test_a_role_is_not_offered_what_it_may_not_open(self) -> None:
        analyst = self.lines(make_staff("analyst"))
        self.assertNotIn("/admin/crmsite/user/", analyst)
        self.assertNotIn("/admin/channels/inboxletter/", analyst)
        self.assertIn("/admin/segments/customer/", analyst)

    def test_empty_groups_are_not_drawn(self) -> None:
        request = RequestFactory().get("/admin/")
        request.user = User.objects.create(username="nobody", is_staff=True)
        self.assertEqual([group["title"] for group in navigation.sidebar(request)], ["Обзор"])

    def test_links_resolve_inside_the_admin(self) -> None:
        for link in self.lines(make_staff("administrator")):
            self.assertEqual(resolve(link).namespace, "admin")

    def test_of_a_page_and_one_under_it_the_nearer_is_active(self) -> None:
        request = RequestFactory().get("/admin/campaigns/policy/cadence/")
        request.user = make_staff("manager")
        told = {line["link"]: line.get("active") for group in navigation.sidebar(request) for line in group["items"]}
        self.assertIs(told["/admin/campaigns/policy/"], False)
        self.assertIsNone(told["/admin/campaigns/policy/cadence/"])
