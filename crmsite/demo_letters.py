"""The letters of the demo campaigns."""

LETTER = """<mjml>
  <mj-body background-color="#f3f4f6">
    <mj-section background-color="#ffffff" padding="24px 24px 0">
      <mj-column>
        <mj-text font-size="22px" font-weight="700" line-height="28px">{{{{ обращение|"Здравствуйте" }}}}!</mj-text>
        <mj-text font-size="16px" line-height="24px">{text}</mj-text>
        <mj-button href="{url}" background-color="#0e7490" font-size="16px"
                   border-radius="6px" inner-padding="14px 28px" align="left">{button}</mj-button>
      </mj-column>
    </mj-section>
    <mj-section background-color="#ffffff" padding="0 24px 24px">
      <mj-column>
        <mj-divider border-width="1px" border-color="#e5e7eb" />
        <mj-text font-size="14px" line-height="20px" color="#4b5563">{closing}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
CALL_US = "Удобнее позвонить? {{ номер_для_звонка }}, каждый день с 9 до 21."

NEW_CARS = {
    "subject": '{{ имя|"Здравствуйте" }}, дни выгоды до конца месяца',
    "preheader": "Комплектации и цены на сегодня, тест-драйв в день звонка",
    "body": LETTER.format(
        text="В салонах «Альфа-Авто» собралось больше сотни новых автомобилей. До конца месяца к каждому зимние шины "
        "в подарок, а за прежнюю машину по трейд-ин доплатим.",
        url="https://www.example.com/new-cars",
        button="Посмотреть автомобили",
        closing=CALL_US,
    ),
}
WINTER = {
    "subject": '{{ имя|"Здравствуйте" }}, зимний осмотр за час',
    "preheader": "Аккумулятор, тормоза, антифриз, шины: проверим и покажем",
    "body": LETTER.format(
        text="Скоро морозы. Приезжайте на зимний осмотр: мастер проверит аккумулятор, тормоза и жидкости "
        "и скажет, что подождёт до весны, а что нет.",
        url="https://www.example.com/winter",
        button="Записаться на осмотр",
        closing=CALL_US,
    ),
}
TRADE_IN = {
    "subject": '{{ имя|"Здравствуйте" }}, сколько стоит ваша машина?',
    "preheader": "Оценим за полчаса и зачтём в стоимость новой",
    "body": LETTER.format(
        text="Вашей машине больше трёх лет: сейчас за неё дадут больше всего. Оценим за полчаса, "
        "а новую подберём из тех, что стоят в салоне.",
        url="https://www.example.com/trade-in",
        button="Оценить автомобиль",
        closing="Есть вопросы? Просто ответьте на это письмо.",
    ),
}
