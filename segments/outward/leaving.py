"""What becomes of people who leave the base while a provider has their address: importing this module registers it."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from segments import erasing, membership
from segments.importing import undo_keeps
from segments.outward import syncing

ON_A_LIST = undo_keeps.Keep(
    "external_lists",
    _("is on an external list"),
    contacts="EXISTS (SELECT FROM segments_externaladdress AS x WHERE x.contact_point_id = {id})",
)


def erase(customer_ids: Sequence[int]) -> None:
    """Providers are told to drop their addresses, and the log of who came and went forgets them."""
    syncing.say_farewell(customer_ids)
    membership.forget(list(customer_ids))


erasing.register(erase)
undo_keeps.register(ON_A_LIST)
