"""Staff for tests."""

from django.contrib.auth.models import Group

from crmsite.models import User
from crmsite.roles import GROUPS


def make_staff(role: str, username: str = "") -> User:
    """A member of staff with one role (a key of `GROUPS`)."""
    user = User.objects.create(username=username or role, first_name="Анна", last_name="Петрова", is_staff=True)
    user.groups.set(Group.objects.filter(name=GROUPS[role].name))
    return user
