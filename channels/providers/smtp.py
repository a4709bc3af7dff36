"""E-mail through a mail server (SMTP): one kept connection, pipelined where the server can.

`smtplib` connects, encrypts and logs in; `smtp_wire` speaks from there on, because `before` has to run between the
server's 354 and the first byte of the body, and because the next envelope leaves together with that body.
"""

import re
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels import verp
from channels.mailbox import OPTIONS as MAILBOX_OPTIONS
from channels.mailbox import Mailbox
from channels.models import Account
from channels.providers.base import (
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    After,
    Before,
    Option,
    Provider,
    ProviderError,
    Result,
)
from channels.providers.smtp_replies import readable, result_of, why
from channels.providers.smtp_wire import Envelope, Lost, Wire, dot_stuffed, envelope
from channels.sealing import unseal_named
from channels.signing import Signer

ADDRESS = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+")  # room is left for "+" and a token
PORTS = (1, 65535)
SECURITY = (
    ("starttls", gettext_lazy("STARTTLS, usually port 587")),
    ("tls", gettext_lazy("TLS from the start, usually port 465")),
    ("none", gettext_lazy("none, for a server on this machine")),
)


@dataclass(slots=True)
class Letter:
    """A message on its way. No envelope: its address cannot go onto the wire. `made` is asked for the body, signed and
    dot-stuffed, as soon as there is time for that: while the server takes the letter ahead."""

    id: int
    envelope: Envelope | None
    raw: bytes
    signer: Signer | None
    _made: bytes | None = None

    def made(self) -> bytes:
        if self._made is None:
            self._made = dot_stuffed(self.signer.signed(self.raw) if self.signer else self.raw)
        return self._made


