"""What may not go over a channel, by purpose and date, and the reason with its source.

The developer's reading of the law of Russia and of the platforms' rules, as of March 2026; a lawyer has the last word,
and `settings.LEGAL_GATE` is where it is written down: {"telegram": {"advertising": true}} opens what is barred here,
`false` bars what is open. Whether a personal message to somebody who agreed to it is "distribution of advertising" on a
blocked resource no court has said yet: until then it is barred.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.audiences.base import ADVERTISING_PLATFORMS
from channels.models import AccountPurpose, Channel

ADVERTISING, SERVICE = AccountPurpose.ADVERTISING, AccountPurpose.SERVICE

WHAT = {ADVERTISING.value: _lazy("advertising"), SERVICE.value: _lazy("service messages")}

# Audience exports are no channel of messages, and may be barred like one.
NAMES: dict[str, str | Promise] = dict(Channel.choices) | {ADVERTISING_PLATFORMS: _lazy("ad accounts")}

Decisions = Mapping[str, Mapping[str, bool]]


@dataclass(frozen=True, slots=True)
class Bar:
    """Nothing of this purpose goes over the channel on `since` and after it. `why` is a clause, `source` a reference."""

    channel: str
    purpose: str
    since: date
    why: str | Promise
    source: str | Promise


BARS = (
    Bar(
        Channel.WHATSAPP,
        ADVERTISING,
        date(2026, 2, 11),  # its domain left the national DNS; the rule itself is in force since 2025-09-01
        _lazy("access to WhatsApp is blocked in Russia, and advertising on blocked resources is fined up to 500,000 ₽"),
        _lazy("Law 38-FZ on advertising, art. 5 part 10.7, since 1 September 2025; FAS of 6 March 2026"),
    ),
    Bar(
        Channel.TELEGRAM,
        ADVERTISING,
        date(2026, 3, 6),
        _lazy("the antimonopoly service (FAS) sees signs of a violation in advertising over Telegram, fined up to 500,000 ₽"),
        _lazy("Law 38-FZ on advertising, art. 5 part 10.7, since 1 September 2025; FAS of 6 March 2026"),
    ),
    Bar(
        Channel.VK,
        ADVERTISING,
        date.min,
        _lazy("VK delivers notifications only: its moderation refuses templates of advertising"),
        _lazy("the rules of VK notify"),
    ),
)  # fmt: skip


def hindrance(channel: str, purpose: str, on: date, decisions: Decisions | None = None) -> str:
    """Why a message of this purpose may not go over the channel on that day: a sentence with its source; '' if it may.

    `decisions` stand in for `settings.LEGAL_GATE`: {channel: {purpose: whether it is open}}.
    """
    decided = (settings.LEGAL_GATE if decisions is None else decisions).get(channel, {}).get(purpose)
    if decided is True:
        return ""
    name = NAMES[channel]
    if decided is False:
        sentence = _(
            "Over %(channel)s this installation does not send: %(purpose)s (decided in the setting LEGAL_GATE)."
        )
        return sentence % {"channel": name, "purpose": WHAT[purpose]}
    found = next((bar for bar in BARS if (bar.channel, bar.purpose) == (channel, purpose) and on >= bar.since), None)
    if found is None:
        return ""
    sentence = _("No advertising goes over %(channel)s: %(why)s (%(source)s). Choose another channel.")
    return sentence % {"channel": name, "why": found.why, "source": found.source}


def faults(decisions: object) -> list[str]:
    """What is wrong with a `LEGAL_GATE`: a name misspelt would leave open what was to be barred."""
    if not isinstance(decisions, dict):
        return ["not an object of channels"]
    found = [f"there is no channel {channel!r}" for channel in decisions if channel not in NAMES]
    for channel, purposes in decisions.items():
        if not isinstance(purposes, dict):
            found.append(f"{channel}: not an object of purposes")
            continue
        found += [f"{channel}: there is no purpose {name!r}" for name in purposes if name not in (ADVERTISING, SERVICE)]
        found += [
            f"{channel}: {name} is neither true nor false"
            for name, is_open in purposes.items()
            if not isinstance(is_open, bool)
        ]
    return found
