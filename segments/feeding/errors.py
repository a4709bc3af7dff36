"""What keeps a feed from bringing anything, in a sentence that says what to do."""


class FeedError(Exception):
    """The place cannot be reached, read or understood; `str()` is the (translated) sentence for the page."""
