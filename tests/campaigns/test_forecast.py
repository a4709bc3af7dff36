from decimal import Decimal
from unittest import mock

from django.test import TestCase

from campaigns import forecast, launch_gate
from campaigns.forecast import Forecast, History
from campaigns.models import Campaign
from channels.models import Channel
from tests.campaigns.builders import make_campaign, make_segment_with
from tests.segments.builders import make_interaction

PLENTY = History(
    campaigns=4, sent=10_000, reached={"delivered": 9_020, "opened": 9_000, "replied": 1_910, "clicked": 0}, people=10_000,
    deals=220, margin=Decimal(22_000_000), control=1_000, control_deals=10,
)  # fmt: skip


class ForecastTests(TestCase):
    def setUp(self) -> None:
        self.campaign = make_campaign(make_segment_with(2))

    def told(self, history: History, channel: str = Channel.WHATSAPP, **asked: object) -> Forecast:
        campaign = Campaign.objects.get(pk=self.campaign.pk)
        campaign.channel = channel
        asked = {"to_send": 10_000, "held_out": 1_000, "cost": Decimal(50_000)} | asked
        with mock.patch.object(forecast, "_readers", [lambda _campaign: history]):
            return forecast.of(campaign, **asked)  # type: ignore[arg-type]

    def people(self, told: Forecast) -> dict[str, tuple[int | None, bool]]:
        return {step: (line.people, line.is_ours) for step, line in zip(forecast.STEPS, told.lines, strict=True)}

    def test_without_a_history_the_market_stands_in(self) -> None:
        told = self.people(self.told(History()))
        self.assertEqual(told["delivered"], (8_800, False))
        self.assertEqual(told["opened"], (7_832, False))
        self.assertEqual(told["replied"], (1_760, False))
        self.assertEqual(told["opted_out"], (62, False))
        self.assertEqual(told["bought"], (114, False))
        self.assertEqual(told["clicked"], (None, False))

    def test_our_own_history_goes_first_and_stands_beside_the_market(self) -> None:
        told = self.told(PLENTY)
        self.assertEqual(self.people(told)["delivered"], (9_020, True))
        self.assertEqual(self.people(told)["opted_out"], (62, False))  # nobody of ours: the provider tells nothing
        self.assertEqual((told.lines[0].market, told.lines[0].ours), (0.88, 0.902))

    def test_too_few_of_ours_are_shown_and_not_gone_by(self) -> None:
        told = self.told(History(campaigns=1, sent=999, reached={"delivered": 500}))
        self.assertEqual((told.lines[0].ours, told.lines[0].is_ours), (500 / 999, False))
        self.assertEqual(told.lines[0].people, 8_800)

    def test_only_deals_beyond_those_of_the_control_group_are_its_doing(self) -> None:
        told = self.told(PLENTY)
        self.assertAlmostEqual(told.usual, 0.01)
        self.assertAlmostEqual(told.deals, 10_000 * (0.022 - 0.01))
        self.assertEqual(told.deal_margin, Decimal(100_000))
        self.assertAlmostEqual(told.income, 12_000_000, delta=1)
        self.assertAlmostEqual(told.romi, (12_000_000 - 50_000) / 50_000, places=2)
        worse = self.told(History(sent=5_000, people=5_000, deals=10, control=500, control_deals=50))
        self.assertEqual(worse.deals, 0)
        few = self.told(History(sent=5_000, people=5_000, deals=100, control=99, control_deals=50))
        self.assertIsNone(few.usual)
        self.assertAlmostEqual(few.deals, 200)

    def test_what_the_author_expects_of_a_deal_goes_before_the_average(self) -> None:
        self.assertIsNone(self.told(History()).deal_margin)
        for margin, status in ((300, ""), (500, ""), (9_000, "отменён")):
            make_interaction(None, kind="sale", margin=margin, amount=1_000, status=status)
        self.assertEqual(self.told(History()).deal_margin, 400)
        launch_gate.answer(self.campaign, {"deal_margin": Decimal(700)})
        told = self.told(PLENTY)
        self.assertEqual((told.deal_margin, told.is_author_s), (700, True))

    def test_what_cannot_be_told_is_not_told(self) -> None:
        told = self.told(History(), channel=Channel.SMS)
        self.assertEqual({line.people for line in told.lines}, {None})
        self.assertIsNone(told.deals)
        self.assertIsNone(told.romi)
        self.assertIsNone(told.noticed)
        self.assertIsNone(self.told(PLENTY, cost=Decimal(0)).romi)

    def test_a_larger_control_group_shows_a_smaller_difference(self) -> None:
        small, large = self.told(PLENTY, held_out=100), self.told(PLENTY, held_out=5_000)
        self.assertGreater(small.noticed, large.noticed)
        self.assertIsNone(self.told(PLENTY, held_out=0).noticed)

    def test_every_benchmark_is_of_a_channel_and_of_known_steps(self) -> None:
        for channel, benchmark in forecast.BENCHMARKS.items():
            self.assertIn(channel, Channel.values)
            self.assertLessEqual(set(benchmark.rates), set(forecast.STEPS))
