"""From a text of the author to pieces and holes: MJML → HTML, links, footer, pixel, plain text.

Holes travel through the MJML renderer as words that occur nowhere else in the letter, and become holes again
after it, so that no value of a person ever meets a parser.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

import mrml
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns import links, slots
from campaigns.grammar import Fault, Hole, Parsed, Piece, parse
from campaigns.rendering.amp import PIXEL as AMP_PIXEL
from campaigns.rendering.amp import fault_of_size, faults_of_amp
from campaigns.rendering.faults import MAX_BODY, faults_of_structure
from channels.page_text import plain_text

SURVEY_SLOT = "ссылка_на_опрос"
# Filled by the renderer itself, from the message id; an author cannot write them (names begin with a letter).
TRACK, CHOICE = Hole("_track"), Hole("_choice")

_FONT = '<mj-attributes><mj-all font-family="Arial, Helvetica, sans-serif" /></mj-attributes>'
_HIDDEN = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden"
_FOOTER = (
    '<div style="padding:16px;text-align:center;font-family:Arial,Helvetica,sans-serif;font-size:12px;'
    'line-height:18px;color:#6b7280"><a href="{url}" style="color:#6b7280">{words}</a></div>'
)
# The trap before it is for programs that try every link: not shown, not read aloud, not in the plain text.
_PIXEL = (
    '<div style="display:none;mso-hide:all" aria-hidden="true"><a href="{trap}" tabindex="-1" rel="nofollow"></a></div>'
    '<img src="{url}" width="1" height="1" alt="" style="display:block;border:0">'
)
_ANCHOR = re.compile(r'(<(?:a|area)\b[^>]*?\shref=)"([^"]*)"([^>]*>)', re.I)
_COMMENT = re.compile(r"(<!--.*?-->)", re.S)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{2,6})\}")
_SINGLE_QUOTED = re.compile(r"""=\s*'([^'<>]*"[^'<>]*)'""")


Leaf = tuple[Piece, ...]
Tree = Leaf | dict[str, "Tree"] | list["Tree"] | None


