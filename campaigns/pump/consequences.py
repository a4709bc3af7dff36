"""What a refusal asks for beside its outcome (`channels.providers.base.Action`): an address is marked as dead, a consent
goes, a campaign waits for a person. Accounts are the business of `channels.health`."""

from dataclasses import dataclass, field
from typing import Protocol

from channels.models import Channel
from channels.providers.base import Action, Result
from segments.consents import Decision, record_for_holders
from segments.models.people import Origin, Purpose
from segments.reachability import mark_unreachable

# Channels that an address is made for. A phone that a messenger does not know may well take SMS.
OWNS_ITS_ADDRESS = (Channel.EMAIL, Channel.SMS, Channel.PUSH)


class Addressee(Protocol):
    @property
    def contact_point_id(self) -> int | None: ...

    @property
    def customer_id(self) -> int: ...


@dataclass(slots=True)
class Consequences:
    """Collected while a chunk is sent, written in the transaction of its outcomes."""

    channel: str
    dead: dict[int, str] = field(default_factory=dict)  # contact point: the provider's reason
    refusing: dict[tuple[int, int | None], str] = field(default_factory=dict)  # (contact point, customer): reason
    pause: str = ""  # why the campaign must wait for a person

    def note(self, addressee: Addressee, result: Result) -> None:
        if not result.action:
            return
        point, why = addressee.contact_point_id, " ".join(filter(None, (result.code, result.reply)))
        if result.action == Action.PAUSE_CAMPAIGN:
            self.pause = self.pause or why
        elif point is None:
            return
        elif result.action == Action.MARK_CONTACT and self.channel in OWNS_ITS_ADDRESS:
            self.dead.setdefault(point, why)
        elif result.action == Action.OPT_OUT:
            self.refusing.setdefault((point, addressee.customer_id), result.code)

    def write(self) -> None:
        """In the caller's transaction. `pause` stays for whoever sends."""
        mark_unreachable(self.dead)
        for code in sorted(set(self.refusing.values())):
            decision = Decision(
                purpose=Purpose.ADVERTISING, given=False, origin=Origin.PERSON, evidence=f"provider: {code}"[:120]
            )
            holders = sorted(holder for holder, of in self.refusing.items() if of == code)
            record_for_holders(decision, holders, [self.channel])
        self.dead.clear()
        self.refusing.clear()
