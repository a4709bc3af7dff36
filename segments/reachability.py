"""Addresses that turned out dead: nobody writes to them any more, whoever holds them. The facts of their holders follow
with the night; sending and planning ask the address itself."""

from collections.abc import Mapping, Sequence

from django.db import connection

from segments.models.people import ContactPoint

# Held in the order of their keys: two workers that mark the same addresses cannot deadlock.
MARK = """
WITH told AS MATERIALIZED (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS t (id, why)),
held AS MATERIALIZED (
    SELECT p.id FROM segments_contactpoint AS p JOIN told USING (id)
    WHERE p.reachability <> 'unreachable' ORDER BY p.id FOR NO KEY UPDATE OF p
)
UPDATE segments_contactpoint AS p SET reachability = 'unreachable', why = told.why
FROM held JOIN told USING (id) WHERE p.id = held.id
"""
LONGEST_WHY = 200


def mark_unreachable(why: Mapping[int, str]) -> int:
    """Mark contact points by their ids, each with the reason that somebody told (200 characters are kept); one that is
    marked already keeps its first reason. Returns how many were not."""
    if not why:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(why), [reason[:LONGEST_WHY] for reason in why.values()]])
        return cursor.rowcount


def mark_reachable(contact_point_ids: Sequence[int]) -> int:
    """Take the mark off: their owner has said that they work (a device that subscribed anew). Returns how many had it."""
    dead = ContactPoint.objects.filter(pk__in=contact_point_ids, reachability=ContactPoint.Reachability.UNREACHABLE)
    return dead.update(reachability=ContactPoint.Reachability.UNKNOWN, why="")
