"""Ready scenarios that lead to a car: texts are Russian, to be finished by whoever knows the offer of the day."""

from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.library.recipe import Recipe, letter, send, sms, wait

HELLO = '{{ имя|"Здравствуйте" }}'
SITE = "https://www.example.com"

RECIPES = {
    "cart": Recipe(
        _("Abandoned cart"),
        _("An hour after the last thing was put into the cart of the website: a letter; a day later an SMS."),
        entry={"occasion": "cart"},
        flow=[send("letter", 1, "clicked", "called"), send("short", 3, "called")],
        goal=["bought", "visited", "called", "booked"],
        valid_days=2,
        repeat_days=14,
        texts={
            "letter": letter(
                f"{HELLO}, ваш выбор сохранён",
                "Вы отложили покупку на сайте. Мы сохранили корзину и придержим товар до завтра. "
                "Остались вопросы? Менеджер перезвонит и всё оформит.", "Вернуться в корзину", "cart"),
            "short": sms(f"{HELLO}, ваша корзина сохранена до вечера: {SITE}/cart"),
        },
    ),
    "view": Recipe(
        _("Abandoned view"),
        _("A car was viewed on the website and nothing followed: a letter about it, and similar ones in stock."),
        entry={"occasion": "view"},
        flow=[send("letter", 3, "clicked", "called")],
        goal=["bought", "visited", "called", "booked"],
        valid_days=2,
        repeat_days=30,
        texts={
            "letter": letter(
                f"{HELLO}, присматриваете автомобиль?",
                "Вы смотрели автомобили на нашем сайте. Собрали похожие из наличия: можно приехать и сравнить вживую.",
                "Посмотреть похожие", "stock"),
        },
    ),
    "left-week": Recipe(
        _("Left without a purchase"),
        _("A week after a visit without a purchase: conditions by letter, a short SMS, and a last letter a month later."),
        entry={"occasion": "did", "did": "visited", "lines": []},
        delay_minutes=60 * 24 * 7,
        flow=[send("terms", 4, "clicked", "called"), send("short", 20, "called"), wait("month", 3), send("last", 7)],
        goal=["bought", "visited", "booked"],
        texts={
            "terms": letter(
                f"{HELLO}, подберём ваши условия",
                "Вы были у нас и пока не выбрали автомобиль. Расскажите, чего не хватило: цены, комплектации или срока. "
                "Ответим расчётом, по которому можно приехать и забрать машину.", "Рассказать о своих условиях", "terms"),
            "short": sms(f"{HELLO}, ваши условия готовы: рассчитаем кредит и обмен за 10 минут. {SITE}/terms"),
            "last": letter(
                f"{HELLO}, ещё выбираете?",
                "С вашего визита прошёл месяц. За это время пришли новые автомобили, а условия обмена стали лучше. "
                "Посмотрите, что есть в наличии сегодня.", "Посмотреть автомобили", "stock"),
        },
    ),
    "next-car": Recipe(
        _("The next car is near"),
        _("45 days before the expected next purchase: what is new, a personal offer, an SMS. It ends with a purchase or a "
          "buy-out."),
        entry={"occasion": "date", "date": "new_due", "offset": -45, "ages": []},
        flow=[send("news", 7), send("offer", 7, "clicked", "called"), send("call", 5, "called")],
        goal=["bought", "sold_to_us", "visited"],
        valid_days=7,
        repeat_days=365,
        texts={
            "news": letter(
                f"{HELLO}, что изменилось за эти годы",
                'Вашему автомобилю {{ автомобиль|"" }} несколько лет. Посмотрите, чем новые модели лучше: '
                "безопасность, связь, расход. Тест-драйв занимает полчаса и ни к чему не обязывает.",
                "Записаться на тест-драйв", "test-drive"),
            "offer": letter(
                f"{HELLO}, оценка вашего автомобиля и условия обмена",
                "Мы подготовили условия обмена: оценим ваш автомобиль за 20 минут и зачтём его в стоимость нового.",
                "Узнать цену своего автомобиля", "trade-in"),
            "call": sms(f"{HELLO}, ваш автомобиль зачтём в стоимость нового. Оценка за 20 минут: {SITE}/trade-in"),
        },
    ),
    "sold-to-us": Recipe(
        _("Sold us a car, bought nothing"),
        _("Three days after a buy-out: cars in stock; a week later an SMS."),
        entry={"occasion": "did", "did": "sold_to_us", "lines": []},
        delay_minutes=60 * 24 * 3,
        flow=[send("stock", 7, "clicked", "called"), send("short", 5, "called")],
        goal=["bought", "visited", "booked"],
        texts={
            "stock": letter(
                f"{HELLO}, на чём поедете дальше?",
                "Вы продали нам автомобиль. Подобрали машины, которые можно забрать на этой неделе: новые и с пробегом.",
                "Посмотреть автомобили", "stock"),
            "short": sms(f"{HELLO}, автомобили в наличии с доставкой ключей в день визита: {SITE}/stock"),
        },
    ),
    "win-back": Recipe(
        _("Win-back in three letters"),
        _("Nothing was heard of the person for a year: three letters with a growing discount and a deadline."),
        entry={"occasion": "date", "date": "last_seen", "offset": 365, "ages": []},
        flow=[send("one", 10), send("two", 10), send("three", 7)],
        goal=["bought", "visited", "serviced", "booked"],
        valid_days=7,
        repeat_days=365,
        texts={
            "one": letter(f"{HELLO}, давно не виделись",
                          "Год мы о вас ничего не слышали. Приезжайте: первый осмотр — за наш счёт, дальше скидка 5 %.",
                          "Записаться", "return"),
            "two": letter(f"{HELLO}, скидка 10 % ждёт вас две недели",
                          "Мы увеличили скидку до 10 % на работы и аксессуары. Она действует четырнадцать дней.",
                          "Забрать скидку", "return"),
            "three": letter(f"{HELLO}, последнее письмо: скидка 15 %",
                            "Это последнее письмо. Скидка 15 % действует семь дней, потом мы не будем вас беспокоить.",
                            "Использовать скидку", "return"),
        },
    ),
}  # fmt: skip
