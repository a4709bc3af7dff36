"""Whether an address is one of a data centre, by the list beside this (`networks.txt`)."""

from bisect import bisect_right
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path

_LIST = Path(__file__).with_name("networks.txt")


def is_of_data_centre(address: str | None) -> bool:
    """For a valid address or None. An IPv4 address that is written as IPv6 is that address; other IPv6 is not known."""
    if not address:
        return False
    found = ip_address(address)
    mapped = found if isinstance(found, IPv4Address) else found.ipv4_mapped
    if mapped is None:
        return False
    firsts, lasts = _ranges()
    place = bisect_right(firsts, int(mapped)) - 1
    return place >= 0 and int(mapped) <= lasts[place]


@lru_cache(maxsize=1)
def _ranges() -> tuple[list[int], list[int]]:
    """First and last addresses of the networks, which do not overlap, in their order."""
    lines = (line.split()[0] for line in _LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    networks = sorted(map(IPv4Network, lines))
    return [int(each.network_address) for each in networks], [int(each.broadcast_address) for each in networks]
