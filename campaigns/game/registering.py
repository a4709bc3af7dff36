"""What games add to registries: a field of the plan, a placeholder, panels."""

from campaigns import plan_fields, slots
from campaigns.game import choosing, panels


def register_all() -> None:
    slots.register(choosing.SLOT)
    plan_fields.register(choosing.GAME)
    panels.register_all()
