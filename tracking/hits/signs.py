"""What tells a machine's open or click from a person's.

One certain sign makes a machine, and so do two doubts; one doubt leaves a hit unsure. Of unsure opens most are people's:
Gmail, Yandex and Mail.ru fetch pictures for readers who open a letter, so that they count as opened; an unsure click
counts for nobody.
"""

import re
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tracking.hits.networks import is_of_data_centre


class Sign(TextChoices):
    """Beside each: who does so."""

    HEAD = "head", _("asked for the headers only")  # link checkers; browsers follow links by GET
    PREFETCH = "prefetch", _("was loaded ahead")  # browsers and messengers that draw a preview
    ROBOT = "robot", _("a known robot or scanner")  # it says so itself
    PRIVACY = "privacy", _("Apple Mail loads pictures by itself")  # Mail Privacy Protection, opened or not
    TRAP = "trap", _("followed the link that no person sees")  # and what the same visitor did beside it
    MANY_LINKS = "many_links", _("many links within a second")  # a gateway that tries everything
    AT_ONCE = "at_once", _("within a second of the delivery")  # a gateway that looks before it lets pass
    DATA_CENTRE = "data_centre", _("from a data centre")  # or a reader behind a VPN
    PROXY = "proxy", _("through the picture proxy of a mail service")  # mostly for a reader who opens the letter
    TWO_LINKS = "two_links", _("two links within a second")
    SOON = "soon", _("within five seconds of the delivery")


CERTAIN = (Sign.HEAD, Sign.PREFETCH, Sign.ROBOT, Sign.PRIVACY, Sign.TRAP, Sign.MANY_LINKS, Sign.AT_ONCE)
DOUBTS = (Sign.DATA_CENTRE, Sign.PROXY, Sign.TWO_LINKS, Sign.SOON)

# Search robots, gateways that check mail, previews of messengers, libraries of programmers, browsers without a window.
ROBOT = re.compile(
    r"bot\b|crawl|spider|slurp|imageresizer|scan(?:ner)?\b|barracuda|mimecast|proofpoint|safelinks|urldefense|forcepoint|ironport"
    r"|trendmicro|symantec|messagelabs|fireeye|sophos|kaspersky|drweb|virustotal|urlscan|bitdefender|fortiguard"
    r"|skypeuripreview|facebookexternalhit|whatsapp/|vkshare|slack-img|preview"
    r"|\bcurl/|wget/|python-requests|python-urllib|aiohttp|httpx|go-http-client|okhttp|java/|libwww|axios|node-fetch"
    r"|headlesschrome|phantomjs|playwright|puppeteer|selenium",
    re.IGNORECASE,
)
_PROXY = re.compile(r"googleimageproxy|ggpht\.com|yahoomailproxy|yandeximage|yandexmail|mail\.ru", re.IGNORECASE)
_PRIVACY = "Mozilla/5.0"  # the whole of it


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, as far as the request says."""

    method: str
    address: str | None
    user_agent: str
    is_prefetch: bool

    def signs(self, *, is_open: bool) -> list[str]:
        """Those that a request shows by itself; what its neighbours show comes later (`classing`)."""
        shown = {
            Sign.HEAD: self.method != "GET",
            Sign.PREFETCH: self.is_prefetch,
            Sign.ROBOT: bool(ROBOT.search(self.user_agent)),
            Sign.PRIVACY: is_open and self.user_agent == _PRIVACY,
            Sign.DATA_CENTRE: is_of_data_centre(self.address),
            Sign.PROXY: is_open and bool(_PROXY.search(self.user_agent)),
        }
        if shown[Sign.PROXY]:  # it stands in a data centre of its own, and some call themselves robots
            shown[Sign.ROBOT] = shown[Sign.DATA_CENTRE] = False
        return [str(sign) for sign, is_shown in shown.items() if is_shown]

    @property
    def seems_human(self) -> bool:
        """A click, before its neighbours are known."""
        return not set(CERTAIN) & set(self.signs(is_open=False))
