"""The staff."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A member of staff. No foreign keys here: every app may point at it from its first migration."""
