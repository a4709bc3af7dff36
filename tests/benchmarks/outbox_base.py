"""A run over a whole base, made set-wise by SQL: what the benches of the outbox drain."""

from django.db import connection
from django.utils import timezone

from campaigns import partitions, planning
from campaigns.models import Campaign, Run
from channels.models import Account
from tests.benchmarks import search_base
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_segment, make_source

# A phone, an e-mail: everybody agreed to what is sent there.
CONSENTS = """
INSERT INTO segments_consentstate (contact_point_id, channel, purpose, given, origin, log_id)
SELECT id, %(channel)s, 'advertising', true, 'import', id FROM segments_contactpoint WHERE kind = %(kind)s
"""
MORE_EMAILS = """
WITH made AS (
    INSERT INTO segments_contactpoint (id, kind, value)
    SELECT %(people)s + n, 'email', md5(n::text) || '@mail.ru' FROM generate_series(1, %(people)s) AS n WHERE n %% 3 <> 0
    RETURNING id
)
INSERT INTO segments_cardcontact (card_id, contact_point_id, customer_id, position)
SELECT id - %(people)s, id, id - %(people)s, 0 FROM made
"""
MEMBERS = "INSERT INTO segments_membership (segment_id, customer_id) SELECT %s, id FROM segments_customer"
TABLES = ("segments_contactpoint", "segments_cardcontact", "segments_consentstate", "segments_membership")


def fill(people: int) -> Campaign:
    """People who all agreed to SMS, and a campaign to all of them that is running."""
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA", per_second=100_000)
    return _running(people, account, "phone", {"subject": "", "body": "Ждём вас на сервис"})


def fill_letters(people: int, port: int) -> Campaign:
    """The same by e-mail, through a server on this port."""
    options = {"host": "127.0.0.1", "port": port, "security": "none"}
    account = make_account(provider="smtp", options=options, per_second=100_000)
    return _running(people, account, "email", {})


def _running(people: int, account: Account, kind: str, content: dict[str, str]) -> Campaign:
    search_base.fill(make_source().pk, people)
    segment = make_segment()
    with connection.cursor() as cursor:
        if kind == "email":
            cursor.execute(MORE_EMAILS, {"people": people})
        cursor.execute(CONSENTS, {"channel": account.channel, "kind": kind})
        cursor.execute(MEMBERS, [segment.pk])
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    partitions.ensure_near()
    running = Campaign.State.RUNNING
    return make_campaign(segment, account=account, channel=account.channel, content=content, state=running)


def plan(campaign: Campaign) -> Run:
    """The campaign's next run, with its messages and chunks."""
    run = open_run(campaign)
    planning.freeze(run)
    return run


def open_run(campaign: Campaign) -> Run:
    first = partitions.month_of(timezone.localdate()) * partitions.RUNS_A_MONTH
    return Run.objects.create(
        id=first + Run.objects.count() + 1,
        campaign=campaign,
        content=campaign.contents.get(),
        account=campaign.account,
        send_until=timezone.now() + planning.SEND_FOR,
    )
