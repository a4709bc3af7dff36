"""Providers that tell what people wrote only when they are asked."""

from abc import ABC, abstractmethod
from datetime import datetime

from channels.providers.base import Incoming


class TellsReplies(ABC):
    @abstractmethod
    def replies(self, asked_at: datetime) -> list[Incoming]:
        """What people wrote in the last days, each as often as it is asked for; `asked_at` is now. Needs no `open`. Raises
        ProviderError."""
