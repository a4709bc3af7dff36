"""What is common to accounts of call tracking: the prefix of their calls."""

from tracking.telephony import provider_class
from tracking.telephony_models import CallTrackingAccount


def give_prefix(account: CallTrackingAccount) -> None:
    """Once, when it is made. The first account that speaks as files do shares their numbers of calls, so that what was
    loaded by hand is the same call; every other one has its own."""
    taken = CallTrackingAccount.objects.filter(key_prefix="").exclude(pk=account.pk).exists()
    is_first = provider_class(account.provider).speaks_as_files and not taken
    account.key_prefix = "" if is_first else f"{account.pk}:"
    account.save(update_fields=["key_prefix"])