class BadContent(Exception):
    """A text that cannot be a letter; `faults` say why and where."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class MarkedButton:
    """What stands on it, and where it leads: to `url`, or the word `data` comes back; both empty: it only shows."""

    text: Leaf
    url: Leaf = ()
    data: Leaf = ()


@dataclass(frozen=True, slots=True)
class Markup:
    """A message as pieces: strings are final (HTML-escaped in `html` and `amp`), holes wait for values.

    `tree` is the JSON object that goes onto the wire where the channel's messages are objects: its texts are leaves of
    pieces. `buttons`, `link` and `picture` (its address) are what of it a person sees beside `subject` and
    `text`.
    """

    subject: Leaf
    html: Leaf
    text: Leaf
    links: tuple[tuple[str, str], ...]  # (address, words), number 1 first
    buttons: tuple[MarkedButton, ...] = ()
    link: Leaf = ()
    picture: str = ""
    tree: Tree = None
    amp: Leaf = ()

    @property
    def holes(self) -> list[Hole]:
        """Holes that slots fill, in order of appearance, each (name, default) once."""
        leaves = (self.subject, self.html, self.text, self.amp, *leaves_of(self.tree))
        every = (piece for leaf in leaves for piece in leaf if isinstance(piece, Hole))
        return [hole for hole in dict.fromkeys(every) if not hole.name.startswith("_")]


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """In their order."""
    if isinstance(tree, tuple):
        yield tree
    elif tree is not None:
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves_of(branch)


def build(subject: str, preheader: str, body: str, *, amp: str = "", tracked: bool = True) -> Markup:
    """Compile the texts of a letter. `tracked=False` leaves links as they are and adds no pixel.

    Raises BadContent.
    """
    if len(body) > MAX_BODY:
        raise BadContent([Fault(1, _("the letter is longer than %(limit)d characters.") % {"limit": MAX_BODY})])
    parsed = parse(body)
    head, teaser = parse(subject.replace("\r", " ").replace("\n", " ")), parse(preheader)
    interactive = parse(amp)
    faults = [*parsed.faults, *faults_of_structure(body), *interactive.faults, *(faults_of_amp(amp) if amp else ())]
    if faults or head.faults or teaser.faults:
        raise BadContent([*head.faults, *teaser.faults, *faults])
    marks = _Marks(body + preheader + amp)
    page = _to_html(marks.mark(parsed))
    page = _with_preheader(page, html.escape(marks.mark(teaser), quote=False))
    found: list[tuple[str, str]] = []
    page = _number_links(page, marks, found, tracked=tracked)
    page = _with_ending(page, marks, survey=_has_survey(parsed), pixel=_PIXEL if tracked else "")
    return Markup(
        subject=head.pieces,
        html=marks.pieces(page),
        text=marks.pieces(plain_text(page)),
        amp=_amp_pieces(interactive, marks, found, tracked=tracked) if amp else (),
        links=tuple(found),
    )


def _amp_pieces(parsed: Parsed, marks: "_Marks", found: list[tuple[str, str]], *, tracked: bool) -> Leaf:
    """Links that the letter has too keep their numbers, so that their clicks are counted together."""
    page = _number_links(marks.mark(parsed), marks, found, tracked=tracked)
    pieces = marks.pieces(_with_ending(page, marks, survey=_has_survey(parsed), pixel=AMP_PIXEL if tracked else ""))
    if faults := fault_of_size(pieces):
        raise BadContent(faults)
    return pieces


class _Marks:
    """Holes as words for the time they pass through parsers."""

    def __init__(self, text: str) -> None:
        salt = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
        self._prefix = f"hole{salt}n"
        self._pattern = re.compile(f"{self._prefix}([0-9]+)e")
        self._holes: list[Hole] = []

    def mark(self, parsed: Parsed) -> str:
        return "".join(self.word(piece) if isinstance(piece, Hole) else piece for piece in parsed.pieces)

    def word(self, hole: Hole) -> str:
        self._holes.append(hole)
        return f"{self._prefix}{len(self._holes) - 1}e"

    def holes_in(self, text: str) -> list[Hole]:
        return [self._holes[int(number)] for number in self._pattern.findall(text)]

    def is_one_hole(self, text: str) -> bool:
        return bool(self._pattern.fullmatch(text))

    def pieces(self, text: str) -> tuple[Piece, ...]:
        parts: list[Piece] = list(self._pattern.split(text))
        parts[1::2] = [self._holes[int(str(number))] for number in parts[1::2]]
        return tuple(part for part in parts if part != "")


def _to_html(body: str) -> str:
    body = _SINGLE_QUOTED.sub(lambda m: '="' + m[1].replace('"', "&quot;") + '"', body)
    try:
        page = mrml.to_html(_with_font(body), None, mrml.RenderOptions(fonts={})).content
    except OSError as error:  # mrml says so of every text that it cannot read
        place = re.search(r"at position (\d+)", str(error))
        line = body.count("\n", 0, int(place[1])) + 1 if place else 1
        raise BadContent(
            [Fault(line, _("MJML cannot be read here: check that tags and quotes are closed."))]
        ) from error
    # mrml prints attributes as Rust does: some characters come as \u{…}
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if 0x80 <= int(m[1], 16) <= 0x10FFFF else m[0], page)


def _with_font(body: str) -> str:
    """A font that every machine has; the author's own attributes come later and win."""
    if "<mj-head>" in body:
        return body.replace("<mj-head>", f"<mj-head>{_FONT}", 1)
    return re.sub(r"(<mjml\b[^>]*>)", rf"\1<mj-head>{_FONT}</mj-head>", body, count=1, flags=re.I)


