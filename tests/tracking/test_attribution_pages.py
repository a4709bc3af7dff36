"""Why a deal counts, in words; the pages and panels of attribution; the line that a campaign offers."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from campaigns import plan_fields
from campaigns.models import Campaign
from segments.models import Interaction
from tests.campaigns.histories import NOW, make_run, send
from tests.segments.builders import make_customer, make_interaction, make_staff
from tests.tracking.builders import make_lease, make_number
from tests.tracking.test_attribution import DAY, count, make_deal
from tests.tracking.test_response_facts import make_call, make_click
from tracking.attribution import explaining, lift, matrix, offering
from tracking.attribution.explaining import Explained, day
from tracking.models import ArmSum, Attribution
from tracking.panels import attribution_of_campaign, deals_of_customer


class Case(TestCase):
    """Two letters of one campaign, a call on its number, a click, a visit, a car; a letter of another campaign between."""

    def setUp(self) -> None:
        self.customer = make_customer()
        self.run, other, later = (make_run("email", days_ago=days) for days in (40, 35, 30))
        later.campaign = self.run.campaign
        later.save()
        self.campaign, self.other = self.run.campaign, other.campaign
        Campaign.objects.filter(pk=self.campaign.pk).update(started_at=self.run.started_at)
        self.letters = [send(run, self.customer) for run in (self.run, other, later)]
        number = make_number("+78120006666")
        lease = make_lease(number, self.campaign)
        self.called_at, self.visited_at, self.dealt_at = (NOW - days * DAY for days in (20, 18, 15))
        make_call(self.customer, self.called_at, self.letters[2], virtual_number=number.number, lease=lease)
        make_click(self.letters[1], NOW - 25 * DAY)
        make_interaction(self.customer, "visit", happened_at=self.visited_at)
        self.deal = make_deal(self.customer, self.dealt_at, margin=Decimal(9000))
        count()

    def explained(self, deal: Interaction | None = None) -> Explained:
        with translation.override("en"):
            return explaining.explain(deal or self.deal)


class Sentences(Case):
    def sentence(self, model: str) -> list[str]:
        (answer,) = (each for each in self.explained().answers if each.definition.model == model)
        return [f"{given.campaign.pk} {given.share:.1f}: {given.sentence}" for given in answer.given]

    def test_each_model_says_why(self) -> None:
        with translation.override("en"):
            called, visited, clicked = day(self.called_at), day(self.visited_at), day(NOW - 25 * DAY)
            sent = [day(letter.sent_at) for letter in self.letters]
        mine, other = self.campaign.pk, self.other.pk
        visit = f", visit on {visited}"
        message = [
            f"Message (E-mail) of {at}, number {n} of 3 in the window{visit}." for n, at in enumerate(sent, start=1)
        ]
        expected = {
            "number": [f"{mine} 1.0: Call on the number …6666 on {called}{visit}; 2 messages of the campaign before."],
            "promo": [],
            "click": [f"{other} 1.0: Click in the message on {clicked}{visit}; 1 message of the campaign before."],
            "last": [f"{mine} 1.0: {message[2]}"],
            "first": [f"{mine} 1.0: {message[0]}"],
            "position": [f"{mine} 0.4: {message[0]}", f"{other} 0.2: {message[1]}", f"{mine} 0.4: {message[2]}"],
        }
        self.assertEqual({model: self.sentence(model) for model in expected}, expected)

    def test_the_facts_come_newest_first(self) -> None:
        kinds = [fact.kind for fact in self.explained().facts]
        self.assertEqual(kinds, ["visit", "call", "click", "message", "message", "message"])

    def test_it_asks_as_much_of_a_long_history(self) -> None:
        for days in range(16, 40):
            make_interaction(self.customer, "visit", happened_at=NOW - days * DAY)
        with self.assertNumQueries(7):
            self.explained()

    def test_a_deal_that_counts_for_nobody_says_why(self) -> None:
        cases = {
            "cancelled": {"status": "Отменён"}, "refund": {"amount": -5}, "old": {"at": NOW - 600 * DAY}, "nothing": {},
        }  # fmt: skip
        stranger = make_customer()
        for why, fields in cases.items():
            deal = make_deal(stranger, fields.pop("at", NOW - DAY), **fields)
            self.assertEqual(self.explained(deal).why_not, explaining.WHY_NOT[why], why)
        self.assertEqual(self.explained(make_interaction(stranger, "visit")).why_not, explaining.WHY_NOT["kind"])
        self.assertEqual(self.explained(make_deal(None, NOW)).why_not, explaining.WHY_NOT["stranger"])


class Pages(Case):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(make_staff("campaigns.view_campaign", "segments.view_customer"))

    def read(self, name: str, *args: Any, **query: Any) -> str:
        answer = self.client.get(reverse(f"admin:{name}", args=args), query)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_the_deal(self) -> None:
        page = self.read("tracking_campaignresult_deal", self.deal.pk)
        self.assertIn("…6666", page)
        self.assertIn(self.deal.number, page)

    def test_the_deals_of_a_campaign_by_the_model_of_the_address(self) -> None:
        for model, deals in (("number", 1), ("click", 0), ("position", 2), ("nonsense", 1)):
            answer = self.client.get(
                reverse("admin:tracking_campaignresult_attribution", args=[self.campaign.pk]), {"model": model}
            )
            self.assertEqual(len(answer.context["deals"]), deals, model)
        line = self.read("tracking_campaignresult_attribution", self.campaign.pk, line="new")
        self.assertNotIn(str(self.customer), line)

    def test_the_list_goes_on(self) -> None:
        for n in range(60):
            make_deal(self.customer, self.dealt_at - n * dt.timedelta(minutes=1))
        count()
        url = reverse("admin:tracking_campaignresult_attribution", args=[self.campaign.pk])
        first = self.client.get(url).context
        second = self.client.get(url, {"after": first["more"]}).context
        seen = [each["row"].deal_id for each in (*first["deals"], *second["deals"])]
        self.assertEqual((len(seen), len(set(seen)), second["more"]), (61, 61, None))

    def test_who_may_not_see_customers_sees_sums_alone(self) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign"))
        self.assertNotIn(str(self.customer), self.read("tracking_campaignresult_attribution", self.campaign.pk))
        answer = self.client.get(reverse("admin:tracking_campaignresult_deal", args=[self.deal.pk]))
        self.assertEqual(answer.status_code, 403)

    def test_a_window_is_set_and_waits_for_the_night(self) -> None:
        self.client.force_login(make_staff("tracking.view_attributionwindow", "tracking.change_attributionwindow"))
        window = explaining.counting.AttributionWindow.objects.get(line="used")
        url = reverse("admin:tracking_attributionwindow_change", args=[window.pk])
        self.assertEqual(self.client.post(url, {"days": 0}).status_code, 200)
        self.assertEqual(self.client.post(url, {"days": 120}).status_code, 302)
        window.refresh_from_db()
        self.assertEqual((window.days, window.days_applied), (120, 90))


class Panels(Case):
    def request(self, *permissions: str, **query: str) -> Any:
        request = self.client.get("/").wsgi_request
        request.user = make_staff(*permissions) if permissions else AnonymousUser()
        request.GET = query
        return request

    def test_the_customer_s_deals(self) -> None:
        self.assertEqual(deals_of_customer(self.request(), self.customer), {})
        ((deal, campaigns),) = deals_of_customer(self.request("campaigns.view_campaign"), self.customer)["deals"]
        self.assertEqual(deal, self.deal)
        self.assertEqual(
            [(campaign.pk, len(models)) for campaign, models in campaigns], [(self.campaign.pk, 4), (self.other.pk, 2)]
        )

    def test_the_campaign_s_matrix(self) -> None:
        make_deal(self.customer, self.dealt_at, "service", amount=5000)
        count()
        offering.save(self.campaign, "used")
        self.campaign.refresh_from_db()
        told = attribution_of_campaign(self.request(model="position"), self.campaign)
        cells = {cell.line: (cell.deals, cell.revenue, cell.is_offered) for cell in told["cells"] if cell.deals}
        self.assertEqual(cells, {"used": (Decimal("0.8"), 80_000, True), "service": (Decimal("0.8"), 4000, False)})
        self.assertEqual((told["elsewhere"], told["total"].revenue, told["lifted"]), (Decimal("0.8"), 84_000, None))

    def test_beyond_the_control_group(self) -> None:
        for _ in range(3):
            send(self.run, make_customer(), kind="control")
        lift.count()
        total = matrix.of(self.campaign, "last")["lifted"]
        self.assertEqual((total.people, total.control, total.buyers, total.control_buyers), (1, 3, 1, 0))
        self.assertEqual((total.customers.added, total.revenue.added, total.is_early), (1, 100_000, True))
        self.assertEqual(ArmSum.objects.filter(campaign=self.campaign).count(), 3)

    def test_margin_that_no_document_names_is_that_of_its_line(self) -> None:
        make_deal(self.customer, self.dealt_at, "service", amount=5000)
        send(self.run, make_customer(), kind="control")
        count()
        lift.count()
        self.campaign.refresh_from_db()
        told = attribution_of_campaign(self.request(), self.campaign)
        margins = {cell.line: (cell.margin, cell.lift.margin.added) for cell in told["cells"] if cell.deals}
        self.assertEqual(margins, {"used": (9000, 9000), "service": (1750, 1750)})


class Offers(TestCase):
    def test_the_plan_has_the_line(self) -> None:
        (field,) = (each for each in plan_fields.every() if each.name == "offers")
        campaign = make_run("email", days_ago=1).campaign
        self.assertIsNone(field.load(campaign))
        for line in ("new", "service"):
            field.save(campaign, field.form_field(campaign).clean(line))
            self.assertEqual(field.load(campaign), line)
        field.save(campaign, "")
        self.assertIsNone(field.load(campaign))


class Counted(TestCase):
    def test_nothing_is_left_of_what_is_not_asked_for(self) -> None:
        self.assertEqual((lift.of_campaigns([1]), Attribution.objects.count()), ({}, 0))
