"""Signature Version 4 against the vectors of Amazon's own test suite."""

from datetime import UTC, datetime

from django.test import SimpleTestCase

from channels.providers.aws_signing import Signer
from channels.providers.http_wire import Call

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SIGNER = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
HOST = "https://example.amazonaws.com/"


class SigningTest(SimpleTestCase):
    def test_the_published_vectors(self) -> None:
        vectors = {
            ("GET", HOST): "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ("POST", HOST): "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ("GET", HOST + "?Param2=value2&Param1=value1"): (
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
        }
        scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date"
        for (method, url), signature in vectors.items():
            with self.subTest(method=method, url=url):
                told = SIGNER.sign(Call(method, url), AT).headers
                self.assertEqual(told["X-Amz-Date"], "20150830T123600Z")
                self.assertEqual(told["Authorization"], f"AWS4-HMAC-SHA256 {scope}, Signature={signature}")

    def test_body_headers_and_host_are_signed(self) -> None:
        calls = [
            Call("POST", HOST, {"Content-Type": "application/json"}, b"{}"),
            Call("POST", HOST, {"Content-Type": "application/json"}, b"{ }"),
            Call("POST", HOST, {"Content-Type": "text/plain"}, b"{}"),
            Call("POST", "https://other.amazonaws.com/", {"Content-Type": "application/json"}, b"{}"),
        ]
        signatures = {SIGNER.sign(call, AT).headers["Authorization"] for call in calls}
        self.assertEqual(len(signatures), 4)
        self.assertIn("SignedHeaders=content-type;host;x-amz-date", signatures.pop())
