"""A tree as it is walked: which node a message leads to, and what may be said next. No query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from campaigns.keywords import LONGEST, fold, words_of
from campaigns.models import ChatNode


@dataclass(frozen=True, slots=True)
class Tree:
    nodes: Sequence[ChatNode]

    def at(self, number: int | None) -> ChatNode | None:
        return next((node for node in self.nodes if node.number == number), None)

    def under(self, number: int | None) -> list[ChatNode]:
        """The choices of a node; None: what a conversation begins with."""
        return [node for node in self.nodes if node.under == number]

    def choices(self, node: ChatNode) -> list[ChatNode]:
        """What may be said after its answer."""
        return self.under(node.goes_on if node.goes_on is not None else node.number)

    def ways(self) -> list[tuple[int, ChatNode]]:
        """(depth, node) from the beginning on, each once: the drawing."""
        found: list[tuple[int, ChatNode]] = []
        waiting = [(0, node) for node in reversed(self.under(None))]
        while waiting:
            depth, node = waiting.pop()
            found.append((depth, node))
            waiting += [(depth + 1, each) for each in reversed(self.under(node.number))]
        return found


def chosen(text: str, choices: Sequence[ChatNode], *, by_number: bool = True) -> ChatNode | None:
    """The choice that a message is: by one of its words, or by its number in the list that she was shown."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        return None
    if by_number and said.isdecimal() and 1 <= int(said) <= len(choices):
        return choices[int(said) - 1]
    asked = fold(said) or said
    return next((node for node in choices if asked in words(node)), None)


def words(node: ChatNode) -> Collection[str]:
    """Folded; the name of the choice is one of them."""
    return {*words_of(node), fold(node.label)}


def fit(choices: Sequence[ChatNode], most: int, longest: int) -> bool:
    """Whether they can be buttons of a channel that shows so many, of so many characters."""
    return 0 < len(choices) <= most and all(len(node.label) <= longest for node in choices)


def listed(choices: Sequence[ChatNode]) -> str:
    """The choices as lines of a text: every channel carries them, and a number is soon typed."""
    return "\n".join(f"{place} — {node.label}" for place, node in enumerate(choices, start=1))
