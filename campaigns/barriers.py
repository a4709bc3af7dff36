"""What keeps advertising from a person over a channel, for the whole holding: the reasons of planning, told of everybody.

Of several addresses the one that is nearest to being written to speaks for the person. Whoever has none of these barriers is
reached by `campaigns.reach`.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns import reach
from campaigns.models import Message
from channels.devices import takes_sql
from channels.models import Channel
from segments.rules.fields import Field
from segments.rules.sql_exists import ExistsSQL

LeftOut = Message.LeftOut
NOTHING, NO_CONTACT = "nothing", LeftOut.NO_CONTACT.value
# In the order of flaws: the place of a reason is its number.
REASONS: dict[str, Any] = {
    NOTHING: _("nothing does"),
    LeftOut.SUPPRESSED.value: LeftOut.SUPPRESSED.label,
    "some_brands": _("agreed for some brands only"),
    "never_agreed": _("never agreed"),
    "opted_out": _("opted out"),
    LeftOut.SHARED.value: LeftOut.SHARED.label,
    LeftOut.INVALID.value: LeftOut.INVALID.label,
    NO_CONTACT: LeftOut.NO_CONTACT.label,
}
NUMBERS = {reason: number for number, reason in enumerate(REASONS)}
BARRIERS = tuple(reason for reason in REASONS if reason != NOTHING)
# (customer, channel, flaw) of each address; `reach.parameters` has what it takes. Who has no address has no row.
FLAWS = f"""
SELECT h.customer_id, k.channel, CASE
    WHEN p.validity <> 'valid' THEN {NUMBERS[LeftOut.INVALID]}
    WHEN p.is_shared THEN {NUMBERS[LeftOut.SHARED]}
    WHEN said.of_all THEN CASE WHEN p.reachability = 'unreachable' THEN {NUMBERS[LeftOut.SUPPRESSED]} ELSE 0 END
    WHEN said.of_some AND NOT said.is_refused THEN {NUMBERS["some_brands"]}
    WHEN said.of_all IS NULL THEN {NUMBERS["never_agreed"]}
    ELSE {NUMBERS["opted_out"]} END AS flaw
FROM unnest(%(channels)s::text[], %(kinds)s::text[]) AS k (channel, kind)
JOIN segments_contactpoint AS p ON p.kind = k.kind AND (k.kind <> 'device' OR {takes_sql("p.value", "d.account_id")})
JOIN segments_cardcontact AS h ON h.contact_point_id = p.id
LEFT JOIN (
    SELECT contact_point_id, channel, bool_or(given AND brand_id IS NULL) AS of_all, bool_or(given) AS of_some,
           bool_or(NOT given AND brand_id IS NULL) AS is_refused
    FROM segments_consentstate WHERE purpose = 'advertising' AND channel = ANY(%(channels)s) GROUP BY 1, 2
) AS said ON said.contact_point_id = p.id AND said.channel = k.channel
"""
HER_FLAW = f"""
SELECT FROM (SELECT customer_id, min(flaw) AS flaw FROM ({FLAWS}) AS each GROUP BY 1) AS least
WHERE least.customer_id = {{person}}
"""
HER_ADDRESS = f"""
SELECT FROM segments_cardcontact AS h JOIN segments_contactpoint AS p ON p.id = h.contact_point_id
WHERE h.customer_id = {{person}} AND p.kind = ANY(%(kinds)s::text[])
  AND (p.kind <> 'device' OR {takes_sql("p.value", "d.account_id")})
"""
GROUP = _("Contacts and consents")
Compile = Callable[[str, Any, dt.date], Q]


def field_name(channel: str) -> str:
    """Of what keeps advertising from people over this channel."""
    return f"{channel}_barrier"


def _compile(channel: str) -> Compile:
    bound: dict[str, Any] = reach.parameters([channel])

    def condition(op: str, reasons: list[str], today: dt.date) -> Q:
        """Who has no address is whoever is none of the others."""
        is_denied = (op == "none_of") != (NO_CONTACT in reasons)
        asked = set(REASONS) - set(reasons) if NO_CONTACT in reasons else set(reasons)
        if not asked:
            hers = Q(pk__in=[])
        elif asked == {NOTHING}:
            hers = Q(ExistsSQL(reach.OF_A_PERSON, bound))
        elif asked == set(REASONS) - {NO_CONTACT}:
            hers = Q(ExistsSQL(HER_ADDRESS, bound))
        else:
            flaws = [NUMBERS[reason] for reason in asked]
            hers = Q(ExistsSQL(f"{HER_FLAW} AND least.flaw = ANY(%(flaws)s::integer[])", {**bound, "flaws": flaws}))
        return ~hers if is_denied else hers

    return condition


def _choices() -> list[tuple[str, str]]:
    return [(reason, str(label)) for reason, label in REASONS.items()]


def _field(channel: str, label: Any) -> Field:
    return Field(
        name=field_name(channel), label=label, type="choice", group=GROUP, choices=_choices, compile=_compile(channel)
    )


def fields() -> tuple[Field, ...]:
    return (
        _field(Channel.EMAIL, _("what keeps e-mail advertising from the person")),
        _field(Channel.SMS, _("what keeps SMS advertising from the person")),
        _field(Channel.TELEGRAM, _("what keeps advertising in Telegram from the person")),
        _field(Channel.MAX, _("what keeps advertising in MAX from the person")),
        _field(Channel.PUSH, _("what keeps push advertising from the person")),
        _field(Channel.WHATSAPP, _("what keeps advertising in WhatsApp from the person")),
        _field(Channel.VK, _("what keeps advertising in VK from the person")),
    )
