"""The SMTP provider over TLS, with a log-in: against aiosmtpd under a certificate made here."""

import asyncio
import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path
from unittest import mock

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, UNKNOWN, Addressed, ProviderError, Result
from channels.providers.smtp import SmtpProvider
from channels.sealing import seal
from crmsite.embedded.ports import free_port
from tests.channels.test_smtp import BODY


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context for 127.0.0.1; the certificate is `cert.pem` in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, today, today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


class Handler:
    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(bytes(envelope.content or b""))
        if envelope.rcpt_tos == ["hang@x.test"]:
            await asyncio.sleep(20)
        return "250 ok"


def authenticated(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"hunter-2", handled=False)


class TlsTest(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.context = certificate(Path(folder.name))
        trusted = mock.patch.dict("os.environ", SSL_CERT_FILE=f"{folder.name}/cert.pem")
        trusted.start()
        self.addCleanup(trusted.stop)
        self.handler = Handler()

    def serve(self, security: str) -> SmtpProvider:
        rules = {"authenticator": authenticated, "auth_required": True}
        encryption = {"ssl_context": self.context} if security == "tls" else {"tls_context": self.context}
        rules |= {"auth_require_tls": security != "tls", "require_starttls": security != "tls"}
        server = Controller(self.handler, hostname="127.0.0.1", port=free_port(), **encryption, **rules)
        server.start()
        self.addCleanup(server.stop)
        options = {"host": "127.0.0.1", "port": server.port, "security": security, "username": "krug", "timeout": 2}
        return SmtpProvider(Account(sender_address="news@krug.test", options=options, secret=seal("hunter-2")))

    def send(self, provider: SmtpProvider, *addresses: str) -> list[str]:
        results: dict[int, Result] = {}
        with provider:
            messages = [Addressed(number, address, BODY) for number, address in enumerate(addresses)]
            provider.send(messages, lambda number: None, results.__setitem__)
        return [results[number].kind for number in range(len(addresses))]

    def test_letters_go_by_either_way(self) -> None:
        for security in ("tls", "starttls"):
            self.assertEqual(self.send(self.serve(security), "a@x.test", "b@x.test"), [ACCEPTED] * 2, security)
        self.assertEqual([letter.strip() for letter in self.handler.letters], [BODY] * 4)

    def test_a_server_that_is_silent_is_waited_for_no_longer_than_told(self) -> None:
        self.assertEqual(
            self.send(self.serve("tls"), "a@x.test", "hang@x.test", "b@x.test"), [ACCEPTED, UNKNOWN, ACCEPTED]
        )

    def test_a_wrong_password_needs_a_person(self) -> None:
        provider = self.serve("starttls")
        for password in ("wrong", "гщыйы"):  # typed with the keyboard in Russian
            provider.account.secret = seal(password)
            with self.assertRaises(ProviderError) as caught:
                provider.open()
            self.assertTrue(caught.exception.permanent)
            self.assertNotIn(password, str(caught.exception))

    def test_a_certificate_that_nobody_vouches_for_is_refused(self) -> None:
        for security in ("tls", "starttls"):
            provider = self.serve(security)
            with mock.patch.dict("os.environ", SSL_CERT_FILE="/dev/null"), self.assertRaises(ProviderError):
                provider.open()
        self.assertEqual(self.handler.letters, [])
