"""Signed addresses of the public pages: one MAC per message (or customer), no state.

A token is the message id (5 bytes, big-endian) and a part of HMAC-SHA256(key, those 5 bytes), base64url
without padding:

- *track* (first 8 bytes of the MAC, 18 characters) only counts: clicks and opens;
- *choice* (last 16 bytes, 28 characters) changes a person's consent: survey and one-click unsubscribe.
  128 bits, as OWASP ASVS 5 (11.5.1) asks of tokens; knowing a track token says nothing about it;
- *start* (16 bytes of a MAC by another key, 28 characters) ties whoever starts a bot with it to the message's person: no
  token of a letter's other links can do so;
- *promo* (16 bytes of a MAC by a key of its own, 28 characters) opens the page about the promo code of the message;
- *game* (9 bytes of a MAC by a key of its own, 19 characters) opens the game of the message and draws once, nothing else: as
  short as the SMS needs it, 72 bits against a page that lets in sixty guesses a minute;
- *friend* (of a customer's id instead of a message's, 9 bytes of a MAC by a key of its own, 19 characters) opens the page to which
  its customer invites friends, and says nothing of her;
- *nps* (16 bytes of a MAC by a key of its own, 28 characters) lets its person say how ready she is to recommend us;
- *site* (the message id, 4 bytes of the Unix time and 16 bytes of a MAC by a third key, 34 characters) tells a website's
  script whose letter was clicked. It is made as the click passes and is good for an hour: an address that is passed on says
  nothing of whoever opens it later.

The key is derived from `SECRET_KEY`. A link's number (1 to 63) is one base64url character before the track
token; it is not signed, since it can only choose among the links of the same letter. Number 0 is a link that no person
sees: whoever follows it is a machine.
"""

import binascii
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MAX_LINKS = len(ALPHABET) - 1  # numbers start from 1
TRAP = ALPHABET[0]  # number 0: the link of a letter that no person sees
_ID_BYTES = 5
MAX_ID = 256**_ID_BYTES - 1
_START = b"krug.campaigns.links.start.v1"
_PROMO = b"krug.campaigns.links.promo.v1"
_GAME = b"krug.campaigns.links.game.v1"
_GAME_BYTES = 9
_FRIEND = b"krug.campaigns.links.friend.v1"
_NPS = b"krug.campaigns.links.nps.v1"
_SITE = b"krug.campaigns.links.site.v1"
SITE_SECONDS = 3600
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


class Tokens(NamedTuple):
    track: str
    choice: str


@lru_cache(maxsize=4)
def _keyed(secret: str, label: bytes = b"krug.campaigns.links.v1") -> hmac.HMAC:
    """What has read the key already: a copy of it costs less than reading the key for every message."""
    return hmac.new(hmac.digest(secret.encode(), label, "sha256"), digestmod="sha256")


def _mac(keyed: hmac.HMAC, raw: bytes) -> bytes:
    mac = keyed.copy()
    mac.update(raw)
    return mac.digest()


def tokens(message_id: int) -> Tokens:
    """Both tokens of a message. Raises ValueError for an id that 5 bytes do not hold."""
    raw = _raw(message_id)
    mac = _mac(_keyed(settings.SECRET_KEY), raw)
    return Tokens(_encode(raw + mac[:8]), _encode(raw + mac[-16:]))


def read_track(token: str) -> int | None:
    """The message id of a track token; None when it is not ours (constant time in the MAC)."""
    return _read(token, "track")


def read_choice(token: str) -> int | None:
    """The message id of a choice token; None when it is not ours (constant time in the MAC)."""
    return _read(token, "choice")


def start_token(message_id: int) -> str:
    """What a link to a bot carries. Raises ValueError for an id that 5 bytes do not hold."""
    return _labelled(message_id, _START)


def read_start(token: str) -> int | None:
    """The message id of a start token; None when it is not ours (constant time in the MAC)."""
    return _read_labelled(token, _START)


def promo_token(message_id: int) -> str:
    """What the link to the page about a promo code carries."""
    return _labelled(message_id, _PROMO)


def read_promo(token: str) -> int | None:
    """The message id of a promo token; None when it is not ours (constant time in the MAC)."""
    return _read_labelled(token, _PROMO)


def game_token(message_id: int) -> str:
    """What the link to a game carries."""
    return _labelled(message_id, _GAME, _GAME_BYTES)


def read_game(token: str) -> int | None:
    """The message id of a game token; None when it is not ours (constant time in the MAC)."""
    return _read_labelled(token, _GAME, _GAME_BYTES)


