"""What stops an import as a whole, in a sentence that says what to do."""


class UnusableFile(Exception):
    """The file cannot be imported at all; `str()` is the (translated) sentence for the person who sent it."""


class Cancelled(Exception):
    """A person asked to stop; the rows committed so far stay."""
