"""Fault plan, row 44: a click leads to the link that its letter has at this number, whatever else the request says.

What a browser would make of the answer is read by the rules of browsers (WHATWG URL), not by ours.
"""

import random
import re
import time
from urllib.parse import quote

import pytest
from django.test import Client, SimpleTestCase, TestCase

from campaigns import links
from campaigns.models import Link
from tests.faults import soak
from tests.faults.open_addresses import Letter, stranger
from tests.tracking.site_room import make_site
from tracking.models import Hit

EVIL = "evil.example"
AFTER = (
    *[""] * 8, f"//{EVIL}", f"/..//{EVIL}", f"\\\\{EVIL}", f"%2F%2F{EVIL}", f"%5c%5c{EVIL}", f"@{EVIL}", f"%40{EVIL}", f"/https://{EVIL}",
    f"%0d%0aLocation:%20https://{EVIL}", f"\r\nLocation: https://{EVIL}", "%00", f"%E3%80%82{EVIL}", f"?url=https://{EVIL}",
    f"?next=//{EVIL}", "?url=javascript:alert(1)", f"?krug=x&redirect={EVIL}", f"#@{EVIL}", f";{EVIL}", "/", "%20", ".", "=",
)  # fmt: skip
BEFORE = (
    *["/l/"] * 12,
    f"//{EVIL}/l/",
    f"/\\{EVIL}/l/",
    "/l//",
    "/l/./",
    "/L/",
    f"/l/https://{EVIL}/",
    "/o/",
    "/s/",
    "/u/",
)
SAID = (
    {}, {"X-Forwarded-Host": EVIL}, {"Forwarded": f"host={EVIL}"}, {"X-Original-URL": f"https://{EVIL}/"}, {"Host": EVIL},
    {"X-Rewrite-URL": f"//{EVIL}"}, {"Referer": f"https://{EVIL}/"}, {"Origin": f"https://{EVIL}"}, {"X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-Forwarded-Proto": "javascript"}, {"X-HTTP-Method-Override": "POST"}, {"Host": f"testserver@{EVIL}"},
)  # fmt: skip
# Parts of addresses as somebody who may write letters, or a broken import, could have stored them.
SCHEMES = ("https://", "http://", "HTTPS://", "//", "/", "\\\\", "https:/", "https:", "https:\\\\", "javascript:", "JaVaScRiPt://", "data:text/html,", "vbscript:", "file:///", "ftp://", " https://", "https:///", "")  # fmt: skip
USERS = ("", "", "", "dealer.example@", "a:b@", "dealer.example%40", "dealer.example\\@", "@", ":@")
HOSTS = ("dealer.example", EVIL, "dеaler.example", "dealer。example", "ｄealer.example", f"dealer.example／.{EVIL}", f"dealer.example\\.{EVIL}", "[::1]", "[", "127.1", "", f"dealer.example:80@{EVIL}", f"dealer.example#@{EVIL}", f"dealer.example?@{EVIL}", f"dealer.example\t.{EVIL}", "www.example.ru", "wwԝ.example.ru")  # fmt: skip
TAILS = ("", "/", "/a?b=1", f"/\r\nLocation: //{EVIL}", "/\x00", f"\n//{EVIL}", "/%0d%0aSet-Cookie:a=b", "\\", "/\u2028x", ":80", ":x", "/я")  # fmt: skip


def browser(url: str) -> tuple[str, str, str]:
    """(scheme, user information, host) as a browser reads an address that is not relative; no scheme: it is relative."""
    url = re.sub("[\t\r\n]", "", url.strip("".join(map(chr, range(33)))))
    found = re.match(r"(https?):(.*)", url, re.I | re.S)
    if not found:
        return ("", "", "")
    rest = found[2].replace("\\", "/") if "\\" in found[2] else found[2]
    authority = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    user, _at, host = authority.rpartition("@")
    return (found[1].lower(), user, host.lower())


