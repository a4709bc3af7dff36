"""Delivery statuses in the words of all providers, ranked: what is reported later may be older news.

Every provider maps its own words to these in a table; a word it does not know is no report at all.
"""

RANKS = {
    "queued": 10,
    "sent": 20,  # handed on to the operator or the platform
    "deferred": 25,  # refused for now; the provider tries again by itself
    "delivered": 30,
    "opened": 40,
    "clicked": 50,
    "replied": 55,
    "failed": 60,  # not delivered, and the address may be good
    "expired": 65,  # the provider gave up in time
    "bounced": 70,  # not delivered, and the address is to blame
    "unsubscribed": 80,
    "complained": 90,
}
