"""External lists of segments go over the accounts that channels keep at services of lists: both are joined here.

Nobody of the global control group is on any of them: she would get over others what she does not get from us.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.experiments import draw_sql
from channels.audiences import SERVICES, ServiceError, service_class, service_for
from channels.audiences.base import ListService
from channels.models import Account, ListAccount
from segments.models.people import ContactKind
from segments.outward.providers import ListError
from segments.outward.spared import Spared


class Connected:
    """An account and one kind of its addresses, as `segments.outward.providers.ListProvider`."""

    def __init__(self, account: ListAccount, kind: str) -> None:
        service = service_class(account.provider)
        self.account, self.kind = account, kind
        self.name = f"account-{account.pk}-{kind}"
        self.channel, self.batch = service.kinds[kind], service.batch
        self.audience_help = service.audience_help

    @property
    def label(self) -> str:
        """Also what an export log and a withdrawn consent say of it."""
        name = f"{self.account.name}: {ContactKind(self.kind).label}"
        return name if self.account.is_active else _("%(name)s (off)") % {"name": name}

    @property
    def keeps_journal(self) -> bool:
        """Nothing leaves: what would be added is held back and counted, what would be removed waits and says so."""
        return self.account.mode == Account.Mode.JOURNAL

    def opt_outs(self, audience: str) -> Iterable[str]:
        if self.keeps_journal:
            return ()
        with self._service() as service:
            return list(service.opt_outs(audience))

    def held_back(self, audience: str, count: int) -> str:
        if self.keeps_journal:
            return self._journal_note()
        with self._service() as service:
            return service.held_back(audience, self.kind, count)

    def pack(self, values: Sequence[str]) -> bytes:
        with self._service() as service:
            return service.pack(self.kind, values)

    def add(self, audience: str, values: Sequence[str]) -> Mapping[str, str]:
        with self._service() as service:
            return service.add(audience, self.kind, values)

    def remove(self, audience: str, values: Sequence[str]) -> None:
        if self.keeps_journal:
            raise ListError(self._journal_note(), permanent=True)
        with self._service() as service:
            service.remove(audience, self.kind, values)

    def told(self, audience: str) -> str:
        if self.keeps_journal:
            return self._journal_note()
        with self._service() as service:
            return service.told(audience)

    def _journal_note(self) -> str:
        return _("The account “%(name)s” keeps a journal: nothing leaves.") % {"name": self.account}

    @contextmanager
    def _service(self) -> Iterator[ListService]:
        """Its faults become those of lists."""
        if not self.account.is_active:
            raise ListError(_("The account “%(name)s” is off.") % {"name": self.account}, permanent=True)
        try:
            with service_for(self.account) as service:
                yield service
        except ServiceError as error:
            raise ListError(str(error), permanent=error.permanent) from error


def left_alone() -> Spared | None:
    """The global control group."""
    if not settings.GLOBAL_CONTROL_PERCENT:
        return None
    share = settings.GLOBAL_CONTROL_PERCENT / 100
    drawn = f"{draw_sql('%(global_salt)s', 'member.customer_id')} < %(global_share)s"
    return Spared(drawn, {"global_salt": settings.GLOBAL_CONTROL_SALT, "global_share": share})


def connected() -> list[Connected]:
    """Every account with each kind of address that its service takes."""
    accounts = [account for account in ListAccount.objects.all() if account.provider in SERVICES]
    return [Connected(account, kind) for account in accounts for kind in service_class(account.provider).kinds]
