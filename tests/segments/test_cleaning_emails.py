import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.emails import judge_emails
from segments.cleaning.mail_hosts import COMMON, HOSTS, SERVICES, corrected


def judged(cell: str) -> tuple[list[str], list[str]]:
    """Addresses and reasons of one cell."""
    found = judge_emails(pl.Series([cell]))
    return found.clean["email"].to_list(), found.notes["code"].cast(pl.String).sort().to_list()


class ReasonsTest(SimpleTestCase):
    def test_each(self) -> None:
        for cell, expected in {
            "ivan7@bk.ru": (["ivan7@bk.ru"], []),
            " Ivan7@BK.ru ": (["ivan7@bk.ru"], ["formatted"]),
            "ivan7@mail,ru": (["ivan7@mail.ru"], ["formatted"]),
            "ivan7@yandex.tu": (["ivan7@yandex.ru"], ["host_mended"]),
            "ivan7@gmail.comm": (["ivan7@gmail.com"], ["host_mended"]),
            "info@vektor.ru": (["info@vektor.ru"], ["role"]),
            "sales2@vektor.ru": (["sales2@vektor.ru"], ["role"]),
            "информация@vektor.ru": ([], ["not_an_address"]),
            "нет@нет.ру": ([], ["nonsense"]),
            "no@mail.ru": ([], ["nonsense"]),
            "abc@d": ([], ["not_an_address"]),
            "ivаn7@mail.ru": (["ivan7@mail.ru"], ["formatted", "look_alikes"]),
            "ivan7@bk.ru; olga8@list.ru": (["ivan7@bk.ru", "olga8@list.ru"], ["several"]),
            "ivan7@bk.ru ivan7@bk.ru": (["ivan7@bk.ru"], ["several"]),
            "ivan7 @ bk.ru": (["ivan7@bk.ru"], ["formatted"]),
            "нет": ([], []),
            "": ([], []),
        }.items():
            with self.subTest(cell):
                self.assertEqual(judged(cell), expected)

    def test_rows_and_positions(self) -> None:
        frame = judge_emails(pl.Series(["", "b@bk.ru, c@bk.ru, b@bk.ru", "нет", "d@bk.ru"])).clean
        self.assertEqual(list(frame.iter_rows()), [(1, 0, "b@bk.ru"), (1, 1, "c@bk.ru"), (3, 0, "d@bk.ru")])

    def test_a_column_that_holds_nothing(self) -> None:
        for cells in ([], ["", "нет"]):
            frame = judge_emails(pl.Series(cells, dtype=pl.String))
            self.assertEqual((len(frame.clean), len(frame.notes)), (0, 0))

    def test_a_name_in_front_of_the_address_is_left_out(self) -> None:
        self.assertEqual(judged("Иван <ivan7@bk.ru>")[0], ["ivan7@bk.ru"])


class HostsTest(SimpleTestCase):
    def test_a_slip_away_from_one_service(self) -> None:
        for host, service in {
            "yadnex.ru": "yandex.ru", "yandexx.ru": "yandex.ru", "yandx.ru": "yandex.ru", "gmaill.com": "gmail.com",
            "gmail.xom": "gmail.com", "ramblr.ru": "rambler.ru", "mail.rru": "mail.ru", "mail.u": "mail.ru",
            "outlok.com": "outlook.com", "icluod.com": "icloud.com", "inbx.ru": "inbox.ru",
        }.items():  # fmt: skip
            with self.subTest(host):
                self.assertEqual(corrected(host), service)

    def test_a_service_is_never_corrected(self) -> None:
        self.assertEqual([host for host in SERVICES if corrected(host)], [])

    def test_what_may_be_a_firm_s_is_left_alone(self) -> None:
        for host in (
            "lisa.ru",
            "mali.com",
            "vektor.ru",
            "email.spb.ru",
            "jail.ru",
            "gala.ru",
            "candex.ru",
            "m.ru",
            "x",
        ):
            with self.subTest(host):
                self.assertIsNone(corrected(host))

    def test_the_table_leads_to_services_and_corrects_none(self) -> None:
        self.assertLessEqual(set(HOSTS.values()), SERVICES)
        self.assertEqual(set(HOSTS) & set(COMMON), set())
