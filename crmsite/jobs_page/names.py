"""What people call the queues and the jobs, and which jobs a person may run again.

`JOBS` is the allow-list of repeating: each function here asks PostgreSQL what is still due, takes it under a lock,
a lease or a conditional update, and does nothing where nothing is due. A job that is not listed is never repeated
by a button. `tests/crmsite/test_jobs_page.py` fails when a job of the code has no name here.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import Channel
from crmsite.base_alarms import NIGHT_WORKS

QUEUES: dict[str, Promise] = {
    "imports": gettext_lazy("Imports and feeds"),
    "segments": gettext_lazy("Segments and nightly work"),
    "campaigns": gettext_lazy("Answers and questions to providers"),
    "tracking": gettext_lazy("Results of campaigns"),
    "sending-email": gettext_lazy("Sending: e-mail"),
    "sending-sms": gettext_lazy("Sending: SMS"),
    "sending-push": gettext_lazy("Sending: push"),
    "sending-messengers": gettext_lazy("Sending: messengers and the rest"),
}
JOBS: dict[str, Promise] = {
    "segments.importing.jobs.run_batch": gettext_lazy("Import of a file"),
    "segments.importing.jobs.undo_batch": gettext_lazy("Undoing an import"),
    "segments.importing.indexes.pay": gettext_lazy("Indexes that a broken-off import has left unbuilt"),
    "segments.feeding.jobs.look": gettext_lazy("Look into a feed"),
    "segments.identity.proposing.propose_for": gettext_lazy("Search for doubtful pairs after an import"),
    "segments.identity.priorities.settle": gettext_lazy("Names and contacts anew, by the priority of sources"),
    "segments.value_tables.settle": gettext_lazy("Words of files read anew"),
    "segments.rfm.applying.apply": gettext_lazy("RFM counted anew"),
    "segments.refreshing.refresh_due": gettext_lazy("Refresh of a segment"),
    "segments.facts_registry.catch_up": gettext_lazy("Facts of customers brought up to date"),
    "segments.outward.syncing.sync_due": gettext_lazy("Synchronisation of an external list"),
    "segments.nightly.run_due": gettext_lazy("Nightly work"),
    "campaigns.jobs.pump": gettext_lazy("Sending messages"),
    "campaigns.jobs.answer_people": gettext_lazy("Sending answers and greetings"),
    "campaigns.jobs.inquire": gettext_lazy("Asking providers about messages"),
    "campaigns.jobs.inspect": gettext_lazy("Check of a campaign before its launch"),
    "campaigns.jobs.read_templates": gettext_lazy("Reading templates of providers"),
    "tracking.jobs.count_large_campaigns": gettext_lazy("Counting what large campaigns brought"),
    "tracking.jobs.mail_reports": gettext_lazy("Reports by e-mail"),
    "campaigns.jobs.make_promo_codes": gettext_lazy("Making promo codes and bringing them in"),
    "campaigns.jobs.lead_referrals": gettext_lazy("Requests of friends, and points for them"),
    "tracking.telephony.jobs.pull": gettext_lazy("Reading calls from the call tracking"),
    "tracking.telephony.jobs.apply": gettext_lazy("Notifications of calls"),
    "tracking.telephony.jobs.reconcile": gettext_lazy("Calls compared with the report"),
    "campaigns.jobs.lead_scenarios": gettext_lazy("Leading people through scenarios"),
}
SWEEPS: dict[str, Promise] = {
    "segments": gettext_lazy("Customers: imports, feeds, segments, nightly work"),
    "channels": gettext_lazy("Channels: months of journals, what is kept too long"),
    "campaigns": gettext_lazy("Campaigns: what is due to start, to be sent, to be finished"),
    "tracking": gettext_lazy("Results: calls and substitute numbers"),
}


def name_of(function: str) -> str:
    return str(JOBS.get(function, _("A job that this version does not know")))


def subject_of(arguments: Sequence[Any]) -> str:
    """What a job is about: jobs carry ids, names of channels and of works only. Anything else is not shown."""
    first = arguments[0] if arguments else None
    if isinstance(first, int):
        return f"№\u00a0{first}"
    if first in Channel.values:
        return str(Channel(first).label)
    return str(NIGHT_WORKS.get(first, "")) if isinstance(first, str) else ""


def may_be_repeated(function: str) -> bool:
    return function in JOBS
