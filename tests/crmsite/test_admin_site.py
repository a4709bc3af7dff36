"""The site itself: Russian, searchable within bounds, with a policy for scripts and words for errors."""

from django.contrib import admin
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from crmsite import search
from crmsite.admin_site import KrugSite
from crmsite.models import User
from crmsite.urls import handler500  # noqa: F401  the handlers of this module's own URLconf
from crmsite.urls import urlpatterns as real
from segments.models import Segment
from tests.crmsite.builders import make_staff


def explode(request: object) -> None:
    raise RuntimeError("planted")


urlpatterns = [*real, path("explode/", explode), path("admin-explode/", explode)]


class Site(TestCase):
    def test_it_is_the_default_site(self) -> None:
        self.assertIsInstance(admin.site, KrugSite)
        self.assertTrue(admin.site.is_registered(User))

    def test_the_administrator_cannot_make_a_superuser(self) -> None:
        self.client.force_login(make_staff("administrator"))
        other = make_staff("analyst")
        self.client.post(
            f"/admin/crmsite/user/{other.pk}/change/",
            {"username": "analyst", "is_active": "on", "is_staff": "on", "is_superuser": "on"},
        )
        other.refresh_from_db()
        self.assertFalse(other.is_superuser)

    def test_nor_open_the_password_of_one(self) -> None:
        self.client.force_login(make_staff("administrator"))
        root = User.objects.create_superuser("root", password="k")
        answer = self.client.post(f"/admin/crmsite/user/{root.pk}/password/", {"password1": "x", "password2": "x"})
        self.assertEqual(answer.status_code, 403)

    def test_whoever_is_entered_may_log_in(self) -> None:
        self.client.force_login(make_staff("administrator"))
        secret = "длинный пароль 7"
        entered = {"username": "Сергей", "usable_password": "true", "password1": secret, "password2": secret}
        self.client.post("/admin/crmsite/user/add/", entered)
        self.assertTrue(User.objects.get(username="Сергей").is_staff)

    def test_staff_are_not_deleted(self) -> None:
        self.client.force_login(User.objects.create_superuser("root", password="k"))
        other = make_staff("analyst")
        self.assertEqual(self.client.get(f"/admin/crmsite/user/{other.pk}/delete/").status_code, 403)


class Policy(TestCase):
    def test_the_admin_may_evaluate_and_public_pages_may_not(self) -> None:
        office = self.client.get("/admin/login/")["Content-Security-Policy"]
        public = self.client.get("/s/nonsense")["Content-Security-Policy"]
        self.assertIn("'unsafe-eval'", office)
        self.assertNotIn("unsafe", public)
        self.assertIn("object-src 'none'", public)


class Search(TestCase):
    def test_it_stops_at_its_bound(self) -> None:
        Segment.objects.bulk_create(Segment(name=f"Купили Чанган {n}", slug=f"s{n}") for n in range(40))
        self.client.force_login(make_staff("manager"))
        with CaptureQueriesContext(connection) as queries:
            page = self.client.get("/admin/search/", {"s": "чанган", "extended": 1})
        self.assertLessEqual(len(queries), 12)
        self.assertEqual(page.content.decode().count("Купили Чанган"), 2 * search.AT_MOST)

    def test_one_letter_searches_nothing(self) -> None:
        self.client.force_login(make_staff("manager"))
        self.assertEqual(search.results(self.client.get("/admin/").wsgi_request, "ч"), [])

    def test_it_finds_nothing_that_the_role_may_not_open(self) -> None:
        Segment.objects.create(name="Купили Чанган", slug="s")
        stranger = User.objects.create(username="x", is_staff=True)
        self.client.force_login(stranger)
        self.assertNotContains(self.client.get("/admin/search/", {"s": "чанган", "extended": 1}), "Купили")


class Errors(TestCase):
    def test_a_page_that_is_not_there(self) -> None:
        self.client.force_login(make_staff("manager"))
        inside = self.client.get("/admin/nothing/here/")
        self.assertContains(inside, "Такой страницы нет", status_code=404)
        self.assertContains(inside, 'href="/admin/"', status_code=404)

    def test_a_stranger_is_not_shown_the_way_to_the_back_office(self) -> None:
        outside = self.client.get("/nothing/")
        self.assertContains(outside, "Такой страницы нет", status_code=404)
        self.assertNotContains(outside, "/admin/", status_code=404)

    def test_a_page_of_another_role(self) -> None:
        self.client.force_login(make_staff("analyst"))
        self.assertContains(self.client.get("/admin/crmsite/user/"), "недоступна для вашей роли", status_code=403)

    def test_an_expired_form(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        self.assertContains(strict.post("/admin/login/", {}), "Форма устарела", status_code=403)

    @override_settings(ROOT_URLCONF=__name__)
    def test_our_own_fault(self) -> None:
        self.client.raise_request_exception = False
        self.assertContains(self.client.get("/explode/"), "Что-то сломалось", status_code=500)

    def test_a_forged_host(self) -> None:
        answer = self.client.get("/admin/", headers={"host": "evil.example"})
        self.assertContains(answer, "Запрос не удалось прочитать", status_code=400)
