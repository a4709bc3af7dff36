"""Promo codes: pools of them, one for each person, and what was bought with them."""

from campaigns.promo.placeholders import AGAIN, DRY, missing

__all__ = ["AGAIN", "DRY", "missing"]
