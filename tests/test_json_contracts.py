"""What commands print with `--json`: exactly one object, its exact keys, and values of the promised kinds.

Ids are integers, money is decimal strings, times are ISO-8601 UTC, durations are seconds.
"""

import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from campaigns import bell, permission
from campaigns.delivery import record
from campaigns.models import Campaign
from segments.models import Customer, ImportBatch, Segment
from tests.campaigns.builders import make_account, make_campaign, make_reader, make_segment_with
from tests.campaigns.test_drafting import make_plan
from tests.media import own_media
from tests.segments.builders import make_brand, make_customer, make_facts, make_interaction, make_segment, make_staff
from tests.tracking.builders import make_message, make_run

DATA = Path(__file__).parent / "data"
MONEY = re.compile(r"^-?\d+\.\d\d$")
UTC_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
SHA256 = re.compile(r"^[0-9a-f]{64}$")
BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
ROWS = {"read": int, "new": int, "updated": int, "unchanged": int, "rejected": int}


def printed(*command: Any) -> Any:
    """What a command printed: one line with one JSON object, and nothing else on either stream."""
    out, err = io.StringIO(), io.StringIO()
    call_command(*[str(word) for word in command], "--json", stdout=out, stderr=err)
    assert out.getvalue().count("\n") == 1, out.getvalue()
    assert err.getvalue() == "", err.getvalue()
    return json.loads(out.getvalue())


