"""Two teams, each with a channel of its own, and somebody who wrote to each."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.context import Hub
from hub.ids import new_id
from hub.model import Attachment
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.store.blobs import add_attachment
from hub.store.campaigns import add_campaign, mark_campaign
from hub.store.complaints import SOLVED, add_complaint
from hub.store.sales import add_order, add_quote
from hub.store.search_index import index_pending
from hub.store.sequences import add_runs, add_sequence
from hub.store.tables import campaign_recipients, surveys
from hub.store.tasks import add_task
from hub.store.teams import add_team, change_team
from hub.store.templates import add_template

SECRET = "Geheimsache 4711"
NAME = "Ada Stern"  # of the customer whom only the foreign team knows
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
    hidden = await says(SECRET, sender="ada@example.com", channel="mail", name=NAME, subject=SECRET)
    shown = await says(OPEN, sender="+12025550101")
    ids = [await hub.store.write(_answered, hub, message, message.text) for message in (hidden, shown)]
    while await hub.store.write(index_pending):
        continue
    return Two(teams, *ids)


async def found_marketing(hub: Hub, two: Two) -> dict[str, str]:
    """A template, a draft, a report and a follow-up in which both customers have a part; by what a path calls them."""

    def write(conn: Connection) -> dict[str, str]:
        both = [two.foreign_ids["customers"], two.own_ids["customers"]]
        words = {"subject": "Hello", "email": {"text": "Hello {{ customer.name }}"}}
        values = {"name": "News", "channel": "email", "template": words, "audience": {"customer_ids": both}}
        draft, sent = (add_campaign(conn, values, 0).id for _ in range(2))
        mark_campaign(conn, sent, 0, ["draft"], state="sent")
        steps = [{"kind": "message", "text": "Hello {{ customer.name }}", "channel": "preferred"}]
        begins = {"event": "conversation.closed", "after": "1d"}
        follow_up = add_sequence(conn, {"name": "After", "trigger": begins, "steps": steps, "exits": []}, 0).id
        for id, handle in zip(both, ("ada@example.com", "+12025550101"), strict=True):
            row = {"campaign_id": sent, "customer_id": id, "kind": "email", "handle": handle, "excluded": "no_consent"}
            conn.execute(campaign_recipients.insert(), row)
            about = {"sequence_id": follow_up, "customer_id": id, "conversation_id": None, "trigger_id": id}
            add_runs(conn, [{**about, "due_at": 10**12}], 0)
        files = {"email.txt": "Hello {{ customer.name }}", "subject.txt": "Hello"}
        template = add_template(conn, "Hello", files, 0).id
        return {"campaigns": draft, "templates": template, "sequences": follow_up, "report": sent}

    return await hub.store.write(write)


def _answered(conn: Connection, hub: Hub, message, words: str) -> dict[str, str]:
    """With an answer on its way, and a file."""
    queued = queue_reply(conn, hub.outbox_deps, message.conversation_id, Reply(text=words, hold_ms=600_000), 0)
    file = Attachment("a.txt", "text/plain", words.encode())
    return {
        "conversations": message.conversation_id,
        "customers": message.customer_id,
        "messages": message.id,
        "deliveries": queued.delivery_id,
        "tasks": _task(conn, message),
        "complaints": _complaint(conn, message),
        "surveys": _survey(conn, message),
        "quotes": add_quote(conn, {"customer_id": message.customer_id, "number": f"Q{message.id}"}, 0).id,
        "orders": add_order(conn, {"customer_id": message.customer_id, "number": f"O{message.id}"}, 0).id,
        "attachments": add_attachment(conn, file, 0, customer_id=message.customer_id, message_id=message.id),
    }


def _complaint(conn: Connection, message) -> str:
    """It is closed: an open one would keep campaigns from the customer."""
    about = {"customer_id": message.customer_id, "conversation_id": message.conversation_id, "category": "other"}
    ended = {"wish": f"Ersatz {message.id}", "answer_by": 10**12, "solve_by": 10**12, "state": SOLVED, "closed_at": 0}
    return add_complaint(conn, about | ended, 0).id


def _survey(conn: Connection, message) -> str:
    about = {"customer_id": message.customer_id, "conversation_id": message.conversation_id, "kind": "csat"}
    said = {"id": new_id(), "state": "sent", "sent_at": 0, "due_at": 0, "created_at": 0, "comment": message.text}
    conn.execute(surveys.insert(), about | said)
    return str(said["id"])


def _task(conn: Connection, message) -> str:
    about = {"customer_id": message.customer_id, "title": f"Nachfassen {message.id}", "due_at": 10**12}
    return add_task(conn, about, 0).id
