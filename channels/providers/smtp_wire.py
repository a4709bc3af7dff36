"""One SMTP conversation (RFC 5321) from the end of the log-in on: envelopes, bodies and their answers.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave together, and the envelope of the next
message leaves in one write with the body of this one: a message costs one round trip instead of four. Everywhere
else each command waits for its answer.
"""

import re
import socket
import ssl
import struct
from functools import lru_cache
from typing import NamedTuple, NoReturn

from django.utils.translation import gettext as _

from channels.providers.smtp_replies import why

DATA = b"DATA\r\n"
END = b".\r\n"
CLOSING = 421  # RFC 5321 3.8: the server says this at any command, and hangs up
LONGEST_LINE = 8192  # of an answer; RFC 5321 4.5.3.1.5 allows 512
LONGEST_ANSWER = 8 * LONGEST_LINE  # of all its lines

_LOCAL = re.compile(r"[!-;=?-~]+")  # printable ASCII without the brackets that close a path
_DOT = re.compile(rb"\n\.")
_LINE_WITH_DOT = re.compile(rb"\r?\n\.")
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


class Lost(Exception):
    """The connection is gone, or what it brought cannot be read."""


class Reply(NamedTuple):
    """An answer of the server: its code, and its lines joined by blanks."""

    code: int
    text: bytes


class Envelope(NamedTuple):
    """MAIL and RCPT of one message, as they go onto the wire."""

    mail: bytes
    rcpt: bytes


def envelope(sender: str, recipient: str) -> Envelope:
    """Raises ValueError for an address that cannot be put on the wire."""
    return Envelope(_mail(sender), b"RCPT TO:<%b>\r\n" % path(recipient))


@lru_cache(maxsize=16)
def _mail(sender: str) -> bytes:
    return b"MAIL FROM:<%b>\r\n" % path(sender)


def path(address: str) -> bytes:
    """An address in ASCII, its host in IDNA; no character of it can end the command. Raises ValueError."""
    if _PLAIN.fullmatch(address):
        return address.encode()
    local, _at, host = address.rpartition("@")
    if not _LOCAL.fullmatch(local) or not host:
        raise ValueError(address)
    encoded = host.encode("idna")
    if not re.fullmatch(rb"[A-Za-z0-9.-]+", encoded):
        raise ValueError(address)
    return local.encode() + b"@" + encoded


