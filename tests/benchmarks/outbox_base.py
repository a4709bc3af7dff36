"""A run over a whole base, made set-wise by SQL: what the benches of the outbox drain."""

from django.db import connection
from django.utils import timezone

from campaigns import partitions, planning
from campaigns.models import Campaign, Run
from tests.benchmarks import search_base
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_segment, make_source

CONSENTS = """
INSERT INTO segments_consentstate (contact_point_id, channel, purpose, given, origin, log_id)
SELECT id, 'sms', 'advertising', true, 'import', id FROM segments_contactpoint WHERE kind = 'phone'
"""
MEMBERS = "INSERT INTO segments_membership (segment_id, customer_id) SELECT %s, id FROM segments_customer"
TABLES = ("segments_consentstate", "segments_membership")


def fill(people: int) -> Campaign:
    """People who all agreed to SMS, and a campaign to all of them that is running."""
    search_base.fill(make_source().pk, people)
    segment = make_segment()
    with connection.cursor() as cursor:
        cursor.execute(CONSENTS)
        cursor.execute(MEMBERS, [segment.pk])
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    partitions.ensure_near()
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA", per_second=100_000)
    content = {"subject": "", "body": "Ждём вас на сервис"}
    return make_campaign(segment, account=account, channel="sms", content=content, state=Campaign.State.RUNNING)


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
