from django.test import TestCase, override_settings
from django.utils import timezone

from campaigns import partitions, planning
from campaigns.experiments import draw
from campaigns.models import Campaign, Chunk, Message, Run
from segments.models import CardContact, ContactPoint
from tests.campaigns.builders import make_campaign, make_reader
from tests.segments.builders import make_brand, make_card, make_consent, make_contact, make_customer, make_segment


def open_run(campaign: Campaign) -> Run:
    partitions.ensure_near()
    number = partitions.month_of(timezone.localdate()) * partitions.RUNS_A_MONTH + 1
    return Run.objects.create(
        id=number,
        campaign=campaign,
        content=campaign.contents.get(),
        account=campaign.account,
        send_until=timezone.now() + timezone.timedelta(hours=72),
    )


def people(campaign: Campaign) -> dict[str, int]:
    return {step.key: step.people for step in planning.waterfall(campaign) if step.people}


def left_out(run: Run) -> dict[int, str]:
    return dict(Message.objects.filter(run_id=run.pk).values_list("customer_id", "left_out"))


class WaterfallTests(TestCase):
    def test_everyone_left_out_has_the_first_reason_that_applies(self) -> None:
        reached = make_reader()
        no_contact = make_customer()
        phone_only = make_customer()
        make_contact(phone_only, "+79110000001")
        invalid, shared, gone = make_reader(), make_reader(), make_reader()
        ContactPoint.objects.filter(holders__customer=invalid).update(validity="invalid", is_shared=True)
        ContactPoint.objects.filter(holders__customer=shared).update(is_shared=True)
        ContactPoint.objects.filter(holders__customer=gone).update(reachability="unreachable")
        silent, refused = make_reader(consent=None), make_reader(consent=False)
        everyone = [reached, no_contact, phone_only, invalid, shared, gone, silent, refused]
        campaign = make_campaign(make_segment(*everyone))
        expected = {
            "segments": 8, "no_contact": 2, "invalid": 1, "shared": 1, "no_consent": 2, "suppressed": 1, "to_send": 1,
        }  # fmt: skip
        self.assertEqual(people(campaign), expected)
        run = open_run(campaign)
        self.assertEqual(planning.freeze(run), 1)
        self.assertEqual(left_out(run)[reached.pk], "")
        self.assertEqual(left_out(run)[invalid.pk], "invalid")
        self.assertEqual(run.audience, 8)
        self.assertEqual(sum(run.left_out.values()), 7)

    def test_excluded_segments_take_people_out_of_the_audience(self) -> None:
        one, two = make_reader(), make_reader()
        campaign = make_campaign(make_segment(one, two), make_segment(one), except_segments=(make_segment(two),))
        self.assertEqual(people(campaign), {"segments": 2, "excluded": 1, "to_send": 1})

    def test_one_address_gets_one_letter(self) -> None:
        first, second = make_reader(email="family@example.test"), make_customer()
        make_contact(second, "family@example.test")
        run = open_run(make_campaign(make_segment(first, second)))
        planning.freeze(run)
        self.assertEqual(left_out(run), {first.pk: "", second.pk: "duplicate"})

    def test_a_person_with_several_addresses_gets_the_best_then_the_main_one(self) -> None:
        customer = make_customer()
        card = make_card(customer)
        withdrawn, main, other = (make_contact(customer, card=card) for _ in range(3))
        for position, contact in enumerate((withdrawn, main, other)):
            CardContact.objects.filter(contact_point=contact).update(position=position)
            make_consent(contact, given=contact != withdrawn)
        run = open_run(make_campaign(make_segment(customer)))
        planning.freeze(run)
        self.assertEqual(Message.objects.get(run_id=run.pk).contact_point_id, main.pk)

    def test_consent_is_that_of_the_brand_and_purpose(self) -> None:
        toyota, lada = make_brand("Toyota"), make_brand("Lada")
        customer = make_customer()
        make_consent(make_contact(customer), brand_id=toyota.pk)
        segment = make_segment(customer)
        self.assertEqual(people(make_campaign(segment, brand=toyota))["to_send"], 1)
        self.assertEqual(people(make_campaign(segment, brand=lada))["no_consent"], 1)
        self.assertEqual(people(make_campaign(segment, brand=toyota, purpose="service"))["no_consent"], 1)

    def test_a_member_merged_since_is_written_to_as_the_survivor(self) -> None:
        survivor, loser = make_reader(), make_customer()
        segment = make_segment(survivor, loser)
        loser.merged_into = survivor
        loser.save()
        self.assertEqual(people(make_campaign(segment)), {"segments": 1, "to_send": 1})

    def test_an_empty_segment_has_nobody(self) -> None:
        self.assertEqual(people(make_campaign(make_segment())), {})


class ControlGroupTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.readers = [make_reader() for _ in range(40)]
        cls.segment = make_segment(*cls.readers)

    def test_the_draw_decides_and_only_among_those_who_could_be_written_to(self) -> None:
        silent = make_reader(consent=None)
        campaign = make_campaign(make_segment(*self.readers, silent), control_percent=50, salt="half")
        run = open_run(campaign)
        planning.freeze(run)
        expected = {pk: "control" if draw("half", pk) < 0.5 else "" for pk in (reader.pk for reader in self.readers)}
        self.assertEqual(left_out(run), expected | {silent.pk: "no_consent"})

    @override_settings(GLOBAL_CONTROL_PERCENT=30, GLOBAL_CONTROL_SALT="all")
    def test_the_global_group_is_drawn_first_by_its_own_salt(self) -> None:
        run = open_run(make_campaign(self.segment, control_percent=50, salt="half"))
        planning.freeze(run)
        for pk, reason in left_out(run).items():
            if draw("all", pk) < 0.3:
                self.assertEqual(reason, "global_control")
            else:
                self.assertEqual(reason, "control" if draw("half", pk) < 0.5 else "")

    def test_chunks_hold_what_the_account_sends_in_five_seconds(self) -> None:
        campaign = make_campaign(self.segment)
        campaign.account.per_second = 3
        campaign.account.save()
        run = open_run(campaign)
        self.assertEqual(planning.freeze(run), 40)
        sizes = [len(chunk.message_ids) for chunk in Chunk.objects.filter(run_id=run.pk).order_by("id")]
        self.assertEqual(sizes, [15, 15, 10])

    def test_portions_are_spread_evenly_over_the_hours(self) -> None:
        campaign = make_campaign(make_segment(*(make_reader() for _ in range(24))), spread_hours=1)
        run = open_run(campaign)
        planning.freeze(run)
        chunks = Chunk.objects.filter(run_id=run.pk).order_by("due_at")
        self.assertEqual([len(chunk.message_ids) for chunk in chunks], [2] * 12)
        after = [(chunk.due_at - run.started_at).total_seconds() for chunk in chunks]
        self.assertEqual(after, [300 * number for number in range(12)])

    def test_what_is_spread_over_more_time_than_there_is_goes_before_the_end(self) -> None:
        campaign = make_campaign(make_segment(*(make_reader() for _ in range(3))), spread_hours=48)
        run = open_run(campaign)
        Run.objects.filter(pk=run.pk).update(send_until=run.started_at + timezone.timedelta(hours=20))
        run.refresh_from_db()
        planning.freeze(run)
        after = [(chunk.due_at - run.started_at).total_seconds() / 3600 for chunk in Chunk.objects.order_by("due_at")]
        self.assertEqual(after, [0, 16, 20])
