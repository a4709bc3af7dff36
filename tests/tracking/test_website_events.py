"""Events by our form: what is taken, once, and what is refused with the field that is wrong."""

import json
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.db import DataError, OperationalError
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from channels import json_calls, partitions, throttle
from segments.models import BrandSpelling, CarInStock
from tests.segments.builders import make_brand, make_model, make_source, make_staff
from tests.tracking.site_room import DEVICE, ORIGIN, Visitor, make_event, make_site, refused, server_of
from tracking.models import WebsiteEvent
from tracking.website_events import gate, months, storing
from tracking.website_events.telling import AHEAD, LATE


class Room(TestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.page, self.server = Visitor(self.site), server_of(self.site)

    def counts(self, answer: Any) -> tuple[int, int, int]:
        told = answer.json()
        return told["accepted"], told["duplicates"], len(told["refused"])


class Taken(Room):
    def test_an_event_of_a_page_is_kept(self) -> None:
        car = {"vin": "xw8zzz61z9g000001", "price": "2150000.50"}
        answer = self.page.tell(make_event(product=car, page="https://www.example.ru/cars?email=a@b.ru#top"))
        self.assertEqual((answer.status_code, self.counts(answer)), (200, (1, 0, 0)))
        event = WebsiteEvent.objects.get()
        self.assertEqual((event.vin, event.amount), ("XW8ZZZ61Z9G000001", Decimal("2150000.50")))
        self.assertEqual((event.page, event.customer_id), ("www.example.ru/cars", None))

    def test_one_event_may_come_by_itself(self) -> None:
        self.assertEqual(self.counts(self.server.say(json.dumps(make_event()), "application/json")), (1, 0, 0))

    def test_a_cart_is_kept_whole_with_its_sum(self) -> None:
        cart = [{"product": {"id": "1", "price": 100}, "count": 2}, {"product": {"id": "2"}, "price": "50.5"}]
        self.page.tell(make_event("cart", cart=cart), make_event("cart", cart=[]))
        full, empty = WebsiteEvent.objects.order_by("id")
        self.assertEqual((full.amount, empty.amount, empty.details), (Decimal("250.50"), 0, {"cart": []}))
        self.assertEqual(full.details["cart"][0], {"id": "1", "count": 2, "price": 100.0})

    def test_cars_are_known_by_their_vin_or_by_their_names(self) -> None:
        model, brand = make_model(name="Octavia"), make_brand("Skoda")
        BrandSpelling.objects.get_or_create(spelling="шкода", defaults={"brand": brand})
        octavia = make_model(brand, "Octavia")
        CarInStock.objects.create(
            source=make_source(),
            external_key="1",
            vin="XW8ZZZ61Z9G000001",
            brand=model.brand,
            model=model,
            content_hash=b"",
        )
        self.page.tell(
            make_event(product={"vin": "XW8ZZZ61Z9G000001", "brand": "Шкода", "model": "octavia"}),
            make_event(product={"brand": "ШКОДА", "model": "octavia"}),
            make_event(product={"brand": "Никакая", "model": "octavia"}),
        )
        found = list(WebsiteEvent.objects.order_by("id").values_list("brand", "model"))
        self.assertEqual(found, [(model.brand_id, model.pk), (brand.pk, octavia.pk), (None, None)])
        self.assertEqual(WebsiteEvent.objects.order_by("id").last().details["model"], "Никакая octavia")

    def test_a_form_may_carry_details(self) -> None:
        self.page.tell(make_event("search", details={"query": "зимняя резина", "found": 12}))
        self.assertEqual(WebsiteEvent.objects.get().details, {"query": "зимняя резина", "found": 12})


class Once(Room):
    def test_the_same_id_is_the_same_event_whoever_tells_it_and_whatever_it_says(self) -> None:
        event = make_event()
        self.assertEqual(self.counts(self.page.tell(event, event)), (1, 1, 0))
        later = {**event, "happened_at": timezone.now().isoformat(), "kind": "order"}
        self.assertEqual(self.counts(self.server.tell(later, make_event())), (1, 1, 0))
        self.assertEqual(WebsiteEvent.objects.filter(key=event["id"]).count(), 1)

    def test_ids_of_another_site_are_its_own(self) -> None:
        event = make_event()
        self.page.tell(event)
        self.assertEqual(self.counts(server_of(make_site()).tell(event)), (1, 0, 0))

    def test_a_repeat_is_known_over_the_turn_of_a_month(self) -> None:
        last = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
        for month in (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)):
            partitions.ensure(months.TABLE, month, also=months.ONCE)
        event = make_event(at=last)
        for now, expected in ((last, (1, 0, 0)), (last + LATE - timedelta(hours=1), (0, 1, 0))):
            with patch("tracking.website_events.reading.timezone.now", return_value=now):
                self.assertEqual(self.counts(self.page.tell(event)), expected, now)

    def test_each_month_is_made_with_its_own_key(self) -> None:
        month = datetime(2031, 3, 1, tzinfo=UTC)
        self.assertTrue(partitions.ensure(months.TABLE, month, also=months.ONCE))
        self.assertFalse(partitions.ensure(months.TABLE, month, also=months.ONCE))
        self.assertEqual(months.ensure_near(), 0)
        with patch("tracking.website_events.reading.timezone.now", return_value=month + timedelta(days=1)):
            event = make_event(at=month)
            self.assertEqual(self.counts(self.page.tell(event)), (1, 0, 0))
            self.assertEqual(self.counts(self.page.tell(event)), (0, 1, 0))

    @override_settings(WEBSITE_EVENT_DAYS=400)
    def test_old_months_go_whole(self) -> None:
        partitions.ensure(months.TABLE, datetime(2020, 5, 1, tzinfo=UTC), also=months.ONCE)
        self.assertEqual(months.drop_old(), 1)


