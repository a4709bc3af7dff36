"""What scenarios add to the registries: their nightly counts, and placeholders of cars in stock."""

from datetime import time

from campaigns.recommending import placeholders
from campaigns.scenarios import reaction_curves, worth
from segments import nightly


def register_all() -> None:
    placeholders.register_all()
    nightly.register("reaction_curves", time(5), reaction_curves.count)
    nightly.register("channel_worth", time(5), worth.count)
