"""URL × role × method: every page of the admin, generated from the URLconf, against the matrix of `crmsite.rights`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client, TestCase
from django.urls import get_resolver, reverse
from django.utils import timezone

from campaigns.admin.scenarios import VERBS as SCENARIO_VERBS
from campaigns.admin.verbs import VERBS
from campaigns.models import (
    Campaign,
    ChatTree,
    KeywordRule,
    Layer,
    MessageTemplate,
    PointsEntry,
    Policy,
    ProductLaunch,
    PromoCode,
    PromoPool,
    PromoRedemption,
    PromoTill,
    Reply,
    Season,
    Snippet,
    Variant,
)
from campaigns.models.content import Content
from campaigns.scenarios import drafting
from channels.models import Account, InboxLetter, IncomingMessage, JournalEntry, ListAccount
from crmsite import rights
from crmsite.models import User
from crmsite.roles import GROUPS, OWN_CENTRES
from segments.importing.refused import path_of_rejected
from segments.models import (
    BrandSpelling,
    CarInStock,
    CarModel,
    CentreTraffic,
    CitySpelling,
    ContactList,
    Customer,
    DataExport,
    ExternalList,
    Feed,
    Household,
    ImportBatch,
    Mapping,
    MergeRecord,
    OperationSpelling,
    RfmLine,
    RfmSegment,
    Salesperson,
    Segment,
    Source,
    UnknownWord,
)
from tests.campaigns.calls.builders import make_call_task
from tests.campaigns.games import make_game
from tests.campaigns.referrals import make_programme, make_referral
from tests.crmsite.builders import at_work, make_campaign, make_run, make_staff
from tests.segments.builders import (
    make_brand,
    make_centre,
    make_city,
    make_consent,
    make_contact,
    make_customer,
    make_interaction,
    make_pair,
    make_segment,
    make_source,
)
from tracking.models import (
    AdSpend,
    AttributionWindow,
    Call,
    CallTrackingAccount,
    Cost,
    LineMargin,
    MoneyUpload,
    NpsAnswer,
    NumberLease,
    ReportAddress,
    ReportMailing,
    Site,
    SubstituteNumber,
    SurveyAnswer,
)

METHODS = ("GET", "POST")
APPS = ("segments", "channels", "campaigns", "tracking", "crmsite", "auth")
PHONE, EMAIL = "+79119876543", "anna.lark@example.test"


def make_world() -> dict[str, Any]:
    """One object behind every page: {"app_model": object}."""
    author = User.objects.create(username="автор", is_staff=True)
    customer, source = make_customer(), make_source()
    contacts = [make_contact(customer, value) for value in (PHONE, EMAIL)]
    for contact in contacts:
        make_consent(contact)
    customer.cards.update(centre=make_centre())
    segment = make_segment(customer)
    campaign = make_written(author, segment)
    return {
        "point": contacts[0],
        **people(customer, segment),
        **dictionaries(),
        **imported(source),
        **conversation(campaign, customer),
        "campaigns_scenario": drafting.begin(author, recipe="birthday").scenario,
        **channels(campaign.account),
        **results(campaign, customer),
        "crmsite_user": author,
        "auth_user": author,
        "auth_group": Group.objects.first(),
    }


def make_written(author: User, segment: Segment) -> Campaign:
    """A campaign with a letter."""
    campaign = make_campaign("Осень", author)
    campaign.segments_in.add(segment)
    for version, brand in enumerate((None, make_brand()), start=1):
        Content.objects.create(
            campaign=campaign, subject="Тема", version=version, brand=brand,
            body="<mjml><mj-body><mj-section><mj-column><mj-text>Да</mj-text></mj-column></mj-section></mj-body></mjml>",
        )  # fmt: skip
    Variant.objects.bulk_create(Variant(campaign=campaign, letter=letter, share=50) for letter in "AB")
    return campaign


def people(customer: Customer, segment: Segment) -> dict[str, Any]:
    return {
        "_1": segment.history.get(),  # the second, nameless part of the address of a version
        "segments_customer": customer,
        "segments_segment": segment,
        "segments_contactlist": ContactList.objects.create(name="Выставка"),
        "segments_externallist": ExternalList.objects.create(
            name="Аудитория", segment=segment, provider="x", audience="1"
        ),
        "segments_dataexport": DataExport.objects.create(kind="identities", about="", recipient="x.csv", rows=1),
        "segments_household": Household.objects.create(name="Ларк"),
        "record": MergeRecord.objects.create(survivor=customer, loser=make_customer(merged_into=customer)),
        "segments_reviewpair": make_pair(customer, make_customer("Иванова", "А")),
        "segments_rfmline": RfmLine.objects.get(pk="all"),
        "segments_rfmsegment": RfmSegment.objects.first(),
    }


def dictionaries() -> dict[str, Any]:
    brand, city = make_brand(), make_city()
    return {
        "segments_brand": brand,
        "brand": brand,  # of a version of the campaign
        "letter": SimpleNamespace(pk="B"),  # of a variant of it
        "segments_brandspelling": BrandSpelling.objects.create(brand=brand, spelling="тойота-тест"),
        "segments_carmodel": CarModel.objects.create(brand=brand, name="Тестовая"),
        "segments_city": city,
        "segments_cityspelling": CitySpelling.objects.create(city=city, spelling="питер-тест"),
        "segments_operationspelling": OperationSpelling.objects.create(spelling="аренда-тест", kind="visit"),
        "segments_unknownword": UnknownWord.objects.create(dictionary="brand", spelling="бибика-тест"),
        "segments_centre": make_centre(),
        "segments_salesperson": Salesperson.objects.create(name="Петров"),
    }


def imported(source: Source) -> dict[str, Any]:
    return {
        "segments_source": source,
        "segments_importbatch": ImportBatch.objects.create(source=source),
        "segments_feed": Feed.objects.create(
            source=source, name="Ночью", transport="folder", address="no-such-folder", files={"cards": "*"}
        ),
        "segments_mapping": Mapping.objects.create(source=source, kind="cards", name="1С"),
        "segments_carinstock": CarInStock.objects.create(source=source, external_key="1", content_hash=b""),
        "segments_centretraffic": CentreTraffic.objects.create(
            source=source, centre=make_centre(), day="2026-11-20", visitors=5
        ),
    }


def conversation(campaign: Campaign, customer: Customer) -> dict[str, Any]:
    incoming = IncomingMessage.objects.create(
        account=campaign.account,
        channel="telegram",
        provider_key="1",
        sender=PHONE,
        text="Да",
        happened_at=timezone.now(),
    )
    return {
        "campaigns_campaign": campaign,
        "campaigns_calltask": make_call_task(customer),
        "campaigns_messagetemplate": MessageTemplate.objects.create(
            account=campaign.account,
            name="a",
            state="approved",
            body="Да",
            synced_at=timezone.now(),
            asked_at=timezone.now(),
        ),
        "campaigns_policy": Policy.objects.get_or_create(pk=Policy.ONLY)[0],
        "campaigns_keywordrule": KeywordRule.objects.create(keywords="цена", text="От 12 000 ₽"),
        "campaigns_chattree": ChatTree.objects.create(name="Меню"),
        "campaigns_snippet": Snippet.objects.create(name="подпись", medium="letter", text="Альфа-Авто"),
        **promo(customer),
        "campaigns_layer": Layer.objects.create(name="Тексты"),
        "campaigns_season": Season.objects.create(percents=[70, *[None] * 11]),
        "campaigns_productlaunch": ProductLaunch.objects.create(title="Новая модель", starts_on="2026-11-20"),
        "campaigns_reply": Reply.objects.create(incoming=incoming, address="7999000001", customer=customer),
    }


def promo(customer: Customer) -> dict[str, Any]:
    pool = PromoPool.objects.create(name="Весна", amount=10)
    code = PromoCode.objects.create(pool=pool, code="KAHT7X3M9P", key="KAHT7X3M9P")
    return {
        "campaigns_promopool": pool,
        "campaigns_game": make_game(),
        "campaigns_promoredemption": PromoRedemption.objects.create(code=code, receipt="1", door="cashier", amount=5),
        "campaigns_pointsentry": PointsEntry.objects.create(customer=customer, kind="accrued", points=5, key="1"),
        "customer": customer,  # whose points are adjusted
        "campaigns_promotill": PromoTill.objects.create(name="Первая"),
        "campaigns_referralprogramme": (programme := make_programme()),
        "campaigns_referral": make_referral(customer, programme=programme, phone=PHONE),
    }


def channels(account: Account) -> dict[str, Any]:
    return {
        "channels_account": Account.objects.create(name="Почтовый сервер", channel="email", provider="smtp"),
        "channels_listaccount": ListAccount.objects.create(name="Аудитории", provider="yandex_audience"),
        "channels_journalentry": JournalEntry.objects.create(
            account=account, channel="email", recipient=EMAIL, body=b"Subject: x\r\n\r\nx"
        ),
        "channels_inboxletter": InboxLetter.objects.create(raw=b"Subject: x\r\n\r\nx", recipient=EMAIL),
    }


def results(campaign: Campaign, customer: Customer) -> dict[str, Any]:
    now, number = timezone.now(), SubstituteNumber.objects.create(number="+78121234567")
    finished = make_campaign("Весна", campaign.author, Campaign.State.FINISHED)
    return {
        "tracking_call": Call.objects.create(external_id="1", started_at=now, caller=PHONE, customer=customer),
        "tracking_calltrackingaccount": CallTrackingAccount.objects.create(name="Звонки", provider="comagic"),
        "tracking_substitutenumber": number,
        "tracking_numberlease": NumberLease.objects.create(
            number=number, campaign=campaign, channel="email", period=(now, now + timedelta(days=1))
        ),
        "tracking_surveyanswer": SurveyAnswer.objects.create(
            run_id=1, campaign=campaign, message_id=1, customer=customer, decision="stop"
        ),
        "tracking_npsanswer": NpsAnswer.objects.create(
            run_id=1, campaign=campaign, message_id=1, customer=customer, score=9
        ),
        "tracking_campaignresult": make_run(finished).campaign,
        "tracking_report": SimpleNamespace(pk="channels"),
        "tracking_reportaddress": ReportAddress.objects.create(address="boss@example.test", note="Владелец"),
        "tracking_reportmailing": ReportMailing.objects.create(
            name="Каналы", report="channels", owner=campaign.author, next_at=now
        ),
        "tracking_cost": Cost.objects.create(kind="production", amount=5, month="2026-05-01"),
        "tracking_adspend": AdSpend.objects.create(source="Яндекс Директ", amount=5, month="2026-05-01"),
        "tracking_linemargin": LineMargin.objects.get(pk="new"),
        "upload": MoneyUpload.objects.create(kind="costs", name="май.csv", digest=""),
        "tracking_attributionwindow": AttributionWindow.objects.first(),
        "deal": make_interaction(customer),
        "tracking_site": Site.objects.create(name="Сайт автосалона"),
    }


def pages(world: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(row of the matrix, path) for every named URL of the admin."""
    site = get_resolver().namespace_dict["admin"][1]
    for name in sorted(key for key in site.reverse_dict if isinstance(key, str)):
        parameters = site.reverse_dict.getlist(name)[0][0][0][1]
        if name == "app_list":
            yield from ((f"{name}:{app}", reverse("admin:app_list", args=[app])) for app in APPS)
        elif name == "autocomplete":
            query = "?app_label=segments&model_name=carmodel&field_name=brand"
            yield f"{name}:segments.brand", reverse("admin:autocomplete") + query
        elif name == "view_on_site":
            kind = ContentType.objects.get_for_model(User)
            yield name, reverse("admin:view_on_site", args=[kind.pk, world["crmsite_user"].pk])
        elif "verb" in parameters:
            yield from (
                (f"{name}:{verb}", _path(name, world, verb=verb))
                for verb in (SCENARIO_VERBS if "scenario" in name else VERBS)
            )
        else:
            yield name, _path(name, world)


