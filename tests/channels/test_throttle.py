"""Limits of the public pages, and whose uses are counted."""

from uuid import uuid4

from django.test import RequestFactory, SimpleTestCase, override_settings
from limits import RateLimitItemPerMinute

from channels import throttle


class ThrottleTest(SimpleTestCase):
    def test_so_often_and_each_by_itself(self) -> None:
        limit, someone = RateLimitItemPerMinute(2, namespace=f"test-{uuid4()}"), str(uuid4())
        self.assertEqual([throttle.allowed(limit, someone) for _each in range(3)], [True, True, False])
        self.assertTrue(throttle.allowed(limit, "somebody else"))

    def test_the_visitor(self) -> None:
        request = RequestFactory().get(
            "/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.9"}
        )
        self.assertEqual(throttle.address(request), "203.0.113.7")
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
            self.assertEqual(throttle.address(request), "198.51.100.9")
        self.assertIsNone(throttle.address(RequestFactory().get("/", REMOTE_ADDR="")))
