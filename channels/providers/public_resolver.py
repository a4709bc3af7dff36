"""Names to addresses, for calls whose host somebody else has named: what leads into our own network is not found."""

import ipaddress
import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver


class PublicResolver(ThreadedResolver):
    """Resolved and connected to in one go, so that a name cannot lead elsewhere in between. Addresses that stand in the
    URL itself never come here: whoever takes URLs refuses them."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError("no public address")
        return public


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the open internet."""
    told = ipaddress.ip_address(address.partition("%")[0])
    inner = told.ipv4_mapped if isinstance(told, ipaddress.IPv6Address) else None
    return (inner or told).is_global and not (inner or told).is_multicast
