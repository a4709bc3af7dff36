"""A content compiled for a run: already encoded MIME pieces and slots; a message is a join of bytes."""

import hashlib
import html
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from campaigns import links
from campaigns.grammar import Hole, Piece
from campaigns.models import Content, Run
from campaigns.rendering import mime
from campaigns.rendering.markup import CHOICE, TRACK, Markup, build
from campaigns.senders import Sender, sender_of
from channels.models import Account

_CACHED = 100  # characters; longer values are not worth keeping
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


class CannotRender(ValueError):
    """This one message cannot be made (its address, its values); the others can."""


class _Spot(NamedTuple):
    """A hole at its place: the same value is written differently in a header, in HTML and in plain text."""

    name: str
    default: str
    place: str  # "subject", "html" or "text"


Part = bytes | int  # static bytes, or the place of a filled spot

# The first two filled spots of every message are its tokens.
_TOKENS = {TRACK.name: 0, CHOICE.name: 1}


@dataclass(frozen=True, slots=True)
class Letter:
    """All that messages of one run share. `slots` are the placeholders whose values `render` needs."""

    slots: tuple[str, ...]
    _head: bytes
    _behind_id: bytes  # from the host of the Message-ID on
    _subject: tuple[Part, ...]
    _body: tuple[Part, ...]
    _spots: tuple[_Spot, ...]

    def render(self, message_id: int, address: str, values: Mapping[str, str]) -> bytes:
        """The whole RFC 5322 message with CRLF line ends, for one person. Raises CannotRender.

        `values` are plain texts by slot name; an absent or empty one prints its default.
        """
        tokens = links.tokens(message_id)
        track, choice = tokens.track.encode(), tokens.choice.encode()
        filled = [b"=\r\n%b=\r\n" % track, b"=\r\n%b=\r\n" % choice]
        filled += [_fill(spot, values.get(spot.name, "")) for spot in self._spots]
        words = [filled[part] if part.__class__ is int else part for part in self._subject]
        return b"".join(
            (
                self._head,
                b"To: ", _mailbox(address),
                b"\r\nDate: ", _date(int(time.time())),
                b"\r\nMessage-ID: <krug.%d.%b@" % (message_id, track[7:]), self._behind_id, choice,
                b">\r\nSubject: ", mime.FOLD.join(filter(None, words)), b"\r\n\r\n",
                *[filled[part] if part.__class__ is int else part for part in self._body],
            )
        )  # fmt: skip


def compile_letter(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Letter:
    """Compile a content for a run (None: for its campaign as it is planned now). Raises BadContent.

    `tracked=False` (test sends) leaves the links as they are; `prefix` stands before the subject.
    """
    amp = content.extras.get("amp", "")
    markup = build(content.subject, content.preheader, content.body, amp=amp, tracked=tracked)
    account = run.account if run else content.campaign.account
    boundary = b"=_krug_" + hashlib.sha256(content.body.encode()).hexdigest()[:16].encode()
    subject = _subject_parts((prefix, *markup.subject) if prefix else markup.subject)
    body = _body_parts(markup, boundary)
    spots = tuple(dict.fromkeys(p for p in (*subject, *body) if isinstance(p, _Spot) and p.name not in _TOKENS))
    return Letter(
        slots=tuple(dict.fromkeys(hole.name for hole in markup.holes)),
        _head=_static_headers(
            sender_of(content, account), boundary, f"{content.campaign_id or 0}:{run.pk if run else 0}"
        ),
        _behind_id=b"%b>\r\nList-Unsubscribe: <%b/u/" % (_domain_of(account), settings.PUBLIC_URL.encode()),
        _subject=_numbered(subject, spots),
        _body=_numbered(body, spots),
        _spots=spots,
    )


def _numbered(parts: Iterable[bytes | _Spot], spots: tuple[_Spot, ...]) -> tuple[Part, ...]:
    """Spots as places in the list that `render` fills: an index costs less than a look-up."""
    places = {spot: place for place, spot in enumerate(spots, start=len(_TOKENS))}
    return tuple(p if isinstance(p, bytes) else _TOKENS.get(p.name, places.get(p, 0)) for p in parts)


def _fill(spot: _Spot, value: str) -> bytes:
    """A value as it stands at this spot; short ones repeat (names, cities) and are encoded once."""
    return _encoded(spot, value) if len(value) <= _CACHED else _encode(spot, value)


def _encode(spot: _Spot, value: str) -> bytes:
    value = mime.clean(value).strip() or spot.default
    if spot.place == "subject":
        return mime.header_words(value[: mime.MAX_HEADER_VALUE])
    return mime.body_value(html.escape(value) if spot.place == "html" else value)


_encoded = lru_cache(maxsize=50_000)(_encode)


def _subject_parts(pieces: Iterable[Piece]) -> tuple[bytes | _Spot, ...]:
    """A subject without holes is one header text; with holes each piece is encoded words of its own."""
    pieces = list(pieces)
    if not any(isinstance(piece, Hole) for piece in pieces):
        return (mime.header_text("".join(map(str, pieces))),)
    return tuple(_Spot(p.name, p.default or "", "subject") if isinstance(p, Hole) else _words(p) for p in pieces)


def _words(piece: str) -> bytes:
    return mime.header_words(mime.clean(piece))


def _body_parts(markup: Markup, boundary: bytes) -> tuple[bytes | _Spot, ...]:
    parts: list[bytes | _Spot] = []
    kinds = ((b"plain", "text", markup.text), (b"x-amp-html", "html", markup.amp), (b"html", "html", markup.html))
    for subtype, place, pieces in kinds:  # the richer, the later; AMP where programs seek it, before HTML
        if not pieces:
            continue
        parts.append(b"--" + boundary + b"\r\nContent-Type: text/" + subtype + b"; charset=utf-8\r\n")
        parts.append(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
        for piece in pieces:
            is_hole = isinstance(piece, Hole)
            parts.append(_Spot(piece.name, piece.default or "", place) if is_hole else mime.body_text(piece))
        parts.append(b"\r\n")
    parts.append(b"--" + boundary + b"--\r\n")
    return _joined(parts)


def _joined(parts: list[bytes | _Spot]) -> tuple[bytes | _Spot, ...]:
    """Neighbouring static pieces become one."""
    out: list[bytes | _Spot] = []
    for part in parts:
        if isinstance(part, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += part
        else:
            out.append(part)
    return tuple(out)


def _static_headers(by: Sender, boundary: bytes, feedback: str) -> bytes:
    name, sender = mime.header_text(by.name), _mailbox(by.address)
    return b"\r\n".join(
        (
            b"From: " + (name if name.startswith(b"=?") else b'"' + name.replace(b"\\", b"").replace(b'"', b"") + b'"')
            + b" <" + sender + b">" if name else b"From: " + sender,
            b"Feedback-ID: " + feedback.encode() + b":email:krug",
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            b"Precedence: bulk",
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/alternative; boundary="' + boundary + b'"',
            b"",
        )
    )  # fmt: skip


def _domain_of(account: Account) -> bytes:
    return _mailbox(account.sender_address).rpartition(b"@")[2]


def _mailbox(address: str) -> bytes:
    """An address for a header: ASCII, its domain in IDNA. Raises CannotRender for what is no mailbox."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address.encode()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or mime.clean(address) != address or set(address) & set(' <>"(),;:\\'):
        raise CannotRender("bad_address")
    try:
        return local.encode("ascii") + b"@" + domain.encode("idna")
    except UnicodeError as error:
        raise CannotRender("bad_address") from error


@lru_cache(maxsize=4)
def _date(second: int) -> bytes:
    return formatdate(second, localtime=True).encode()
