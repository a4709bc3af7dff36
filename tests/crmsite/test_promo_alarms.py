"""The start page names a pool of promo codes before it is empty."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, PromoCode
from campaigns.promo import choosing
from crmsite import promo_alarms
from tests.campaigns.builders import make_campaign
from tests.campaigns.promos import make_pool
from tests.segments.builders import make_staff

pytestmark = pytest.mark.django_db


def test_a_pool_is_named_when_it_lasts_no_week_more() -> None:
    boss, pool = make_staff("campaigns.change_promopool"), make_pool(10)
    choosing.save(make_campaign(state=Campaign.State.RUNNING), pool)
    assert promo_alarms.tasks_for(boss) == []
    issued = PromoCode.objects.filter(pk__in=list(PromoCode.objects.values_list("pk", flat=True)[:6]))
    issued.update(issued_at=timezone.now() - timedelta(days=1))
    (task,) = promo_alarms.tasks_for(boss)
    assert task.tone == "warning"
    assert pool.name in task.text
    assert promo_alarms.tasks_for(make_staff()) == []
    issued.update(issued_at=timezone.now() - timedelta(days=8))
    assert promo_alarms.tasks_for(boss) == []
    PromoCode.objects.update(issued_at=timezone.now() - timedelta(days=8))
    assert promo_alarms.tasks_for(boss)[0].tone == "danger"
    Campaign.objects.update(state=Campaign.State.FINISHED)
    assert promo_alarms.tasks_for(boss) == []
