"""Builders of campaigns for tests: each makes one thing with sensible defaults and returns it."""

from itertools import count
from typing import Any

from campaigns import approval, writing
from campaigns.models import Campaign, Content, Policy
from channels.models import Account
from segments.models import Customer, Segment
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment, make_staff

_numbers = count(1)

LETTER = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>Здравствуйте, {{ имя|"клиент" }}!</mj-text>
        <mj-button href="https://dealer.example/service?utm_source=crm&amp;utm_medium=email">Записаться</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def make_account(**fields: Any) -> Account:
    """An e-mail account of the built-in inbox that sends for real, unless the fields say otherwise. Where no test has made
    a contact policy, messages go at any hour from now on: tests run at night too."""
    Policy.objects.get_or_create(pk=Policy.ONLY, defaults={"quiet_channels": []})
    defaults = {
        "mode": Account.Mode.LIVE,
        "name": f"Почта {next(_numbers)}",
        "channel": "email",
        "provider": "inbox",
        "sender_name": "Альфа-Авто",
        "sender_address": "news@alfa.example",
    }
    return Account.objects.create(**(defaults | fields))


def make_reader(*, consent: bool | None = True, email: str = "", **fields: Any) -> Customer:
    """A customer with an e-mail and (unless `consent` is None) a decision about advertising by e-mail."""
    customer = make_customer(**fields)
    contact = make_contact(customer, email or f"reader{next(_numbers)}@example.test")
    if consent is not None:
        make_consent(contact, given=consent)
    return customer


def make_segment_with(people: int | list[Customer], **fields: Any) -> Segment:
    """A segment of these customers, or of that many new readers who agreed to letters."""
    customers = [make_reader() for _ in range(people)] if isinstance(people, int) else people
    return make_segment(*customers, **fields)


def make_content(campaign: Campaign, **texts: str) -> Content:
    """The campaign's next version of the texts, with its links."""
    texts = {"subject": "Весенний сервис", "preheader": "Скидка до конца мая", "body": LETTER} | texts
    return writing.write(campaign, **texts)


def make_campaign(
    *segments: Segment, content: dict[str, str] | None = None, except_segments: tuple[Segment, ...] = (), **fields: Any
) -> Campaign:
    """A draft over these segments, with a content; without a control group unless asked for."""
    number = next(_numbers)
    defaults = {"name": f"Кампания {number}", "salt": f"salt{number}", "control_percent": 0}
    fields.setdefault("account", Account.objects.filter(channel="email").first() or make_account())
    if "author" not in fields:
        fields["author"] = make_staff(username=f"author{number}")
    campaign = Campaign.objects.create(**(defaults | fields))
    campaign.segments_in.set(segments)
    campaign.segments_out.set(except_segments)
    make_content(campaign, **(content or {}))
    return campaign


def approve(campaign: Campaign) -> None:
    """By somebody else than its author: it may be started."""
    approval.submit(campaign, campaign.author)
    approval.decide(campaign, make_staff("campaigns.approve_campaign"), True)


def draft_form(account: Account, segment: Segment, **changes: object) -> dict[str, object]:
    """What the form of a new campaign posts, for the texts to be added."""
    return {
        "name": "Осмотр", "purpose": "advertising", "brand": "", "account": account.pk, "starts_at": "",
        "lateness_hours": 12, "priority": 2, "control_percent": 0, "segments_in": [segment.pk], "body": "", "subject": "",
        "hypothesis": "Приедут чаще", "no_test": "Это проба",
    } | changes  # fmt: skip