def _path(name: str, world: dict[str, Any], **extra: str) -> str:
    parameters = get_resolver().namespace_dict["admin"][1].reverse_dict.getlist(name)[0][0][0][1]
    if not parameters:
        return reverse(f"admin:{name}")
    thing = world["_".join(name.split("_")[:2])]
    return reverse(f"admin:{name}", kwargs={key: extra.get(key) or world.get(key, thing).pk for key in parameters})


def is_open(page: str, answer: HttpResponse) -> bool:
    """Whether the right was there: a refused form (400) had it, a method that the page does not know (405) had not."""
    if answer.status_code == 302 and answer["Location"].startswith(reverse("admin:login")):
        return False
    if answer.status_code == 404:
        assert page.startswith(("app_list", "view_on_site")), f"{page}: 404"
        return False
    return answer.status_code not in {403, 405}


@contextmanager
def undrawn() -> Iterator[None]:
    """The views decide, and what they would show is not drawn: a form that was refused is the same for every role."""
    with (
        mock.patch.object(SimpleTemplateResponse, "rendered_content", ""),
        mock.patch.object(admin.site, "each_context", return_value={}),
    ):
        yield


def leaked(page: str, role: str, text: str) -> list[str]:
    """The contacts of a page that are not masked. A letter of the built-in inbox is shown as it went out."""
    if page.startswith(("logout", "channels_inboxletter")):
        return []
    digits = PHONE.removeprefix("+7")
    spaced = f"{digits[:3]} {digits[3:6]}-{digits[6:8]}-{digits[8:]}"
    return [f"{page} as {role}: {value}" for value in (digits, spaced, EMAIL) if value in text]


