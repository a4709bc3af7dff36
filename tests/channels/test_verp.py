"""Return addresses that carry a token."""

from unittest import TestCase

from channels import verp


class VerpTest(TestCase):
    def test_there_and_back(self) -> None:
        letter = b"From: a@x.test\r\nmessage-id:\r\n <krug.7.AbC_-9@krug.test>\r\nTo: b@x.test\r\n\r\ntext"
        address = verp.address("bounce@mail.krug.test", letter)
        self.assertEqual(address, "bounce+krug.7.AbC_-9@mail.krug.test")
        self.assertEqual(verp.token(address), "krug.7.AbC_-9")

    def test_a_letter_without_one_comes_back_to_the_bare_address(self) -> None:
        inside = b"From: a@x.test\r\n\r\nMessage-ID: <krug.7.x@krug.test>\r\n"
        for letter in (
            b"",
            inside,
            b"Message-ID: <a b@x.test>\r\n\r\n",
            b"Message-ID: <" + b"a" * 57 + b"@x.test>\r\n\r\n",
        ):
            self.assertEqual(verp.address("bounce@mail.krug.test", letter), "bounce@mail.krug.test", letter)
        self.assertEqual((verp.token("bounce@mail.krug.test"), verp.token("nobody")), ("", ""))
