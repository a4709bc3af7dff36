from typing import Any

from django.db import connection
from django.test import TestCase
from django.urls import reverse

from segments.admin.review_page import _marked, percent
from segments.identity import accepting, merging, reopening, review
from segments.models import Customer, MergeRecord, ReviewPair
from tests.segments.builders import make_contact, make_customer, make_pair, make_staff, make_vehicle

State = ReviewPair.State
QUEUE = reverse("admin:segments_reviewpair_queue")
PHONE = "+79123456789"


class Queue(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna = make_customer("Иванова", "Анна", middle_name="Петровна")
        cls.other = make_customer("Иваноыа", "Анна")
        cls.oleg, cls.olga = make_customer("Орлов", "Олег"), make_customer("Орлова", "Ольга")
        for each in (cls.anna, cls.other):
            make_contact(each, PHONE)
        cls.likely = make_pair(cls.anna, cls.other, 0.97, evidence={"last": "near", "first": "same"})
        cls.doubtful = make_pair(cls.oleg, cls.olga, 0.6, evidence={"last": "near", "first": "other"})

    def setUp(self) -> None:
        self.user = make_staff("segments.merge_customers", "segments.view_customer")
        self.client.force_login(self.user)

    def press(self, verdict: str, pair: ReviewPair) -> Any:
        url = reverse(f"admin:segments_reviewpair_{verdict}", args=[pair.pk])
        return self.client.post(url, headers={"HX-Request": "true"})

    def state(self, pair: ReviewPair) -> str:
        return ReviewPair.objects.get(pk=pair.pk).state

    def test_the_likeliest_comes_first_side_by_side_and_masked(self) -> None:
        response = self.client.get(QUEUE)
        assert response.context["pair"] == self.likely
        self.assertContains(response, "97 %")
        self.assertContains(response, "Иванова Анна Петровна")
        self.assertContains(response, "+7 *** ***-67-89")
        self.assertNotContains(response, "912 345")
        rows = {str(row.label): row for row in response.context["rows"]}
        tones = {label: row.tone for label, row in rows.items()}
        assert (tones["фамилия"], tones["имя"], tones["отчество"], tones["телефон"]) == ("differs", "same", "", "same")
        assert [piece for piece in rows["фамилия"].left[0].pieces if piece[1]] == [("в", True)]

    def test_a_verdict_brings_the_next_pair_at_once(self) -> None:
        response = self.press("refuse", self.likely)
        assert response.context["pair"] == self.doubtful
        assert response.context["last"] == self.likely
        self.assertNotContains(response, "<html")
        pair = ReviewPair.objects.get(pk=self.likely.pk)
        assert (pair.state, pair.decided_by) == (State.REFUSED, self.user)
        assert not MergeRecord.objects.exists()

    def test_accepting_merges_and_the_last_one_leaves_an_empty_queue(self) -> None:
        self.press("refuse", self.doubtful)
        response = self.press("accept", self.likely)
        assert response.context.get("pair") is None
        self.assertContains(response, "Сомнительных пар не осталось")
        assert Customer.objects.get(pk=self.other.pk).merged_into == self.anna
        assert MergeRecord.objects.get().author == self.user

    def test_skipping_goes_round_and_round(self) -> None:
        second = self.client.get(QUEUE, {"after": self.likely.pk}).context["pair"]
        third = self.client.get(QUEUE, {"after": second.pk}).context["pair"]
        assert (second, third) == (self.doubtful, self.likely)
        assert self.client.get(QUEUE, {"after": "1 OR 1"}).context["pair"] == self.likely

    def test_the_only_pair_can_be_skipped_to_itself(self) -> None:
        self.press("refuse", self.doubtful)
        assert self.client.get(QUEUE, {"after": self.likely.pk}).context["pair"] == self.likely

    def test_a_refusal_is_taken_back(self) -> None:
        self.press("refuse", self.likely)
        response = self.press("reopen", self.likely)
        assert response.context["pair"] == self.likely
        assert self.state(self.likely) == State.OPEN

    def test_an_acceptance_is_taken_back_with_its_merge_and_leaves_no_verdict(self) -> None:
        self.press("accept", self.likely)
        self.press("reopen", self.likely)
        assert Customer.objects.get(pk=self.other.pk).merged_into is None
        assert list(ReviewPair.objects.values_list("state", flat=True)) == [State.OPEN, State.OPEN]
        self.press("accept", self.likely)
        assert Customer.objects.get(pk=self.other.pk).merged_into == self.anna

    def test_two_people_decide_the_same_pair(self) -> None:
        review.refuse(self.likely.pk, make_staff().pk)
        response = self.press("accept", self.likely)
        self.assertContains(response, 'role="alert"')
        assert self.state(self.likely) == State.REFUSED

    def test_while_an_import_runs_nothing_is_decided(self) -> None:
        """The lock of imports, held by another connection."""
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (merging.LOCK,))
        for verdict in ("accept", "refuse"):
            self.assertContains(self.press(verdict, self.likely), 'role="alert"')
        assert self.state(self.likely) == State.OPEN

    def test_only_post_decides_and_only_with_the_right(self) -> None:
        url = reverse("admin:segments_reviewpair_accept", args=[self.likely.pk])
        assert self.client.get(url).status_code == 405
        self.client.force_login(make_staff("segments.view_customer"))
        assert self.client.post(url).status_code == 403
        for name in ("queue", "bulk", "changelist"):
            assert self.client.get(reverse(f"admin:segments_reviewpair_{name}")).status_code == 403
        assert self.state(self.likely) == State.OPEN

    def test_the_list_shows_open_pairs_unless_asked(self) -> None:
        self.press("refuse", self.doubtful)
        url = reverse("admin:segments_reviewpair_changelist")
        assert list(self.client.get(url).context["cl"].result_list) == [self.likely]
        assert list(self.client.get(url, {"state": "refused"}).context["cl"].result_list) == [self.doubtful]

    def test_a_page_costs_as_many_queries_whatever_they_have(self) -> None:
        with self.assertNumQueries(11):
            self.client.get(QUEUE)
        for _ in range(5):
            make_contact(self.anna)
            make_vehicle(self.other)
        with self.assertNumQueries(11):
            self.client.get(QUEUE)

    def test_many_at_once_asks_with_a_count_and_takes_only_that_count(self) -> None:
        url = reverse("admin:segments_reviewpair_bulk")
        assert self.client.get(url, {"percent": 90}).context["count"] == 1
        assert self.client.get(url, {"percent": 49}).context["count"] is None
        self.client.post(url, {"percent": 90, "count": 7})
        assert self.state(self.likely) == State.OPEN
        response = self.client.post(url, {"percent": 90, "count": 1})
        self.assertRedirects(response, reverse("admin:segments_reviewpair_changelist"))
        assert (self.state(self.likely), self.state(self.doubtful)) == (State.ACCEPTED, State.OPEN)
        assert Customer.objects.get(pk=self.other.pk).merged_into == self.anna


