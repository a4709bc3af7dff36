"""Who is left alone: assignment by hash, the same in Python and in SQL.

u = the first 52 bits of SHA-256("salt:customer id") / 2⁵², in [0, 1). (crc32 and FNV-1 correlate between
experiments.) A person is in the control group when u < share; the global control group has its own salt.
"""

import hashlib

from campaigns.models import Campaign
from campaigns.models.experiment import new_salt

__all__ = ["draw", "draw_sql", "new_salt", "salt_of"]
_BITS = 52  # a float holds them exactly, so that both sides compute the same number
_DIGITS = _BITS // 4


def draw(salt: str, customer_id: int) -> float:
    """The number u of a person, uniform in [0, 1)."""
    digest = hashlib.sha256(f"{salt}:{customer_id}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) / 2**_BITS


def draw_sql(salt: str, customer_id: str) -> str:
    """The same in SQL: `salt` is a placeholder ("%(salt)s"), `customer_id` our own column reference."""
    digest = f"encode(sha256(convert_to({salt}::text || ':' || {customer_id}, 'UTF8')), 'hex')"
    return f"(('x' || left({digest}, {_DIGITS}))::bit({_BITS})::bigint / {2**_BITS}::float8)"


def salt_of(campaign: Campaign) -> str:
    """Of the campaign's own draws; a second try has that of the first."""
    return campaign.salt or f"campaign-{campaign.pk}"
