"""How a campaign says no."""


class Refused(Exception):
    """Something may not be done; `sentence` is translated, and says to a person what to do instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