class AcceptingMany(TestCase):
    def setUp(self) -> None:
        self.user = make_staff()
        self.people = [make_customer("Иванова", f"Анна{number}") for number in range(4)]

    def test_a_chain_becomes_one_person(self) -> None:
        first, *_rest = self.people
        for one, other in zip(self.people, self.people[1:], strict=False):
            make_pair(one, other, 0.95)
        assert accepting.accept_above(0.9, self.user.pk) == 3
        assert list(Customer.objects.filter(merged_into=None)) == [first]
        assert first.cards.filter(is_pinned=True).count() == 4
        assert set(ReviewPair.objects.values_list("state", flat=True)) == {State.ACCEPTED}

    def test_whom_somebody_keeps_apart_is_not_joined_by_a_third(self) -> None:
        one, bridge, other, _alone = self.people
        make_pair(one, other, state=State.REFUSED)
        strong, weak = make_pair(one, bridge, 0.99), make_pair(bridge, other, 0.95)
        assert accepting.accept_above(0.9, self.user.pk) == 1
        assert Customer.objects.get(pk=bridge.pk).merged_into == one
        assert Customer.objects.get(pk=other.pk).merged_into is None
        assert ReviewPair.objects.get(pk=strong.pk).state == State.ACCEPTED
        assert ReviewPair.objects.get(pk=weak.pk).state == State.OPEN

    def test_nothing_above_is_nothing_done(self) -> None:
        make_pair(*self.people[:2], 0.5)
        assert accepting.accept_above(0.9, self.user.pk) == 0
        assert accepting.waiting_above(0.5) == 1

    def test_each_merge_can_be_taken_back(self) -> None:
        pair = make_pair(*self.people[:2], 0.95)
        accepting.accept_above(0.9, self.user.pk)
        reopening.reopen(pair.pk, self.user.pk)
        assert Customer.objects.filter(merged_into=None).count() == 4
        assert ReviewPair.objects.get(pk=pair.pk).state == State.OPEN


class Marks(TestCase):
    def test_letters_that_differ(self) -> None:
        assert _marked("Иванова", "Иванова") == [("Иванова", False)]
        assert _marked("Семёнов", "Семенов") == [("Сем", False), ("ё", True), ("нов", False)]
        assert _marked("Пётр", "Анна") == [("Пётр", True)]
        assert _marked("Пётр", "") == [("Пётр", False)]

    def test_nothing_is_certain(self) -> None:
        assert [percent(score) for score in (0.996, 0.5, 1)] == [99, 50, 100]