class SmtpProvider(Provider):
    """A mail server named by `host` and `port`; `security` is none, starttls or tls, `timeout` is in seconds.

    `return_path` (bounce@mail.example.ru) is the address that bounces come back to, with a token of the message behind
    a "+" (`channels.verp`); it goes before `Addressed.sender`. With `dkim_selector` and `dkim_domain` letters are
    signed here.
    """

    # One body on the wire, and behind it the envelope of the next message.
    width = 2
    carries_files = True
    options: ClassVar[dict[str, object]] = {
        "host": Option("", gettext_lazy("Server"), required=True),
        "port": Option(587, gettext_lazy("Port")),
        "security": Option("starttls", gettext_lazy("Encryption"), choices=SECURITY),
        "username": Option("", gettext_lazy("User name")),
        "timeout": Option(30, gettext_lazy("Seconds to wait for an answer")),
        "return_path": Option(
            "",
            gettext_lazy("Address for bounces"),
            gettext_lazy("bounce@mail.example.ru; its mailbox must also take bounce+anything@mail.example.ru."),
        ),
        "dkim_domain": Option("", gettext_lazy("DKIM domain"), gettext_lazy("Only where the server does not sign.")),
        "dkim_selector": Option("", gettext_lazy("DKIM selector")),
        **MAILBOX_OPTIONS,
    }
    bounds: ClassVar[dict[str, tuple[float, float]]] = {"port": PORTS, "timeout": (0.1, 600), "imap_port": PORTS}
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "password": gettext_lazy("Password of the mail server"),
        "dkim_key": Option(label=gettext_lazy("DKIM private key (PEM)"), is_long=True),
        "imap_password": gettext_lazy("Mailbox: password"),
    }

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._wire: Wire | None = None
        self._signer: Signer | None = None
        self._return_path = str(self.option("return_path"))

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if options.get("return_path") and not ADDRESS.fullmatch(str(options["return_path"])):
            found["return_path"] = _("Give an address such as bounce@mail.example.ru.")
        for name, other in (("dkim_domain", "dkim_selector"), ("dkim_selector", "dkim_domain")):
            if options.get(other) and not options.get(name):
                found[name] = _("A signature needs both the domain and the selector.")
        return found

    def address(self) -> tuple[str, int]:
        """Host and port of the server."""
        return str(self.option("host")), int(str(self.option("port")))

    def open(self) -> None:
        host, port = self.address()
        self._signer = self._signer or self._new_signer()
        try:
            smtp = self._log_in(host, port)
        except (smtplib.SMTPAuthenticationError, UnicodeEncodeError) as error:  # no log-in goes beyond ASCII
            sentence = _("The mail server %(host)s did not accept the user name and password: check the account.")
            raise ProviderError(sentence % {"host": host}, permanent=True) from error
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            sentence = _("The mail server %(host)s:%(port)s does not answer: %(why)s")
            raise ProviderError(sentence % {"host": host, "port": port, "why": why(error)}, permanent=False) from error
        if smtp.sock is None:
            raise ProviderError(_("The connection to the mail server is closed."), permanent=False)
        self._wire = Wire(smtp.sock, pipelines=smtp.has_extn("pipelining"))

    def _log_in(self, host: str, port: int) -> smtplib.SMTP:
        timeout = float(str(self.option("timeout")))
        security = self.option("security")
        if security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
        else:
            smtp = smtplib.SMTP(host, port, timeout=timeout)
            if security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if self.option("username"):
            smtp.login(str(self.option("username")), self._secret("password"))
        return smtp

    def mailbox(self) -> Mailbox | None:
        """Where this account's bounces and answers come to; None where it has no mailbox for them."""
        if not self.option("imap_host"):
            return None
        return Mailbox(
            host=str(self.option("imap_host")),
            port=int(str(self.option("imap_port"))),
            security=str(self.option("imap_security")),
            username=str(self.option("imap_username")),
            password=self._secret("imap_password"),
            folder=str(self.option("imap_folder")) or "INBOX",
            timeout=float(str(self.option("timeout"))),
        )

    def _secret(self, name: str) -> str:
        return unseal_named(self.account.secret, first="password").get(name, "")

    def _new_signer(self) -> Signer | None:
        selector, domain = str(self.option("dkim_selector")), str(self.option("dkim_domain"))
        if not selector and not domain:
            return None
        try:
            return Signer(selector=selector, domain=domain, key=self._secret("dkim_key"))
        except ValueError as error:
            sentence = _("Letters cannot be signed: DKIM needs a selector, a domain and an RSA key in PEM.")
            raise ProviderError(sentence, permanent=True) from error

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None and wire.is_open:
            wire.quit()

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        try:
            self._send_all(messages, before, after)
        except BaseException:
            self._drop()  # a server that waits for a body is kept from one by nothing else
            raise

    def _send_all(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        """A message is fetched before the body of the one ahead of it leaves only where its envelope may go with it."""
        self._connected()  # before the first letter is made: it is signed with what `open` has read
        coming = map(self._letter, messages)
        letter = next(coming, None)
        while letter is not None:
            following = None
            result = self._offered(letter)
            if result is None:
                wire = self._connected()
                following = next(coming, None) if wire.pipelines else None
                letter.made()
                before(letter.id)
                result = self._body(letter, following)
            after(letter.id, result)
            letter = following or next(coming, None)

    def _letter(self, message: Addressed) -> Letter:
        sender = message.sender or self.account.sender_address
        if self._return_path:
            sender = verp.address(self._return_path, message.body)
        try:
            path = envelope(sender, message.to)
        except ValueError:
            path = None
        return Letter(message.id, path, message.body, self._signer)

    def _offered(self, letter: Letter) -> Result | None:
        """None once the server waits for the body. Nothing of the message has left yet, so that a connection that died
        of age is no answer: the envelope goes over a new one, once."""
        if letter.envelope is None:
            sentence = _("The address holds characters that no mail server takes.")
            return Result(REJECTED, code="address", reply=sentence, permanent=True, action=Action.MARK_CONTACT)
        while True:
            wire = self._connected()
            is_new = not wire.used
            try:
                refusal = wire.offer(letter.envelope)
            except Lost as error:
                self._drop()
                if is_new:
                    return Result(DEFERRED, code="connection", reply=readable(str(error).encode()))
                continue
            return None if refusal is None else self._refused(result_of(*refusal))

    def _refused(self, result: Result) -> Result:
        """Of an envelope. A server that wants a log-in refuses everybody: the account stops, and nobody is refused."""
        if result.action is Action.STOP_ACCOUNT:
            sentence = _("The mail server does not let this account send: %(reply)s")
            raise ProviderError(sentence % {"reply": result.reply}, permanent=True)
        return result

    def _body(self, letter: Letter, following: Letter | None) -> Result:
        wire = self._connected()
        try:
            wire.start(letter.made(), following.envelope if following else None)
            if following is not None:
                following.made()
            reply = wire.answer()
        except Lost as error:
            self._drop()
            return Result(UNKNOWN, code="no_answer", reply=readable(str(error).encode()))
        return result_of(*reply)

    def _connected(self) -> Wire:
        if self._wire is None or not self._wire.is_open:
            self.open()
        assert self._wire is not None
        return self._wire

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def check(self) -> str:
        with self:
            code = self._connected().ask(b"NOOP\r\n").code
        host, port = self.address()
        said = _("The mail server %(host)s:%(port)s answers (%(code)s).") % {"host": host, "port": port, "code": code}
        return " ".join([said, *self._check_of_mailbox()])

    def _check_of_mailbox(self) -> list[str]:
        """Whether bounces and answers can be read: nobody would miss them."""
        mailbox = self.mailbox()
        if mailbox is None:
            return []
        with mailbox:
            count = len(mailbox.unseen())
        return [_("The mailbox opens; letters not read yet: %(count)d.") % {"count": count}]
