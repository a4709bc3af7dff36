"""Whether one may write to a person, by channel and brand. Importing this module fills the registry."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from segments.consents import may_write_of_any_sql
from segments.models import Brand, ContactPoint
from segments.models.people import ContactKind, Purpose
from segments.rules.dictionaries import named
from segments.rules.fields import Field, register
from segments.rules.sql_exists import ExistsSQL

# Joins alone, of the person's valid addresses of the kind: the planner goes through each table once for all people.
SAID = """
SELECT FROM segments_cardcontact AS holder
JOIN segments_contactpoint AS address ON address.id = holder.contact_point_id
JOIN segments_consentstate AS said ON said.contact_point_id = address.id
WHERE holder.customer_id = {person} AND address.kind = %(kind)s AND address.validity = %(valid)s
"""
# There is one state of the whole holding: a "yes" has no "no" beside it.
OF_THE_HOLDING = f"""{SAID}
AND said.channel = %(channel)s AND said.purpose = %(purpose)s AND said.brand_id IS NULL AND said.given = %(given)s
"""
OF_BRANDS = f"{SAID} AND {may_write_of_any_sql('said')}"


def consent(channel: str, *kinds: str) -> Callable[[str, Any, dt.date], Q]:
    """Of advertising by this channel, to any address of these kinds: `is` of the holding, `for_brand` of any of these brands, `withdrawn` wholly.

    Who never said a word has not agreed, and has withdrawn nothing: a consent is never missing.
    """
    params = {"valid": ContactPoint.Validity.VALID, "channel": channel, "purpose": Purpose.ADVERTISING}

    def any_kind(statement: str, **more: Any) -> Q:
        return reduce(or_, (Q(ExistsSQL(statement, params | more | {"kind": kind})) for kind in kinds))

    def of_the_holding(given: bool) -> Q:
        return any_kind(OF_THE_HOLDING, given=given)

    def condition(op: str, value: Any, today: dt.date) -> Q:
        if op == "withdrawn":
            return of_the_holding(False)
        if op == "is":
            return of_the_holding(True) if value else ~of_the_holding(True)
        agreed = any_kind(OF_BRANDS, brands=value) if value else Q(pk__in=[])
        return ~agreed if op == "not_for_brand" else agreed

    return condition


def _field(channel: str, kinds: Sequence[str], *words: Any) -> Field:
    label, yes, no = words
    choices, column = named(Brand)
    return Field(
        name=f"{channel}_consent", label=label, type="consent", group=_("Contacts and consents"), choices=choices,
        column=column, compile=consent(channel, *kinds), says=(yes, no),
    )  # fmt: skip


register(
    _field("email", [ContactKind.EMAIL], _("consent to e-mail advertising"), _("agrees to e-mail advertising"), _("has not agreed to e-mail advertising")),
    _field("sms", [ContactKind.PHONE], _("consent to SMS advertising"), _("agrees to SMS advertising"), _("has not agreed to SMS advertising")),
    _field("call", [ContactKind.PHONE], _("consent to calls"), _("agrees to advertising calls"), _("has not agreed to advertising calls")),
    _field("whatsapp", [ContactKind.PHONE], _("consent to advertising in WhatsApp"), _("agrees to advertising in WhatsApp"), _("has not agreed to advertising in WhatsApp")),
    _field("telegram", [ContactKind.TELEGRAM, ContactKind.PHONE], _("consent to advertising in Telegram"), _("agrees to advertising in Telegram"), _("has not agreed to advertising in Telegram")),
    _field("max", [ContactKind.MAX, ContactKind.PHONE], _("consent to advertising in MAX"), _("agrees to advertising in MAX"), _("has not agreed to advertising in MAX")),
    _field("vk", [ContactKind.PHONE], _("consent to advertising in VK"), _("agrees to advertising in VK"), _("has not agreed to advertising in VK")),
    _field("push", [ContactKind.DEVICE], _("consent to push advertising"), _("agrees to push advertising"), _("has not agreed to push advertising")),
    _field("ads", [ContactKind.EMAIL, ContactKind.PHONE], _("consent for advertising platforms"), _("may be given to advertising platforms"), _("may not be given to advertising platforms")),
)  # fmt: skip
