"""The queue of doubtful pairs: proposed by the model of `linkage` after an import, decided by people, remembered.

A pair is two cards that stand for their customers. What was decided is never asked again: a decision binds whoever
holds the two cards (`decisions`). Accepting merges, refusing keeps apart for ever; the latest word stands.
"""

import json
import logging
import os
import subprocess
import sys
from urllib.parse import quote

import django_rq
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.identity.merging import Refused, exclusive, merge_by_hand
from segments.models.identity import ReviewPair

logger = logging.getLogger(__name__)

QUEUE = "imports"  # where segments are refreshed nobody should wait for minutes of weighing
JOB = "segments.identity.proposing.propose_for"
LONGEST = 1800  # seconds
# «phone: the same, first name: an initial fits» (`explain`)
FEATURES = {
    "last": gettext_lazy("surname"), "first": gettext_lazy("first name"), "middle": gettext_lazy("patronymic"),
    "birth_date": gettext_lazy("date of birth"), "city": gettext_lazy("city"), "phones": gettext_lazy("phone"),
    "emails": gettext_lazy("e-mail"), "cars": gettext_lazy("car"),
}  # fmt: skip
AGREEMENT = {
    "same": gettext_lazy("the same"), "near": gettext_lazy("nearly the same"),
    "initial": gettext_lazy("the initial fits"), "other": gettext_lazy("different"),
}  # fmt: skip


def explain(evidence: dict[str, str]) -> list[tuple[str, str, str]]:
    """(code, feature, how it agrees) in words, the strongest agreement first, what is not known left out."""
    order = list(AGREEMENT)
    known = [(code, evidence[code]) for code in FEATURES if evidence.get(code) in AGREEMENT]
    known.sort(key=lambda pair: order.index(pair[1]))
    return [(word, str(FEATURES[code]), str(AGREEMENT[word])) for code, word in known]


def enqueue(batch_id: int) -> None:
    """Ring for `propose_for`; a lost bell costs a day: the night asks too (`segments.nightly`)."""
    transaction.on_commit(lambda: django_rq.get_queue(QUEUE).enqueue(JOB, batch_id, job_timeout=LONGEST), robust=True)


def propose_apart(batch_id: int) -> None:
    """`proposing.propose_for` in a process of its own, so that its memory is not the import's.

    It may take `settings.REVIEW_SECONDS` (zero: no pairs are proposed); what is not done by then is left to the night.
    """
    try:
        _in_own_process("--batch", str(batch_id))
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        logger.warning("Import %s: doubtful pairs are left to the night", batch_id, exc_info=True)


def propose_tonight() -> dict[str, int]:
    """The night's work: `proposing.propose` in a process of its own; what it reported."""
    return _in_own_process()


def _in_own_process(*arguments: str) -> dict[str, int]:
    """What `manage.py propose_pairs` said. Inside a transaction nothing is done: another process could not see it."""
    if not settings.REVIEW_SECONDS or connection.in_atomic_block:
        return {}
    here = connection.settings_dict
    address = "{HOST}:{PORT}/{NAME}".format(**here)
    url = f"postgresql://{quote(here['USER'], safe='')}:{quote(here['PASSWORD'], safe='')}@{address}"
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "propose_pairs", "--json", *arguments],
        env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, timeout=settings.REVIEW_SECONDS, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def accept(pair_id: int, author_id: int) -> int:
    """The two are one person: the older customer stays. Returns her id. Raises Refused."""
    pair = _open(pair_id)
    survivor, loser = sorted((pair.card_a.customer_id, pair.card_b.customer_id))
    with transaction.atomic():
        _decide(pair, ReviewPair.State.ACCEPTED, author_id)
        if survivor != loser:
            merge_by_hand([survivor, loser], survivor, author_id, "review")
    return survivor


@exclusive()
def refuse(pair_id: int, author_id: int) -> None:
    """The two are different people, for ever. Raises Refused."""
    pair = _open(pair_id)
    if pair.card_a.customer_id == pair.card_b.customer_id:
        raise Refused(_("The two are one customer by now. Take their merge back on her page."))
    _decide(pair, ReviewPair.State.REFUSED, author_id)


def _open(pair_id: int) -> ReviewPair:
    pair = ReviewPair.objects.select_related("card_a", "card_b").filter(pk=pair_id, state=ReviewPair.State.OPEN).first()
    if pair is None:
        raise Refused(_("This pair has been decided already."))
    return pair


def _decide(pair: ReviewPair, state: str, author_id: int) -> None:
    mine = ReviewPair.objects.filter(pk=pair.pk, state=ReviewPair.State.OPEN)
    if not mine.update(state=state, decided_by_id=author_id, decided_at=timezone.now()):
        raise Refused(_("This pair has been decided already."))
