"""No message holds what belongs to another person: a canary in every field of everybody, many workers at once."""

import json
import os
import re
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from itertools import count
from threading import Barrier, Lock
from unittest import mock

import pytest
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
from tests.faults import soak
from tests.segments.builders import make_segment

CANARY = re.compile("[Кк]анарейка([а-й]{6})")
FIELDS = ("фамилия", "отчество", "город", "автомобиль", "бренд", "салон", "код")


def canary(number: int) -> str:
    """A word of letters alone, as names are."""
    return "Канарейка" + "".join("абвгдежзий"[int(digit)] for digit in f"{number:06}")


def plant(readers: list[Customer]) -> None:
    """Everybody a canary of her own in all that a placeholder can print."""
    words = [canary(number) for number in range(len(readers))]
    cities, brands, centres = (
        model.objects.bulk_create([model(name=word) for word in words]) for model in (City, Brand, Centre)
    )
    models = CarModel.objects.bulk_create(CarModel(brand=brand, name=brand.name) for brand in brands)
    for reader, word, city in zip(readers, words, cities, strict=True):
        reader.last_name, reader.middle_name, reader.city = word, word, city
    CustomerFacts.objects.bulk_create(
        CustomerFacts(
            customer=reader, computed_at=timezone.now(), last_brand_id=brand.pk, last_model_id=model.pk,
            home_centre_id=centre.pk,
        )
        for reader, brand, model, centre in zip(readers, brands, models, centres, strict=True)
    )  # fmt: skip
    Customer.objects.bulk_update(readers, ["last_name", "middle_name", "city"], batch_size=5_000)


class CanaryTests(TransactionTestCase):
    people, workers, seconds, per_second = 120, 4, 20, 2  # a chunk is what drains in some seconds: small ones for few

    def setUp(self) -> None:
        permission.turn_on(None)
        partitions.ensure_near()
        self.readers = make_readers(self.people)
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
        campaign = make_campaign(
            make_segment(*self.readers), account=make_account(per_second=self.per_second), content=content
        )
        approve(campaign)
        with mock.patch.object(bell, "ring"):
            return running.start(campaign)

    def test_each_message_holds_the_canaries_of_its_own_person_alone(self) -> None:
        run = self.launched()
        taken: dict[str, set[str]] = defaultdict(set)
        lock, barrier, numbers = Lock(), Barrier(self.workers), count(1)

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
                return drain("email", self.seconds)["chunks"]
            finally:
                connection.close()

        gate = mock.patch("channels.limits.Gate.wait", return_value=True)
        with mock.patch.object(InboxProvider, "send", send), gate, ThreadPoolExecutor(self.workers) as pool:
            chunks = [future.result() for future in [pool.submit(work) for _ in range(self.workers)]]
        self.assertEqual(assert_identity(run)["accepted"], self.people)
        self.assertGreater(sum(chunk > 0 for chunk in chunks), 1)
        own = {f"reader{pk}@example.test": {word.removeprefix("Канарейка")} for pk, word in self.codes.items()}
        self.assertEqual(taken, own)


@pytest.mark.soak
@pytest.mark.timeout(3600)
class ManyCanariesTests(CanaryTests):
    people, workers, seconds, per_second = int(os.environ.get("SOAK_CANARIES") or 100_000), 8, 3_000, 5_000

    def test_each_message_holds_the_canaries_of_its_own_person_alone(self) -> None:
        begun = time.monotonic()
        super().test_each_message_holds_the_canaries_of_its_own_person_alone()
        soak.tell("31", begun, messages=self.people, foreign=0)
