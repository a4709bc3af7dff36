"""Ready scenarios of a new product, for each kind of people apart: who follows novelties, who changes the car once in years, and
who sells us a car."""

from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.library.recipe import Recipe, leaf, letter, rule, send, sms, wait
from campaigns.scenarios.library.sales import HELLO, SITE

LAUNCH = {"occasion": "launch"}
SELLER = leaf("buyouts", "at_least", 1)
ENTHUSIAST = {"any": [
    leaf("new_cars", "at_least", 2),
    {"event": "clicked", "op": "at_least", "value": 3, "days": 180},
]}  # fmt: skip
NOVELTY = '{{ новинка|"новая модель" }}'
CHEAPER = '{{ подешевевшие|"новые и с пробегом, посмотрите на сайте" }}'
SIMILAR = '{{ похожие_в_наличии|"новые и с пробегом, с ключами в день визита" }}'

RECIPES = {
    "launch": Recipe(
        _("New product: those who follow novelties"),
        _("At once when the first car of a new model comes, to those who bought two new cars or often follow our links, and never sold "
          "us one: the novelty first, then the former models whose price has dropped, then a selection for the person."),
        entry=LAUNCH | rule({"all": [ENTHUSIAST, {"not": SELLER}]}),
        flow=[
            send("novelty", 3, "clicked", "called"), send("short", 4, "called"), send("former", 5, "clicked", "called"),
            send("choice", 7, "clicked", "called"),
        ],
        goal=["bought", "visited", "booked"],
        valid_days=7,
        repeat_days=14,
        texts={
            "novelty": letter(f"{HELLO}, новинка уже в салоне",
                              f"Показываем вам первым: {NOVELTY}. Можно посмотреть, сравнить и проехать на этой неделе.",
                              "Записаться на тест-драйв", "new-model"),
            "short": sms(f"{HELLO}, новинка в салоне, тест-драйв на этой неделе: {SITE}/new-model"),
            "former": letter(f"{HELLO}, с новинкой подешевели прежние модели",
                             f"Когда выходит новая модель, прежние становятся выгоднее. Цена снижена: {CHEAPER}.",
                             "Посмотреть снижение цен", "price-drop"),
            "choice": letter(f"{HELLO}, подборка для вас",
                             f"Подобрали похожие на то, что вы выбирали: {SIMILAR}.", "Посмотреть подборку", "stock"),
        },
    ),
    "launch-yearly": Recipe(
        _("New product: those who change the car once in years"),
        _("A week after the first car of a new model came, to those who bought from us and do not follow novelties; once a year at "
          "most: the novelty, then the former models whose price has dropped, a month later accessories for the car that they have."),
        entry=LAUNCH | rule({"all": [leaf("purchases", "at_least", 1), {"not": ENTHUSIAST}, {"not": SELLER}]}),
        delay_minutes=60 * 24 * 7,
        flow=[
            send("novelty", 7, "clicked", "called"), send("former", 7, "clicked", "called"), wait("month", 16),
            send("accessories", 14, "clicked", "called"),
        ],
        goal=["bought", "visited", "booked"],
        valid_days=14,
        repeat_days=365,
        texts={
            "novelty": letter(f"{HELLO}, что нового за год",
                              f"Раз в год рассказываем о главном: {NOVELTY}. Менять ничего не нужно, просто посмотрите, что изменилось.",
                              "Посмотреть новинку", "new-model"),
            "former": letter(f"{HELLO}, прежние модели стали дешевле",
                             f"После выхода новинки цена снижена: {CHEAPER}. Проверенные модели с полной гарантией.",
                             "Посмотреть снижение цен", "price-drop"),
            "accessories": letter(f"{HELLO}, обновим ваш автомобиль",
                                  "Новую машину брать не обязательно: чехлы, коврики, мультимедиа и шины для вашего "
                                  '{{ автомобиль|"автомобиля" }} установим за один визит.', "Выбрать аксессуары", "accessories"),
        },
    ),
    "launch-sellers": Recipe(
        _("New product: those who sell us cars"),
        _("Three days after the first car of a new model came, to those who have sold us a car: with a novelty their car gets cheaper, "
          "so that now is the time to value it; then the novelty with an exchange."),
        entry=LAUNCH | rule(SELLER),
        delay_minutes=60 * 24 * 3,
        flow=[send("value", 5, "clicked", "called"), send("short", 5, "called"), send("novelty", 7, "clicked", "called")],
        goal=["sold_to_us", "bought", "visited", "booked"],
        valid_days=7,
        repeat_days=180,
        texts={
            "value": letter(f"{HELLO}, сколько стоит ваш автомобиль сегодня",
                            "В салон пришла новая модель, и прежние скоро подешевеют. Оценим ваш автомобиль за 20 минут и "
                            "зафиксируем цену на неделю.", "Узнать цену", "trade-in"),
            "short": sms(f"{HELLO}, с выходом новинки прежние модели дешевеют. Цена вашего автомобиля сегодня: {SITE}/trade-in"),
            "novelty": letter(f"{HELLO}, новинка в зачёт вашего автомобиля",
                              f"Зачтём ваш автомобиль по сегодняшней оценке. Пришла новинка: {NOVELTY}.",
                              "Рассчитать обмен", "new-model"),
        },
    ),
}  # fmt: skip
