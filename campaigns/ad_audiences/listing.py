"""The external list of an audience export: made as the campaign starts, and who is on it from then on.

The state of the campaign and its period alone say who that is, each time the list is brought in step: while it runs, its
people; while it is paused, those of them who are there already; before it and after it nobody. So an opt-out takes a person
off whatever the state, and nothing has to be told to the ad account twice.
"""

from datetime import datetime, time, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import AdAudience, Campaign, Run
from campaigns.refusals import Refused
from segments.models import ExternalList
from segments.outward import syncing
from segments.outward.members import NOBODY, Members

# The address that was frozen, while she still has it; of people who became one since, hers who is left.
PEOPLE = """
SELECT h.customer_id, h.contact_point_id FROM campaigns_message AS m
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
JOIN segments_cardcontact AS h
    ON h.customer_id = COALESCE(c.merged_into_id, m.customer_id) AND h.contact_point_id = m.contact_point_id
WHERE m.run_id = %(run)s AND m.left_out = ''
"""
STILL_THERE = f"""{PEOPLE} AND EXISTS (
    SELECT FROM segments_externaladdress AS x
    WHERE x.external_list_id = %(of_list)s AND x.contact_point_id = m.contact_point_id
)"""
LONGEST_NAME = ExternalList._meta.get_field("name").max_length


def ends_at(audience: AdAudience) -> datetime:
    """The midnight, by the holding's clock, after its last day."""
    return timezone.make_aware(datetime.combine(audience.ends_on + timedelta(days=1), time.min))


def list_name(audience: AdAudience) -> str:
    """What the ad account calls the list; one without a name of its own has one that no other campaign has."""
    return audience.list_name or f"Krug {audience.campaign_id}"


def occupied(audience: AdAudience) -> str:
    """Who has the list already, in a sentence: another export whose people are there, or a segment; '' when nobody has."""
    same = {"provider": audience.provider, "audience": list_name(audience)}
    told = {"list": list_name(audience)}
    if external := ExternalList.objects.filter(**same, segment__isnull=False).first():
        sentence = _("The list “%(list)s” is kept in step with a segment (“%(name)s”): choose another name.")
        return sentence % {**told, "name": external.name}
    others = AdAudience.objects.filter(external_list__isnull=False, emptied_at=None).exclude(pk=audience.pk)
    other = others.filter(**{f"external_list__{key}": same[key] for key in same}).select_related("campaign").first()
    if other is None:
        return ""
    sentence = _(
        "The list “%(list)s” still has the people of “%(name)s”: choose another name, or wait until it has ended."
    )
    return sentence % {**told, "name": other.campaign}


def begin(run: Run) -> None:
    """In the transaction of a start. A list that an earlier export has left empty is taken up again. Raises `Refused`:
    somebody else has taken it meanwhile."""
    campaign = run.campaign
    audience = AdAudience.objects.select_for_update().get(campaign=campaign)
    same = {"provider": audience.provider, "audience": list_name(audience)}
    ExternalList.objects.select_for_update().filter(**same).first()  # of two that start at once one waits here
    if sentence := occupied(audience):
        raise Refused(sentence)
    begun = {"segment": None, "is_active": True, "due_at": timezone.now(), "synced_at": None, "error": "", "told": ""}
    named = {"name": f"№ {campaign.pk} {campaign.name}"[:LONGEST_NAME], "author_id": campaign.author_id}
    external, _made = ExternalList.objects.update_or_create(**same, defaults=begun | named)
    audience.external_list = external
    audience.seen_sync = external.syncs.aggregate(last=Max("pk"))["last"] or 0
    audience.save(update_fields=["external_list", "seen_sync"])


def members(external: ExternalList) -> Members | None:
    """For `segments.outward.members`."""
    audience = AdAudience.objects.filter(external_list=external, emptied_at=None).select_related("campaign").first()
    if audience is None:
        return None
    run = audience.campaign.runs.order_by("id").last()
    if run is None or has_ended(audience) is not None:
        return NOBODY
    sql = STILL_THERE if audience.campaign.state == Campaign.State.PAUSED else PEOPLE
    return Members(sql, {"run": run.pk, "of_list": external.pk}, audience.campaign.brand_id)


def has_ended(audience: AdAudience) -> datetime | None:
    """Since when nobody of it is to be on the list; None while somebody may be."""
    campaign = audience.campaign
    if campaign.state == Campaign.State.STOPPED:
        return campaign.finished_at
    over = ends_at(audience)
    return over if over <= timezone.now() else None


def ask(campaign: Campaign) -> None:
    """After the campaign went from one state to another: its list is due."""
    if campaign.is_audience and (list_id := campaign.ad_audience.external_list_id):
        syncing.ask_list(list_id)
