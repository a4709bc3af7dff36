"""Hosts of e-mail as they are mistyped, and the mail services that they are measured against."""

from rapidfuzz.distance import OSA

# Only where the mistyped host is no mail service of its own.
HOSTS = {
    "mail.ri": "mail.ru", "mai.ru": "mail.ru", "meil.ru": "mail.ru", "mial.ru": "mail.ru", "mail.ry": "mail.ru",
    "maill.ru": "mail.ru", "mail.tu": "mail.ru", "mail": "mail.ru", "mail.r": "mail.ru", "mailru": "mail.ru",
    "yandex.tu": "yandex.ru", "yndex.ru": "yandex.ru", "yandex": "yandex.ru", "yandex.ry": "yandex.ru",
    "yandeks.ru": "yandex.ru", "yadex.ru": "yandex.ru", "yandex.ri": "yandex.ru", "ayndex.ru": "yandex.ru",
    "gmail.ru": "gmail.com", "gmail.con": "gmail.com", "gmai.com": "gmail.com", "gmial.com": "gmail.com",
    "gmail.co": "gmail.com", "gamil.com": "gmail.com", "gmail": "gmail.com", "gmail.cm": "gmail.com",
    "rambler.ri": "rambler.ru", "ramler.ru": "rambler.ru", "bk.ri": "bk.ru", "list.ri": "list.ru",
    "inbox.ri": "inbox.ru", "iclod.com": "icloud.com", "icloud.con": "icloud.com",
}  # fmt: skip
# Services whose letters typists know; the shorter ones («bk.ru», «ya.ru») are a letter away from anything.
COMMON = (
    "mail.ru", "yandex.ru", "gmail.com", "rambler.ru", "inbox.ru", "list.ru", "icloud.com", "hotmail.com",
    "outlook.com", "yahoo.com", "yandex.com",
)  # fmt: skip
# Never corrected, however near to one of the above.
SERVICES = frozenset((
    *COMMON, "bk.ru", "ya.ru", "internet.ru", "vk.com", "me.com", "mac.com", "live.com", "live.ru", "msn.com",
    "aol.com", "ymail.com", "email.com", "mail.com", "email.ru", "e-mail.ru", "googlemail.com", "rocketmail.com",
    "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de", "yandex.by", "yandex.kz",
    "yandex.ua", "yandex.uz", "mail.by", "mail.kz", "mail.ua", "mail.ee", "mail.de", "mail.bg", "mail.uz",
    "tut.by", "ukr.net", "i.ua", "bigmir.net", "meta.ua", "narod.ru", "lenta.ru", "pochta.ru", "km.ru", "qip.ru",
    "nm.ru", "hotbox.ru", "front.ru", "land.ru", "ro.ru", "autorambler.ru", "myrambler.ru", "rambler.ua",
    "yahoo.co.uk", "yahoo.de", "yahoo.fr", "hotmail.ru", "outlook.de", "outlook.fr", "ngs.ru", "e1.ru", "bmail.ru",
    "xmail.ru", "dmail.ru", "fmail.ru", "kmail.ru", "smail.ru", "list.org", "limail.ru",
))  # fmt: skip
LONG_NAME = 5


def corrected(host: str) -> str | None:
    """The service that a host means: by the table, else the only one a slip away. None: it is as it should be.

    A slip is one letter wrong, lost, doubled or swapped with its neighbour, not the first one; in a name shorter
    than `LONG_NAME` only behind the dot: «list.rru» is a slip, «lisa.ru» may be a firm.
    """
    if host in SERVICES:
        return None
    if host in HOSTS:
        return HOSTS[host]
    near = [service for service in COMMON if OSA.distance(host, service, score_cutoff=1) == 1]
    near = [service for service in near if _is_slip(host, service)]
    return near[0] if len(near) == 1 else None


def _is_slip(host: str, service: str) -> bool:
    name = service.split(".", maxsplit=1)[0]
    return host[0] == service[0] and (len(name) >= LONG_NAME or host.startswith(f"{name}."))
