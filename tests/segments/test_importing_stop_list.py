import io
from datetime import UTC, datetime

from segments.consents import record_consent
from segments.models import Consent, ConsentState, ContactPoint, ImportBatch, RejectedRow
from tests.segments.builders import make_brand, make_card, make_consent, make_contact, make_customer
from tests.segments.test_importing_running import DATA, Importing

HEADER = "Телефон;E-mail;Канал;Марка;Причина;Дата отказа\r\n"
PHONE, EMAIL = "+79216756405", "petr.ivanov7@mail.ru"
EVERYTHING = {"sms", "call", "whatsapp", "telegram", "max", "vk"}


class StopLists(Importing):
    def bring_list(self, rows: str, *, dry_run: bool = False) -> ImportBatch:
        return self.bring_files({"stop_list": io.BytesIO((HEADER + rows).encode("cp1251"))}, dry_run=dry_run)

    def stopped(self, value: str) -> set[str]:
        return set(
            ConsentState.objects.filter(contact_point__value=value, given=False).values_list("channel", flat=True)
        )

    def test_the_sample_stops_what_it_says(self) -> None:
        customer = make_customer()
        make_contact(customer, PHONE)
        with (DATA / "stop_list.csv").open("rb") as file:
            batch = self.bring_files({"stop_list": file})
        assert batch.counters["stop_list"] == {
            "read": 7, "new": 5, "updated": 0, "unchanged": 0, "rejected": 2, "addresses": 6, "known": 1,
        }  # fmt: skip
        assert self.stopped(PHONE) == EVERYTHING
        assert self.stopped("+79112003041") == {"sms"}
        assert self.stopped(EMAIL) == {"email"}
        assert self.stopped("semenova.k77@bk.ru") == set(), "the row speaks of calls alone"
        assert ContactPoint.objects.get(value="+79051002030").is_mobile
        log = Consent.objects.filter(contact_point__value=PHONE).first()
        assert (log.text, log.customer_id, log.origin, log.batch_id) == (
            "Просил больше не звонить", customer.pk, "import", batch.pk,
        )  # fmt: skip
        assert log.decided_at == datetime(2024, 3, 11, 21, tzinfo=UTC)
        assert str(batch.pk) in log.evidence
        assert Consent.objects.filter(contact_point__value=EMAIL).get().decided_at is None

    def test_what_a_row_leaves_open_it_stops_whole(self) -> None:
        self.bring_list("89216756405;;голубиная почта;;;\r\n")
        assert self.stopped(PHONE) == EVERYTHING
        refused = RejectedRow.objects.get()
        assert (refused.column, refused.reason, refused.whole_row) == ("channel", "unknown_channel", False)

    def test_a_channel_the_address_has_not_stops_its_own(self) -> None:
        self.bring_list(f"89216756405;;E-mail;;;\r\n9031112233;{EMAIL};E-mail;;;\r\n")
        assert self.stopped(PHONE) == EVERYTHING
        assert self.stopped(EMAIL) == {"email"}
        assert self.stopped("+79031112233") == set(), "the row means its e-mail alone"

    def test_advertising_platforms_are_stopped_where_they_are_named(self) -> None:
        self.bring_list(f"89216756405;;ретаргетинг;;;\r\n;{EMAIL};рекламные площадки;;;\r\n")
        assert self.stopped(PHONE) == self.stopped(EMAIL) == {"ads"}

    def test_a_brand_binds_that_brand_and_an_unknown_one_all(self) -> None:
        brand = make_brand("LADA")
        self.bring_list("89216756405;;смс;Лада;;\r\n9031112233;;смс;Бибика;;\r\n")
        assert ConsentState.objects.get(contact_point__value=PHONE).brand_id == brand.pk
        assert ConsentState.objects.get(contact_point__value="+79031112233").brand_id is None

    def test_later_imports_never_raise_it(self) -> None:
        self.bring_list("89216756405;;;;;\r\n")
        self.bring("1;Иванов Пётр Ильич;89216756405;;;;Да\r\n")
        assert not ConsentState.objects.get(contact_point__value=PHONE, channel="sms").given

    def test_in_one_batch_with_the_cards_the_stop_list_wins(self) -> None:
        cards = "Код;ФИО;Телефон;Согласие на рассылку\r\n1;Иванов Пётр;89216756405;Да\r\n"
        self.bring_files({
            "cards": io.BytesIO(cards.encode()), "stop_list": io.BytesIO((HEADER + "89216756405;;;;;\r\n").encode()),
        })  # fmt: skip
        assert not ConsentState.objects.get(contact_point__value=PHONE, channel="sms").given

    def test_the_person_herself_outweighs_it(self) -> None:
        contact = make_contact(make_customer(), PHONE)
        record_consent(
            contact_point_ids=[contact.pk], channels=["sms"], given=True, purpose="advertising", origin="person"
        )
        self.bring_list("89216756405;;смс;;;\r\n")
        assert ConsentState.objects.get(channel="sms").given

    def test_the_same_file_again_changes_nothing(self) -> None:
        rows = "89216756405;;;;Отказ;12.03.2024\r\n;semenova.k77@bk.ru;;;;\r\n"
        self.bring_list(rows)
        logged = Consent.objects.count()
        again = self.bring_list(rows)
        assert (again.counters["stop_list"]["new"], again.counters["stop_list"]["unchanged"]) == (0, 2)
        assert Consent.objects.count() == logged
        assert self.bring_list("89216756405;;;;Отказ;13.03.2024\r\n").counters["stop_list"]["new"] == 1

    def test_what_was_taken_back_is_said_again(self) -> None:
        self.bring_list("89216756405;;смс;;;\r\n")
        log = Consent.objects.get()
        Consent.objects.create(
            contact_point=log.contact_point, channel="sms", purpose="advertising", given=False, origin="import", undoes=log
        )  # fmt: skip
        assert self.bring_list("89216756405;;смс;;;\r\n").counters["stop_list"]["new"] == 1

    def test_a_dry_run_counts_and_writes_nothing(self) -> None:
        batch = self.bring_list("89216756405;;;;;\r\n", dry_run=True)
        assert batch.counters["stop_list"]["new"] == 1
        assert not Consent.objects.exists()
        assert not ContactPoint.objects.exists()

    def test_an_address_of_two_people_names_neither(self) -> None:
        for _ in range(2):
            make_contact(make_customer(), PHONE, card=make_card(make_customer()))
        self.bring_list("89216756405;;смс;;;\r\n")
        assert Consent.objects.get().customer_id is None

    def test_a_yes_of_an_import_is_withdrawn(self) -> None:
        make_consent(make_contact(make_customer(), EMAIL))
        self.bring_list(f";{EMAIL};;;;\r\n")
        assert self.stopped(EMAIL) == {"email"}
