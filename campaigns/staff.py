"""Members of staff, as colleagues call them."""

from typing import Any


def person_name(user: Any) -> str:
    return user.get_full_name() or user.get_username()