def misfits(value: Any, shape: Any, where: str = "") -> list[str]:
    """How a value differs from a shape: a type, a pattern of text, a literal, [shape of each], {key: shape}, a tuple
    of alternatives. A `bool` is no `int`."""
    if isinstance(shape, tuple):
        return [] if any(not misfits(value, each) for each in shape) else [f"{where}: {value!r} is none of {shape}"]
    if isinstance(shape, dict):
        return _of_object(value, shape, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [line for n, each in enumerate(value) for line in misfits(each, shape[0], f"{where}[{n}]")]
    if isinstance(shape, re.Pattern):
        fits = isinstance(value, str) and bool(shape.match(value))
    elif isinstance(shape, type):
        fits = type(value) is shape
    else:
        fits = value == shape and type(value) is type(shape)
    return [] if fits else [f"{where}: {value!r} is not {shape}"]


def _of_object(value: Any, shape: dict, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    if str in shape:  # any keys, each of this shape
        return [line for key, each in value.items() for line in misfits(each, shape[str], f"{where}.{key}")]
    wrong = [f"{where}.{key}: missing" for key in shape.keys() - value.keys()]
    wrong += [f"{where}.{key}: not in the contract" for key in value.keys() - shape.keys()]
    return wrong + [
        line for key in shape.keys() & value.keys() for line in misfits(value[key], shape[key], f"{where}.{key}")
    ]


class Shapes(TestCase):
    def test_the_check_sees_each_difference(self) -> None:
        for value, shape in (
            ({"a": 1}, {"a": str}), ({"a": True}, {"a": int}), ({}, {"a": int}), ({"a": 1, "b": 2}, {"a": int}),
            ({"a": [1, "x"]}, {"a": [int]}), ({"a": 1.5}, {"a": MONEY}), ({"a": "1.5"}, {"a": MONEY}),
            ({"a": None}, {"a": (int, str)}), ({"a": "2026-01-01T00:00:00+03:00"}, {"a": UTC_TIME}),
            ({"x": "y"}, {str: int}), ([], {"a": int}), ({"a": {}}, {"a": [int]}), ({"a": 1.0}, {"a": 1}),
        ):  # fmt: skip
            self.assertTrue(misfits(value, shape), (value, shape))
        for value, shape in (
            ({"a": [1, 2]}, {"a": [int]}), ({"a": None}, {"a": (None, int)}), ({"x": 1}, {str: int}),
            ({"a": "-0.50"}, {"a": MONEY}), ({"a": "2026-01-01T00:00:00Z"}, {"a": UTC_TIME}),
        ):  # fmt: skip
            self.assertEqual(misfits(value, shape), [])


class Contract(TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = own_media(self)

    def fits(self, value: Any, shape: dict) -> None:
        self.assertEqual(misfits(value, {"format": 1, **shape}), [])

    def file(self, content: Any) -> Path:
        path = self.folder / "input.json"
        path.write_text(json.dumps(content, ensure_ascii=False))
        return path


class Importing(Contract):
    SHAPE = {  # noqa: RUF012
        "batch": int, "source": str, "state": "done", "dry_run": bool,
        "cards": (ROWS, None), "documents": (ROWS | {"orphans": int}, None),
        "customers": {"total": int, "created": int, "merged": int},
        "review_pairs": int, "rejected_file": (str, None),
        "seconds": dict.fromkeys(("read", "clean", "identify", "load", "facts", "total"), (float, int)),
        "peak_rss_mb": (int, float),
    }  # fmt: skip

    def imported(self, *words: Any) -> dict:
        files = ("--cards", DATA / "counterparties.csv", "--documents", DATA / "documents.csv")
        return printed("import_base", "--source", "Альфа-Авто", *files, *words)

    def adds_up(self, counts: dict) -> None:
        parts = ("new", "updated", "unchanged", "rejected")
        self.assertEqual(counts["read"], sum(counts[part] for part in parts))

    def test_import_base_of_both_files_and_again(self) -> None:
        first = self.imported()
        self.fits(first, self.SHAPE)
        self.adds_up(first["cards"])
        self.adds_up(first["documents"])
        self.assertEqual((first["source"], first["dry_run"]), ("Альфа-Авто", False))
        living = Customer.objects.filter(merged_into=None).count()
        self.assertEqual(first["customers"]["total"], living)
        self.assertTrue(Path(self.folder, first["rejected_file"]).exists())
        before = printed("base_hash")
        again = self.imported()
        self.fits(again, self.SHAPE)
        self.assertEqual((again["cards"]["new"], again["cards"]["updated"]), (0, 0))
        self.assertEqual((again["documents"]["new"], again["documents"]["updated"]), (0, 0))
        self.assertEqual(again["customers"], {"total": living, "created": 0, "merged": 0})
        self.assertGreater(again["batch"], first["batch"])
        self.assertEqual(printed("base_hash"), before)

    def test_a_dry_run_says_as_much_and_writes_nothing(self) -> None:
        told = self.imported("--dry-run")
        self.fits(told, self.SHAPE | {"state": "previewed"})
        self.assertTrue(told["dry_run"])
        self.assertGreater(told["cards"]["new"], 0)
        self.assertFalse(Customer.objects.exists())

    def test_one_file_alone_leaves_the_other_null(self) -> None:
        told = printed("import_base", "--source", "1С", "--cards", DATA / "counterparties.csv")
        self.fits(told, self.SHAPE)
        self.assertIsNone(told["documents"])
        told = printed("import_base", "--source", "2С", "--documents", DATA / "documents.csv")
        self.fits(told, self.SHAPE)
        self.assertIsNone(told["cards"])
        self.assertGreater(told["documents"]["orphans"], 0)
        self.assertEqual(ImportBatch.objects.count(), 2)


class Base(Contract):
    def test_base_hash_follows_what_the_base_says_and_nothing_else(self) -> None:
        parts = ("cards", "contacts", "consents", "vehicles", "interactions", "customers", "memberships")
        shape = {"hash": SHA256, "rows": dict.fromkeys(parts, int)}
        empty = printed("base_hash")
        self.fits(empty, shape)
        self.assertEqual(set(empty["rows"].values()), {0})
        anna = make_reader()
        full = printed("base_hash")
        self.fits(full, shape)
        self.assertNotEqual(full["hash"], empty["hash"])
        self.assertEqual(printed("base_hash"), full)
        Customer.objects.filter(pk=anna.pk).update(first_name="Ольга")
        self.assertNotEqual(printed("base_hash")["hash"], full["hash"])

    def test_refresh_facts(self) -> None:
        shape = {"customers": int, "changed": int, "seconds": (float, int)}
        make_interaction(make_customer(), "sale", amount=Decimal("1000000.00"))
        told = printed("refresh_facts")
        self.fits(told, shape)
        self.assertEqual((told["customers"], told["changed"]), (1, 1))
        told = printed("refresh_facts")
        self.fits(told, shape)
        self.assertEqual((told["customers"], told["changed"]), (1, 0))


class Rules(Contract):
    def test_count_rule(self) -> None:
        shape = {"count": int, "seconds": (float, int), "sentence": re.compile(r"^[А-ЯЁ].*\.$"), "facts_at": None}
        self.fits(printed("count_rule", self.file(BUYERS)), shape)
        make_facts(make_customer(), purchases=1)
        told = printed("count_rule", self.file(BUYERS))
        self.fits(told, shape | {"facts_at": UTC_TIME})
        self.assertEqual(told["count"], 1)

    def test_rule_fields(self) -> None:
        make_brand()
        choice = {"value": (str, int, bool), "label": str}
        field = {"name": str, "label": str, "type": str, "operators": [str], "choices": [choice], "missing": str}
        told = printed("rule_fields")
        self.fits(told, {"fields": [(field, field | {"where": [field]})]})
        names = [each["name"] for each in told["fields"]]
        self.assertEqual(len(names), len(set(names)))
        for each in told["fields"]:
            self.assertTrue(each["operators"], each["name"])
            self.assertEqual("where" in each, each["type"] == "event")

    def test_every_field_that_is_listed_may_be_asked_about(self) -> None:
        """An operator that the list names is one that the rules accept: the fault, if any, is about the value."""
        for each in printed("rule_fields")["fields"]:
            for operator in each["operators"]:
                if each["type"] == "event":
                    leaf = {"event": each["name"], "op": operator, "value": 1, "days": 30, "where": []}
                    told = printed("count_rule", self.file({"format": 1, "rule": leaf}))
                    self.assertEqual(told["count"], 0, each["name"])

    def test_refresh_segments(self) -> None:
        shape = {
            "segments": [{"slug": str, "size": int, "added": int, "removed": int, "seconds": (float, int)}],
            "seconds": (float, int),
        }
        self.fits(printed("refresh_segments"), shape)
        gone = make_customer()
        make_facts(gone)
        make_facts(make_customer(), purchases=3)
        segment = make_segment(gone, rule=BUYERS, slug="buyers")
        told = printed("refresh_segments", "buyers")
        self.fits(told, shape)
        told["segments"][0].pop("seconds")
        self.assertEqual(told["segments"], [{"slug": "buyers", "size": 1, "added": 1, "removed": 1}])
        self.assertEqual(Segment.objects.get(pk=segment.pk).size, 1)


@mock.patch.object(bell, "ring")
class Campaigns(Contract):
    REPORT = {  # noqa: RUF012
        "campaign": int, "runs": [int], "state": str,
        **dict.fromkeys(
            ("audience", "accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending"), int
        ),
        "suppressed_by_reason": {str: int},
        "delivery": dict.fromkeys(
            ("delivered", "bounced", "complained", "opened", "clicked_human", "replied"), int
        ),
        "opt_outs": int, "calls": int, "visits": int, "deals": int,
        "revenue": MONEY, "margin": MONEY, "cost": MONEY,
        "control": {"size": int, "calls": int, "visits": int, "deals": int, "revenue": MONEY, "margin": MONEY},
    }  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        make_segment_with(3, slug="spring")
        make_account(name="Почта")
        make_staff("campaigns.run_campaign", username="manager")
        make_staff("campaigns.approve_campaign", username="approver")
        permission.turn_on(None)

    def created(self, **plan: Any) -> dict:
        return printed("campaign", "create", self.file(make_plan(control_percent=0, **plan)), "--author", "manager")

    def test_create_launch_report(self, ring: mock.Mock) -> None:
        created = self.created()
        self.fits(created, {"campaign": int})
        words = (created["campaign"], "--author", "manager", "--approver", "approver")
        launched = printed("campaign", "launch", *words)
        self.fits(launched, {"campaign": created["campaign"], "run": int, "state": "running"})
        told = printed("campaign_report", created["campaign"])
        self.fits(told, self.REPORT)
        self.assertEqual((told["runs"], told["audience"], told["pending"]), ([launched["run"]], 3, 3))

    def test_a_launch_for_later_has_no_run_yet(self, ring: mock.Mock) -> None:
        created = self.created(schedule="2090-01-01T10:00:00+03:00")
        words = (created["campaign"], "--author", "manager", "--approver", "approver")
        shape = {"campaign": int, "run": None, "state": "scheduled"}
        self.fits(printed("campaign", "launch", *words), shape)
        self.fits(printed("campaign_report", created["campaign"]), self.REPORT | {"runs": [int], "state": "scheduled"})

    def test_a_report_with_money_reasons_and_reactions(self, ring: mock.Mock) -> None:
        run = make_run(make_campaign(account=make_account(cost="0.75", is_default=False)))
        bought, control = make_message(run, make_reader()), make_message(run, make_reader(), left_out="control")
        make_message(run, make_reader(), left_out="no_consent")
        make_interaction(bought.customer, "sale", amount="1999999.90", margin="-0.10")
        make_interaction(control.customer, "sale", amount="1.00")
        record({bought.pk: run.pk}, "clicked", timezone.now())
        told = printed("campaign_report", run.campaign_id)
        self.fits(told, self.REPORT)
        self.assertEqual((told["revenue"], told["margin"], told["cost"]), ("1999999.90", "-0.10", "0.75"))
        self.assertEqual((told["control"]["revenue"], told["held_out"]), ("1.00", 1))
        self.assertEqual(told["suppressed_by_reason"], {"no_consent": 1})
        self.assertEqual(told["delivery"]["clicked_human"], 1)

    def test_sending(self, ring: mock.Mock) -> None:
        for verb, is_on in (("status", True), ("off", False), ("status", False), ("on", True)):
            told = printed("sending", verb)
            self.assertEqual((told["format"], told["is_on"]), (1, is_on))

    def test_ids_stay_integers_for_a_campaign_that_was_never_launched(self, ring: mock.Mock) -> None:
        created = self.created()
        told = printed("campaign_report", created["campaign"])
        self.fits(told, self.REPORT)
        self.assertEqual((told["runs"], told["state"], told["cost"]), ([], "draft", "0.00"))
        self.assertEqual(Campaign.objects.get().pk, created["campaign"])
