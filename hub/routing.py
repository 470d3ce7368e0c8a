"""Gives waiting conversations to the agents who are there, and takes them back from those who went.

Per team, if it wants that: whoever answered the customer last, else whoever has the fewest that wait, and nobody more
than the team's capacity. All of it is decided from the store, under one lock: several processes give nothing twice,
and what a killed one had not committed is given by the next.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from hub.conversations import hand_over
from hub.store.conversations import Conversation
from hub.store.routing import (
    FEWEST,
    FORMER,
    RETURNED,
    Routed,
    claim_abandoned,
    claim_unassigned,
    count_waiting,
    find_former,
    has_abandoned,
    has_unassigned,
    list_available,
    list_routed,
    lock_routing,
    mark_given,
)

AT_ONCE = 50  # conversations of one team in one transaction


def is_due(conn: Connection, now: int) -> bool:
    """Whether anything would change hands: asked before the store's writer is taken."""
    return any(
        has_abandoned(conn, team, now)
        or (has_unassigned(conn, team.id) and _count_room(team, _count_held(conn, team, now)))
        for team in list_routed(conn)
    )


def route_due(conn: Connection, now: int) -> int:
    """How many conversations changed hands."""
    lock_routing(conn)
    return sum(_take_back(conn, team, now) + _give(conn, team, now) for team in list_routed(conn))


def _take_back(conn: Connection, team: Routed, now: int) -> int:
    due = claim_abandoned(conn, team, now, AT_ONCE)
    for one in due:
        hand_over(conn, one.id, None, one.team_id, now, None, why=RETURNED, whom=one.assignee_id)
    return len(due)


def _give(conn: Connection, team: Routed, now: int) -> int:
    held = _count_held(conn, team, now)
    there, room = list(held), _count_room(team, held)
    due = claim_unassigned(conn, team.id, min(room, AT_ONCE)) if room else []
    for one in due:
        free = [id for id in there if held[id] < team.capacity]
        chosen, why = _choose(conn, one, free, held)
        hand_over(conn, one.id, chosen, one.team_id, now, None, why=why, waiting=held[chosen])
        mark_given(conn, chosen, now)
        held[chosen] += 1
        there.append(there.pop(there.index(chosen)))  # the others come first now
    return len(due)


def _count_held(conn: Connection, team: Routed, now: int) -> dict[str, int]:
    """Who is there, in the order in which their turn comes -> how many conversations wait for them."""
    there = list_available(conn, team.id, now)
    return dict.fromkeys(there, 0) | count_waiting(conn, there)


def _count_room(team: Routed, held: Mapping[str, int]) -> int:
    return sum(max(team.capacity - count, 0) for count in held.values())


def _choose(
    conn: Connection, conversation: Conversation, free: Sequence[str], held: Mapping[str, int]
) -> tuple[str, str]:
    """free: in the order in which their turn comes."""
    former = find_former(conn, conversation.customer_id)
    if former is not None and former in free:
        return former, FORMER
    return min(free, key=lambda id: held[id]), FEWEST
