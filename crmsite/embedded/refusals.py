"""The one exception of this package."""


class EmbeddedError(Exception):
    """The servers cannot be had; the message is a sentence for the person at the terminal that says what to do."""
