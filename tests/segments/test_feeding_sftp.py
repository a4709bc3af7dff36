"""SFTP against a real server in its own process: keys, passwords, what is taken and put away."""

import os
from typing import Any

import asyncssh
from django.test import SimpleTestCase

from segments.feeding.errors import FeedError
from segments.feeding.sealing import seal
from segments.feeding.transports import transport_class, transport_for
from segments.feeding.transports.sftp import fingerprint_of, place_of
from segments.models import Card
from tests.peers.process import peer
from tests.segments.feeding_room import FeedTestCase, cards, visits


class Addresses(SimpleTestCase):
    def test_parts(self) -> None:
        self.assertEqual(place_of("sftp://1c.example/out/крм"), ("1c.example", 22, "/out/крм"))
        self.assertEqual(place_of("sftp://1c.example:2222"), ("1c.example", 2222, "/"))

    def test_what_is_no_address(self) -> None:
        for address in ("", "ssh://h/", "sftp://", "sftp://u:p@h/", "sftp://h:port/", "/var/feeds"):
            with self.subTest(address), self.assertRaises(FeedError):
                place_of(address)
            self.assertIn("address", transport_class("sftp").mistakes(address, {"cards": "*.csv"}))


class SftpTestCase(FeedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.keys = self.media.parent / "keys"
        self.keys.mkdir()
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        authorized = self.keys / "authorized"
        self.client_key.write_public_key(authorized)
        self.home = self.media.parent / "home"
        self.inbox = self.home / "out"
        self.inbox.mkdir(parents=True)
        port = self.serve("host", str(authorized))
        self.feed = self.make_feed(
            name="1С по SFTP", transport="sftp", address=f"sftp://127.0.0.1:{port}/out", login="krug",
            secret=seal("пароль"),
        )  # fmt: skip

    def serve(self, key: str, *authorized: str) -> int:
        return self.enterContext(
            peer("sftp_server", str(self.home), str(self.keys / key), "krug", "пароль", *authorized)
        )

    def pin(self, **fields: Any) -> None:
        fields.setdefault("host_key", transport_for(self.feed).identity().key)
        for name, value in fields.items():
            setattr(self.feed, name, value)
        self.feed.save()


class Taking(SftpTestCase):
    def test_a_delivery_comes_in_and_is_put_away(self) -> None:
        self.pin(moves_taken=True)
        self.put("counterparties.csv", cards(3))
        self.put("documents.csv", visits(2))
        self.put("counterparties.csv.part", "…")
        (self.inbox / "link.csv").symlink_to("/etc/hostname")
        batch = self.deliver()
        self.assertEqual((batch.state, Card.objects.count()), ("done", 3), batch.error)
        self.assertEqual(self.look().outcome, "nothing")
        self.assertEqual(sorted(os.listdir(self.inbox)), ["counterparties.csv.part", "done", "link.csv"])
        self.assertEqual(len(os.listdir(self.inbox / "done")), 2)

    def test_by_a_private_key(self) -> None:
        self.pin(secret=seal(self.client_key.export_private_key().decode()))
        self.put("counterparties.csv", cards(3))
        with transport_for(self.feed) as transport:
            self.assertEqual([found.name for found in transport.listed()], ["counterparties.csv"])

    def test_check_lists_the_folder(self) -> None:
        self.pin()
        self.put("counterparties.csv", cards(3))
        with transport_for(self.feed) as transport:
            self.assertEqual(len(transport.check()), 1)


class HostKeys(SftpTestCase):
    def test_no_password_goes_to_a_machine_that_nobody_confirmed(self) -> None:
        self.assertEqual(self.look().outcome, "failed")
        self.assertEqual(self.standing(), "failed")

    def test_the_key_is_shown_for_comparison(self) -> None:
        key, fingerprint = transport_for(self.feed).identity()
        expected = asyncssh.read_private_key(self.keys / "host")
        self.assertEqual(fingerprint, expected.get_fingerprint())
        self.assertEqual((fingerprint_of(key), fingerprint_of("")), (fingerprint, ""))

    def test_another_key_is_refused(self) -> None:
        self.pin()
        port = self.serve("impostor")
        self.pin(address=f"sftp://127.0.0.1:{port}/out", host_key=self.feed.host_key)
        seen = self.look()
        self.assertEqual(seen.outcome, "failed")
        self.assertIn("127.0.0.1", seen.detail)
        self.pin()
        self.assertEqual(self.look().outcome, "nothing")

    def test_a_pinned_key_that_is_damaged(self) -> None:
        self.pin(host_key="ssh-ed25519 AAAA")
        self.assertEqual(self.look().outcome, "failed")


class Failing(SftpTestCase):
    def failure(self, **fields: Any) -> str:
        self.pin(**fields)
        return super().failure()

    def test_a_wrong_password_or_key(self) -> None:
        self.failure(secret=seal("другой"))
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        self.failure(secret=seal(stranger))
        self.failure(secret=seal("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"))

    def test_a_folder_that_is_not_there(self) -> None:
        self.assertIn("/нет", self.failure(address=self.feed.address.replace("/out", "/нет")))

    def test_nobody_listens(self) -> None:
        self.failure(address="sftp://127.0.0.1:9/out", host_key=transport_for(self.feed).identity().key)
        with self.assertRaises(FeedError):
            transport_for(self.feed).identity()

    def test_a_file_that_may_not_be_put_away(self) -> None:
        self.pin(moves_taken=True)
        (self.inbox / "done").write_text("a file where the folder should be")
        self.put("counterparties.csv", cards(2))
        self.assertEqual(self.deliver().state, "done")
        seen = self.look()
        self.assertEqual((seen.outcome, self.standing()), ("failed", "failed"))
        (self.inbox / "done").unlink()
        self.assertEqual((self.look().outcome, self.standing()), ("nothing", ""))

    def test_loopback_is_closed_unless_the_setting_opens_it(self) -> None:
        self.pin()
        with self.settings(FEED_ALLOW_LOOPBACK=False):
            self.assertEqual(self.look().outcome, "failed")
            with self.assertRaises(FeedError):
                transport_for(self.feed).identity()

    def test_the_secret_is_sealed(self) -> None:
        self.assertNotIn("пароль", self.feed.secret)
        with self.settings(SECRET_KEY="другой"):
            self.pin(host_key="ssh-ed25519 AAAA")
            self.assertIn("SECRET_KEY", self.look().detail)
