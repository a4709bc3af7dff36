"""What providers tell of templates by themselves: the state changes at once, and campaigns under it stop with the reason.

News repeat and overtake each other: of two the one that happened later stands, and a list that was read since goes before
both. What only says that something is another, or speaks of a template that we do not know, has the list read anew.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from campaigns import templating
from campaigns.models import MessageTemplate
from channels.models import Account
from channels.providers.approved import TemplateNews

CLOCKS = timedelta(minutes=1)  # a provider's clock may be so far behind ours


def take(sender: object, news: Iterable[tuple[int, TemplateNews]], **kwargs: object) -> None:
    """Receiver of `channels.signals.templates_changed`, in its transaction."""
    told: dict[int, list[TemplateNews]] = {}
    for account_id, one in news:
        told.setdefault(account_id, []).append(one)
    for account in Account.objects.filter(pk__in=told):
        _take(account, sorted(told[account.pk], key=lambda one: one.happened_at))


def _take(account: Account, news: Sequence[TemplateNews]) -> None:
    are_known = [_apply(account, one) for one in news]
    if not all(are_known):
        MessageTemplate.objects.filter(account=account).update(asked_at=timezone.now() - 2 * templating.EVERY)
    templating.pause_campaigns(account)


def _apply(account: Account, one: TemplateNews) -> bool:
    """False: only the list says what is now."""
    if one.state is None and not one.quality:
        return False
    same = MessageTemplate.objects.filter(account=account, name=one.name, language=one.language)
    if one.quality:
        same.update(quality=one.quality[:20])
        return same.exists()
    is_latest = Q(told_at=None) | Q(told_at__lte=one.happened_at)
    changed = same.filter(is_latest, synced_at__lte=one.happened_at + CLOCKS).update(
        state=one.state, said=one.said[:40], reason=one.reason[:200], told_at=one.happened_at
    )
    return bool(changed) or same.exists()
