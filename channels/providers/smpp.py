"""SMPP 3.4: a kept session with an operator's or an aggregator's message centre.

Submits go in a window, matched by their sequence numbers (`smpp_window`); texts as GSM-7 or UCS-2, long ones by a
user data header (`channels.sms_text`). What the centre brings meanwhile, receipts and people's messages, is told
through `channels.reporting` and acknowledged only then; `listen` holds a session for them when nobody sends.
Centres differ in what the options name: types of numbers, the spelling of message ids, the zone of their clock,
codes of their own. None of that could be verified against a particular centre.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from queue import Empty
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import close_old_connections
from django.utils.translation import gettext as _
from smpplib import consts

from channels import reporting, sms_text
from channels.limits import Gate
from channels.models import Account
from channels.providers.base import (
    REJECTED,
    Action,
    Addressed,
    After,
    Before,
    Capabilities,
    Provider,
    ProviderError,
    Result,
    Told,
)
from channels.providers.smpp_delivered import Reader, key_of
from channels.providers.smpp_errors import PASSING_BINDS, own_verdicts
from channels.providers.smpp_options import OPTIONS, Source, faults_in, source_of
from channels.providers.smpp_pdu import Delivery
from channels.providers.smpp_window import Pace, Submit, Window, at_once
from channels.providers.smpp_wire import Address, Refused, Session
from channels.sealing import unseal

log = logging.getLogger(__name__)

LONGEST_PASSWORD = 8  # SMPP 3.4, 5.2.2: nine octets with the closing NUL; a longer one would be cut silently
DATA_CODING = {
    sms_text.Encoding.GSM7: consts.SMPP_ENCODING_DEFAULT,
    sms_text.Encoding.UCS2: consts.SMPP_ENCODING_ISO10646,
}
TRIED_AGAIN = (0, 1, 2, 4)  # seconds before each attempt to connect anew
LISTENED = 0.5  # seconds between two looks whether to stop


class SmppProvider(Provider):
    """The secret is the password. The account's `per_second` counts segments here, as operators do."""

    width = 100
    options: ClassVar[dict[str, object]] = OPTIONS
    capabilities = Capabilities(tells_delivered=True, max_length=sms_text.MAX_PARTS * 67)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._session: Session | None = None
        self._pace = Pace(account.per_second, pause_seconds=self._number("throttle_pause"))
        self._reader = Reader(ZoneInfo(self._word("timezone")), self._word("message_ids"), self._word("alphabet"))
        lines = self.option("errors")
        self._own_verdicts = own_verdicts(lines if isinstance(lines, list) else ())

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        return faults_in(options)

    def open(self) -> None:
        self._source()  # a sender that cannot go is said before anybody waits for the centre
        self._bind("transceiver" if self._word("bind") == "transceiver" else "transmitter")

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        if self._session is None:
            self.open()
        window = self._window(after)
        try:
            for message in messages:
                segments = self._segments(message)
                if isinstance(segments, Result):
                    after(message.id, segments)
                    continue
                window = self._ready(window, after)
                before(message.id)
                window.launch(message.id, segments)
        finally:
            window.drain()
            self._tell(self._reader.rest)  # the next to send may be another process: nobody would join them
        self._heed(window)

    def check(self) -> str:
        with self:
            address = self._address()
        sentence = _("The message centre %(host)s:%(port)s accepts this account.")
        return sentence % {"host": address.host, "port": address.port}

    def cost(self, message: Addressed) -> Any:
        return sms_text.price(message.body.decode("utf-8", "replace"), self.account.cost)

    def listen(self, stop: threading.Event) -> None:
        """Take what the centre brings until told to stop. Raises ProviderError when there is no session any more; called
        again, it goes on with the segments it has."""
        self._bind("transceiver" if self._word("bind") == "transceiver" else "receiver")
        session = self._bound()
        try:
            while not stop.is_set():
                close_old_connections()
                self._tell(self._reader.overdue)
                self._hear(session)
        finally:
            self.close()
        self._tell(self._reader.rest)

    def _hear(self, session: Session) -> None:
        with suppress(Empty):
            event = session.heard.get(timeout=LISTENED)
            if event is None:
                raise ProviderError(_("The message centre closed the connection."), permanent=False)
            if isinstance(event, Delivery):
                self._take(session, event)

    def _window(self, after: After) -> Window:
        session = self._bound()
        form = self._word("message_ids")
        return Window(
            session,
            size=min(max(1, int(self._number("window"))), self.width),
            pace=self._pace,
            after=after,
            delivered=lambda delivery: self._take(session, delivery),
            own_verdicts=self._own_verdicts,
            key_of=lambda message_id: key_of(message_id, form, receipt=False),
            slots=Gate(self.account).more if self.account.pk else at_once,
            timeout=self._number("answer_timeout"),
        )

    def _ready(self, window: Window, after: After) -> Window:
        """A window into which a message may go now: this one, or that of a new session. Raises ProviderError."""
        window.make_room()
        while window.session.is_lost:
            window.drain()
            self._open_again()
            window = self._window(after)
            window.make_room()
        self._heed(window)
        return window

    def _heed(self, window: Window) -> None:
        if window.stop is not None:
            sentence = _("The message centre does not serve the account: %(why)s.")
            raise ProviderError(sentence % {"why": window.stop.reply}, permanent=True)

    def _open_again(self) -> None:
        for seconds in TRIED_AGAIN:
            self.close()
            time.sleep(seconds)
            try:
                self.open()
            except ProviderError as error:
                if error.permanent or seconds == TRIED_AGAIN[-1]:
                    raise
            else:
                return

    def _bind(self, mode: str) -> None:
        address = self._address()
        session = Session(address)
        try:
            session.open(
                mode,
                system_id=self._word("system_id"),
                password=self._password(),
                system_type=self._word("system_type"),
            )
        except Refused as error:
            permanent = error.status not in PASSING_BINDS
            sentence = _("The message centre does not let us in at the moment: %(why)s.")
            if permanent:
                sentence = _("The message centre refused the account: %(why)s. Check the system ID and the password.")
            raise ProviderError(sentence % {"why": error}, permanent=permanent) from error
        except OSError as error:
            sentence = _("The message centre %(host)s:%(port)s does not answer: %(why)s")
            where = {"host": address.host, "port": address.port, "why": error.strerror or error}
            raise ProviderError(sentence % where, permanent=False) from error
        self._session = session

    def _bound(self) -> Session:
        if self._session is None:
            raise ProviderError(_("The connection to the message centre is closed."), permanent=False)
        return self._session

    def _segments(self, message: Addressed) -> list[Submit] | Result:
        """What goes onto the wire, or the refusal of a message that cannot."""
        phone = message.to.removeprefix("+")
        if not (phone.isascii() and phone.isdigit() and len(phone) <= 15):
            return _refusal("phone", Action.MARK_CONTACT)
        try:
            text = message.body.decode()
            bodies = sms_text.split(text)
        except UnicodeDecodeError:
            return _refusal("not_utf8")
        except sms_text.TooLong:
            return _refusal("too_long")
        if not bodies:
            return _refusal("empty")
        common = self._common(message.sender) | {
            "destination_addr": phone,
            "data_coding": DATA_CODING[sms_text.encoding_of(text)],
        }
        if len(bodies) == 1:
            return [common | {"short_message": bodies[0], "registered_delivery": 1}]
        header = bytes([5, 0, 3, message.id & 0xFF, len(bodies)])
        return [
            common
            | {
                "esm_class": consts.SMPP_GSMFEAT_UDHI,
                "short_message": header + bytes([number]) + body,
                "registered_delivery": int(number == 1),
            }
            for number, body in enumerate(bodies, start=1)
        ]

    def _common(self, sender: str) -> dict[str, Any]:
        source = self._source(sender)
        hours = int(self._number("validity_hours"))
        return {
            "service_type": self._word("service_type"),
            "source_addr_ton": source.ton,
            "source_addr_npi": source.npi,
            "source_addr": source.address,
            "dest_addr_ton": int(self._number("destination_ton")),
            "dest_addr_npi": int(self._number("destination_npi")),
            # SMPP 3.4, 7.1.1: years, months, days, hours …, R for relative.
            "validity_period": f"0000{hours // 24:02}{hours % 24:02}0000000R" if hours else "",
        }

    def _source(self, sender: str = "") -> Source:
        try:
            return source_of(sender or self.account.sender_name, self.account.options or {})
        except ValueError as error:
            sentence = _("A sender is up to 11 Latin letters and digits, or a number: “%(sender)s” is not.")
            raise ProviderError(sentence % {"sender": error}, permanent=True) from error

    def _take(self, session: Session, delivery: Delivery) -> None:
        """Acknowledge what could be stored and told; ask for the rest again."""
        is_told = self._tell(partial(self._reader.read, delivery))
        session.acknowledge(delivery, consts.SMPP_ESME_ROK if is_told else consts.SMPP_ESME_RX_T_APPN)

    def _tell(self, read: Callable[[], Told]) -> bool:
        """Whether it could be stored and told. Who listens must not stop who sends."""
        try:
            told = read()
            if told.reports or told.incoming:
                reporting.take(self.account, told)
        except Exception:
            log.exception("account %s: what the message centre brought could not be told", self.account.pk)
            return False
        return True

    def _address(self) -> Address:
        return Address(
            host=self._word("host"),
            port=int(self._number("port")),
            tls=self._word("security") == "tls",
            timeout=self._number("connect_timeout"),
            keep_alive=self._number("keep_alive"),
        )

    def _password(self) -> str:
        password = unseal(self.account.secret)
        if len(password) > LONGEST_PASSWORD or not password.isascii():
            sentence = _("A password of SMPP has at most %(count)d Latin characters; this one cannot be right.")
            raise ProviderError(sentence % {"count": LONGEST_PASSWORD}, permanent=True)
        return password

    def _word(self, name: str) -> str:
        return str(self.option(name)).strip()

    def _number(self, name: str) -> float:
        return float(str(self.option(name)))


def _refusal(code: str, action: Action = Action.NONE) -> Result:
    return Result(REJECTED, code=code, permanent=True, action=action)
