"""What the results hold of an erased person: her number in calls, her words in survey answers, what she did on sites."""

from collections.abc import Sequence

from django.db.models import Q

from segments.models import CardContact, ContactPoint
from tracking.models import Call, NpsAnswer, Response, ResponseFacts, SiteDevice, SurveyAnswer, WebsiteEvent
from tracking.telephony import notices
from tracking.telephony_models import CallDifference


def erase(customer_ids: Sequence[int]) -> None:
    """An eraser of `segments.erasing`: calls and answers stay as figures of their campaigns; events of sites go."""
    points = CardContact.objects.filter(customer__in=customer_ids).values_list("contact_point", flat=True)
    shared = CardContact.objects.filter(contact_point__in=points).exclude(customer__in=customer_ids)
    hers = set(points) - set(shared.values_list("contact_point", flat=True))
    nobody = {"customer": None, "contact_point": None, "caller": "", "details": {}}
    calls = Call.objects.filter(Q(customer__in=customer_ids) | Q(contact_point__in=hers))
    CallDifference.objects.filter(external_id__in=calls.values("external_id")).delete()
    notices.forget_phones(list(ContactPoint.objects.filter(pk__in=hers, kind="phone").values_list("value", flat=True)))
    calls.update(**nobody)
    SurveyAnswer.objects.filter(customer__in=customer_ids).update(comment="", brands=[], topics=[])
    scores = NpsAnswer.objects.filter(customer__in=customer_ids)
    scores.update(customer=None, answered_by=None, comment="", may_call=False)
    Response.objects.filter(customer__in=customer_ids).delete()
    ResponseFacts.objects.filter(customer__in=customer_ids).delete()
    WebsiteEvent.objects.filter(customer__in=customer_ids).delete()
    SiteDevice.objects.filter(customer__in=customer_ids).delete()
    waited_for = ContactPoint.objects.filter(pk__in=hers).values_list("value", flat=True)
    SiteDevice.objects.filter(customer=None, contact_value__in=list(waited_for)).delete()
