"""A rule as an outline to read: groups inside groups, each condition in words."""

from typing import Any

from segments.rules.builder import told
from segments.rules.drafting import bare, rooted, tidy
from segments.rules.tree import GROUPS


def outline(rule: dict) -> dict[str, Any]:
    """The context of `segments/rules/retold.html`: {words, fault, root}; `root` is None where the sentence says it all."""
    draft = tidy(rule.get("rule")) or {"all": []}
    words, fault = told(draft)
    root = _outlined(rooted(draft))
    return {"words": words, "fault": fault, "root": root if not fault and _is_nested(root) else None}


def _outlined(node: dict) -> dict[str, Any]:
    inside, negated = bare(node)
    group = next((each for each in GROUPS if each in inside), "")
    if not group:
        words, fault = told(node)
        return {"words": (words or fault).removesuffix("."), "nodes": []}
    nodes = [_outlined(each) for each in inside[group]]
    return {"group": group, "negated": negated, "nodes": nodes}


def _is_nested(root: dict[str, Any]) -> bool:
    return any("group" in each for each in root["nodes"])
