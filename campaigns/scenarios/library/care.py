"""Ready scenarios that keep up the acquaintance: novelties, the next best thing to do, care of the best, reactivation, opinion."""

from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.library.recipe import Recipe, call, chat, date, did_or, leaf, letter, reminded, rule, send, sms
from campaigns.scenarios.library.sales import HELLO, SITE
from campaigns.scenarios.library.showroom import CAME_BACK, SIMILAR, VISITED, WEEK

NEW = '{{ новинки_недели|"автомобили, которые пришли на этой неделе" }}'
BOUGHT = {"occasion": "did", "did": "bought", "lines": []}
SERVICED = {"occasion": "did", "did": "serviced", "lines": []}
NEW_SHORT = '{{ новинки_недели|"новые автомобили" }}'
REMINDER = '{{ имя|"Здравствуйте" }}, вы нам вчера ответили. Подобрать время визита или прислать расчёт? Напишите здесь, ответим сразу.'
SCORE, CODE, CODE_PAGE = "{{ ссылка_на_оценку }}", "{{ промокод }}", "{{ ссылка_промокод }}"

RECIPES = {
    "new-arrivals": Recipe(
        _("New arrivals of the week"),
        _("For four weeks after a visit without a purchase: once a week what has come in, of what is still there."),
        entry=VISITED,
        delay_minutes=WEEK,
        flow=[send(f"week{number}", 7, "clicked", "called") for number in range(1, 5)],
        goal=CAME_BACK,
        texts={
            f"week{number}": letter(f"{HELLO}, {subject}", f"{words} {NEW}. Успейте посмотреть, пока они здесь.",
                                    "Посмотреть новинки", "new-arrivals")
            for number, (subject, words) in enumerate((
                ("новинки этой недели", "Пришли в салон на этой неделе:"),
                ("что нового за неделю", "За неделю появилось:"),
                ("ещё одна неделя, ещё новинки", "Новые поступления:"),
                ("новинки, которые вы ещё не видели", "Только что пришли:"),
            ), start=1)
        },
    ),
    "top-week": Recipe(
        _("Top 10 of the week"),
        _("Two months after we last heard of the person: what is taken most often this week, of what is in stock."),
        entry=date("last_seen", 60),
        flow=[send("top", 7, "clicked", "called")],
        goal=[*CAME_BACK, "serviced"],
        valid_days=7,
        repeat_days=60,
        texts={
            "top": letter(f"{HELLO}, что выбирают на этой неделе",
                          'Автомобили, которые чаще всего забирали на этой неделе: {{ популярное_недели|"новые и с пробегом" }}. '
                          "Они ещё есть в наличии.", "Посмотреть все", "top"),
        },
    ),
    "next-best": Recipe(
        _("The next best thing after a purchase"),
        _("Two weeks after a purchase the first thing that the person has not done yet: insurance with us, then accessories."),
        entry=BOUGHT,
        delay_minutes=WEEK * 2,
        flow=[
            did_or("insured", "insured", "insurance"), {"key": "past", "do": "go", "to": "accessories"},
            send("insurance", 14, "clicked", "called"), send("accessories", 14, "clicked", "called"),
        ],
        goal=["serviced"],
        repeat_days=365,
        texts={
            "insurance": letter(f"{HELLO}, застрахуем без визита",
                                'Посчитали страховку для вашего автомобиля {{ автомобиль|"" }}: оформление займёт пять минут.',
                                "Посчитать страховку", "insurance"),
            "accessories": letter(f"{HELLO}, что пригодится в первый год",
                                  "Владельцы таких же автомобилей в первый год берут коврики, защиту и второй комплект шин. "
                                  "Установим в день визита.", "Выбрать", "accessories"),
        },
    ),
    "after-purchase": Recipe(
        _("Letter after a purchase, with recommendations"),
        _("The day after an accessory or a part was bought: thanks, and what is taken together with it."),
        entry=BOUGHT | {"lines": ["accessories"]},
        delay_minutes=60 * 24,
        flow=[send("thanks", 14, "clicked", "called")],
        goal=["serviced"],
        texts={
            "thanks": letter(f"{HELLO}, спасибо за покупку",
                             "Проверьте, всё ли подошло: поменяем без лишних вопросов. Вместе с этим обычно берут установку и "
                             "расходные материалы, закажите их одним нажатием.", "Заказать ещё", "reorder"),
        },
    ),
    "vip": Recipe(
        _("Care of VIP clients"),
        _("On the anniversary of the purchase of a client of the VIP segment of RFM: a call by the salesperson without an "
          "offer, then a letter with early access to novelties."),
        entry=date("last_purchase", 0, ages=[1, 2, 3, 4, 5]) | rule(leaf("rfm_segment", "any_of", ["vip"])),
        flow=[
            call("hello", 3, "Годовщина покупки VIP-клиента: поздравить, ничего не продавать",
                 "Здравствуйте! Поздравьте с годовщиной, спросите, всё ли хорошо с автомобилем, предложите личную помощь с записью.",
                 called="letter"),
            send("letter", 14, "clicked", "called"),
        ],
        goal=["bought"],
        repeat_days=300,
        texts={
            "letter": letter(f"{HELLO}, вам первому",
                             f"Показываем постоянным клиентам раньше всех: {NEW}. Ваш менеджер отложит автомобиль до визита.",
                             "Посмотреть раньше других", "vip"),
        },
    ),
    "upsell": Recipe(
        _("Nurturing: what the client does not use yet"),
        _("Half a year after a purchase by somebody who has never been serviced with us: why it pays, how it goes, a first offer."),
        entry=date("owned_since", 180) | rule(leaf("services", "at_most", 0)),
        flow=[send("why", 10), send("how", 10), send("offer", 10, "clicked", "called")],
        goal=["serviced", "booked"],
        valid_days=7,
        repeat_days=365,
        texts={
            "why": letter(f"{HELLO}, зачем обслуживаться у дилера",
                          "Записи в сервисной книжке и оригинальные детали повышают цену автомобиля при продаже.",
                          "Подробнее", "service-why"),
            "how": letter(f"{HELLO}, как проходит обслуживание",
                          "Покажем всё на видео, согласуем работы заранее и вернём автомобиль в тот же день.",
                          "Посмотреть, как это", "service-how"),
            "offer": letter(f"{HELLO}, первое обслуживание",
                            "На первый визит в наш сервис дарим диагностику подвески и тормозов.", "Записаться", "service"),
        },
    ),
    "run-up": Recipe(
        _("The car turns 3, 4 or 5"),
        _("45 days before the car turns three, four or five (counted from the purchase, else from its year): novelties, "
          "terms, a personal offer and a call. It stops with a new purchase or a buy-out."),
        entry=date("car_since", -45, ages=[3, 4, 5]),
        flow=[
            send("news", 10, "clicked", "called"), send("terms", 10, "clicked", "called"),
            call("offer", 3, "Автомобилю 3–5 лет: личное предложение об обмене",
                 "Здравствуйте! Вашему автомобилю скоро несколько лет. Назовите оценку в зачёт и разницу с новым, "
                 "предложите тест-драйв на этой неделе."),
            send("last", 7, "called"),
        ],
        goal=["bought", "sold_to_us"],
        valid_days=7,
        repeat_days=300,
        texts={
            "news": letter(f"{HELLO}, что нового за эти годы",
                           f'С тех пор как вы выбрали {{{{ автомобиль|"свой автомобиль" }}}}, вышло много нового. В наличии: {SIMILAR}.',
                           "Записаться на тест-драйв", "test-drive"),
            "terms": letter(f"{HELLO}, условия обмена",
                            "Оценим ваш автомобиль за 20 минут и зачтём в стоимость нового, остаток можно в рассрочку.",
                            "Узнать условия", "trade-in"),
            "last": sms(f"{HELLO}, оценка вашего автомобиля в зачёт нового действует неделю: {SITE}/trade-in"),
        },
    ),
    "service-offer": Recipe(
        _("An offer of service to who has not come"),
        _("A month after the service was due and did not happen: a letter with a gift, then an SMS."),
        entry=date("service_due", 30),
        flow=[send("gift", 10, "clicked", "called"), send("short", 10, "called")],
        goal=["serviced", "booked"],
        valid_days=7,
        texts={
            "gift": letter(f"{HELLO}, обслуживание с подарком",
                           "Срок обслуживания прошёл месяц назад. Запишитесь на этой неделе, и мойка с чисткой салона в подарок.",
                           "Записаться с подарком", "service"),
            "short": sms(f"{HELLO}, к обслуживанию на этой неделе мойка в подарок: {SITE}/service"),
        },
    ),
    "reactivation-buy": Recipe(
        _("Reactivation 1: does not buy"),
        _("Two years after the last purchase of a client who comes to service: what has changed, and an offer to exchange."),
        entry=date("last_purchase", 0, ages=[2]) | rule(leaf("services", "at_least", 1)),
        flow=[
            reminded(send("chat", 3, "clicked", "replied", "called"), REMINDER, 2), send("news", 10, "clicked", "called"),
            send("short", 7, "called"),
        ],
        goal=["bought", "sold_to_us", "visited"],
        repeat_days=365,
        texts={
            "chat": chat(f"{HELLO}, посчитали, сколько стоит ваш автомобиль сейчас. Прислать расчёт обмена? Ответьте одним словом. "
                         f"Подробнее: {SITE}/trade-in"),
            "news": letter(f"{HELLO}, пора ли менять автомобиль?",
                           f"Посчитали, сколько стоит ваш автомобиль сейчас и через год. Из того, что в наличии: {SIMILAR}.",
                           "Посмотреть расчёт", "trade-in"),
            "short": sms(f"{HELLO}, посчитали обмен вашего автомобиля: {SITE}/trade-in"),
        },
    ),
    "reactivation-silent": Recipe(
        _("Reactivation 3: does not react"),
        _("Half a year after we last heard of somebody who has opened none of the last letters: an SMS, then a call that "
          "asks how to keep in touch."),
        entry=date("last_seen", 180) | rule(leaf("emails_unopened", "at_least", 3)),
        flow=[
            reminded(send("chat", 3, "clicked", "replied", "called"), REMINDER, 2), send("short", 5, "called", "replied"),
            call("ask", 5, "Не реагирует на сообщения полгода: узнать, как с ним связываться",
                 "Здравствуйте! Мы давно не общались. Удобно ли вам получать от нас сообщения и куда лучше писать? "
                 "Запишите ответ; если просит не писать, отметьте отказ."),
        ],
        goal=[*CAME_BACK, "serviced"],
        valid_days=7,
        repeat_days=365,
        texts={
            "chat": chat(f"{HELLO}, мы давно не виделись. Подарок к визиту ждёт вас: {SITE}/return. Удобно ли вам, что мы пишем сюда? "
                         "Ответьте, и мы подстроимся."),
            "short": sms(f"{HELLO}, мы давно не виделись. Подарок к визиту ждёт вас: {SITE}/return"),
        },
    ),
    "nps": Recipe(
        _("NPS after a service visit"),
        _("The day after a service order: would you recommend us, from 0 to 10? The page asks for the score, then why; whoever is "
          "silent is asked once more by SMS. Whoever gave 6 or less is called by the salesperson within a day."),
        entry=SERVICED,
        delay_minutes=60 * 24,
        flow=[
            send("ask", 3, "rated", "replied", reacted="low"), send("short", 3, "rated", "replied", reacted="low"),
            {"key": "over", "do": "end"},
            did_or("low", "rated_low", "end"),
            call("why", 1, "Поставил оценку от 0 до 6 после сервиса: узнать, что случилось, и исправить",
                 "Здравствуйте! Спасибо, что честно оценили визит. Что пошло не так? Прочитайте ответ клиента в карточке, "
                 "извинитесь, предложите, как исправим, и назовите срок."),
        ],
        goal=["booked"],
        repeat_days=180,
        texts={
            "ask": letter(f"{HELLO}, порекомендуете нас друзьям?",
                          "Оцените визит в сервис от 0 до 10: это один вопрос и одна минута. Ответ прочитает руководитель сервиса.",
                          "Поставить оценку", SCORE),
            "short": sms(f"{HELLO}, оцените визит в сервис от 0 до 10: {SCORE}"),
        },
    ),
    "reactivation-site": Recipe(
        _("Reactivation 2: does not come to the site"),
        _("Two months without a visit of the website by somebody whom it knows: what has changed there, then the cars of the "
          "week, then a short SMS. Following a link ends it."),
        entry={"occasion": "site_away", "days": 60},
        flow=[
            reminded(send("chat", 3, "clicked", "replied", "called"), REMINDER, 2), send("new", 7, "clicked", "called"),
            send("top", 7, "clicked", "called"), send("short", 5, "called"),
        ],
        goal=[*CAME_BACK, "serviced", "clicked"],
        valid_days=7,
        repeat_days=180,
        texts={
            "chat": chat(f"{HELLO}, давно не виделись. Пришли {NEW_SHORT}, прислать подборку? Ответьте, что ищете. Всё в наличии: {SITE}/stock"),
            "new": letter(f"{HELLO}, на сайте многое изменилось",
                          f"Вы давно к нам не заглядывали. За это время пришли {NEW}, а расчёт обмена теперь занимает две минуты.",
                          "Посмотреть, что нового", "stock"),
            "top": letter(f"{HELLO}, что сейчас выбирают",
                          'На этой неделе чаще всего забирали: {{ популярное_недели|"новые и с пробегом" }}. Цены и фотографии на сайте.',
                          "Открыть каталог", "stock"),
            "short": sms(f"{HELLO}, новые цены и автомобили в наличии: {SITE}/stock"),
        },
    ),
    "promo-subscriber": Recipe(
        _("Promo code for a new subscriber (chat-bot)"),
        _("As soon as somebody agreed to offers in a messenger: a promo code in the chat, a letter with it to whoever did not use "
          "the link, and an SMS before it ends. Choose the pool of promo codes in each message."),
        entry={"occasion": "subscribed", "channels": ["max", "telegram", "vk", "whatsapp"]},
        flow=[send("code", 1, "clicked", "replied", "called"), send("letter", 4, "clicked", "called"), send("short", 3, "called")],
        goal=[*CAME_BACK, "serviced"],
        repeat_days=365,
        texts={
            "code": chat(f"{HELLO}, спасибо, что подписались! Ваш промокод: {CODE}. Назовите его на кассе или мастеру. "
                         f"Как применить и что делать, если не работает: {CODE_PAGE}. Остались вопросы? Напишите прямо здесь. "
                         f"Записаться на визит: {SITE}/service"),
            "letter": letter(f"{HELLO}, ваш промокод за подписку",
                             f"Напоминаем: ваш промокод {CODE}. Покажите это письмо мастеру или назовите код на кассе.",
                             "Записаться и применить", "service"),
            "short": sms(f"{HELLO}, ваш промокод {CODE} скоро закончится. Как применить: {CODE_PAGE}"),
        },
    ),
}  # fmt: skip
