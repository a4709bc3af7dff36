"""The letter that a new campaign begins with, so that nobody starts from an empty box."""

from string import Template

SUBJECT = '{{ имя|"Здравствуйте" }}, приглашаем на весенний осмотр'
PREHEADER = "Проверим автомобиль за час и подарим мойку"
_LETTER = Template("""<mjml>
  <mj-body background-color="#f3f4f6">
    <mj-section background-color="#ffffff" padding="24px 24px 0">
      <mj-column>
        <mj-text font-size="22px" font-weight="700" line-height="28px">{{ обращение|"Здравствуйте" }}!</mj-text>
        <mj-text font-size="16px" line-height="24px">
          $text
        </mj-text>
        <mj-button href="$address" background-color="#0e7490" font-size="16px"
                   border-radius="6px" inner-padding="14px 28px" align="left">$button</mj-button>
      </mj-column>
    </mj-section>
    <mj-section background-color="#ffffff" padding="0 24px 24px">
      <mj-column>
        <mj-divider border-width="1px" border-color="#e5e7eb" />
        <mj-text font-size="14px" line-height="20px" color="#4b5563">
          Есть вопросы? Просто ответьте на это письмо.
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
""")


def letter(*, text: str, button: str, path: str = "", address: str = "") -> str:
    """MJML of a greeting, these words and a button to a page of the site, or to another address."""
    return _LETTER.substitute(text=text, button=button, address=address or f"https://www.example.com/{path}")


BODY = letter(
    text="""Пора подготовить автомобиль к сезону. Запишитесь на осмотр: мастер проверит подвеску,
          тормоза и жидкости за час и покажет всё на месте.""",
    button="Записаться на осмотр",
    path="service",
)
TEXT = (
    '{{ имя|"Здравствуйте" }}, пора подготовить автомобиль к сезону. Запись на осмотр: https://www.example.com/service'
)
TITLE = "Весенний осмотр"
# By field of the form.
TEXTS = {"subject": SUBJECT, "preheader": PREHEADER, "body": BODY, "text": TEXT, "title": TITLE}
# Of a correction only the frame of a letter: what was wrong, nobody knows but its author.
CORRECTION = {"body": letter(text="В прошлом письме мы ошиблись: …", button="Подробнее", path="")}
