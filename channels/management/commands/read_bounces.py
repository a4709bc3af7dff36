"""The name that `read_mail` had while nothing but bounces was read: mail servers pipe into it."""

from channels.management.commands.read_mail import Command

__all__ = ["Command"]
