"""The schema `bi`, as a plain client of PostgreSQL sees it under its role, and the same as CSV."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from crmsite.embedded import state
from segments.models import CustomerFacts
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_interaction, make_staff
from tests.tracking.builders import make_message, make_run
from tracking import nps, surveys
from tracking.bi import building, feed
from tracking.bi.star import DIMENSIONS, FACTS, VIEWS
from tracking.models import Call, Hit

ROLE = "krug_bi_of_tests"
SECRETS = ("Анна", "Секретова", "79210009988", "секрет")
# Names of columns that would say who somebody is.
PERSONAL = re.compile(
    r"(last|first|middle)_name|phone|email\b|caller|birth|vin|plate|comment|address|contact", re.IGNORECASE
)


def maker() -> str:
    """The address of somebody who may make roles, in the database of the tests; '' when nobody is known."""
    where = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            return f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    kept = state.load(settings.VAR_DIR)
    is_ours = kept and kept.postgres_port and str(kept.postgres_port) == str(where["PORT"])
    return urlunsplit(urlsplit(kept.superuser_url)._replace(path=f"/{where['NAME']}")) if kept and is_ours else ""


class Star(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        building.build()
        cls.reader = make_reader()
        cls.message = make_message(make_run(), cls.reader)
        Hit.objects.create(kind="click", run=cls.message.run, message_id=cls.message.pk, link=1, made_by="human")
        Call.objects.create(external_id="1", started_at=timezone.now(), caller="+79210009988", customer=cls.reader)
        make_interaction(cls.reader, "sale", amount=5, reason="секрет")
        make_interaction(cls.reader, "visit", status="Отменён")
        subject = surveys.subject_of(cls.message.pk)
        nps.rate(subject, 9)
        nps.explain(subject, reason="people", comment="секрет", may_call=False)

    def rows(self, view: str) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM bi.{view}")
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def test_every_view_is_read_and_says_nothing_personal(self) -> None:
        for view in VIEWS:
            for row in self.rows(view.name):
                self.assertFalse(
                    [name for name in row if PERSONAL.search(name) and not name.startswith("has_")], view.name
                )
                said = " ".join(map(str, row.values()))
                self.assertFalse(
                    [each for each in (*SECRETS, self.reader.last_name or "Секретова") if each in said], view.name
                )

    def test_facts_point_at_dimensions_and_say_what_happened(self) -> None:
        customers = {row["customer_key"] for row in self.rows("dim_customer")}
        (message,) = self.rows("fact_message")
        self.assertEqual((message["message_key"], message["outcome"]), (self.message.pk, "accepted"))
        for fact in ("fact_message", "fact_call", "fact_deal", "fact_score"):
            self.assertEqual({row["customer_key"] for row in self.rows(fact)}, {self.reader.pk}, fact)
        self.assertLessEqual({self.reader.pk}, customers)
        self.assertEqual(self.rows("fact_visit"), [])  # cancelled
        self.assertEqual(self.rows("fact_hit")[0]["made_by"], "human")

    def test_facts_have_a_column_of_incremental_refresh_and_a_day(self) -> None:
        for view in FACTS:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM bi.{view.name} LIMIT 0")
                columns = {column.name: column.type_code for column in cursor.description}
            self.assertIn(view.refresh_by, columns, view.name)
            self.assertIn(columns[view.refresh_by], {1114, 1082}, view.name)  # timestamp without zone, date
            self.assertTrue({"day", "customer_key"} & set(columns), view.name)
        self.assertFalse([view.name for view in DIMENSIONS if view.refresh_by])

    def test_a_person_is_an_age_band_and_no_date(self) -> None:
        CustomerFacts.objects.filter(pk=self.reader.pk).delete()
        self.assertIsNone(
            next(row for row in self.rows("dim_customer") if row["customer_key"] == self.reader.pk)["age_band"]
        )

    def test_views_step_aside_for_migrations_and_come_back(self) -> None:
        building.before_migrating(plan=[object()])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_views WHERE schemaname = 'bi'")
            self.assertEqual(cursor.fetchone()[0], 0)
        building.after_migrating(plan=[object()])
        self.assertEqual(len(self.rows("dim_date")), 8766)

    def csv(self, name: str, key: str, **asked: str) -> Any:
        return self.client.get(f"/bi/{name}.csv", asked, headers={"authorization": f"Bearer {key}"})

    def test_the_feed_gives_rows_to_a_key_and_logs_it(self) -> None:
        user = make_staff("campaigns.view_campaign")
        key = feed.key_for(user, 1)
        answer = self.csv("fact_deal", key)
        text = b"".join(answer.streaming_content)
        self.assertTrue(text.startswith(feed.BOM + b"deal_key,happened_at,day,"))
        self.assertEqual(text.count(b"\n"), 2)
        self.assertEqual(LogEntry.objects.get().user_id, user.pk)
        self.assertEqual(b"".join(self.csv("fact_deal", key, since="2100-01-01").streaming_content).count(b"\n"), 1)
        for wrong in ("yesterday", "2026-05-01T00:00:00Z", "2026-13-01", "'; DROP"):
            self.assertEqual(self.csv("fact_deal", key, since=wrong).status_code, 400, wrong)
        self.assertEqual(self.csv("pg_roles", key).status_code, 404)

    def test_the_feed_is_closed_to_everybody_else(self) -> None:
        user = make_staff("campaigns.view_campaign")
        key = feed.key_for(user, 1)
        for wrong in (
            "",
            key[:-1],
            f"{key}A",
            feed.key_for(user, -1),
            feed.key_for(make_staff("segments.view_customer"), 1),
        ):
            self.assertEqual(self.csv("fact_deal", wrong).status_code, 401, wrong)
        self.assertEqual(self.client.get(f"/bi/fact_deal.csv?key={key}").status_code, 401)
        user.is_active = False
        user.save()
        self.assertEqual(self.csv("fact_deal", key).status_code, 401)
        self.assertFalse(LogEntry.objects.exists())

    def test_the_command_gives_a_key_to_staff_alone(self) -> None:
        user, out = make_staff("campaigns.view_campaign"), io.StringIO()
        call_command("bi_key", user.username, stdout=out)
        key = re.search(r"Bearer (\S+)", out.getvalue())[1]
        self.assertEqual(feed.owner_of(key), user)
        for wrong in (["nobody"], [user.username, "--days", "0"]):
            with self.assertRaises(CommandError):
                call_command("bi_key", *wrong)


class Role(TransactionTestCase):
    """A plain client under the role: it sees the views and nothing else."""

    available_apps: list[str] | None = None

    @contextmanager
    def client_of_role(self) -> Iterator[psycopg.Connection]:
        out = io.StringIO()
        call_command("bi_role", ROLE, "--by", maker(), stdout=out)
        password = re.search(r"password: (\S+)", out.getvalue())[1]
        where = connection.settings_dict
        url = f"postgresql://{ROLE}:{password}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
        try:
            with psycopg.connect(url, autocommit=True) as client:
                yield client
        finally:
            with psycopg.connect(maker(), autocommit=True) as by:
                by.execute("DROP SCHEMA bi CASCADE")
                by.execute(f"DROP OWNED BY {ROLE}")
                by.execute(f"DROP ROLE {ROLE}")

    def test_it_reads_the_views_and_nothing_else(self) -> None:
        if not maker():
            self.skipTest("nobody here may make roles")
        with self.client_of_role() as client:
            for view in VIEWS:
                client.execute(f"SELECT * FROM bi.{view.name} LIMIT 1")
            client.execute("SELECT * FROM dim_date WHERE day = '2026-05-01'")  # its search path
            tables = [row[0] for row in client.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
            )]  # fmt: skip
            self.assertGreater(len(tables), 50)
            for table in tables:
                with self.assertRaises(psycopg.errors.InsufficientPrivilege, msg=table):
                    client.execute(f'SELECT * FROM public."{table}" LIMIT 1')
            for statement in (
                "CREATE TABLE bi.mine (id int)", "CREATE TABLE public.mine (id int)", "DROP VIEW bi.dim_date",
                "DELETE FROM bi.dim_brand", "CREATE ROLE other", "SET ROLE postgres", "COPY bi.dim_date TO '/tmp/x'",
            ):  # fmt: skip
                for reading_only in ("on", "off"):
                    client.execute(f"SET default_transaction_read_only = {reading_only}")
                    with self.assertRaises(psycopg.Error, msg=statement):
                        client.execute(statement)
            building.build()
            client.execute("SELECT * FROM bi.fact_call")  # views made anew are for it too

    def test_names_that_are_no_names_and_roles_that_may_more_are_refused(self) -> None:
        if not maker():
            self.skipTest("nobody here may make roles")
        for wrong in ("Krug", "a b", "x; DROP", "", connection.settings_dict["USER"]):
            with self.assertRaises(CommandError):
                call_command("bi_role", wrong, "--by", maker(), stdout=io.StringIO())
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS bi CASCADE")
