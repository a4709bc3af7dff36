"""What a referral programme brought: from links that were followed to purchases, and what a new customer cost."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from campaigns.models import Referral, ReferralDay, ReferralProgramme

State = Referral.State
GIFTS = F("points") + F("welcome")


@dataclass(frozen=True, slots=True)
class Figures:
    """`owed`: points of visits and purchases that are gone again, spent before they could be taken back."""

    followed: int
    requests: int
    waiting: int
    newcomers: int
    visits: int
    purchases: int
    points: int
    owed: int
    roubles: Decimal
    refused: list[tuple[str, int]]

    @property
    def cost(self) -> Decimal | None:
        """Of a new customer; None while there is nobody."""
        return self.roubles / self.newcomers if self.newcomers else None


def of(programme: ReferralProgramme) -> Figures:
    hers = Referral.objects.filter(programme=programme)
    new = Q(state=State.NEWCOMER)
    sums = hers.aggregate(
        requests=Count("pk"), waiting=Count("pk", Q(state=State.WAITING)), newcomers=Count("pk", new),
        visits=Count("pk", new & Q(visited_at__isnull=False)), purchases=Count("pk", new & Q(bought_at__isnull=False)),
        sum=Sum(GIFTS, default=0), owed=Sum(GIFTS, filter=Q(rewarded_at__isnull=False, met_at=None), default=0),
    )  # fmt: skip
    followed = ReferralDay.objects.filter(programme=programme).aggregate(all=Sum("followed", default=0))["all"]
    refused = Counter(dict(hers.exclude(why="").values_list("why").annotate(Count("pk")).order_by()))
    told = [(str(Referral.Why(why).label), people) for why, people in refused.most_common()]
    points = sums.pop("sum")
    return Figures(followed=followed, points=points, roubles=programme.point_cost * points, refused=told, **sums)
