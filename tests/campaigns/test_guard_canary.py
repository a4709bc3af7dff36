"""No message holds what belongs to another person: a canary in every field of everybody, many workers at once."""

import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from itertools import count
from threading import Barrier, Lock
from unittest import mock

from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from campaigns import bell, partitions, permission, running, slots
from campaigns.models import Run
from campaigns.pump.draining import drain
from channels.providers.base import ACCEPTED, Result
from channels.providers.inbox import InboxProvider
from segments.models import Brand, CarModel, Centre, City, Customer, CustomerFacts
from tests.campaigns.builders import approve, make_account, make_campaign
from tests.campaigns.room import assert_identity, empty_outbox, make_readers
from tests.segments.builders import make_segment

PEOPLE, WORKERS = 120, 4
CANARY = re.compile("[Кк]анарейка([а-й]{3})")
FIELDS = ("фамилия", "отчество", "город", "автомобиль", "бренд", "салон", "код")


def canary(number: int) -> str:
    """A word of letters alone, as names are."""
    return "Канарейка" + "".join("абвгдежзий"[int(digit)] for digit in f"{number:03}")


def plant(readers: list[Customer]) -> None:
    """Everybody a canary of her own in all that a placeholder can print."""
    for number, reader in enumerate(readers):
        word = canary(number)
        reader.last_name, reader.middle_name = word, word
        reader.city = City.objects.create(name=word)
        brand = Brand.objects.create(name=word)
        model = CarModel.objects.create(brand=brand, name=word)
        CustomerFacts.objects.create(
            customer=reader,
            computed_at=timezone.now(),
            last_brand_id=brand.pk,
            last_model_id=model.pk,
            home_centre_id=Centre.objects.create(name=word).pk,
        )
    Customer.objects.bulk_update(readers, ["last_name", "middle_name", "city"])


class CanaryTests(TransactionTestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        partitions.ensure_near()
        self.readers = make_readers(PEOPLE)
        plant(self.readers)
        self.codes = {reader.pk: canary(number) for number, reader in enumerate(self.readers)}
        told = slots.Slot("код", "", "X", resolve=self.resolve)
        patch = mock.patch.dict(slots._slots, {"код": told})
        patch.start()
        self.addCleanup(patch.stop)
        self.addCleanup(empty_outbox)

    def resolve(self, run: Run, rows: list[slots.Row]) -> dict[int, str]:
        return {row.message_id: self.codes.get(row.customer_id, "X") for row in rows}

    def launched(self) -> Run:
        text = " ".join(f"{{{{ {name} }}}}" for name in FIELDS)
        body = (
            f"<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"
        )
        content = {"subject": "{{ фамилия }}, {{ код }}", "preheader": "{{ отчество }}", "body": body}
        campaign = make_campaign(make_segment(*self.readers), account=make_account(per_second=2), content=content)
        approve(campaign)
        with mock.patch.object(bell, "ring"):
            return running.start(campaign)

    def test_each_message_holds_the_canaries_of_its_own_person_alone(self) -> None:
        run = self.launched()
        taken: dict[str, set[str]] = defaultdict(set)
        lock, barrier, numbers = Lock(), Barrier(WORKERS), count(1)

        def send(provider: object, messages: object, before: object, after: object) -> None:
            for message in messages:
                before(message.id)
                letter = message_from_bytes(message.body, policy=policy.SMTP)
                parts = [
                    str(letter["Subject"]),
                    *(part.get_content() for part in letter.walk() if not part.is_multipart()),
                ]
                with lock:
                    taken[message.to].update(*(CANARY.findall(part) for part in parts))
                    assert all(len(CANARY.findall(part)) >= 2 for part in parts), json.dumps(parts)
                    next(numbers)
                after(message.id, Result(ACCEPTED))

        def work() -> int:
            barrier.wait()
            try:
                return drain("email", 20)["chunks"]
            finally:
                connection.close()

        gate = mock.patch("channels.limits.Gate.wait", return_value=True)
        with mock.patch.object(InboxProvider, "send", send), gate, ThreadPoolExecutor(WORKERS) as pool:
            chunks = [future.result() for future in [pool.submit(work) for _ in range(WORKERS)]]
        self.assertEqual(assert_identity(run)["accepted"], PEOPLE)
        self.assertGreater(sum(chunk > 0 for chunk in chunks), 1)
        own = {f"reader{pk}@example.test": {word.removeprefix("Канарейка")} for pk, word in self.codes.items()}
        self.assertEqual(taken, own)
