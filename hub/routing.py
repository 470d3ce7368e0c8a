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
    Routed,
    claim_abandoned,
    claim_unassigned,
    count_waiting,
    find_former,
    list_available,
    list_routed,
    lock_routing,
    mark_given,
)

AT_ONCE = 50  # conversations of one team in one transaction
BY_LOAD, FORMER, RETURNED = "load", "former", "returned"  # why it was given or taken, as the event says it


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
    there = list_available(conn, team.id, now)
    held = dict.fromkeys(there, 0) | count_waiting(conn, there)
    room = sum(max(team.capacity - held[id], 0) for id in there)
    due = claim_unassigned(conn, team.id, min(room, AT_ONCE)) if room else []
    for one in due:
        free = [id for id in there if held[id] < team.capacity]
        chosen, why = _choose(conn, one, free, held)
        hand_over(conn, one.id, chosen, one.team_id, now, None, why=why, waiting=held[chosen])
        mark_given(conn, chosen, now)
        held[chosen] += 1
        there.append(there.pop(there.index(chosen)))  # the others come first now
    return len(due)


def _choose(
    conn: Connection, conversation: Conversation, free: Sequence[str], held: Mapping[str, int]
) -> tuple[str, str]:
    """free: in the order in which their turn comes."""
    former = find_former(conn, conversation.customer_id)
    if former is not None and former in free:
        return former, FORMER
    return min(free, key=lambda id: held[id]), BY_LOAD
