"""Ready scenarios for those who came, looked and left: an offer by the reason, of cars that are in stock."""

from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.library.recipe import Recipe, call, leaf, letter, rule, send, sms
from campaigns.scenarios.library.sales import HELLO, SITE

VISITED = {"occasion": "did", "did": "visited", "lines": []}
CAME_BACK = ["bought", "visited", "booked"]
WEEK = 60 * 24 * 7
SIMILAR = '{{ похожие_в_наличии|"новые и с пробегом, с ключами в день визита" }}'

RECIPES = {
    "your-terms": Recipe(
        _("“Your terms”: the answer becomes a call"),
        _("A day after a visit without a purchase: a letter asks on what terms the person would buy. Whoever answers or "
          "follows the link is called by the salesperson within a day; whoever is silent gets an SMS, then a call. The measure "
          "is how many came back."),
        entry=VISITED,
        delay_minutes=60 * 24,
        flow=[
            send("terms", 3, "replied", "clicked", "called", reacted="answer"), send("short", 3, "called"),
            call("remind", 3, "Был в салоне и ушёл без покупки, на письма не ответил",
                 "Здравствуйте! Вы были у нас в салоне. Что помешало решиться: цена, комплектация, срок? "
                 "На каких условиях вы бы купили? Запишите условия и предложите расчёт с датой визита.", called="end"),
            {"key": "over", "do": "end"},
            call("answer", 1, "Ответил на письмо «Ваши условия»: перезвоните в течение суток",
                 "Здравствуйте! Спасибо, что написали, на каких условиях готовы купить. Прочитайте ответ клиента в карточке, "
                 "предложите расчёт по его условиям и договоритесь о визите."),
        ],
        goal=CAME_BACK,
        texts={
            "terms": letter(
                f"{HELLO}, на каких условиях вы бы купили?",
                "Вы были у нас и пока не выбрали автомобиль. Назовите свои условия: цену, платёж в месяц, комплектацию или срок. "
                "Ответьте на это письмо или заполните форму, и менеджер перезвонит с расчётом в течение дня.",
                "Назвать свои условия", "terms"),
            "short": sms(f"{HELLO}, назовите свои условия покупки, и мы посчитаем: {SITE}/terms"),
        },
    ),
    "friend-call": Recipe(
        _("A friend left a request: a call"),
        _("Somebody left a request by the link of a friend: a salesperson calls within a day, an SMS follows if nobody got through. "
          "Needs a referral programme in use."),
        entry={"occasion": "friend_asked"},
        flow=[
            call("call", 1, "Оставил заявку по приглашению друга: перезвоните в течение суток",
                 "Здравствуйте! Вы оставили заявку по приглашению нашего клиента. Что вас интересует: новый автомобиль, с пробегом "
                 "или сервис? Предложите время визита и запишите, на каких условиях клиент готов купить."),
            send("short", 5, "called", "visited"),
        ],
        goal=CAME_BACK,
        repeat_days=30,
        texts={"short": sms(f"{HELLO}, вы оставили нам заявку по приглашению друга. Ждём вашего звонка или визита: {SITE}/visit")},
    ),
    "price-to-used": Recipe(
        _("Left over the price: a used car"),
        _("A week after a visit that ended over the price: used cars of the same model and its classmates that are in stock."),
        entry=VISITED | rule({"any": [leaf("left_reason", "contains", "цен"), leaf("left_reason", "contains", "дорог")]}),
        delay_minutes=WEEK,
        flow=[send("used", 5, "clicked", "called"), send("short", 5, "called")],
        goal=CAME_BACK,
        texts={
            "used": letter(
                f"{HELLO}, тот же класс за меньшие деньги",
                "Новый автомобиль оказался дороже, чем хотелось? Похожие машины с пробегом стоят заметно меньше, с проверенной "
                'историей и гарантией. Сейчас в наличии: {{ с_пробегом_в_наличии|"автомобили с пробегом с гарантией" }}.',
                "Посмотреть автомобили с пробегом", "used"),
            "short": sms(f"{HELLO}, похожие автомобили с пробегом дешевле новых, с гарантией: {SITE}/used"),
        },
    ),
    "used-to-lower": Recipe(
        _("Looked at a used car: a new one a class lower"),
        _("A week after a visit for a used car: new cars a class lower for the same money, of those in stock."),
        entry=VISITED | rule(leaf("left_condition", "any_of", ["used"])),
        delay_minutes=WEEK,
        flow=[send("lower", 5, "clicked", "called"), send("short", 5, "called")],
        goal=CAME_BACK,
        texts={
            "lower": letter(
                f"{HELLO}, новый автомобиль за те же деньги",
                "Вы смотрели автомобили с пробегом. За похожую сумму есть новые: полная гарантия, первый владелец и "
                'выгодный кредит. Сейчас в наличии: {{ новые_классом_ниже|"новые автомобили с гарантией" }}.',
                "Сравнить с новыми", "new"),
            "short": sms(f"{HELLO}, за цену машины с пробегом есть новые, с гарантией: {SITE}/new"),
        },
    ),
    "none-in-stock": Recipe(
        _("None in stock: similar used ones"),
        _("Two days after a visit for a car that was not there: similar cars that are there now."),
        entry=VISITED | rule(leaf("left_reason", "contains", "налич")),
        delay_minutes=60 * 24 * 2,
        flow=[send("similar", 4, "clicked", "called"), send("short", 5, "called")],
        goal=CAME_BACK,
        texts={
            "similar": letter(
                f"{HELLO}, нашли похожие в наличии",
                "Автомобиля, который вы хотели, у нас не оказалось. Подобрали похожие с пробегом, их можно посмотреть сегодня: "
                '{{ с_пробегом_в_наличии|"автомобили с пробегом с гарантией" }}.', "Посмотреть похожие", "used"),
            "short": sms(f"{HELLO}, похожие автомобили есть в наличии, можно приехать сегодня: {SITE}/stock"),
        },
    ),
    "came-again": Recipe(
        _("Came again and left: an offer from the past deal"),
        _("Three days after a visit without a purchase of somebody who bought from us before: the salesperson calls with the "
          "terms of an exchange of that very car; whom nobody reached gets a letter."),
        entry=VISITED | rule(leaf("purchases", "at_least", 1)),
        delay_minutes=60 * 24 * 3,
        flow=[
            call("past", 2, "Покупал у нас раньше, приезжал снова и ушёл без покупки",
                 "Здравствуйте! Вы уже покупали у нас автомобиль. Откройте прошлую сделку в карточке, назовите оценку этой "
                 "машины в зачёт и условия для постоянного клиента, пригласите на осмотр."),
            send("exchange", 7, "clicked", "called"),
        ],
        goal=[*CAME_BACK, "sold_to_us"],
        texts={
            "exchange": letter(
                f"{HELLO}, условия для нашего клиента",
                'Зачтём ваш {{ автомобиль|"нынешний автомобиль" }} в стоимость следующего: мы знаем его историю и оценим за '
                f"20 минут. Из того, что в наличии: {SIMILAR}.", "Узнать цену своего автомобиля", "trade-in"),
        },
    ),
    "cheaper-brand": Recipe(
        _("An expensive car: the same class of a cheaper brand"),
        _("A week after a visit of the owner of an expensive brand: classmates of cheaper brands in stock. Owners of Japanese "
          "brands are left out: they are loyal to theirs."),
        entry=VISITED,
        cut="expensive",
        delay_minutes=WEEK,
        flow=[send("classmates", 5, "clicked", "called"), send("short", 5, "called")],
        goal=CAME_BACK,
        texts={
            "classmates": letter(
                f"{HELLO}, тот же класс, другая цена",
                "За последний год у дорогих марок появились одноклассники: тот же размер и оснащение, а цена ниже. "
                'Сейчас в наличии: {{ одноклассники_дешевле|"новые автомобили того же класса" }}.',
                "Сравнить одноклассников", "compare"),
            "short": sms(f"{HELLO}, автомобили того же класса дешевле, в наличии: {SITE}/compare"),
        },
    ),
}  # fmt: skip
