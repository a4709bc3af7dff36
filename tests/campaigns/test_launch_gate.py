from django.test import TestCase

from campaigns import approval, cloning, launch_gate, planning
from campaigns.models import Campaign, Rationale
from campaigns.planning import Forecast, Step
from campaigns.refusals import Refused
from segments.facts import refresh_facts
from tests.campaigns.builders import make_campaign, make_reader
from tests.segments.builders import make_segment, make_staff


def expected(people: int, held_out: int) -> Forecast:
    return Forecast([Step("segments", "", people), Step("control", "", held_out)], {}, {}, {})


ANNA_S = {"hypothesis": "Анна приедет", "no_hypothesis": "", "no_segments": "", "no_test": "", "deal_margin": None}


class LaunchGateTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = [make_reader() for _ in range(launch_gate.SMALLEST_BASE)]
        refresh_facts()
        cls.everybody, cls.some = make_segment(*cls.people), make_segment(*cls.people[:30])

    def answers(self, campaign: Campaign, people: int, held_out: int = 0) -> dict[str, tuple[bool, bool]]:
        given = launch_gate.answers(campaign, expected(people, held_out))
        return {answer.key: (answer.is_yes, answer.is_missing) for answer in given}

    def test_who_was_never_asked_is_told_of_and_not_stopped(self) -> None:
        campaign = make_campaign(self.everybody)
        missing = dict.fromkeys(("hypothesis", "segments", "test"), (False, True))
        self.assertEqual(self.answers(campaign, 100), missing)
        approval.submit(campaign, campaign.author)
        self.assertEqual(campaign.state, "in_review")

    def test_a_no_needs_a_reason_of_the_author(self) -> None:
        campaign = make_campaign(self.everybody)
        launch_gate.answer(campaign, ANNA_S)
        with self.assertRaises(Refused) as caught:
            approval.submit(campaign, campaign.author)
        self.assertIn("сузьте её или напишите, почему это получат все", caught.exception.sentence)
        self.assertIn("В контрольной группе никого", caught.exception.sentence)
        self.assertNotIn("Гипотезы нет", caught.exception.sentence)
        self.assertEqual(Campaign.objects.get().state, "draft")
        launch_gate.answer(campaign, ANNA_S | {"no_segments": "Меняются правила", "no_test": "Это касается всех"})
        approval.submit(campaign, campaign.author)
        self.assertEqual(campaign.state, "in_review")
        self.assertEqual(self.answers(campaign, 100)["segments"], (False, False))

    def test_a_part_of_the_base_and_a_control_group_are_answers_of_themselves(self) -> None:
        campaign = make_campaign(self.some, control_percent=40)
        launch_gate.answer(campaign, ANNA_S)
        self.assertEqual(set(self.answers(campaign, 30, 12).values()), {(True, False)})
        told = launch_gate.answers(campaign, expected(30, 12))
        self.assertEqual(told[1].says, "30 из 100 клиентов базы (30,0 %)")
        self.assertEqual(told[2].says, "Для сравнения не пишем 12 клиентам")
        self.assertEqual(
            self.answers(campaign, 90, 0),
            {"hypothesis": (True, False), "segments": (False, True), "test": (False, True)},
        )

    def test_service_messages_are_not_asked(self) -> None:
        campaign = make_campaign(self.everybody, purpose="service")
        launch_gate.answer(campaign, ANNA_S | {"hypothesis": ""})
        self.assertEqual(launch_gate.answers(campaign, expected(100, 0)), [])
        self.assertEqual(launch_gate.missing(campaign, expected(100, 0)), [])

    def test_an_approval_is_of_the_answers_too_and_a_copy_has_them(self) -> None:
        campaign = make_campaign(self.some, control_percent=40)
        unasked = approval.fingerprint(campaign)
        launch_gate.answer(campaign, ANNA_S)
        asked = approval.fingerprint(campaign)
        launch_gate.answer(campaign, ANNA_S | {"hypothesis": "Иная"})
        self.assertEqual(len({unasked, asked, approval.fingerprint(campaign)}), 3)
        copy = cloning.clone(campaign, make_staff())
        self.assertEqual(Rationale.objects.get(campaign=copy).hypothesis, "Иная")
        self.assertEqual(Rationale.objects.get(campaign=copy).planned, {})

    def test_what_it_is_to_bring_is_kept_as_it_was_told(self) -> None:
        campaign = make_campaign(self.some)  # all of them: the draw decides nothing of what is told
        launch_gate.answer(campaign, ANNA_S | {"deal_margin": 1000, "no_test": "Это касается всех"})
        approval.submit(campaign, campaign.author)
        planned = Rationale.objects.get(campaign=campaign).planned
        self.assertEqual(set(planned), {"deals", "income", "cost", "romi"})
        self.assertEqual(planned["deals"], round(0.003 * planning.forecast(campaign).to_send, 1))
