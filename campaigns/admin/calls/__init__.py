"""Calls to make: importing this registers their pages."""

from campaigns.admin.calls import pages

__all__ = ["pages"]
