"""Two teams, each with a channel of its own, and somebody who wrote to each."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.context import Hub
from hub.model import Attachment
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.store.blobs import add_attachment
from hub.store.search_index import index_pending
from hub.store.teams import add_team, change_team

SECRET = "Geheimsache 4711"
OPEN = "Wo bleibt mein Paket?"


@dataclass(frozen=True, slots=True)
class Two:
    """teams: the foreign one, the own one. Of each what a path may name: conversations, customers, messages..."""

    teams: tuple[str, str]
    foreign_ids: dict[str, str]
    own_ids: dict[str, str]

    @property
    def customer(self) -> str:
        return self.foreign_ids["customers"]

    @property
    def foreign(self) -> str:
        return self.foreign_ids["conversations"]

    @property
    def own(self) -> str:
        return self.own_ids["conversations"]

    @property
    def message(self) -> str:
        return self.foreign_ids["messages"]


async def found_teams(hub: Hub, says, private: bool = True, members: tuple[str, ...] = ()) -> Two:
    """The pager for mails is the foreign team's, the one for texts the own one's."""

    def begin(conn: Connection) -> tuple[str, str]:
        foreign, own = add_team(conn, "Personal", (), 0), add_team(conn, "Verkauf", members, 0)
        change_team(conn, foreign.id, 0, channels=["mail"], private=private)
        change_team(conn, own.id, 0, channels=["texts"])
        return foreign.id, own.id

    teams = await hub.store.write(begin)
    hidden = await says(SECRET, sender="ada@example.com", channel="mail", name="Ada", subject=SECRET)
    shown = await says(OPEN, sender="+12025550101")
    ids = [await hub.store.write(_answered, hub, message, message.text) for message in (hidden, shown)]
    while await hub.store.write(index_pending):
        continue
    return Two(teams, *ids)


def _answered(conn: Connection, hub: Hub, message, words: str) -> dict[str, str]:
    """With an answer on its way, and a file."""
    queued = queue_reply(conn, hub.outbox_deps, message.conversation_id, Reply(text=words, hold_ms=600_000), 0)
    file = Attachment("a.txt", "text/plain", words.encode())
    return {
        "conversations": message.conversation_id,
        "customers": message.customer_id,
        "messages": message.id,
        "deliveries": queued.delivery_id,
        "attachments": add_attachment(conn, file, 0, customer_id=message.customer_id, message_id=message.id),
    }
