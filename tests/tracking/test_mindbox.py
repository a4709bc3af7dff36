"""Events in Mindbox's form: the shapes that its kits send, read as ours."""

from decimal import Decimal

from django.test import Client, TestCase

from tests.segments.builders import make_contact, make_customer
from tests.tracking.site_room import DEVICE, ORIGIN, Visitor, make_site, server_of
from tracking.models import WebsiteEvent

PHONE = "+79119876543"
ORDER = {
    "customer": {"ids": {"websiteID": "1"}, "email": "a@b.ru", "mobilePhone": "79119876543", "subscriptions": []},
    "order": {
        "ids": {"websiteId": "A-1"},
        "lines": [
            {"lineId": "1", "product": {"ids": {"website": "123"}}, "quantity": 2, "basePricePerItem": 100,
             "status": {"ids": {"externalId": "New"}}},
            {"lineId": "2", "product": {"ids": {"website": "124"}}, "quantity": 1, "basePricePerItem": 50, "status": "New"},
        ],
        "payments": [{"type": "card", "amount": 250}], "deliveryCost": 0, "totalPrice": 240.5, "customFields": {},
    },
}  # fmt: skip


class Mindbox(TestCase):
    def setUp(self) -> None:
        self.site = make_site(operations={"Site.SeeCar": "product_view"})
        self.page, self.server = Visitor(self.site), server_of(self.site)

    def event(self) -> WebsiteEvent:
        return WebsiteEvent.objects.latest("id")

    def test_views(self) -> None:
        viewed = {"viewProduct": {"product": {"ids": {"website": "123"}}, "price": 99}}
        for name in ("Website.ViewProduct", "site.seecar"):
            self.assertEqual(self.page.operate(name, viewed), {"http": 200, "status": "Success"})
            event = self.event()
            self.assertEqual((event.kind, event.product, event.amount), ("product_view", "123", 99))
            self.assertEqual(event.device, DEVICE)
        self.page.operate(
            "Website.ViewCategory", {"viewProductCategory": {"productCategory": {"ids": {"website": "suv"}}}}
        )
        self.assertEqual((self.event().kind, self.event().category), ("category_view", "suv"))

    def test_a_list_replaces_the_cart_and_an_empty_one_clears_it(self) -> None:
        lines = [{"product": {"ids": {"website": "1"}}, "count": 2, "pricePerItem": 100},
                 {"product": {"ids": {"website": "2"}}, "count": 4, "priceOfLine": 50},
                 {"product": {"ids": {"website": "3"}}, "count": 1, "price": 7}]  # fmt: skip
        self.page.operate("Website.SetCart", {"productList": lines})
        self.assertEqual((self.event().kind, self.event().amount), ("cart", Decimal("257")))
        self.page.operate("Website.ClearCart", {"productList": []})
        self.assertEqual((self.event().amount, self.event().details), (0, {"cart": []}))

    def test_an_order_of_the_server_names_its_person_and_is_kept_once(self) -> None:
        anna = make_customer()
        make_contact(anna, PHONE)
        for status in ("Success", "TransactionAlreadyProcessed"):
            told = self.server.operate("Website.CreateAuthorizedOrder", ORDER)
            self.assertEqual(told["status"], status)
        event = WebsiteEvent.objects.get()
        self.assertEqual((event.kind, event.amount, event.customer_id), ("order", Decimal("240.50"), anna.pk))
        self.assertEqual((event.details["order"], len(event.details["cart"])), ("A-1", 2))

    def test_an_order_without_a_device_is_its_persons(self) -> None:
        make_contact(make_customer(), PHONE)
        self.assertEqual(self.server.operate("Website.CreateOrder", ORDER, deviceUUID="")["status"], "Success")
        self.assertIsNotNone(WebsiteEvent.objects.get().customer_id)

    def test_a_transaction_is_taken_once(self) -> None:
        viewed = {"viewProduct": {"product": {"ids": {"website": "123"}}}}
        for status in ("Success", "TransactionAlreadyProcessed"):
            self.assertEqual(self.page.operate("Website.ViewProduct", viewed, transactionId="t-1")["status"], status)

    def test_the_time_of_the_operation_is_utc(self) -> None:
        told = {"executionDateTimeUtc": "2001-01-01 00:00:00", "viewProduct": {"product": {"ids": {"website": "1"}}}}
        self.assertEqual(
            self.page.operate("Website.ViewProduct", told)["validationMessages"][0]["location"], "/happened_at"
        )

    def test_what_is_wrong_is_told_as_mindbox_does(self) -> None:
        for operation, body, location in (
            ("Website.Nonsense", {}, "/operation"),
            ("Website.ViewProduct", {"viewProduct": 5}, "/viewProduct"),
            ("Website.SetCart", {"productList": 5}, "/cart"),
            ("Website.SetCart", {"productList": [{"product": {}, "count": -1}]}, "/cart/0/count"),
            ("Website.AuthorizeCustomer", {"customer": {"email": "nonsense"}}, "/customer/email"),
        ):
            told = self.server.operate(operation, body)
            self.assertEqual((told["http"], told["status"]), (200, "ValidationError"), told)
            self.assertEqual(told["validationMessages"][0]["location"], location)

    def test_strangers_are_told_by_the_status(self) -> None:
        told = Visitor(self.site, origin="https://other.example").operate("Website.ViewProduct", {})
        self.assertEqual((told["http"], told["status"], told["httpStatusCode"]), (403, "ProtocolError", 403))
        self.assertEqual(self.page.operate("Website.ViewProduct", [])["http"], 400)

    def test_both_headers_of_a_secret_and_the_question_of_a_browser(self) -> None:
        secret = self.server.headers["Authorization"].removeprefix("Bearer ")
        address = "/events/mindbox/v3/operations/sync?operation=Website.ViewProduct&deviceUUID=" + DEVICE
        for header in (f"SecretKey {secret}", f'Mindbox secretKey="{secret}"'):
            answer = Client().post(address, "{}", content_type="application/json", headers={"Authorization": header})
            self.assertEqual(answer.json(), {"status": "Success"})
        asked = Client().options(f"{address}&endpointId={self.site.public_key}", headers={"Origin": ORIGIN})
        self.assertEqual((asked.status_code, asked["Access-Control-Allow-Origin"]), (204, ORIGIN))
