"""Opens and clicks are told apart: what a request shows by itself, what its neighbours show, what counts as a person's."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from campaigns import links
from campaigns.models import DeliveryState, Message, Outcome
from tests.campaigns.builders import make_reader
from tests.tracking.builders import make_message, make_run, track
from tracking import reports
from tracking.hits import classing, networks, panel
from tracking.hits.signs import CERTAIN, DOUBTS, Sign, Visitor
from tracking.jobs import sweep
from tracking.models import Hit

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"
HOME, CLOUD = "192.0.2.1", "52.1.2.3"
NOW = timezone.now()


def signs(agent: str = CHROME, *, address: str | None = HOME, method: str = "GET", is_open: bool = False) -> list[str]:
    return Visitor(method, address, agent, is_prefetch=False).signs(is_open=is_open)


class Signs(SimpleTestCase):
    """What one request shows."""

    def test_a_browser_shows_nothing(self) -> None:
        self.assertEqual(signs(), [])
        self.assertEqual(signs(CHROME + " YaBrowser/25.10", is_open=True), [])
        self.assertEqual(signs("", address=None), [])

    def test_machines_show_themselves(self) -> None:
        self.assertEqual(signs(method="HEAD"), ["head"])
        for agent in (
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "Barracuda Sentinel", "curl/8.5.0",
            "python-requests/2.32", "TelegramBot (like TwitterBot)", "WhatsApp/2.24", "Mozilla/5.0 HeadlessChrome/141",
            "Mozilla/5.0 (compatible; proofpoint.com URL Defense)",
        ):  # fmt: skip
            self.assertEqual(signs(agent), ["robot"], agent)
        self.assertEqual(Visitor("GET", HOME, CHROME, is_prefetch=True).signs(is_open=False), ["prefetch"])

    def test_apples_privacy_is_the_whole_word_and_of_pictures_only(self) -> None:
        self.assertEqual(signs("Mozilla/5.0", is_open=True), ["privacy"])
        self.assertEqual(signs("Mozilla/5.0"), [])

    def test_a_mail_services_proxy_is_a_doubt_of_pictures_only(self) -> None:
        gmail = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
        self.assertEqual(signs(gmail, address="35.190.0.1", is_open=True), ["proxy"])
        yandex = "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)"
        self.assertEqual(signs(yandex, is_open=True), ["proxy"])
        self.assertEqual(signs(yandex), ["robot"])

    def test_data_centres(self) -> None:
        for address in (CLOUD, "::ffff:52.1.2.3", "95.213.128.0", "95.213.255.255", "3.0.0.0", "3.255.255.255"):
            self.assertTrue(networks.is_of_data_centre(address), address)
        for address in (HOME, "95.214.0.0", "95.213.127.255", "2a02:6b8::1", "::1", "0.0.0.0", "255.255.255.255", None):  # noqa: S104
            self.assertFalse(networks.is_of_data_centre(address), address)

    def test_the_list_of_networks_does_not_overlap(self) -> None:
        firsts, lasts = networks._ranges()
        self.assertTrue(all(last < first for last, first in zip(lasts, firsts[1:], strict=False)))

    def test_every_sign_is_either_certain_or_a_doubt(self) -> None:
        self.assertEqual({*CERTAIN, *DOUBTS}, set(Sign))
        self.assertFalse({*CERTAIN} & {*DOUBTS})


class Classing(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.run_ = make_run()
        cls.message = make_message(cls.run_, make_reader())

    def hit(self, seconds: float = 0, link: int = 1, message: Message | None = None, **fields: Any) -> Hit:
        """`seconds` after an hour ago."""
        kind = fields.pop("kind", Hit.Kind.CLICK)
        at = NOW - timedelta(hours=1) + timedelta(seconds=seconds)
        who = Visitor(
            fields.pop("method", "GET"), fields.pop("address", HOME), fields.pop("agent", CHROME), is_prefetch=False
        )
        return Hit.objects.create(
            kind=kind, run=self.run_, message_id=(message or self.message).pk, link=link, at=at, address=who.address,
            reasons=who.signs(is_open=kind == Hit.Kind.OPEN), **fields,
        )  # fmt: skip

    def classed(self, *hits: Hit, now: datetime = NOW) -> list[tuple[str, set[str]]]:
        classing.class_hits(now)
        for hit in hits:
            hit.refresh_from_db()
        return [(hit.made_by, set(hit.reasons)) for hit in hits]

    def state(self) -> DeliveryState | None:
        return DeliveryState.objects.filter(message_id=self.message.pk).first()

    def test_a_persons_click_and_open_are_noted_at_their_own_times(self) -> None:
        opened, clicked = self.hit(kind="open", link=0), self.hit(30)
        self.assertEqual(self.classed(opened, clicked), [("human", set()), ("human", set())])
        self.assertEqual((self.state().opened_at, self.state().clicked_at), (opened.at, clicked.at))

    def test_nothing_is_said_before_the_neighbours_may_have_come(self) -> None:
        hit = self.hit()
        early = hit.at + timedelta(seconds=classing.WAIT_SECONDS - 1)
        self.assertEqual(self.classed(hit, now=early), [("", set())])
        self.assertIsNone(self.state())
        self.assertEqual(self.classed(hit, now=early + timedelta(seconds=1)), [("human", set())])

    def test_many_links_within_a_second_are_a_machines(self) -> None:
        hits = [self.hit(0.3 * place, link) for place, link in enumerate((1, 2, 3))]
        self.assertEqual(self.classed(*hits), [("machine", {"many_links"})] * 3)
        self.assertIsNone(self.state())

    def test_two_links_within_a_second_are_a_doubt_and_one_link_twice_is_none(self) -> None:
        self.assertEqual(self.classed(self.hit(0, 1), self.hit(0.5, 2)), [("unsure", {"two_links"})] * 2)
        self.assertEqual(self.classed(self.hit(60, 1), self.hit(60.5, 1)), [("human", set())] * 2)
        self.assertEqual(self.classed(self.hit(90, 1), self.hit(92, 2)), [("human", set())] * 2)

    def test_links_of_other_messages_are_no_neighbours(self) -> None:
        other = make_message(self.run_, make_reader())
        hits = [self.hit(), self.hit(0.1, 2, other), self.hit(0.2, 3, make_message(self.run_, make_reader()))]
        self.assertEqual({made_by for made_by, _reasons in self.classed(*hits)}, {"human"})

    def test_a_data_centre_is_a_doubt_and_two_doubts_are_a_machine(self) -> None:
        self.assertEqual(self.classed(self.hit(address=CLOUD)), [("unsure", {"data_centre"})])
        self.assertIsNone(self.state())
        both = self.classed(self.hit(60, 1, address=CLOUD), self.hit(60.5, 2, address=CLOUD))
        self.assertEqual(both, [("machine", {"data_centre", "two_links"})] * 2)

    def test_an_unsure_open_is_an_open(self) -> None:
        hit = self.hit(kind="open", link=0, agent="Mozilla/5.0 (via ggpht.com GoogleImageProxy)")
        self.assertEqual(self.classed(hit), [("unsure", {"proxy"})])
        self.assertEqual(self.state().opened_at, hit.at)

    def test_the_trap_marks_what_its_visitor_did_and_what_was_done_beside_it(self) -> None:
        same, beside, later = (
            self.hit(-600),
            self.hit(30, address="198.51.100.7"),
            self.hit(900, address="198.51.100.7"),
        )
        trap = self.hit(0, Hit.TRAP)
        found = self.classed(trap, same, beside, later)
        self.assertEqual([made_by for made_by, _reasons in found], ["machine", "machine", "machine", "human"])

    def test_whoever_goes_into_the_trap_later_is_a_machine_in_the_counts(self) -> None:
        early = self.hit(-900)
        self.assertEqual(self.classed(early), [("human", set())])
        noted = self.state().clicked_at
        trap = self.hit(0, Hit.TRAP)
        self.assertEqual(self.classed(early, trap), [("machine", {"trap"})] * 2)
        self.assertEqual(self.state().clicked_at, noted)  # progress never goes back

    def test_what_comes_with_the_delivery_is_the_gateways(self) -> None:
        self.delivered(at=NOW - timedelta(hours=1))
        hits = [self.hit(0.5), self.hit(3, 1), self.hit(20, 1)]
        found = [("machine", {"at_once"}), ("unsure", {"soon"}), ("human", set())]
        self.assertEqual(self.classed(*hits), found)

    def test_the_later_of_acceptance_and_delivery_counts(self) -> None:
        self.delivered(at=NOW - timedelta(hours=1, minutes=5))
        DeliveryState.objects.create(
            message_id=self.message.pk, run=self.run_, delivered_at=NOW - timedelta(hours=1), changed_at=NOW
        )
        self.assertEqual(self.classed(self.hit(0.5)), [("machine", {"at_once"})])

    def test_a_person_may_tap_a_notification_within_seconds(self) -> None:
        self.delivered(at=NOW - timedelta(hours=1))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_message SET channel = 'push' WHERE id = %s", [self.message.pk])
        self.assertEqual(self.classed(self.hit(-2), self.hit(3)), [("human", set())] * 2)

    def test_the_same_again_changes_nothing(self) -> None:
        hits = [self.hit(0.1 * place, place) for place in range(4)]
        first = self.classed(*hits)
        self.assertEqual(classing.class_hits(NOW), 0)
        self.assertEqual(self.classed(*hits), first)

    def test_the_queries_do_not_grow_with_the_hits(self) -> None:
        for place in range(30):
            self.hit(60 * place)
        with self.assertNumQueries(4):  # the pass and what people did, within a savepoint
            self.assertEqual(classing.class_hits(NOW), 30)

    def test_parts_add_up(self) -> None:
        for place in range(7):
            self.hit(60 * place)
        classing.MOST, most = 3, classing.MOST
        try:
            self.assertEqual(classing.class_hits(NOW), 7)
        finally:
            classing.MOST = most

    def test_the_sweep_classes(self) -> None:
        self.hit()
        self.assertEqual(sweep()["hits_classed"], 1)

    def test_the_report_and_the_panel_count_people(self) -> None:
        self.hit(0, 1)
        self.hit(60, 2)
        self.hit(120, 1)
        self.hit(300, 1, address=CLOUD)
        self.hit(400, 1, method="HEAD")
        self.hit(kind="open", link=0, agent="Mozilla/5.0")
        self.classed()
        told = reports.report(self.run_.campaign)["delivery"]
        self.assertEqual((told["clicked_human"], told["opened"]), (1, 1))
        shown = panel.context(None, self.run_.campaign)
        opens, clicks = shown["kinds"]
        self.assertEqual((opens["total"], opens["machine"], opens["human"]), (1, 1, 0))
        self.assertEqual((clicks["total"], clicks["human"], clicks["unsure"], clicks["machine"]), (5, 3, 1, 1))
        self.assertEqual({str(label) for label, _n in opens["reasons"]}, {str(Sign.PRIVACY.label)})
        self.assertEqual(panel.people_by_link([self.run_.pk]), {self.run_.content_id: {1: 1, 2: 1}})

    def delivered(self, at: datetime) -> None:
        Outcome.objects.filter(message_id=self.message.pk).update(happened_at=at)


class Trap(TestCase):
    def test_it_leads_nowhere_and_is_kept(self) -> None:
        message = make_message(make_run(), make_reader())
        answer = self.client.get(f"/l/{links.TRAP}{track(message)}", headers={"user-agent": CHROME})
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("Location", answer.headers)
        self.assertEqual(Hit.objects.get().link, Hit.TRAP)
        self.assertEqual(self.client.get(f"/l/{links.TRAP}{track(message)[:-1]}").status_code, 404)
