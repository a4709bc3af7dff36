"""Sites in the admin: addresses, keys that are shown once, what came; and the traces of erased people."""

import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from crmsite.models import User
from segments.erasing import erase
from segments.importing import undo_keeps
from tests.crmsite.builders import make_staff
from tests.segments.builders import free_locks, make_contact, make_customer, make_model
from tests.tracking.builders import make_message, make_run, track
from tests.tracking.site_room import ORIGIN, Visitor, make_event, make_site, server_of
from tests.tracking.test_kept_on_undo import WHY
from tracking import clicks
from tracking.jobs import sweep
from tracking.models import Site, SiteDevice, WebsiteEvent
from tracking.website_events import linking, sites

PHONE = "+79119876543"
SECRET = re.compile(r'id="ws-secret"[^>]*value="([\w-]{43})"')


class Keys(TestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.client.force_login(make_staff("administrator"))

    def new_key(self) -> str:
        answer = self.client.post(reverse("admin:tracking_site_secret", args=[self.site.pk]))
        self.assertIn("no-store", answer["Cache-Control"])
        found = SECRET.search(answer.content.decode())
        assert found
        return found[1]

    def opens(self, secret: str) -> bool:
        sites.forget()
        return Visitor(self.site, secret=secret).tell(make_event()).status_code == 200

    def test_a_key_is_shown_once_and_only_its_print_is_kept(self) -> None:
        secret = self.new_key()
        self.assertTrue(self.opens(secret))
        page = self.client.get(reverse("admin:tracking_site_change", args=[self.site.pk])).content.decode()
        self.assertNotIn(secret, page)
        self.assertNotIn(secret, str(list(Site.objects.values())))

    def test_the_key_before_opens_for_a_day_and_the_one_before_that_not_at_all(self) -> None:
        first, second = self.new_key(), self.new_key()
        self.assertTrue(self.opens(first) and self.opens(second))
        Site.objects.update(old_secret_until=timezone.now() - timedelta(seconds=1))
        self.assertFalse(self.opens(first))
        third, fourth = self.new_key(), self.new_key()
        self.assertEqual([self.opens(key) for key in (second, third, fourth)], [False, True, True])

    def test_a_public_key_opens_no_servers_door(self) -> None:
        Visitor(self.site).tell(make_event())
        answer = Visitor(self.site, secret=self.site.public_key).tell(make_event())
        self.assertEqual(answer.status_code, 401)

    def test_a_form_that_was_read_before_takes_no_key_back(self) -> None:
        secret = self.new_key()
        address = reverse("admin:tracking_site_change", args=[self.site.pk])
        told = {"name": "Новое имя", "origins": "https://a.example\nhttps://B.example/", "is_active": "on",
                "operations": "Site.SeeCar = product_view"}  # fmt: skip
        self.assertEqual(self.client.post(address, told).status_code, 302)
        self.site.refresh_from_db()
        self.assertEqual(self.site.origins, ["https://a.example", "https://b.example"])
        self.assertEqual(self.site.operations, {"Site.SeeCar": "product_view"})
        self.assertTrue(self.opens(secret))
        self.assertContains(self.client.get(address), "Site.SeeCar = product_view")

    def test_what_is_no_address_and_no_kind_is_refused(self) -> None:
        for told, said in (
            ({"origins": "www.example.ru"}, "без пути"), ({"origins": "https://a.example/shop"}, "без пути"),
            ({"origins": "\n".join(f"https://a{n}.example" for n in range(21))}, "не больше 20"),
            ({"operations": "Website.X = nonsense"}, "product_view"), ({"operations": "= order"}, "product_view"),
        ):  # fmt: skip
            page = self.client.post(reverse("admin:tracking_site_add"), {"name": "Ещё один", **told})
            self.assertContains(page, said, msg_prefix=str(told))


class Page(TestCase):
    def page(self, site: Site, user: User | None = None) -> str:
        self.client.force_login(user or User.objects.create_superuser("root"))
        return self.client.get(reverse("admin:tracking_site_change", args=[site.pk])).content.decode()

    @override_settings(PUBLIC_URL="https://krug.example")
    def test_it_says_what_to_put_into_the_pages_and_what_came(self) -> None:
        site = make_site()
        model = make_model()
        car = {"brand": "Toyota", "model": model.name, "price": 2150000}
        Visitor(site).tell(make_event(product=car), make_event("page_view", page="https://www.example.ru/about"))
        page = self.page(site)
        self.assertIn(f"https://krug.example/events/krug.js&quot; data-site=&quot;{site.public_key}", page)
        for said in ("Просмотр автомобиля или товара", "Просмотр страницы", "2150000", "неизвестный посетитель",
                     "www.example.ru/about", "Ключа пока нет"):  # fmt: skip
            self.assertIn(said, page.replace("\xa0", ""))

    def test_an_empty_one_says_what_to_do(self) -> None:
        page = self.page(make_site(origins=[], is_active=False))
        for said in ("Не указан ни один адрес", "События этого сайта не принимаются", "Ничего не пришло"):
            self.assertIn(said, page)

    def test_what_visitors_say_is_text(self) -> None:
        site = make_site()
        Visitor(site).tell(make_event("search", details={"query": "<script>alert(1)</script>"}, page="https://x/<b>"))
        self.assertNotIn("<script>alert", self.page(site))

    def test_the_customer_page_has_her_last_events(self) -> None:
        anna, site = make_customer(), make_site()
        make_contact(anna, PHONE)
        server_of(site).tell(
            make_event("cart", cart=[], person={"phone": PHONE}), make_event("order", details={"order": "A-1"})
        )
        self.client.force_login(User.objects.create_superuser("root"))
        address = reverse("admin:segments_customer_change", args=[anna.pk])
        page = self.client.get(address).content.decode()
        for said in ("На сайте", "Корзина целиком", "пусто", "заказ A-1", site.name):
            self.assertIn(said, page)
        newcomer = User.objects.create(username="new", is_staff=True)
        newcomer.user_permissions.set([])
        self.client.force_login(newcomer)
        self.assertNotIn("Корзина целиком", self.client.get(address).content.decode())


class Links(TestCase):
    def url(self, where: str) -> str:
        message = make_message(make_run(), make_customer())
        return linking.introduced(where, message.pk)

    def test_a_click_introduces_her_to_sites_of_ours_alone(self) -> None:
        make_site()
        make_site(origins=["https://off.example"], is_active=False)
        self.assertRegex(self.url(f"{ORIGIN}/cars?a=%20b#x"), rf"^{ORIGIN}/cars\?a=%20b&krug=[\w-]{{34}}#x$")
        for where in ("https://other.example/", "https://off.example/", "http://www.example.ru/",
                      "https://www.example.ru.evil.example/", f"{ORIGIN}/?krug=mine"):  # fmt: skip
            self.assertEqual(self.url(where), where)

    def test_a_robot_is_not_introduced(self) -> None:
        make_site()
        message = make_message(make_run(), make_customer())
        content = message.run.content
        content.links.update_or_create(number=1, defaults={"url": f"{ORIGIN}/"})
        person = clicks.Visitor("GET", "192.0.2.1", "Mozilla/5.0", is_prefetch=False)
        robot = clicks.Visitor("GET", "192.0.2.1", "Googlebot/2.1 bot", is_prefetch=False)
        self.assertIn("krug=", clicks.click(f"B{track(message)}", person) or "")
        self.assertNotIn("krug=", clicks.click(f"B{track(message)}", robot) or "krug=")


class Traces(TestCase):
    def test_who_is_erased_leaves_no_events_and_no_devices(self) -> None:
        free_locks()
        anna, boris = make_customer(), make_customer("Борисов")
        make_contact(anna, PHONE)
        make_contact(boris, "+79210000002")
        server = server_of(make_site())
        for phone, device in ((PHONE, "device-one"), ("+79210000002", "device-two")):
            server.tell(make_event(device=device, person={"phone": phone}))
        SiteDevice.objects.create(
            site=server.site, key="waits", how="server", tied_at=timezone.now(), contact_value=PHONE
        )
        erase([anna.pk])
        self.assertEqual(list(WebsiteEvent.objects.values_list("customer", flat=True)), [boris.pk])
        self.assertEqual(list(SiteDevice.objects.values_list("key", flat=True)), ["device-two"])

    def test_who_was_on_a_site_stays_when_her_import_is_undone(self) -> None:
        anna, other = make_customer(), make_customer()
        make_contact(anna, PHONE)
        server_of(make_site()).tell(make_event(person={"phone": PHONE}))
        self.assertEqual([self.why(anna), self.why(other)], ["website_events", None])

    def test_the_sweep_makes_months_and_ties_devices(self) -> None:
        self.assertLessEqual({"event_months", "event_months_dropped", "devices_tied"}, set(sweep()))

    def why(self, customer: Any) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(WHY.format(why=undo_keeps.why_kept("c.id", "customers")), [customer.pk])
            return cursor.fetchone()[0]


class Script(TestCase):
    def test_it_is_small_and_any_site_may_take_it(self) -> None:
        answer = Client().get("/events/krug.js")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "text/javascript"))
        self.assertLessEqual(len(answer.content), 3072)
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertFalse(answer.cookies)
        self.assertEqual(Client().post("/events/krug.js").status_code, 405)
