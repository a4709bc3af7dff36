"""Salespeople of the demo base, and calls for them to make: in a centre where people have left without a purchase."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db.models import Count
from django.utils import timezone

from campaigns.calls_to_make import making
from campaigns.literals import bigints
from campaigns.models import CallTask
from crmsite.models import Workplace
from segments.models import Centre, CustomerFacts

SELLER, OTHERS = "seller", ("head", "operator")
CALLS = 40  # asked for: those who have refused get none
OVERDUE = (2, 5, 30, 50)  # hours, of the first of them
ORDER = making.Order(
    "Был в салоне и ушёл без покупки",
    "Здравствуйте! Вы недавно были у нас в салоне. Что помешало решиться?\n"
    "Если дело в цене — предложите расчёт кредита и оценку автомобиля в зачёт.\nДоговоритесь о визите на этой неделе.",
    hours=24,
)


def make_calls() -> None:
    """Of the centre where most have left without a purchase; its salesperson is the one whom most of them know."""
    left = CustomerFacts.objects.filter(left_without_purchase__isnull=False, home_centre__isnull=False, has_phone=True)
    busiest = left.values("home_centre").annotate(n=Count("pk")).order_by("-n", "home_centre").first()
    if busiest is None or CallTask.objects.exists():
        return
    centre = Centre.objects.get(pk=busiest["home_centre"])
    theirs = left.filter(home_centre=centre)
    sellers = theirs.exclude(last_salesperson=None).values("last_salesperson").annotate(n=Count("pk"))
    best = sellers.order_by("-n", "last_salesperson").values_list("last_salesperson", flat=True).first()
    for login, salesperson in ((SELLER, best), *((other, None) for other in OTHERS)):
        user = get_user_model().objects.get(username=login)
        place, _made = Workplace.objects.get_or_create(user=user, defaults={"salesperson_id": salesperson})
        place.centres.set([centre])
    people = list(theirs.order_by("-left_without_purchase", "pk").values_list("pk", flat=True)[:CALLS])
    now = timezone.now()
    making.for_enrolments(ORDER, bigints(people), "{" + ",".join(["NULL"] * len(people)) + "}", now)
    for task, hours in zip(CallTask.objects.order_by("pk"), OVERDUE, strict=False):
        due = now - timedelta(hours=hours)
        CallTask.objects.filter(pk=task.pk).update(made_at=due - timedelta(days=1), deadline=due, due_at=due)
