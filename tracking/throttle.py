"""How often the pages of letters may be asked for, counted by `channels.throttle`."""

from limits import RateLimitItemPerMinute

from channels.throttle import address, allowed

__all__ = ["CHOICES", "GUESSES", "HITS", "address", "allowed"]

GUESSES = RateLimitItemPerMinute(60, namespace="krug-guesses")  # wrong tokens of one address
CHOICES = RateLimitItemPerMinute(60, namespace="krug-choices")  # uses of one right token that changes something
HITS = RateLimitItemPerMinute(120, namespace="krug-hits")  # stored hits of one message from one address
