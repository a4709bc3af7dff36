"""What `channels.signals` tell while a test listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """All that is told meanwhile: reports or messages."""
    news: list[dict[str, Any]] = []

    def listen(
        reports: list[dict[str, Any]] | None = None, messages: list[dict[str, Any]] | None = None, **_kwargs: object
    ) -> None:
        news.extend(reports or messages or [])

    signal.connect(listen)
    try:
        yield news
    finally:
        signal.disconnect(listen)
