"""SMTP (RFC 5321), one kept connection, one message at a time.

`smtplib` speaks the protocol; the DATA step is spelled out here because `before` has to run between the
server's 354 and the first byte of the body.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterable
from typing import ClassVar

from django.utils.translation import gettext as _

from channels.models import Account
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Addressed,
    After,
    Before,
    Provider,
    ProviderError,
    Result,
)
from channels.sealing import unseal

REPLY_LENGTH = 300


class SmtpProvider(Provider):
    """A mail server named by host and port; `security` is none, starttls or tls."""

    width = 1
    options: ClassVar[dict[str, object]] = {
        "host": "",
        "port": 587,
        "security": "starttls",
        "username": "",
        "timeout": 30,
    }

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._smtp: smtplib.SMTP | None = None

    def address(self) -> tuple[str, int]:
        """Host and port of the server."""
        return str(self.option("host")), int(str(self.option("port")))

    def open(self) -> None:
        host, port = self.address()
        try:
            self._smtp = self._connect(host, port)
        except smtplib.SMTPAuthenticationError as error:
            sentence = _("The mail server %(host)s did not accept the user name and password: check the account.")
            raise ProviderError(sentence % {"host": host}, permanent=True) from error
        except (OSError, smtplib.SMTPException) as error:
            sentence = _("The mail server %(host)s:%(port)s does not answer: %(why)s")
            raise ProviderError(sentence % {"host": host, "port": port, "why": why(error)}, permanent=False) from error

    def _connect(self, host: str, port: int) -> smtplib.SMTP:
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
            smtp.login(str(self.option("username")), unseal(self.account.secret))
        return smtp

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        for message in messages:
            after(message.id, self._send_one(message, before))

    def _send_one(self, message: Addressed, before: Before) -> Result:
        if self._smtp is None:
            self.open()
        refusal = self._envelope(message)
        if refusal is not None:
            return refusal
        try:
            before(message.id)
        except BaseException:
            self._drop()  # the server waits for a body: only closing the connection keeps it from one
            raise
        return self._body(message.body)

    def _envelope(self, message: Addressed) -> Result | None:
        """MAIL, RCPT and DATA; None once the server waits for the body. Nothing of the message has left yet."""
        smtp = self._connected()
        sender = message.sender or self.account.sender_address
        try:
            for step in (lambda: smtp.mail(sender), lambda: smtp.rcpt(message.to), lambda: smtp.docmd("DATA")):
                code, reply = step()
                if code not in (250, 251, 354):
                    self._reset(code)
                    return result_of(code, reply)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result(DEFERRED, code="connection", reply=str(error)[:REPLY_LENGTH])
        except ValueError as error:  # an address that smtplib cannot put on the wire
            self._reset(0)
            return Result(REJECTED, code="address", reply=str(error)[:REPLY_LENGTH], permanent=True)
        return None

    def _body(self, body: bytes) -> Result:
        smtp = self._connected()
        try:
            smtp.send(dot_stuffed(body) + b".\r\n")
            code, reply = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result(UNKNOWN, code="no_answer", reply=str(error)[:REPLY_LENGTH])
        return result_of(code, reply)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise ProviderError(_("The connection to the mail server is closed."), permanent=False)
        return self._smtp

    def _reset(self, code: int) -> None:
        """Make the connection ready for the next envelope; 421 means that the server is closing it."""
        try:
            if code == 421 or self._connected().rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def check(self) -> str:
        with self:
            code, _reply = self._connected().noop()
        host, port = self.address()
        return _("The mail server %(host)s:%(port)s answers (%(code)s).") % {"host": host, "port": port, "code": code}


def dot_stuffed(body: bytes) -> bytes:
    """RFC 5321 4.5.2: a leading dot is doubled; the body ends with CRLF."""
    if body.startswith(b"."):
        body = b"." + body
    body = body.replace(b"\r\n.", b"\r\n..")
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def result_of(code: int, reply: bytes) -> Result:
    """RFC 5321 4.2.1: 2yz done, 4yz try again later, 5yz refused. Anything else tells nothing: deferred."""
    text = reply.decode("utf-8", "replace").replace("\x00", "")[:REPLY_LENGTH]
    if 200 <= code < 300:
        return Result(ACCEPTED, code=str(code), reply=text)
    if 500 <= code < 600:
        return Result(REJECTED, code=str(code), reply=text, permanent=True)
    return Result(DEFERRED, code=str(code), reply=text)


def why(error: OSError | smtplib.SMTPException) -> str:
    """What went wrong, in the reader's language where it is one of the usual faults."""
    usual = (
        (ConnectionRefusedError, _("nobody listens at that port")),
        (socket.gaierror, _("there is no such host")),
        (TimeoutError, _("no answer in time")),
        (ssl.SSLError, _("the encrypted connection failed: check the kind of security")),
        (smtplib.SMTPServerDisconnected, _("the server closed the connection")),
    )
    return next((words for kind, words in usual if isinstance(error, kind)), str(error))