def read_friend(token: str) -> int | None:
    """The id of the customer who invites by a friend token; None when it is not ours (constant time in the MAC)."""
    return _read_labelled(token, _FRIEND, _GAME_BYTES)


def read_nps(token: str) -> int | None:
    """The message id of a score token; None when it is not ours (constant time in the MAC)."""
    return _read_labelled(token, _NPS)


def site_token(message_id: int, at: float) -> str:
    """What a click takes along to a website, at a Unix time. Raises ValueError for an id that 5 bytes do not hold."""
    raw = _raw(message_id) + int(at).to_bytes(4, "big")
    return _encode(raw + _mac(_keyed(settings.SECRET_KEY, _SITE), raw)[:16])


def read_site(token: str, now: float) -> int | None:
    """The message id of a site token; None when it is not ours or is over (constant time in the MAC)."""
    raw = _decode(token)
    if raw is None or len(raw) != _ID_BYTES + 4 + 16:
        return None
    message_id, at = int.from_bytes(raw[:_ID_BYTES], "big"), int.from_bytes(raw[_ID_BYTES : _ID_BYTES + 4], "big")
    is_ours = hmac.compare_digest(token.encode(), site_token(message_id, at).encode())
    return message_id if is_ours and -60 <= now - at <= SITE_SECONDS else None


def read_click(token: str) -> tuple[int, int] | None:
    """(message id, link number) of `<number><track>`, 0 for the trap; None when it is not ours."""
    number = ALPHABET.find(token[0]) if token else -1
    message_id = read_track(token[1:])
    return None if message_id is None or number < 0 else (message_id, number)


def link_char(number: int) -> str:
    """The one character that names a link in a click address. Raises ValueError outside 1 to 63."""
    if not 1 <= number <= MAX_LINKS:
        raise ValueError(f"a letter holds links 1 to {MAX_LINKS}, not {number}")
    return ALPHABET[number]


def click_url(message_id: int, number: int) -> str:
    return f"{settings.PUBLIC_URL}/l/{link_char(number)}{tokens(message_id).track}"


def open_url(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/o/{tokens(message_id).track}"


def survey_url(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/s/{tokens(message_id).choice}"


def promo_url(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/p/{promo_token(message_id)}"


def game_url(message_id: int) -> str:
    """Under the short name of the site: it stands in SMS as well."""
    return f"{settings.SHORT_URL}/g/{game_token(message_id)}"


def friend_url(customer_id: int) -> str:
    """Short as well: people pass it on by hand. Raises ValueError for an id that 5 bytes do not hold."""
    return f"{settings.SHORT_URL}/f/{_labelled(customer_id, _FRIEND, _GAME_BYTES)}"


def nps_url(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/n/{_labelled(message_id, _NPS)}"


def unsubscribe_url(message_id: int) -> str:
    """Where RFC 8058 one-click POSTs go."""
    return f"{settings.PUBLIC_URL}/u/{tokens(message_id).choice}"


def is_web_address(url: str) -> bool:
    """http(s) with a host, without user info, control characters or backslashes."""
    if _CONTROL.search(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _raw(message_id: int) -> bytes:
    if not 0 <= message_id <= MAX_ID:
        raise ValueError(f"message id {message_id} does not fit a token")
    return message_id.to_bytes(_ID_BYTES, "big")


def _labelled(message_id: int, label: bytes, size: int = 16) -> str:
    raw = _raw(message_id)
    return _encode(raw + _mac(_keyed(settings.SECRET_KEY, label), raw)[:size])


def _read_labelled(token: str, label: bytes, size: int = 16) -> int | None:
    message_id = _id_in(token)
    is_ours = message_id is not None and hmac.compare_digest(
        token.encode(), _labelled(message_id, label, size).encode()
    )
    return message_id if is_ours else None


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(token: str, kind: str) -> int | None:
    """The whole token is made anew and compared: other spellings of the same bytes are refused too."""
    message_id = _id_in(token)
    if message_id is None:
        return None
    expected = getattr(tokens(message_id), kind)
    return message_id if hmac.compare_digest(token.encode(), expected.encode()) else None


def _id_in(token: str) -> int | None:
    """What a token says that it is about; None for what is no base64url."""
    raw = _decode(token)
    return None if raw is None else int.from_bytes(raw[:_ID_BYTES], "big")


def _decode(token: str) -> bytes | None:
    try:
        return urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (binascii.Error, UnicodeEncodeError):
        return None
