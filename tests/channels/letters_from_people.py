"""Letters that people write back, as the programs of the field write them."""

from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP

OURS = "krug.7.AbC_-9xYz"
SUBJECT = "Re: Скидка на ТО"


def letter(text: str = "Когда можно приехать?", *, charset: str = "utf-8", **headers: str) -> bytes:
    """One of text/plain; `headers` by name, "_" for "-", '' for none."""
    made = EmailMessage(SMTP)
    fields = {
        "From": "Анна <Anna@Mail.test>",
        "To": "news@krug.test",
        "Subject": SUBJECT,
        "Date": "Sun, 22 Nov 2026 10:15:03 +0300",
        "Message-ID": "<hers.1@mail.test>",
        "In-Reply-To": f"<{OURS}@krug.test>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in fields.items():
        if value:
            made[name] = value
    made.set_content(text, charset=charset)
    return made.as_bytes()


def raw(charset: str, text: str = "Стоп", *, said: str = "", subject: str = SUBJECT) -> bytes:
    """Everything beyond ASCII as it is, in `charset`; `said`: the charset that the head tells."""
    kind = f"Content-Type: text/plain; charset={said}\r\n" if said else ""
    head = f"From: Анна <anna@mail.test>\r\nSubject: {subject}\r\nMessage-ID: <raw@mail.test>\r\n{kind}\r\n"
    return (head + text).encode(charset)


def page(html: str, *names: str) -> bytes:
    """Of HTML alone, with attachments by these names."""
    made = EmailMessage(SMTP)
    made["From"], made["Subject"] = "anna@mail.test", Header(SUBJECT, "koi8-r").encode()
    made["Message-ID"] = "<page@mail.test>"
    made.set_content(html, subtype="html")
    for name in names:
        made.add_attachment(b"%PDF" * 100, maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


GMAIL = "Хочу записаться на пятницу.\n\nвс, 22 нояб. 2026 г. в 10:15, Салон Круг <news@krug.test>:\n\n> Приезжайте на ТО\n> со скидкой\n"
GMAIL_WRAPPED = "Да\n\nOn Sun, Nov 22, 2026 at 10:15 AM Салон Круг на Ленинградском проспекте\n<news@krug.test> wrote:\n\n> Приезжайте\n"
MAIL_RU = "А цена?\n\n--\nАнна Петрова\n\nВоскресенье, 22 ноября 2026, 10:15 +03:00 от Салон Круг <news@krug.test>:\n\nПриезжайте на ТО\n"
YANDEX = 'Позвоните мне\n\n22.11.2026, 10:15, "Салон Круг" <news@krug.test>:\nПриезжайте на ТО\n\n-- \nОтправлено из мобильного приложения Яндекс Почты'
OUTLOOK = "Спасибо, не нужно.\n\nС уважением,\nАнна Петрова\n+7 999 000-00-01\n\n________________________________\nОт: Салон Круг <news@krug.test>\nОтправлено: 22 ноября 2026 г. 10:15\nКому: anna@mail.test\nТема: Скидка на ТО\n\nПриезжайте на ТО\n"
ORIGINAL = "Приеду в 12:30\n\n-----Исходное сообщение-----\nFrom: news@krug.test\n\nПриезжайте"
APPLE = "Стоп\n\nОтправлено с iPhone\n\n> 22 нояб. 2026 г., в 10:15, Салон Круг <news@krug.test> написал(а):\n> \n> Приезжайте на ТО\n"
THE_BAT = (
    "Здравствуйте!\n\nВы писали 22 ноября 2026 г., 10:15:34:\n\n> Приезжайте на ТО\nПриеду.\n> Когда?\nВ пятницу.\n"
)
BELOW = "> Приезжайте на ТО\n> со скидкой\n\nУже был у вас."
