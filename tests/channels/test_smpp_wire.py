"""A session against a message centre in another process: bind, link, goodbye, TLS."""

import ipaddress
import os
import ssl
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import SimpleTestCase
from smpplib import consts

from channels.providers.smpp_pdu import Answer, delivery_of, described, text_of, tlvs_of
from channels.providers.smpp_wire import HEADER, Address, Refused, Session
from tests.channels.test_smpp import SmppTestCase
from tests.peers.process import peer

SUBMIT = {"source_addr": "Krug", "destination_addr": "79990000001", "short_message": b"x"}


def certificate() -> bytes:
    """Of 127.0.0.1, signed by itself; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "centre")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, *form) + built.sign(key, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    )


class SessionTestCase(SmppTestCase):
    def session(self, port: int = 0, **fields: object) -> Session:
        session = Session(Address("127.0.0.1", port or self.port, **{"timeout": 20.0, **fields}))
        self.addCleanup(session.close)
        return session

    def wait_for(self, event: str, times: int) -> None:
        ends = time.monotonic() + 60
        while len(self.events(event)) < times and time.monotonic() < ends:
            time.sleep(0.05)
        self.assertGreaterEqual(len(self.events(event)), times)

    def bound(self, **fields: object) -> Session:
        session = self.session(**fields)
        session.open("transceiver", system_id="krug", password="secret")
        return session


class SessionTest(SessionTestCase):
    flags = ("--enquire",)

    def test_answers_come_by_the_number_of_the_submit(self) -> None:
        session = self.bound()
        numbers = [session.submit(**SUBMIT) for _ in range(3)]
        answers = [session.heard.get(timeout=60) for _ in numbers]
        self.assertEqual([answer.sequence for answer in answers], numbers)
        self.assertTrue(all(isinstance(answer, Answer) and answer.message_id for answer in answers))

    def test_the_centre_may_try_the_link(self) -> None:
        self.bound()
        self.wait_for("answered", 1)
        self.assertEqual(self.events("answered"), [77])

    def test_a_silent_link_is_tried_and_kept(self) -> None:
        session = self.bound(keep_alive=0.2)
        self.wait_for("enquired", 2)
        self.assertFalse(session.is_lost)

    def test_goodbye_leaves_no_thread(self) -> None:
        before = threading.active_count()
        session = self.bound()
        session.close()
        session.close()
        self.assertEqual(threading.active_count(), before)
        self.assertTrue(session.is_lost)

    def test_a_wrong_password_and_nobody_there(self) -> None:
        before = threading.active_count()
        with self.assertRaises(Refused) as refused:
            self.session().open("transceiver", system_id="krug", password="wrong")
        self.assertEqual(refused.exception.status, consts.SMPP_ESME_RINVPASWD)
        with self.assertRaises(OSError):
            self.session(port=1).open("transceiver", system_id="krug", password="x")
        self.assertEqual(threading.active_count(), before)

    def test_the_password_is_in_no_log(self) -> None:
        with self.assertNoLogs("smpplib", "DEBUG"):
            self.bound()


class DeafTest(SessionTestCase):
    flags = ("--deaf",)

    def test_a_link_that_stays_silent_is_given_up(self) -> None:
        session = self.bound(keep_alive=0.2, timeout=0.3)
        self.assertIsNone(session.heard.get(timeout=60))
        self.assertTrue(session.is_lost)


class UnbindTest(SessionTestCase):
    flags = ("--hangs-up", "0.1")

    def test_a_centre_that_takes_leave_is_answered(self) -> None:
        session = self.bound()
        self.assertIsNone(session.heard.get(timeout=60))
        with self.assertRaises(Empty):
            session.heard.get(timeout=0.1)
        self.assertEqual(self.events("answered"), [78])


class TlsTest(SimpleTestCase):
    def test_a_certificate_is_checked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "centre.pem"
            file.write_bytes(certificate())
            with peer("smpp_server", "-", "--tls", str(file)) as port:
                stranger = Session(Address("127.0.0.1", port, tls=True, timeout=20))
                with self.assertRaises(ssl.SSLError):
                    stranger.open("transmitter", system_id="krug", password="secret")
                with patch.dict(os.environ, SSL_CERT_FILE=str(file)):
                    session = Session(Address("127.0.0.1", port, tls=True, timeout=20))
                    session.open("transmitter", system_id="krug", password="secret")
                sequence = session.submit(**SUBMIT)
                self.assertEqual(session.heard.get(timeout=60), Answer(sequence, 0, "m-1"))
                session.close()


class PduTest(SimpleTestCase):
    def test_a_delivery_that_breaks_off_is_none(self) -> None:
        whole = b"\0\x01\x01" + b"7999\0\x01\x01Krug\0" + bytes([4, 0, 0, 0, 0, 0, 0, 0, 0, 3]) + b"abc"
        self.assertEqual(delivery_of(HEADER.pack(16 + len(whole), 5, 0, 7) + whole).body, b"abc")
        for length in range(len(whole)):
            with self.subTest(length), self.assertRaises(ValueError):
                delivery_of(HEADER.pack(16 + length, 5, 0, 7) + whole[:length])

    def test_optional_parameters_that_nobody_knows(self) -> None:
        known = b"\x04\x27\x00\x01\x02"
        strange = b"\x14\x00\x00\x02\xff\xff"
        self.assertEqual(tlvs_of(strange + known), {0x1400: b"\xff\xff", 0x0427: b"\x02"})
        self.assertEqual(tlvs_of(known + strange[:-1]), {0x0427: b"\x02"})
        self.assertEqual(tlvs_of(b"\x04"), {})

    def test_a_long_text_may_come_as_a_parameter(self) -> None:
        body = b"\0\x01\x01" + b"7999\0\x01\x01Krug\0" + bytes(10) + b"\x04\x24\x01\x2c" + b"y" * 300
        self.assertEqual(delivery_of(HEADER.pack(16 + len(body), 5, 0, 7) + body).body, b"y" * 300)

    def test_words(self) -> None:
        self.assertEqual(text_of(b"abc\0def"), "abc")
        self.assertEqual(text_of(b"abc"), "abc")
        self.assertEqual(described(0x0B), "0x0B Invalid Destination Address")
        self.assertEqual(described(0x0401), "0x401")
