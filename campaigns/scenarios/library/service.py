"""Ready scenarios after a purchase: service, insurance, dates of the person and of the car."""

from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.library.recipe import Recipe, letter, send, sms, wait
from campaigns.scenarios.library.sales import HELLO, SITE

RECIPES = {
    "welcome": Recipe(
        _("Welcome after a purchase"),
        _("The day after a sale, two weeks and three months later: thanks, what to know of the car, the first service."),
        entry={"occasion": "did", "did": "bought", "lines": []},
        delay_minutes=60 * 24,
        flow=[send("thanks", 14, "replied"), send("tips", 75, "replied"), send("service", 14)],
        goal=["serviced"],
        texts={
            "thanks": letter(f"{HELLO}, поздравляем с автомобилем!",
                             "Спасибо, что выбрали нас. Сохраните контакты своего менеджера и памятку по обкатке.",
                             "Открыть памятку", "new-owner"),
            "tips": letter(f"{HELLO}, две недели за рулём",
                           "Обычно к этому времени появляются вопросы. Собрали ответы и аксессуары, которые берут чаще всего.",
                           "Посмотреть", "tips"),
            "service": letter(f"{HELLO}, скоро первое обслуживание",
                              "Запишитесь заранее, чтобы выбрать удобное время: первый осмотр занимает час.",
                              "Выбрать время", "service"),
        },
    ),
    "service-due": Recipe(
        _("Service is due"),
        _("Two weeks before the service that is expected: a letter, and an SMS to whoever was silent."),
        entry={"occasion": "date", "date": "service_due", "offset": -14, "ages": []},
        flow=[send("invite", 7, "clicked", "called"), send("short", 14, "called")],
        goal=["serviced", "booked"],
        valid_days=7,
        texts={
            "invite": letter(f"{HELLO}, пора на обслуживание",
                             'По нашим данным вашему автомобилю {{ автомобиль|"" }} скоро нужно обслуживание. '
                             "Запишитесь на удобное время: всё покажем и согласуем до начала работ.",
                             "Записаться на сервис", "service"),
            "short": sms(f"{HELLO}, подошёл срок обслуживания. Запись: {SITE}/service"),
        },
    ),
    "insurance": Recipe(
        _("Insurance ends"),
        _("30 days before the end of the policy: a letter with the terms; ten days before it an SMS."),
        entry={"occasion": "date", "date": "insurance_end", "offset": -30, "ages": []},
        flow=[send("terms", 20, "clicked", "called"), send("short", 9, "called")],
        goal=["insured"],
        valid_days=7,
        repeat_days=180,
        texts={
            "terms": letter(f"{HELLO}, полис заканчивается через месяц",
                            "Сравнили предложения страховых компаний для вашего автомобиля. "
                            "Оформим без визита и без повторного осмотра, если продлить вовремя.",
                            "Сравнить условия", "insurance"),
            "short": sms(f"{HELLO}, до конца полиса 10 дней. Продление без осмотра: {SITE}/insurance"),
        },
    ),
    "after-service": Recipe(
        _("Accessories after a service visit"),
        _("Three days after a service order: a discount on accessories, tyres and parts."),
        entry={"occasion": "did", "did": "serviced", "lines": []},
        delay_minutes=60 * 24 * 3,
        flow=[send("offer", 14)],
        goal=["bought"],
        texts={
            "offer": letter(f"{HELLO}, скидка после сервиса",
                            "Спасибо за визит. Две недели действует скидка 10 % на аксессуары, шины и запчасти.",
                            "Выбрать аксессуары", "accessories"),
        },
    ),
    "birthday": Recipe(
        _("Birthday"),
        _("On the birthday: congratulations and a gift; a reminder of it a week later."),
        entry={"occasion": "date", "date": "birthday", "offset": 0, "ages": []},
        flow=[send("gift", 7), send("reminder", 7)],
        goal=["visited", "serviced", "bought"],
        repeat_days=300,
        texts={
            "gift": letter(f"{HELLO}, с днём рождения!",
                           "Поздравляем и дарим комплексную мойку. Подарок ждёт вас две недели в любом нашем центре.",
                           "Забрать подарок", "gift"),
            "reminder": letter(f"{HELLO}, подарок ещё ждёт",
                               "Мойка в подарок действует ещё неделю: приезжайте в любой день без записи.",
                               "Где мы находимся", "contacts"),
        },
    ),
    "anniversary": Recipe(
        _("Anniversary of the car"),
        _("One, two, three, four and five years of ownership: congratulations and an inspection."),
        entry={"occasion": "date", "date": "owned_since", "offset": 0, "ages": [1, 2, 3, 4, 5]},
        flow=[send("letter", 14, "clicked", "called")],
        goal=["serviced", "booked", "visited"],
        repeat_days=300,
        texts={
            "letter": letter(f"{HELLO}, у вашего автомобиля годовщина",
                             'Вы вместе с {{ автомобиль|"автомобилем" }} уже не первый год. '
                             "Приглашаем на бесплатную диагностику: проверим ходовую, тормоза и жидкости.",
                             "Записаться на диагностику", "service"),
        },
    ),
    "crm-circle": Recipe(
        _("The CRM circle"),
        _("From a purchase on: insurance before it ends, service every half a year, and the next car in three years."),
        entry={"occasion": "did", "did": "bought", "lines": ["new", "used"]},
        flow=[
            wait("half", 180), send("service1", 14), wait("insure", 130), send("insurance", 14),
            wait("half2", 180), send("service2", 14), wait("years", 500), send("next", 14),
        ],
        goal=["sold_to_us"],
        repeat_days=0,
        texts={
            "service1": letter(f"{HELLO}, полгода с автомобилем", "Запишитесь на осмотр: проверим всё за час.",
                               "Записаться", "service"),
            "insurance": letter(f"{HELLO}, полис скоро закончится", "Подобрали условия продления без визита.",
                                "Сравнить условия", "insurance"),
            "service2": letter(f"{HELLO}, время обслуживания", "Запишитесь на удобное время.", "Записаться", "service"),
            "next": letter(f"{HELLO}, ваш следующий автомобиль", "Оценим ваш автомобиль и предложим условия обмена.",
                           "Узнать цену", "trade-in"),
        },
    ),
    "cyclic": Recipe(
        _("Time for consumables"),
        _("Some days before the usual interval of accessories ends: a letter with what was bought before."),
        entry={"occasion": "date", "date": "accessories_due", "offset": -2, "ages": []},
        flow=[send("letter", 7)],
        goal=["serviced", "bought"],
        texts={
            "letter": letter(f"{HELLO}, не закончилось ли?",
                             "Обычно в это время вы приезжаете за расходными материалами. Отложим их к вашему визиту.",
                             "Заказать", "parts"),
        },
    ),
}  # fmt: skip
