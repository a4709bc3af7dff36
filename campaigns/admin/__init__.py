"""The admin of campaigns: thin doors that check rights, call one verb and show what it returned."""

from campaigns.admin import (
    calls,
    campaigns,
    chat_trees,
    games,
    keyword_rules,
    launches,
    layers,
    points,
    policy,
    promo_pools,
    promo_purchases,
    promo_tills,
    replies,
    scenarios,
    snippets,
    templates,
)

__all__ = [
    "calls",
    "campaigns",
    "chat_trees",
    "games",
    "keyword_rules",
    "launches",
    "layers",
    "points",
    "policy",
    "promo_pools",
    "promo_purchases",
    "promo_tills",
    "replies",
    "scenarios",
    "snippets",
    "templates",
]