class Redirects(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_site(origins=["https://www.example.ru"])
        cls.letters = [Letter(site=site) for site in ("www.example.ru", "cars.example.ru")]
        cls.stored = {
            (letter.message.pk, link.number): link.url
            for letter in cls.letters
            for link in Link.objects.filter(content=letter.content)
        }

    def test_a_click_leads_where_its_letter_says(self) -> None:
        """The judge can tell a right target, so that its zero means something."""
        self.assertEqual(self.led_astray([self.path(*key) for key in self.stored], [{}]), (len(self.stored), []))

    def test_some_mutations_of_a_click(self) -> None:
        chance = random.Random(44)
        self.mutate(chance, 250)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    def test_ten_thousand_mutations_of_a_click(self) -> None:
        for run in range(soak.RUNS):
            chance, begun = soak.chance(f"44 {run}"), time.monotonic()
            led = self.mutate(chance, 10_000)
            soak.tell("44", begun, requests=10_000, right=led, unsigned=0, stored=10_000)
            wrong_targets(chance, 10_000)

    def mutate(self, chance: random.Random, times: int) -> int:
        """How many of them led to where they should."""
        paths = [self._mutation(chance) for _ in range(times)]
        led, astray = self.led_astray(paths, [chance.choice(SAID) for _ in range(times)])
        self.assertEqual(astray, [])
        self.assertGreater(led, times // 100)
        return led

    def led_astray(self, paths: list[str], heads: list[dict[str, str]]) -> tuple[int, list[tuple[str, str]]]:
        """How many clicks led to their own link, and which requests led elsewhere, and where."""
        led, astray, client = 0, [], Client(raise_request_exception=False)
        for nth, (path, head) in enumerate(zip(paths, heads * (len(paths) // len(heads)), strict=True)):
            place, _mark, query = path.partition("?")
            answer = client.get("/", PATH_INFO=place, QUERY_STRING=query, headers=head, REMOTE_ADDR=stranger(nth))
            target = answer.headers.get("Location", "")
            if answer.status_code >= 500 or (target and not self._is_signed(path, target)):
                astray.append((path, f"{answer.status_code} {target}"))
            led += bool(target)
        return led, astray

    def _is_signed(self, path: str, target: str) -> bool:
        """Whether the path carries the very token of a letter, and the target is what that letter has at the number."""
        own = [url for key, url in self.stored.items() if path.partition("?")[0] == self.path(*key)]
        return bool(own) and browser(target) == browser(own[0]) and target.startswith(own[0].partition("#")[0])

    def path(self, message_id: int, number: int) -> str:
        return f"/l/{links.link_char(number)}{links.tokens(message_id).track}"

    def _mutation(self, chance: random.Random) -> str:
        """The token changed, glued of two, of another link or person; words before and after it; or nothing at all."""
        (mine, number), (other, _number) = chance.choice(list(self.stored)), chance.choice(list(self.stored))
        token = links.link_char(number) + links.tokens(mine).track
        foreign = links.link_char(chance.randrange(1, 64)) + links.tokens(other).track
        cut = chance.randrange(1, len(token))
        changed = chance.choice((
            token, token, foreign, token[:cut] + foreign[cut:], token[:cut] + chance.choice(links.ALPHABET) + token[cut + 1 :],
            token.swapcase(), token[:cut], token + token, links.link_char(number) + links.tokens(mine).choice,
            links.game_token(mine), token[1:], quote(token, safe="")[:-1] + f"%{ord(token[-1]):02x}", token + "=",
        ))  # fmt: skip
        return f"{chance.choice(BEFORE)}{changed}{chance.choice(AFTER)}"

    def test_a_letter_s_token_goes_to_the_site_of_ours_alone(self) -> None:
        """One written alike, or longer, learns nothing of whose letter it was."""
        letter, link = self.letters[0], Link.objects.filter(content=self.letters[0].content).last()
        hosts = ("www.example.ru", "wwԝ.example.ru", f"www.example.ru.{EVIL}", f"{EVIL}/www.example.ru", "www.example.ru:444",
                 f"{EVIL}#https://www.example.ru", "www.examplе.ru", "www.example.ru。evil.example")  # fmt: skip
        told = []
        for host in hosts:
            Link.objects.filter(pk=link.pk).update(url=f"https://{host}/cars")
            browser_of_hers = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36"}
            path = self.path(letter.message.pk, link.number)
            answer = self.client.get(path, headers=browser_of_hers, REMOTE_ADDR=stranger(0))
            told.append("krug=" in answer.headers.get("Location", ""))
        self.assertEqual(told, [True] + [False] * (len(hosts) - 1))
        self.assertTrue(Hit.objects.exists())


def wrong_targets(chance: random.Random, times: int) -> int:
    """How many of so many stored addresses would be followed; each of them leads a browser where it says that it does."""
    followed = 0
    for _ in range(times):
        url = "".join(chance.choice(part) for part in (SCHEMES, USERS, HOSTS, TAILS))
        if links.is_web_address(url):
            followed += 1
            scheme, user, host = browser(url)
            assert (scheme in ("http", "https"), user) == (True, ""), url
            assert url.lower().startswith(f"{scheme}://{host}"), url
            assert not re.search("[\x00-\x20\x7f\\\\]", url), url
    return followed


class Stored(SimpleTestCase):
    def test_an_address_that_a_browser_reads_otherwise_is_not_followed(self) -> None:
        self.assertGreater(wrong_targets(random.Random(44), 5000), 50)
