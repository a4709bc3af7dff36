"""What is wrong with a tree, each a sentence that names the node: loops, nodes nobody can reach, words that mean two things."""

from collections.abc import Iterator, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import grammar, slots
from campaigns.chat_trees.reading import Tree, listed, words
from campaigns.keywords import keyword_of
from campaigns.models import ChatNode
from campaigns.promo.placeholders import CODE, UNTIL
from channels import legal

LONGEST = 1000  # characters of an answer with its choices: every channel carries as many
OF_CODE = frozenset([CODE, UNTIL])
Action = ChatNode.Action


def faults(nodes: Sequence[ChatNode], channel: str) -> list[str]:
    tree = Tree(nodes)
    numbers = [node.number for node in nodes]
    if double := next((number for number in numbers if numbers.count(number) > 1), None):
        return [_("Two nodes have № %d: number them anew.") % double]
    if not tree.under(None):
        return [_("No conversation can begin: leave “under №” empty in one node at least.")]
    found = [*_places(tree), *_loops(tree), *_doubles(tree)]
    return found + [f"{node}: {sentence}" for node in nodes for sentence in _of_node(tree, node, channel)]


def _places(tree: Tree) -> Iterator[str]:
    for node in tree.nodes:
        if node.under is not None and tree.at(node.under) is None:
            yield _("%(node)s: there is no № %(number)d that it could be under.") % {
                "node": node,
                "number": node.under,
            }
        if node.goes_on is not None and not tree.under(node.goes_on):
            yield _("%(node)s: № %(number)d has no choices to go on with.") % {"node": node, "number": node.goes_on}


def _loops(tree: Tree) -> Iterator[str]:
    """A ring of nodes each under the next is named once; what hangs on it is only unreachable."""
    reached = {node.number for _depth, node in tree.ways()}
    told: set[int] = set()
    for node in tree.nodes:
        if node.number in reached or node.number in told:
            continue
        ring = _ring(tree, node)
        if ring:
            told.update(ring)
            way = " → ".join(f"№ {number}" for number in [*ring, ring[0]])
            yield _("The nodes stand in a loop, and nobody can reach them: %s.") % way
        else:
            yield _("%s: nobody can reach it.") % node


def _ring(tree: Tree, node: ChatNode) -> list[int]:
    """The ring that the node is part of, from it upwards; empty where it is part of none."""
    way, above = [node.number], tree.at(node.under)
    while above and above.number not in way:
        way.append(above.number)
        above = tree.at(above.under)
    return way if above and above.number == node.number else []


def _doubles(tree: Tree) -> Iterator[str]:
    for place in {node.under for node in tree.nodes}:
        seen: dict[str, ChatNode] = {}
        for node in tree.under(place):
            for word in words(node):
                if word in seen:
                    yield _("“%(word)s” leads to %(one)s and to %(other)s: leave it to one of them.") % {
                        "word": word, "one": seen[word], "other": node}  # fmt: skip
                seen[word] = node


def _of_node(tree: Tree, node: ChatNode, channel: str) -> Iterator[str]:
    if order := next((word for word in node.keywords.split(",") if keyword_of(word)), None):
        yield _("“%(word)s” refuses advertising: it is carried out, not answered.") % {"word": order.strip()}
    if len(node.text) + len(listed(tree.choices(node))) + 1 > LONGEST:
        yield _("The answer is longer than %(limit)d characters: shorten it.") % {"limit": LONGEST}
    if node.action == Action.SUBSCRIBE:
        hindrance = legal.hindrance(channel, legal.ADVERTISING, timezone.localdate()) if channel else ""
        if hindrance:
            yield hindrance
    if node.pool and node.action != Action.SUBSCRIBE:
        yield _("a promo code is given to whoever subscribes: choose that, or no pool.")
    yield from of_text(node.text, has_pool=bool(node.pool))


def of_text(text: str, *, has_pool: bool = False) -> Iterator[str]:
    """The closed grammar, and of its placeholders those about a person: there is no message here."""
    parsed = grammar.parse(text)
    yield from (fault.sentence for fault in parsed.faults)
    for hole in parsed.holes:
        if hole.name in OF_CODE:
            if not has_pool:
                yield _("the answer prints a promo code, but no pool is chosen.")
        elif not getattr(slots.find(hole.name), "expression", ""):
            yield _("{{ %s }} belongs to a campaign: it has no value here.") % hole.name
        elif not hole.default:
            yield _('{{ %(name)s }} may be empty: give a default, {{ %(name)s|"…" }}.') % {"name": hole.name}
