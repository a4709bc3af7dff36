"""What a service of lists may fail with."""


class ServiceError(Exception):
    """It was not taken. `permanent`: to try again is of no use until a person has changed something."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class NotThere(ServiceError):
    """404: what is asked for does not exist over there."""


class KeysRefused(ServiceError):
    """401 or 403: the credentials are not, or are no longer, good."""


class ComeLater(ServiceError):
    """A limit of the service is used up: come again in `seconds`."""

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds
