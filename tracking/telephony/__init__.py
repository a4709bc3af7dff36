"""Call-tracking providers that tell us of calls, by the name that `CallTrackingAccount.provider` carries.

They know nothing of campaigns or customers: they read calls and say them in the words of `tracking.calls.cells`.
"""

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from channels.audiences.errors import ServiceError
from channels.providers.base import ProviderError
from channels.sealing import unseal_named
from tracking.telephony.base import CallTracking
from tracking.telephony_models import CallTrackingAccount

# name: (what people call it, class); a class is imported on first use.
REGISTRY: dict[str, tuple[str | Promise, str]] = {
    "comagic": ("CoMagic", "tracking.telephony.comagic.Comagic"),
    "uis": (_("UIS"), "tracking.telephony.comagic.Uis"),
    "calltouch": ("Calltouch", "tracking.telephony.calltouch.Calltouch"),
    "mango": ("Mango", "tracking.telephony.mango.Mango"),
    "callibri": ("Callibri", "tracking.telephony.callibri.Callibri"),
}


def provider_class(name: str) -> type[CallTracking]:
    """The class of a provider. Raises KeyError for a name that is not registered."""
    return import_string(REGISTRY[name][1])


def provider_for(account: CallTrackingAccount) -> CallTracking:
    """The provider as this account reaches it, not connected yet. Raises ServiceError when its keys cannot be read."""
    made = provider_class(account.provider)
    try:
        secrets = unseal_named(account.secret, first=next(iter(made.secrets)))
    except ProviderError as error:
        raise ServiceError(str(error), permanent=error.permanent) from error
    return made(account, secrets)
