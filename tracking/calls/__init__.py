"""Calls: reading the provider's report, loading it, tying each call to lease, campaign and customer."""

from tracking.calls.loading import Loaded, load_calls
from tracking.calls.reading import Refusal, UnusableFile

__all__ = ["Loaded", "Refusal", "UnusableFile", "load_calls"]
