"""Whether one may write to a person, by channel and brand. Importing this module fills the registry."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from segments.consents import may_write_sql
from segments.models import Brand, ContactPoint
from segments.models.people import ContactKind, Purpose
from segments.rules.dictionaries import named
from segments.rules.fields import Field, register
from segments.rules.sql_exists import ExistsSQL

# Of the person's valid addresses of the kind.
ADDRESSES = """
SELECT 1 FROM segments_cardcontact holder
JOIN segments_contactpoint address ON address.id = holder.contact_point_id
WHERE holder.customer_id = {person} AND address.kind = %(kind)s AND address.validity = %(valid)s
"""
GIVEN = f"{ADDRESSES} AND {may_write_sql('address.id')}"
WITHDRAWN = f"""{ADDRESSES} AND EXISTS (
    SELECT FROM segments_consentstate AS said WHERE said.contact_point_id = address.id
    AND said.channel = %(channel)s AND said.purpose = %(purpose)s AND said.brand_id IS NULL AND NOT said.given)
"""


def consent(channel: str, kind: str) -> Callable[[str, Any, dt.date], Q]:
    """Of advertising by this channel: `is` of the holding, `for_brand` of any of these brands, `withdrawn` wholly.

    Who never said a word has not agreed, and has withdrawn nothing: a consent is never missing.
    """
    params = {"kind": kind, "valid": ContactPoint.Validity.VALID, "channel": channel, "purpose": Purpose.ADVERTISING}

    def given(brand: int | None) -> Q:
        return Q(ExistsSQL(GIVEN, {**params, "brand": brand}))

    def condition(op: str, value: Any, today: dt.date) -> Q:
        if op == "withdrawn":
            return Q(ExistsSQL(WITHDRAWN, params))
        if op == "is":
            return given(None) if value else ~given(None)
        any_brand = Q(pk__in=[])
        for brand in value:
            any_brand |= given(brand)
        return ~any_brand if op == "not_for_brand" else any_brand

    return condition


def _field(channel: str, kind: str, *words: Any) -> Field:
    label, yes, no = words
    choices, column = named(Brand)
    return Field(
        name=f"{channel}_consent", label=label, type="consent", group=_("Contacts and consents"), choices=choices,
        column=column, compile=consent(channel, kind), says=(yes, no),
    )  # fmt: skip


register(
    _field("email", ContactKind.EMAIL, _("consent to e-mail advertising"), _("agrees to e-mail advertising"), _("has not agreed to e-mail advertising")),
    _field("sms", ContactKind.PHONE, _("consent to SMS advertising"), _("agrees to SMS advertising"), _("has not agreed to SMS advertising")),
    _field("call", ContactKind.PHONE, _("consent to calls"), _("agrees to advertising calls"), _("has not agreed to advertising calls")),
    _field("whatsapp", ContactKind.PHONE, _("consent to advertising in WhatsApp"), _("agrees to advertising in WhatsApp"), _("has not agreed to advertising in WhatsApp")),
    _field("telegram", ContactKind.PHONE, _("consent to advertising in Telegram"), _("agrees to advertising in Telegram"), _("has not agreed to advertising in Telegram")),
    _field("max", ContactKind.PHONE, _("consent to advertising in MAX"), _("agrees to advertising in MAX"), _("has not agreed to advertising in MAX")),
    _field("vk", ContactKind.PHONE, _("consent to advertising in VK"), _("agrees to advertising in VK"), _("has not agreed to advertising in VK")),
)  # fmt: skip