@pytest.mark.timeout(900)  # thousands of pages, on a machine that may be busy
class Matrix(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls) -> None:
        cls.staff = {role: make_staff(role) for role in GROUPS}
        cls.world = make_world()
        for role in OWN_CENTRES:
            at_work(cls.staff[role], cls.world["segments_centre"])
        rejected = path_of_rejected(cls.world["segments_importbatch"])
        rejected.parent.mkdir(parents=True, exist_ok=True)
        rejected.write_text("Код\n")
        cls.addClassCleanup(shutil.rmtree, rejected.parent)
        cls.pages = list(pages(cls.world))

    def ask(self, client: Client, path: str, method: str) -> tuple[HttpResponse, str]:
        """The answer and what stands in it, and the database as it was before."""
        with transaction.atomic():
            answer = client.get(path) if method == "GET" else client.post(path)
            text = answer.getvalue().decode(errors="replace")  # inside: an export reads as it goes out
            transaction.set_rollback(True)
        return answer, text

    def test_every_url_is_declared_and_nothing_else(self) -> None:
        self.assertEqual({page for page, _path in self.pages} ^ set(rights.RIGHTS), set())

    def test_the_letters_are_the_roles(self) -> None:
        self.assertEqual(set(rights.LETTERS.values()), set(GROUPS))

    def test_each_role_opens_exactly_what_is_declared_and_sees_no_contacts(self) -> None:
        """Without `segments.view_contacts` no page that may be opened holds a whole phone or e-mail."""
        mismatches, leaks, drawn = [], [], set()
        for role, user in self.staff.items():
            client = Client(raise_request_exception=False)
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            for page, path in self.pages:
                for method in METHODS:
                    client.cookies.clear()  # what the last page did to the session was rolled back, its cookies were not
                    client.cookies[settings.SESSION_COOKIE_NAME] = session
                    with nullcontext() if method == "GET" or page not in drawn else undrawn():
                        answer, text = self.ask(client, path, method)
                    if method == "POST" and answer.status_code == 200:
                        drawn.add(page)
                    declared = page in rights.RIGHTS and role in rights.allowed(page, method)
                    if answer.status_code >= 500 or is_open(page, answer) != declared:
                        mismatches.append(f"{method} {page} as {role}: {answer.status_code}, declared {declared}")
                    if method == "GET" and declared and "segments.view_contacts" not in GROUPS[role].permissions:
                        leaks += leaked(page, role, text)
        self.assertEqual(mismatches, [])
        self.assertEqual(leaks, [])

    def test_a_stranger_is_led_to_the_login(self) -> None:
        for page, path in self.pages:
            for method in METHODS:
                answer, _text = self.ask(Client(), path, method)
                if page != "login":
                    self.assertEqual(answer.status_code, 302, f"{method} {page}")

    def test_staff_without_a_role_opens_only_what_is_everybodys(self) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.create(username="newcomer", is_staff=True))
        own = {"index", "login", "logout", "password_change", "password_change_done", "jsi18n", "search"}
        opened = {page for page, path in self.pages if is_open(page, self.ask(client, path, "GET")[0])}
        self.assertEqual(opened - own, set())

    def test_actions_of_the_lists(self) -> None:
        """No list offers an action to who may only look."""
        for model, model_admin in admin.site._registry.items():
            request = Client().get("/admin/login/").wsgi_request
            request.user = self.staff["analyst"]
            self.assertEqual(list(model_admin.get_actions(request)), [], model)


class Lookups(TestCase):
    """A filter in the address reads no column that the list does not offer."""

    def test_no_list_filters_by_what_it_does_not_show(self) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        lookups = {
            "campaigns_campaign": "author__password__startswith",
            "segments_customer": "contacts__contact_point__value__startswith",
            "segments_segment": "owner__password__startswith",
            "segments_importbatch": "author__password__startswith",
            "tracking_call": "contact_point__value__startswith",
            "tracking_numberlease": "campaign__author__password__startswith",
            "tracking_surveyanswer": "customer__contacts__contact_point__value__startswith",
            "tracking_npsanswer": "customer__contacts__contact_point__value__startswith",
            "crmsite_user": "password__startswith",
        }
        for name, lookup in lookups.items():
            answer = client.get(reverse(f"admin:{name}_changelist"), {lookup: "a"})
            self.assertIn(answer.status_code, {302, 400}, f"{name}?{lookup}")
