"""How often the links of letters may be followed, counted by `channels.throttle`."""

from limits import RateLimitItemPerMinute

from channels.throttle import address, allowed

__all__ = ["HITS", "address", "allowed"]

HITS = RateLimitItemPerMinute(120, namespace="krug-hits")  # stored hits of one message from one address