class Times(Room):
    def test_late_ones_are_taken_for_two_weeks_and_future_ones_for_five_minutes(self) -> None:
        now = timezone.now()
        for at, fields in (
            (now - LATE + timedelta(minutes=1), []),
            (now - LATE - timedelta(minutes=1), ["happened_at"]),
            (now + AHEAD - timedelta(seconds=30), []),
            (now + AHEAD + timedelta(seconds=30), ["happened_at"]),
        ):
            self.assertEqual(refused(self.server.tell(make_event(at=at))), fields, at)

    def test_a_wrong_clock_is_put_right_by_the_time_of_sending(self) -> None:
        wrong = timezone.now() + timedelta(days=400)
        self.page.tell(make_event(at=wrong - timedelta(minutes=10)), sent_at=wrong.isoformat())
        event = WebsiteEvent.objects.get()
        self.assertEqual(round((event.received_at - event.happened_at).total_seconds()), 600)

    def test_a_time_without_a_zone_is_refused(self) -> None:
        self.assertEqual(
            refused(self.page.tell({**make_event(), "happened_at": "2026-11-23T12:00:00"})), ["happened_at"]
        )


class Refused(Room):
    def test_what_is_wrong_is_named_and_the_rest_is_kept(self) -> None:
        good, bad = make_event(), make_event("nonsense", id="bad")
        told = self.page.tell(good, bad).json()
        self.assertEqual(told["accepted"], 1)
        self.assertEqual({**told["refused"][0], "error": ""}, {"index": 1, "id": "bad", "field": "kind", "error": ""})
        self.assertIn("Такого значения нет", told["refused"][0]["error"])

    def test_each_field_is_checked(self) -> None:
        for field, event in {
            "id": make_event(id="с пробелом"),
            "device": make_event(device="короткий"),
            "product.vin": make_event(product={"vin": "123"}),
            "product.price": make_event(product={"price": -1}),
            "product.colour": make_event(product={"colour": "red"}),
            "cart[1].count": make_event("cart", cart=[{"product": {}}, {"product": {}, "count": 0}]),
            "cart": make_event("cart", cart=[{"product": {}}] * 51),
            "amount": make_event(amount=10**12),
            "details": make_event(details={"text": "я" * 2100}),
            "happened_at": make_event() | {"happened_at": "вчера"},
            "hapened_at": make_event() | {"hapened_at": 1},
            "": "не событие",
        }.items():
            answer = self.server.tell(event)
            self.assertEqual((answer.status_code, refused(answer)), (422, [field]), event)

    def test_a_call_that_is_none(self) -> None:
        for body, status in (
            (b"", 411), (b"{", 400), (b"\xff", 400), (b"[" * 5000, 400), (b'{"events": "x"}', 422), (b'{"events": []}', 422),
            (b'{"events": [1], "sent": 1}', 422), (b'{"a": "\\u0000"}', 400), (b'{"a": "\\ud800"}', 400), (b"7", 422),
            (b'{"a": NaN}', 400), (b" " * (json_calls.LARGEST + 1), 413),
        ):  # fmt: skip
            self.assertEqual(self.server.say(body).status_code, status, body[:40])
        self.assertEqual(self.server.tell(*[make_event()] * 501).status_code, 422)
        self.assertEqual(self.server.tell(make_event() | {"details": {"n": 7}}, sent_at="never").status_code, 422)
        self.assertEqual(WebsiteEvent.objects.count(), 0)

    def test_numbers_that_json_has_not_are_refused_by_themselves(self) -> None:
        body = json.dumps({"events": [make_event(details={"n": 1}), make_event()]}).replace('"n": 1', '"n": 1e999')
        self.assertEqual(refused(self.server.say(body)), ["details"])

    def test_a_browser_is_one_device(self) -> None:
        answer = self.page.tell(make_event(), make_event(device="another-device"))
        self.assertEqual((answer.status_code, refused(answer)), (422, ["device"]))
        self.assertEqual(self.counts(self.server.tell(make_event(), make_event(device="another-device"))), (2, 0, 0))

    def test_a_database_that_fails_is_told_to_try_again(self) -> None:
        for error, status in ((OperationalError("gone"), 503), (DataError("bad"), 400)):
            logging.disable(logging.ERROR)
            self.addCleanup(logging.disable, logging.NOTSET)
            with patch.object(storing.gathering, "store", side_effect=error):
                answer = self.page.tell(make_event())
            self.assertEqual((answer.status_code, answer["Access-Control-Allow-Origin"]), (status, ORIGIN))


