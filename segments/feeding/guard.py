"""Which machines a feed may speak to: 1C stands in the private network, this machine and the cloud's own do not.

The name is resolved once and the connection goes to that very address, so that a name cannot answer the check with
one address and the connection with another.
"""

import ipaddress
import socket

from django.conf import settings
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def allowed_address(host: str, port: int) -> str:
    """The IP address to connect to. Raises FeedError when the name is unknown or any address of it is forbidden."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        sentence = _("There is no machine called “%(host)s”. Check the address for a typing mistake.")
        raise FeedError(sentence % {"host": host}) from error
    addresses = [str(row[4][0]).partition("%")[0] for row in found]
    for address in addresses:
        if not _is_allowed(ipaddress.ip_address(address)):
            sentence = _("The address “%(host)s” is closed to feeds: it leads to this server itself or to its network.")
            raise FeedError(sentence % {"host": host})
    return addresses[0]


def _is_allowed(address: Address) -> bool:
    """Private networks by the setting, loopback for tests only; link-local (169.254.169.254), multicast never."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return _is_allowed(address.ipv4_mapped)
    if address.is_loopback:
        return settings.FEED_ALLOW_LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return settings.FEED_ALLOW_PRIVATE or address.is_global
