"""A conversation that goes by itself: choices, what they do, who is never answered, and where a human takes over."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import answer_bodies, answer_states, answering, erasing, permission, replies
from campaigns.chat_trees import checking, talking
from campaigns.chat_trees.reading import Tree
from campaigns.models import Answer, CallTask, ChatNode, ChatTalk, ChatTree, KeywordRule, PromoCode, PromoPool, Reply
from campaigns.promo import filling, spelling
from channels.providers import provider_for
from channels.providers.base import Addressed, Result
from segments.models import ConsentState
from tests.campaigns.calls.builders import make_callable
from tests.campaigns.promos import make_pool, make_shared
from tests.campaigns.talks import CHAT, PHONE, hear, make_bot, make_sms, make_whatsapp
from tests.segments.builders import make_consent, make_contact, make_customer, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
MENU: tuple[dict[str, Any], ...] = (
    {"number": 1, "label": "Меню", "keywords": "меню, привет", "text": 'Здравствуйте, {{ имя|"друг" }}! Чем помочь?'},
    {"number": 2, "under": 1, "label": "Цены", "keywords": "цена, цены", "text": "ТО — от 12 000 ₽.", "goes_on": 1},
    {"number": 3, "under": 1, "label": "Звонок", "keywords": "позвоните", "text": "Перезвоним.", "action": "call"},
    {"number": 4, "under": 1, "label": "Оператор", "keywords": "человек", "text": "Зову оператора.", "action": "human"},
)
LIST = "1 — Цены\n2 — Звонок\n3 — Оператор"


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.bell.ring_answers", lambda: True)
    KeywordRule.objects.all().delete()


def make_tree(*nodes: dict[str, Any], **fields: Any) -> ChatTree:
    tree = ChatTree.objects.create(**{"name": "Дерево"} | fields)
    ChatNode.objects.bulk_create(ChatNode(tree=tree, **node) for node in nodes or MENU)
    return tree


def said(reply: Reply) -> str:
    return reply.sent.get().text


def test_words_and_numbers_lead_on_and_back_to_the_menu() -> None:
    make_tree()
    make_contact(make_customer(first_name="Анна"), PHONE)
    sms = make_sms()
    first = hear(sms, "Привет!")
    assert said(first) == f"Здравствуйте, Анна! Чем помочь?\n{LIST}"
    assert (first.keyword, first in replies.waiting()) == ("rule", False)
    for choice in ("1", " ЦЕНА? ", "Цены", "цены"):
        assert said(hear(sms, choice)) == f"ТО — от 12 000 ₽.\n{LIST}"
    assert Answer.objects.filter(origin="tree").count() == 5


def test_what_is_no_choice_waits_for_a_person_and_ends_the_conversation() -> None:
    make_tree()
    sms = make_sms()
    assert said(hear(sms, "меню")).startswith("Здравствуйте, друг!")
    strange = hear(sms, "а сколько стоит ТО на весту")
    assert strange in replies.waiting()
    assert not strange.sent.exists()
    assert not hear(sms, "1").sent.exists()
    assert not hear(sms, "4").sent.exists()
    assert hear(sms, "меню").sent.exists()


def test_each_address_has_a_conversation_of_its_own_and_it_ends_after_a_day() -> None:
    make_tree()
    sms = make_sms()
    hear(sms, "меню")
    assert not hear(sms, "1", sender="+79990000002").sent.exists()
    assert not hear(make_sms(), "1").sent.exists()
    ChatTalk.objects.update(at=timezone.now() - timedelta(hours=25))
    assert not hear(sms, "1").sent.exists()


def test_stop_is_an_order_in_any_conversation() -> None:
    make_tree()
    phone = make_contact(make_customer(), PHONE)
    make_consent(phone, channels=["sms"])
    sms = make_sms()
    hear(sms, "меню")
    stop = hear(sms, "СТОП")
    assert (stop.keyword, stop.sent.exists()) == ("stop", False)
    assert not ConsentState.objects.get(contact_point=phone, channel="sms", purpose="advertising").given


def test_whoever_asks_for_a_human_gets_one_and_the_tree_is_quiet_until_he_is_done() -> None:
    make_tree()
    sms = make_sms()
    hear(sms, "меню")
    asked = hear(sms, "человек")
    assert said(asked) == "Зову оператора."
    assert asked in replies.waiting()
    again = hear(sms, "меню")
    assert not again.sent.exists()
    answering.write(
        asked, "Слушаю вас", author=make_staff(), form="6f0ad3fe-3a53-4c4b-9a5b-0d4f3d1c7e11", seen=again.pk
    )  # type: ignore[arg-type]
    assert not hear(sms, "меню").sent.exists()
    Answer.objects.update(created_at=timezone.now() - timedelta(hours=13))
    assert hear(sms, "меню").sent.exists()


def test_an_operator_who_writes_first_has_the_conversation_too() -> None:
    make_tree()
    KeywordRule.objects.create(keywords="меню", text="Правило")
    sms = make_sms()
    question = hear(sms, "Сколько стоит?")
    answering.write(question, "12 000", author=make_staff(), form="6f0ad3fe-3a53-4c4b-9a5b-0d4f3d1c7e12")  # type: ignore[arg-type]
    assert not hear(sms, "меню").sent.exists()


def test_a_call_is_made_once_and_what_cannot_be_is_for_people() -> None:
    make_tree()
    make_callable(PHONE)
    make_consent(replies.ContactPoint.objects.get(value=PHONE), channels=["sms"], purpose="service")
    sms = make_sms()
    hear(sms, "меню")
    assert said(hear(sms, "2")) == "Перезвоним."
    task = CallTask.objects.get()
    assert (task.reason, task.state) == ("Дерево: Звонок", "open")
    hear(sms, "меню")
    assert said(hear(sms, "2")) == "Перезвоним."
    assert CallTask.objects.count() == 1
    stranger = {"sender": "+79990000777"}
    hear(sms, "меню", **stranger)
    refused = hear(sms, "2", **stranger)
    assert refused in replies.waiting()
    assert not refused.sent.exists()


def test_whoever_subscribes_agrees_and_gets_a_code_of_her_own() -> None:
    pool = make_pool(1, valid_days=7)
    node = {"number": 1, "label": "Скидка", "keywords": "скидка", "text": "Ваш код {{ промокод }}.", "action": "subscribe", "pool": pool}  # fmt: skip
    make_tree(node)
    customer = make_customer()
    phone = make_contact(customer, PHONE)
    sms = make_sms()
    first, again = hear(sms, "скидка"), hear(sms, "Скидка")
    code = PromoCode.objects.get()
    assert said(first) == said(again) == f"Ваш код {spelling.shown(code.code)}."
    assert (code.customer, code.campaign_id) == (customer, None)
    assert ConsentState.objects.get(contact_point=phone, channel="sms", purpose="advertising").given
    make_contact(make_customer(), "+79990000002")
    dry = hear(sms, "скидка", sender="+79990000002")
    assert dry in replies.waiting()
    assert not dry.sent.exists()
    assert ConsentState.objects.filter(purpose="advertising").count() == 1
    assert hear(sms, "скидка", sender="+79990000003") in replies.waiting()  # nobody known: no consent, no code


def test_two_machines_do_not_talk_for_ever_and_some_are_never_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree()
    sms = make_sms()
    monkeypatch.setattr(talking, "MOST", 3)
    assert [hear(sms, "меню").sent.exists() for _n in range(4)] == [True, True, True, False]
    assert not hear(sms, "меню", sender="MegaFon").sent.exists()
    refused = make_contact(make_customer(), "+79990000009")
    make_consent(refused, given=False, channels=["sms"], purpose="service", origin="person")
    assert not hear(sms, "меню", sender="+79990000009").sent.exists()
    permission.turn_off(None)
    assert not hear(sms, "меню", sender="+79990000008").sent.exists()


def test_a_tree_of_the_channel_comes_first_and_one_out_of_use_is_none() -> None:
    make_tree()
    own = {"number": 1, "label": "Меню", "keywords": "меню", "text": "В боте"}
    make_tree(own, name="Бот", channel="telegram")
    assert said(hear(make_bot(), "меню")) == "В боте"
    ChatTree.objects.update(is_active=False)
    assert not hear(make_sms(), "меню").sent.exists()


def test_words_of_automatic_answers_still_work_beside_it() -> None:
    make_tree()
    KeywordRule.objects.create(keywords="адрес", text="Ленина, 1")
    sms = make_sms()
    hear(sms, "меню")
    assert said(hear(sms, "адрес")) == "Ленина, 1"


def test_an_answer_that_was_not_sent_waits_for_a_person() -> None:
    make_tree()
    reply = hear(make_sms(), "меню")
    answer = reply.sent.get()
    Answer.objects.filter(pk=answer.pk).update(state=Answer.State.SENDING)
    answer_states.settle(answer.pk, Result("rejected", code="8"))
    assert reply in replies.waiting()


def test_of_an_erased_person_no_conversation_stays() -> None:
    make_tree()
    customer = make_customer()
    make_contact(customer, PHONE)
    sms = make_sms()
    for sender in (PHONE, "+79990000002"):
        hear(sms, "меню", sender=sender)
    erasing.erase([customer.pk])
    assert ChatTalk.objects.get().recipient == "+79990000002"


def faults(*nodes: dict[str, Any], channel: str = "") -> list[str]:
    return checking.faults([ChatNode(**node) for node in nodes], channel)


ROOT = {"number": 1, "label": "Меню", "keywords": "меню", "text": "Да"}


@pytest.mark.parametrize(
    ("node", "part"),
    [
        ({"number": 2, "under": 3}, "№ 3"),
        ({"number": 2, "under": 2}, "№ 2 → № 2"),
        ({"number": 1}, "№ 1"),
        ({"number": 2, "under": 1, "goes_on": 2}, "№ 2"),
        ({"number": 2, "label": "МЕНЮ"}, "меню"),
        ({"number": 2, "under": 1, "keywords": "ок, Стоп"}, "Стоп"),
        ({"number": 2, "under": 1, "text": "{{ ссылка_на_опрос }}"}, "ссылка_на_опрос"),
        ({"number": 2, "under": 1, "text": "{{ имя }}"}, "имя"),
        ({"number": 2, "under": 1, "text": "{{ промокод }}", "action": "subscribe"}, "промокод"),
        ({"number": 2, "under": 1, "text": "{% if x %}"}, "if x"),
        ({"number": 2, "under": 1, "text": "х" * 1001}, "1000"),
    ],
)
def test_what_is_wrong_with_a_node_is_named(node: dict[str, Any], part: str) -> None:
    other = {"label": "Ещё", "keywords": "ещё", "text": "Да"} | node
    found = faults(ROOT, other)
    assert len(found) >= 1
    assert part in " ".join(found)


def test_a_loop_is_named_once_and_what_hangs_on_it_is_unreachable() -> None:
    ring = [{"number": n, "under": under, "label": f"Узел {n}", "keywords": f"слово{n}", "text": "Да"} for n, under in ((2, 4), (3, 2), (4, 3), (5, 4))]  # fmt: skip
    found = faults(ROOT, *ring)
    assert sum("№ 2 → № 4 → № 3 → № 2" in sentence for sentence in found) == 1
    assert any("Узел 5" in sentence for sentence in found)
    assert len(found) == 2
    assert len(faults(ring[0])) == 1
    assert faults(*MENU) == []


@pytest.mark.parametrize("over", [True, False])
def test_a_common_code_is_given_while_it_is_good(over: bool) -> None:
    """One that is over, or is not there yet, is for people: nobody is told half a sentence."""
    pool = make_shared(valid_to=timezone.localdate() - timedelta(days=1)) if over else make_pool(kind="shared")
    make_tree({"number": 1, "label": "Скидка", "keywords": "скидка", "text": "Ваш код {{ промокод }}.", "action": "subscribe", "pool": pool})  # fmt: skip
    make_contact(make_customer(), PHONE)
    sms = make_sms()
    assert hear(sms, "скидка") in replies.waiting()
    assert not Answer.objects.exists()
    PromoPool.objects.update(valid_to=None)
    filling.share(pool, "ВЕСНА")
    assert said(hear(sms, "скидка")) == "Ваш код ВЕСНА."


def test_a_pool_is_for_subscribers() -> None:
    assert len(faults(ROOT | {"pool": make_shared()})) == 1


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(*(f"campaigns.{verb}_chattree" for verb in ("view", "add", "change", "delete"))))
    return client


def form(*nodes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    told = {"name": "Меню", "channel": "", "is_active": "on", "nodes-TOTAL_FORMS": len(nodes), "nodes-INITIAL_FORMS": 0}
    for place, node in enumerate(nodes):
        empty = {"under": "", "action": "", "pool": "", "goes_on": ""}
        told |= {f"nodes-{place}-{name}": value for name, value in (empty | node).items()}
    return told | changes


def test_a_tree_is_saved_drawn_and_refused_with_what_is_wrong(manager: Client) -> None:
    add = reverse("admin:campaigns_chattree_add")
    assert manager.post(add, form(*MENU)).status_code == 302
    tree = ChatTree.objects.get()
    page = manager.get(reverse("admin:campaigns_chattree_change", args=[tree.pk]))
    drawn = [(depth, node.number, onward and onward.number) for depth, node, onward in page.context["ways"]]
    assert drawn == [(0, 1, None), (1, 2, 1), (1, 3, None), (1, 4, None)]
    KeywordRule.objects.create(keywords="цена", text="От 12 000")
    for nodes, part in (
        (({**ROOT, "under": 7},), "Разговор не может начаться"),
        (({**ROOT, "keywords": "начало", "label": "Привет"},), "привет"),
        (({**ROOT, "keywords": "цена", "label": "Сколько"},), "цена"),
    ):
        answer = manager.post(add, form(*nodes, name="Другое"))
        formset = answer.context["inline_admin_formsets"][0].formset
        assert part in str(formset.non_form_errors()), formset.errors
    assert Tree(list(tree.nodes.all())).at(3)
    assert ChatTree.objects.count() == 1


def test_messengers_show_the_choices_as_buttons_and_an_earlier_one_still_works() -> None:
    """Their press sends the word back."""
    make_tree()
    bot = make_bot()
    first = hear(bot, "привет").sent.get()
    assert (first.text, first.buttons) == ("Здравствуйте, друг! Чем помочь?", ["Цены", "Звонок", "Оператор"])
    body = json.loads(answer_bodies.medium_of("telegram").body(first))
    assert body["buttons"][0] == {"text": "Цены", "data": "Цены"}
    assert provider_for(bot).call_of(Addressed(1, CHAT, json.dumps(body).encode())).body
    assert hear(bot, "Цены").sent.get().buttons == ["Цены", "Звонок", "Оператор"]
    talk = ChatTalk.objects.get()
    ChatTalk.objects.filter(pk=talk.pk).update(node=ChatNode.objects.get(number=4))  # where nothing can be chosen
    assert said(hear(bot, "Цены")) == "ТО — от 12 000 ₽."


@pytest.mark.parametrize(
    ("label", "count", "has_buttons"),
    [("Запись на сервис", 3, True), ("Запись на сервис", 4, False), ("Запись на ближайший сервис", 2, False)],
)
def test_what_whatsapp_cannot_show_is_a_numbered_list(label: str, count: int, has_buttons: bool) -> None:
    """Three buttons of twenty characters."""
    menu = {"number": 1, "label": "Меню", "keywords": "меню", "text": "Чем помочь?"}
    make_tree(menu, *({"number": n, "under": 1, "label": f"{label}"[: 40 - 2] + f" {n}", "keywords": f"с{n}", "text": "Да"} for n in range(2, 2 + count)))  # fmt: skip
    first = hear(make_whatsapp(), "меню").sent.get()
    assert bool(first.buttons) == has_buttons
    assert ("1 — " in first.text) != has_buttons