def dot_stuffed(body: bytes) -> bytes:
    """RFC 5321 4.5.2: a leading dot is doubled; the body ends with CRLF. So is one behind a bare LF, which some servers
    take for the end of a line, and then of the letter."""
    if body.startswith(b"."):
        body = b"." + body
    if _DOT.search(body):  # rarely so, and a pattern finds it three times as fast as `replace` does
        body = _LINE_WITH_DOT.sub(b"\r\n..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


class Wire:
    """`used` says that a message was offered here before: a fault of the next may be one of the connection's age."""

    def __init__(self, connection: socket.socket, *, pipelines: bool) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _wait_in_kernel(connection)
        self.pipelines = pipelines
        self.is_open = True
        self.used = False
        self._socket = connection
        self._unread = b""
        self._ahead: Envelope | None = None  # sent with the last body, not answered yet

    def offer(self, envelope: Envelope) -> Reply | None:
        """Bring the server to wait for the body: None; or the answer by which it refused. Raises Lost."""
        if self.pipelines and self._ahead is not envelope:
            self._write(b"".join((*envelope, DATA)))
        self._ahead = None
        was_used, self.used = self.used, True
        if self._waits_for_body():
            return None
        replies = self._replies(envelope)
        refusal = _refusal(replies)
        if refusal is None:
            if self._unread:
                self._out_of_step()
            return None
        if was_used and replies[0].code == CLOSING:
            raise Lost(refusal.text.decode("utf-8", "replace"))  # the session has had its share of messages
        if refusal.code // 100 not in (4, 5):
            self._out_of_step()
        self._clear_away(replies)
        return refusal

    def start(self, body: bytes, following: Envelope | None) -> None:
        """Send the body that the server waits for (`dot_stuffed`); `answer` is to be asked next. `following` is the
        envelope that may leave with it: give it to `offer` afterwards. Raises Lost: nobody knows what was taken."""
        parts = [body, END]
        if self.pipelines and following is not None:
            parts += (*following, DATA)
            self._ahead = following
        self._write(b"".join(parts))

    def answer(self) -> Reply:
        """To the body. Raises Lost: then nobody knows whether the message was taken."""
        reply = self._read()
        if reply.code // 100 not in (2, 4, 5):
            self._out_of_step()
        if reply.code == CLOSING or (self._unread and self._ahead is None):
            self.close()
        return reply

    def ask(self, command: bytes) -> Reply:
        """One command and its answer. Raises Lost."""
        self._write(command)
        return self._read()

    def quit(self) -> None:
        """Take leave and hang up, between two messages; never raises."""
        try:
            self.ask(b"QUIT\r\n")
        except Lost:
            return  # closed by now
        self.close()

    def close(self) -> None:
        """Hang up without a word: a body that was cut short is not taken."""
        self.is_open = False
        self._socket.close()

    def _waits_for_body(self) -> bool:
        """The usual three answers, if they have come already: together with that to the body before."""
        lines = self._unread.split(b"\r\n")
        if [line[:4] for line in lines] != [b"250 ", b"250 ", b"354 ", b""]:
            return False
        self._unread = b""
        return True

    def _replies(self, envelope: Envelope) -> list[Reply]:
        """The answers to MAIL, RCPT and DATA, up to the last that comes. Raises Lost when it ends without a refusal."""
        replies: list[Reply] = []
        for command in (*envelope, DATA):
            try:
                if not self.pipelines:
                    self._write(command)
                replies.append(self._read())
            except Lost:
                if _refusal(replies) is None:
                    raise
                break
            if replies[-1].code == CLOSING:
                self.close()
                break
            if not self.pipelines and _refusal(replies):
                break
        return replies

    def _out_of_step(self) -> NoReturn:
        """An answer too many, or one of another kind: the next would be taken for that of another message."""
        self.close()
        raise Lost(_("the server answers what it was not asked"))

    def _clear_away(self, replies: list[Reply]) -> None:
        """Make the server ready for another envelope after a refusal. One that goes on to wait for a body although it
        has no recipient gets an empty one (RFC 2920 3.1); with a recipient only hanging up keeps it from a letter."""
        if not self.is_open:
            return
        try:
            if replies[-1].code != 354:
                self._expect_ok(b"RSET\r\n")
            elif replies[1].code // 100 == 2:
                self.close()
            else:
                self.ask(END)
        except Lost:
            return  # closed by now: the next message opens another

    def _expect_ok(self, command: bytes) -> None:
        if self.ask(command).code // 100 != 2:
            self.close()

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            self.close()
            raise Lost(why(error)) from error

    def _read(self) -> Reply:
        """One answer, of one line or several. Raises Lost."""
        try:
            line = self._line()
            code, text = int(line[:3]), line[4:].strip()
            while line[3:4] == b"-":
                if len(text) > LONGEST_ANSWER:
                    raise ValueError(text[:80])
                line = self._line()
                text += b" " + line[4:].strip()
        except OSError as error:
            self.close()
            raise Lost(why(error)) from error
        except ValueError as error:
            self.close()
            raise Lost(str(error)) from error
        return Reply(code, text)

    def _line(self) -> bytes:
        """Raises OSError, and ValueError for a line without an end."""
        line, end, rest = self._unread.partition(b"\n")
        while not end:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError(_("the server closed the connection"))
            if len(line) > LONGEST_LINE:
                raise ValueError(line[:80])
            line, end, rest = (line + more).partition(b"\n")
        self._unread = rest
        return line


def _wait_in_kernel(connection: socket.socket) -> None:
    """A timeout of the kernel's instead of Python's, which asks `poll` before every call: a tenth of a message's cost.
    Not under TLS: there Python goes on waiting when the kernel gives up."""
    timeout = connection.gettimeout()
    if timeout and not isinstance(connection, ssl.SSLSocket):
        span = struct.pack("@ll", int(timeout), int(timeout % 1 * 1_000_000))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)
        connection.settimeout(None)


def _refusal(replies: list[Reply]) -> Reply | None:
    """The first answer that is not what its command asks for."""
    return next((reply for reply, wanted in zip(replies, (2, 2, 3), strict=False) if reply.code // 100 != wanted), None)
