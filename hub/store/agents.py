"""Remembers the people who work here: who they are, what they may do, how they like their screen."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.model import Role, Sees
from hub.store.tables import agents

PASSWORDS_KEPT = 4  # besides the present one


@dataclass(frozen=True, slots=True)
class Agent:
    """language, theme and timezone are empty until chosen: then the browser and the company decide. keys: what was
    changed of the inbox's keys (hub.web.shortcuts). away_at: since when the agent says to be away, if so."""

    id: str
    email: str
    name: str
    role: Role
    phone: str = ""
    language: str = ""
    theme: str = ""
    timezone: str = ""
    sees: Sees = Sees.ALL
    signature: str = ""
    keys: str = ""
    active: bool = True
    created_at: int = 0
    away_at: int | None = None

    @property
    def away(self) -> bool:
        return self.away_at is not None


COLUMNS = [agents.c[name] for name in Agent.__slots__]


def agent_of(row: Any) -> Agent:
    values = {name: getattr(row, name) for name in Agent.__slots__}
    return Agent(**{**values, "role": Role(row.role), "sees": Sees(row.sees)})


def add_agent(conn: Connection, email: str, name: str, role: Role, password_hash: str, *, at: int) -> Agent:
    """Raises Conflict when the address is taken. An empty hash admits nobody."""
    agent = Agent(id=new_id(), email=email, name=name, role=role, created_at=at)
    if find_agent_by_email(conn, email):
        raise Conflict(f"{email} already works here", "works_here")
    try:
        conn.execute(
            agents.insert().values(
                id=agent.id, email=email, name=name, role=role.value, password_hash=password_hash, created_at=at
            )
        )
    except IntegrityError as taken:
        raise Conflict(f"{email} already works here", "works_here") from taken
    return agent


def find_agent(conn: Connection, agent_id: str) -> Agent | None:
    row = conn.execute(select(*COLUMNS).where(agents.c.id == agent_id)).first()
    return agent_of(row) if row else None


def get_agent(conn: Connection, agent_id: str) -> Agent:
    agent = find_agent(conn, agent_id)
    if agent is None:
        raise NotFound(f"no agent {agent_id}")
    return agent


def find_agent_by_email(conn: Connection, email: str) -> Agent | None:
    row = conn.execute(select(*COLUMNS).where(agents.c.email == email)).first()
    return agent_of(row) if row else None


def find_password_hash(conn: Connection, email: str) -> tuple[Agent, str] | None:
    """An active agent and what the password must match."""
    row = conn.execute(
        select(*COLUMNS, agents.c.password_hash).where(agents.c.email == email, agents.c.active.is_(True))
    ).first()
    return (agent_of(row), row.password_hash) if row else None


def list_password_hashes(conn: Connection, agent_id: str) -> list[str]:
    """The present one and those before it, which are not taken again."""
    row = conn.execute(select(agents.c.password_hash, agents.c.past_passwords).where(agents.c.id == agent_id)).first()
    return [one for one in (row.password_hash, *row.past_passwords) if one] if row else []


def mark_password(conn: Connection, agent_id: str, password_hash: str) -> None:
    past = list_password_hashes(conn, agent_id)[:PASSWORDS_KEPT]
    mark_agent(conn, agent_id, password_hash=password_hash, past_passwords=past)


def list_agents(conn: Connection) -> list[Agent]:
    return [agent_of(row) for row in conn.execute(select(*COLUMNS).order_by(agents.c.name, agents.c.id))]


def mark_ready(conn: Connection, agent_id: str, at: int) -> None:
    """From then on the agent takes the next call, whatever was usual after the last one."""
    conn.execute(update(agents).where(agents.c.id == agent_id).values(ready_at=at))


def find_ready(conn: Connection, agent_id: str) -> int | None:
    found: int | None = conn.scalar(select(agents.c.ready_at).where(agents.c.id == agent_id))
    return found


def find_calendar(conn: Connection, agent_id: str) -> str | None:
    """The part of the link to the agent's calendar that changes when the old link is shut."""
    found: str | None = conn.scalar(select(agents.c.calendar_id).where(agents.c.id == agent_id))
    return found


def count_agents(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(agents)) or 0


def count_active_owners(conn: Connection) -> int:
    owners = agents.c.active.is_(True) & (agents.c.role == Role.OWNER.value)
    return conn.scalar(select(func.count()).select_from(agents).where(owners)) or 0


def mark_agent(conn: Connection, agent_id: str, **values: Any) -> None:
    """Change columns of one agent (name, role, phone, language, signature, theme, timezone, sees, active...)."""
    if not conn.execute(update(agents).where(agents.c.id == agent_id).values(**values)).rowcount:
        raise NotFound(f"no agent {agent_id}")
