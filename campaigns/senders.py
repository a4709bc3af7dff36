"""Who a message says that it comes from: the sender of its version where the account may use it, else the account's own.

An account that stands in for another may know nothing of the version's sender, and then sends in its own name.
"""

from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.models import Content
from channels import senders
from channels.models import Account, Channel

# What of it can be chosen; elsewhere it belongs to a bot, or to a device's subscription.
PARTS: dict[str, tuple[str, ...]] = {Channel.EMAIL: ("name", "address"), Channel.SMS: ("name",)}


class Sender(NamedTuple):
    """`name` of an SMS account is what a phone shows as the number."""

    name: str
    address: str


def sender_of(content: Content, account: Account) -> Sender:
    wanted, own = content.extras.get("sender") or {}, Sender(account.sender_name, account.sender_address)
    if not wanted or account.channel not in PARTS or obstacle(wanted, account):
        return own
    return Sender(wanted.get("name") or own.name, wanted.get("address") or own.address)


def obstacle(wanted: dict[str, str], account: Account) -> str:
    """Why the account may not send in this name, with what to do; '' when it may."""
    asked = wanted.get("address" if account.channel == Channel.EMAIL else "name", "")
    if not asked or senders.may_send_as(account, asked):
        return ""
    if listed := ", ".join(senders.others(account)):
        sentence = _("The account “%(account)s” may not send as “%(sender)s”. It may as: %(listed)s.")
    else:
        sentence = _(
            "The account “%(account)s” may not send as “%(sender)s”: the administrator lists who it may send as, under “Accounts”."
        )
    return sentence % {"account": account, "sender": asked, "listed": listed}
