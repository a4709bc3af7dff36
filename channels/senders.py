"""In whose name an account sends: its own, and of those whom the administrator has listed beside it.

A sender of an e-mail account is an address; what is listed is a domain that its provider has confirmed, or one address of
it. A sender of an SMS account is a name that the operators have registered, letter for letter.
"""

from channels.models import Account, Channel


def others(account: Account) -> list[str]:
    """As they are listed."""
    return [line for line in (each.strip() for each in account.other_senders.splitlines()) if line]


def may_send_as(account: Account, sender: str) -> bool:
    """Whether the account may write this sender on its messages."""
    if account.channel != Channel.EMAIL:
        return sender in (account.sender_name, *others(account))
    allowed = {each.lower().removeprefix("@") for each in (_domain(account.sender_address), *others(account))}
    return sender.lower() in allowed or _domain(sender).lower() in allowed - {""}


def _domain(address: str) -> str:
    return address.rpartition("@")[2] if "@" in address else ""
