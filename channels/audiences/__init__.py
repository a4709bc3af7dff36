"""Services that keep lists of addresses for us, by the name that `ListAccount.provider` carries.

They know nothing of segments or customers: they take addresses and answer. An upper app joins them to its lists.
"""

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from channels.audiences.base import ListService, ServiceError
from channels.models import ListAccount
from channels.providers.base import ProviderError
from channels.sealing import unseal_named

# name: (what people call it, class); a class is imported on first use.
SERVICES = {
    "yandex_audience": (_("Yandex Audiences"), "channels.audiences.yandex.YandexAudience"),
    "vk_ads": (_("VK Ads"), "channels.audiences.vk_ads.VkAds"),
    "mailchimp": ("Mailchimp", "channels.audiences.mailchimp.Mailchimp"),
    "sendgrid_lists": ("SendGrid", "channels.audiences.sendgrid.SendGrid"),
    "unisender_lists": ("Unisender", "channels.audiences.unisender.Unisender"),
}


def service_class(name: str) -> type[ListService]:
    """The class of a service. Raises KeyError for a name that is not registered."""
    return import_string(SERVICES[name][1])


def service_for(account: ListAccount) -> ListService:
    """The service as this account reaches it, not connected yet. Raises ServiceError when its keys cannot be read."""
    made = service_class(account.provider)
    try:
        secrets = unseal_named(account.secret, first=next(iter(made.secrets)))
    except ProviderError as error:
        raise ServiceError(str(error), permanent=error.permanent) from error
    return made(account.options or {}, secrets)
