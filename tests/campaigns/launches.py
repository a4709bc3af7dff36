"""Campaigns that were launched and went: a run of which it is known what became of everybody."""

from campaigns import permission, running
from campaigns.models import Campaign, Chunk, Message, Outcome, Run
from campaigns.pump.draining import drain
from segments.models import ContactPoint, Customer
from tests.campaigns.builders import approve, make_account, make_campaign, make_content
from tests.segments.builders import make_segment


def be_permitted() -> None:
    """Sending is on, through an account that notes what it would send."""
    permission.turn_on(None)
    make_account(provider="smtp", mode="journal")


def launched(*people: Customer, **fields: object) -> Run:
    """Planned and let go; nothing is sent yet."""
    return start(make_campaign(make_segment(*people), **fields))


def sent(*people: Customer, **fields: object) -> Run:
    """Everybody got it, and it has ended."""
    run = launched(*people, **fields)
    drain("email")
    return ended(run)


def ended(run: Run) -> Run:
    assert running.finish_if_drained(run.campaign)
    run.refresh_from_db()
    return run


def became(run: Run, fates: dict[Customer, tuple[str, str]]) -> Run:
    """What became of each instead of sending: {customer: (kind, reason)}; the chunks are done."""
    messages = dict(Message.objects.filter(run_id=run.pk).values_list("customer_id", "pk"))
    for customer, (kind, reason) in fates.items():
        Outcome.objects.create(message_id=messages[customer.pk], run_id=run.pk, kind=kind, reason=reason,
                               happened_at=run.started_at)  # fmt: skip
    Chunk.objects.filter(run_id=run.pk).update(state=Chunk.State.DONE)
    return ended(run)


def start(campaign: Campaign) -> Run:
    approve(campaign)
    return running.start(campaign)


def corrected_text(campaign: Campaign) -> Campaign:
    make_content(campaign, subject="Исправление: осмотр стоит 1 990 ₽")
    return campaign


def fates(run: Run) -> dict[int, str]:
    """{customer: why left out, or what became of her message}"""
    kinds = dict(Outcome.objects.filter(run_id=run.pk).values_list("message_id", "kind"))
    planned = Message.objects.filter(run_id=run.pk).values_list("customer_id", "pk", "left_out")
    return {customer: left_out or kinds.get(pk, "pending") for customer, pk, left_out in planned}


def address_of(customer: Customer) -> ContactPoint:
    return ContactPoint.objects.get(holders__customer=customer)