def _with_preheader(page: str, preheader: str) -> str:
    if not preheader:
        return page
    block = f'<div style="{_HIDDEN}">{preheader}</div>'
    return re.sub(r"<body\b[^>]*>", lambda match: match[0] + block, page, count=1)


def _number_links(page: str, marks: _Marks, found: list[tuple[str, str]], *, tracked: bool) -> str:
    """Every web link gets a number in `found`, one that another part has brought keeps its own; and, when tracked, a click
    address. Outlook's comments are left alone."""
    known = {address: number for number, (address, _words) in reversed(list(enumerate(found, start=1)))}
    faults: list[Fault] = []

    def replace(match: re.Match[str]) -> str:
        address = html.unescape(match[2]).strip()
        fault = _link_fault(address, marks)
        if fault:
            faults.append(Fault(1, fault))
        if fault or marks.holes_in(address) or not address.startswith(("http://", "https://")):
            return match[0]
        if address not in known:
            found.append((address, _words_after(match.string, match.end())))
        if not tracked or len(found) > links.MAX_LINKS:
            return match[0]
        click = f"{settings.PUBLIC_URL}/l/{links.link_char(known.get(address, len(found)))}{marks.word(TRACK)}"
        return f'{match[1]}"{click}"{match[3]}'

    parts = _COMMENT.split(page)
    parts[::2] = [_ANCHOR.sub(replace, part) for part in parts[::2]]
    if len(found) > links.MAX_LINKS:
        faults.append(Fault(1, _("a letter holds %(limit)d links at most.") % {"limit": links.MAX_LINKS}))
    if faults:
        raise BadContent(faults)
    return "".join(parts)


def _link_fault(address: str, marks: _Marks) -> str | None:
    holes = marks.holes_in(address)
    if marks.is_one_hole(address):
        slot = slots.find(holes[0].name)
        if slot and slot.is_link:
            return None
        return _("the placeholder “%(name)s” is not an address of a link.") % {"name": holes[0].name}
    scheme = address.partition(":")[0].lower() if not address.startswith("#") else "#"
    if holes and scheme != "tel":
        return _("a link's address may hold no placeholder: “%(name)s”.") % {"name": holes[0].name}
    if scheme in ("http", "https"):
        return None if links.is_web_address(address) else no_page(address)
    if scheme in ("#", "tel", "mailto"):
        return None
    return _("the link “%(url)s” must begin with https://, tel: or mailto:.") % {"url": address[:60]}


def no_page(address: str) -> str:
    """The sentence about an address that `links.is_web_address` does not know: a click would lead nowhere."""
    told = _(
        "the link “%(url)s” is no address of a page: after https:// comes the site, without a user name, spaces and \\."
    )
    return told % {"url": address[:60]}


def _words_after(page: str, position: int) -> str:
    """What a person sees on the link (the picture's alt text where it holds no words)."""
    inside = re.split(r"</a>", page[position : position + 4000], maxsplit=1, flags=re.I)[0]
    return " ".join(plain_text(inside).split())[:200]


def _has_survey(parsed: Parsed) -> bool:
    return any(hole.name == SURVEY_SLOT for hole in parsed.holes)


def _with_ending(page: str, marks: _Marks, *, survey: bool, pixel: str) -> str:
    ending = ""
    if not survey:
        with override(settings.LANGUAGE_CODE):  # the reader's language, not the manager's
            words = _("Unsubscribe or change settings")
        ending += _FOOTER.format(url=f"{settings.PUBLIC_URL}/s/{marks.word(CHOICE)}", words=words)
    if pixel:
        trap = f"{settings.PUBLIC_URL}/l/{links.TRAP}{marks.word(TRACK)}"
        ending += pixel.format(url=f"{settings.PUBLIC_URL}/o/{marks.word(TRACK)}", trap=trap)
    head, body_end, tail = page.rpartition("</body>")
    return head + ending + body_end + tail
