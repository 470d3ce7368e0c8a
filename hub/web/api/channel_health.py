"""How a channel is: what passed last, what was lost, what waits."""

from typing import Literal

from hub.clock import iso
from hub.web.api.call import ApiRequest
from hub.web.api.channels import open_one
from hub.web.api.fields import Answer, Moment
from hub.web.api.operation import operation
from hub.web.channel_standing import standing_of


class ChannelHealth(Answer):
    """state: working, failing (since when, and why) or unused. tried, lost: messages of the last 24 hours that were to
    leave, and those that did not arrive; rests: nothing is handed over for a moment; waiting: messages that have not
    left; unread, set_aside: what came in and is not read yet, or could not be."""

    state: Literal["working", "failing", "unused"]
    received_at: Moment | None = None
    sent_at: Moment | None = None
    failing_since: Moment | None = None
    problem: str | None = None
    rests: bool
    tried: int
    lost: int
    waiting: int
    unread: int
    set_aside: int


@operation("GET", "/channels/{name}/health", scope="channels:read")
async def health(call: ApiRequest, name: str) -> ChannelHealth:
    """Tell how a channel is: what passed last, what failed, what waits."""
    found = await standing_of(call.hub, open_one(call, name))
    since = [way.failing_since for way in found.failing if way.failing_since is not None]
    return ChannelHealth(
        state=found.state,
        received_at=_moment(found.incoming.passed_at),
        sent_at=_moment(found.outgoing.passed_at),
        failing_since=_moment(min(since, default=None)),
        problem="; ".join(way.problem for way in found.failing) or None,
        rests=found.resting(call.now),
        tried=found.left.tried,
        lost=found.left.lost,
        waiting=found.waiting,
        unread=found.unread,
        set_aside=found.set_aside,
    )


def _moment(at: int | None) -> str | None:
    return None if at is None else iso(at)


OPERATIONS = (health,)
