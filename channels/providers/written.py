"""What a letter of a person holds beside the words that are its message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """`names`: the Message-IDs that it says it answers, the surest first. `thread`: what an answer's References are.
    `whole`: its text with quotations and signature, '' where that is the message itself. `files`: names of attachments;
    `is_cut`: it was longer than is read."""

    message_id: str = ""
    names: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()
    subject: str = ""
    whole: str = ""
    files: tuple[str, ...] = ()
    is_cut: bool = False