class Doors(Room):
    def test_who_may_tell(self) -> None:
        event = make_event()
        for who, status in (
            (Visitor(self.site, origin="https://other.example"), 403),
            (Visitor(self.site, origin=""), 403),
            (Visitor(self.site, secret="nonsense"), 401),
            (Visitor(make_site(is_active=False)), 401),
            (server_of(make_site(is_active=False)), 401),
        ):
            answer = who.tell(event)
            self.assertEqual(answer.status_code, status)
            self.assertNotIn("Access-Control-Allow-Origin", answer)
        self.assertFalse(WebsiteEvent.objects.exists())

    def test_pages_of_the_site_are_let_in_by_cors(self) -> None:
        address = f"/events/?site={self.site.public_key}"
        for origin, allowed in ((ORIGIN, ORIGIN), ("https://other.example", None)):
            answer = Client().options(address, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
            self.assertEqual((answer.status_code, answer.get("Access-Control-Allow-Origin")), (204, allowed))
            self.assertIn("Origin", answer["Vary"])
        self.assertEqual(self.page.tell(make_event("x"))["Access-Control-Allow-Origin"], ORIGIN)
        self.assertFalse(self.page.client.cookies)

    def test_limits_hold_for_a_device_and_not_for_the_server(self) -> None:
        key = (str(self.site.pk), DEVICE)
        with patch.object(throttle, "allowed", wraps=throttle.allowed) as asked:
            throttle._limiter(throttle.settings.REDIS_URL).hit(gate.OF_DEVICE, *key, cost=239)
            self.assertEqual(self.page.tell(make_event()).status_code, 200)
            self.assertTrue(asked.called)
        answer = self.page.tell(make_event())
        self.assertEqual((answer.status_code, answer["Retry-After"]), (429, "60"))
        self.assertEqual(self.server.tell(make_event()).status_code, 200)
        throttle._limiter(throttle.settings.REDIS_URL).clear(gate.OF_DEVICE, *key)

    def test_events_are_taken_while_redis_is_deaf(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"), self.assertLogs("channels.throttle", "WARNING"):
            throttle._limiter.cache_clear()
            self.assertEqual(self.page.tell(make_event()).status_code, 200)
        throttle._limiter.cache_clear()
        throttle._silent_until = 0.0

    def test_the_description_is_for_our_staff_and_takes_nothing_from_elsewhere(self) -> None:
        for path in ("/events/docs", "/events/openapi.json"):
            self.assertEqual(Client().get(path).status_code, 302)
        client = Client()
        client.force_login(make_staff())
        told = client.get("/events/openapi.json").json()
        self.assertLessEqual({"Event", "Batch", "Product", "Line", "Person"}, set(told["components"]["schemas"]))
        page = client.get("/events/docs").content.decode()
        self.assertIn("swagger-ui-bundle.js", page)
        self.assertNotIn("//cdn", page)
