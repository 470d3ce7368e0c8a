"""Surveys: customers asked once how it was, after a conversation or a complaint, and what they said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, update

from hub.clock import MINUTE
from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Direction, MessageKind
from hub.store.conversations import LOST
from hub.store.goals import EVERYBODY
from hub.store.settings import forget_setting, mark_setting
from hub.store.tables import conversations, deliveries, messages, settings_rows, surveys
from hub.store.visibility import EVERYTHING, Visibility

KEY = "survey:"
OFF, CSAT, NPS = "off", "csat", "nps"
SCALES: Mapping[str, range] = {CSAT: range(1, 6), NPS: range(0, 11)}
PLANNED, SENT, SKIPPED = "planned", "sent", "skipped"
AFTER = 10 * MINUTE  # what was closed by mistake is open again by then
USUAL_DAYS, LONGEST_REST = 30, 365  # in which a customer is asked once
MOST = 5_000  # of one report, the latest


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """kind: off, csat or nps; days: in which a customer is asked at most once."""

    kind: str = OFF
    days: int = USUAL_DAYS


@dataclass(frozen=True, slots=True)
class Survey:
    """state: planned for due_at, sent, or skipped; score: None as long as nobody answered; via: link or reply."""

    id: str
    customer_id: str
    conversation_id: str
    message_id: str | None
    team_id: str | None
    complaint_id: str | None
    kind: str
    state: str
    channel_type: str
    comment: str
    via: str
    score: int | None
    due_at: int
    sent_at: int | None
    answered_at: int | None
    created_at: int

    @property
    def is_low(self) -> bool:
        """Somebody has to look after it."""
        return self.score is not None and self.score <= (2 if self.kind == CSAT else 6)


@dataclass(frozen=True, slots=True)
class SurveyFilter:
    """answered: only those with a score; sent_from and sent_until: instants."""

    answered: bool = False
    customer_id: str = ""
    sent_from: int = 0
    sent_until: int = 2**62
    visibility: Visibility = EVERYTHING


_t = surveys.c
WAS_LOST = exists().where(messages.c.id == _t.message_id, LOST)
_SURVEYS = select(*(_t[name] for name in Survey.__slots__))


def find_rule(conn: Connection, team_id: str | None) -> SurveyRule:
    """The team's own, else everybody's."""
    rules = list_rules(conn, (team_id or EVERYBODY, EVERYBODY))
    return rules.get(team_id or EVERYBODY) or rules.get(EVERYBODY) or SurveyRule()


def list_rules(conn: Connection, team_ids: Sequence[str]) -> dict[str, SurveyRule]:
    """Team id -> its own; EVERYBODY -> that of the others."""
    wanted = settings_rows.c.key.in_(sorted({KEY + id for id in team_ids}))
    rows = conn.execute(select(settings_rows.c.key, settings_rows.c.value).where(wanted))
    return {row.key.removeprefix(KEY): SurveyRule(row.value["kind"], row.value["days"]) for row in rows}


def mark_rule(conn: Connection, team_id: str, rule: SurveyRule | None) -> None:
    """None: the team goes by everybody's."""
    if rule is None:
        forget_setting(conn, KEY + team_id)
    else:
        mark_setting(conn, KEY + team_id, {"kind": rule.kind, "days": rule.days})


def plan_survey(
    conn: Connection, customer_id: str, conversation_id: str, team_id: str | None, at: int, complaint_id: str = ""
) -> None:
    """Something was closed: the customer is asked a little later, where the team asks at all; what waits already waits
    anew, for what was closed last."""
    rule = find_rule(conn, team_id)
    if rule.kind not in SCALES:
        return
    about = {"kind": rule.kind, "team_id": team_id, "due_at": at + AFTER, "complaint_id": complaint_id or None}
    waiting = update(surveys).where(_t.conversation_id == conversation_id, _t.state == PLANNED)
    if conn.execute(waiting.values(**about)).rowcount == 0:
        row = {"id": new_id(), "customer_id": customer_id, "conversation_id": conversation_id, "state": PLANNED}
        conn.execute(surveys.insert(), {**row, **about, "created_at": at})


def move_surveys(conn: Connection, source_id: str, target_id: str) -> None:
    """Two conversations are one: what was asked after the first belongs to the second."""
    conn.execute(update(surveys).where(_t.conversation_id == source_id).values(conversation_id=target_id))


def list_due_surveys(conn: Connection, now: int, limit: int = 100) -> list[Survey]:
    query = _SURVEYS.where(_t.state == PLANNED, _t.due_at <= now)
    return [Survey(*row) for row in conn.execute(query.order_by(_t.due_at).limit(limit))]


def was_asked(conn: Connection, customer_id: str, since: int) -> bool:
    """Or is about to be: what is still on its way counts, what went nowhere does not."""
    asked = exists().where(_t.customer_id == customer_id, _t.sent_at > since, ~WAS_LOST)
    return conn.scalar(select(asked)) or False


def mark_survey(conn: Connection, id: str, was: str, **values: object) -> bool:
    """False where somebody was faster. was: the state it must be in."""
    return conn.execute(update(surveys).where(_t.id == id, _t.state == was).values(**values)).rowcount > 0


def get_survey(conn: Connection, id: str) -> Survey:
    row = conn.execute(_SURVEYS.where(_t.id == id)).first()
    if row is None:
        raise NotFound("there is no such survey")
    return Survey(*row)


def find_unanswered(conn: Connection, customer_id: str, channel_type: str, since: int) -> Survey | None:
    """The latest one on that type of channel that left since."""
    query = _SURVEYS.where(_t.customer_id == customer_id, _t.channel_type == channel_type, _t.state == SENT)
    left = exists().where(deliveries.c.message_id == _t.message_id, deliveries.c.sent_at >= since)
    row = conn.execute(query.where(_t.score.is_(None), left, ~WAS_LOST).order_by(_t.sent_at.desc())).first()
    return Survey(*row) if row else None


def is_last_word(conn: Connection, survey: Survey, channel: str) -> bool:
    """We said nothing else to the customer on this channel since, in whatever conversation."""
    query = select(messages.c.id).where(messages.c.customer_id == survey.customer_id, messages.c.channel == channel)
    said = query.where(messages.c.direction == Direction.OUT, messages.c.kind != MessageKind.EVENT)
    last = conn.scalar(said.order_by(messages.c.occurred_at.desc(), messages.c.id.desc()).limit(1))
    return last is not None and last == survey.message_id


def mark_answer(conn: Connection, id: str, score: int, via: str, at: int) -> bool:
    """The first answer counts, and there is no other."""
    statement = update(surveys).where(_t.id == id, _t.state == SENT, _t.score.is_(None))
    return conn.execute(statement.values(score=score, via=via, answered_at=at)).rowcount > 0


def mark_comment(conn: Connection, id: str, comment: str) -> bool:
    """Once, after an answer."""
    statement = update(surveys).where(_t.id == id, _t.score.is_not(None), _t.comment == "")
    return conn.execute(statement.values(comment=comment)).rowcount > 0


def list_surveys(conn: Connection, wanted: SurveyFilter, before: str | None, limit: int) -> list[Survey]:
    """Those that were sent and did not get lost, the newest first, before an id."""
    query = _SURVEYS.where(_t.state == SENT, _t.sent_at >= wanted.sent_from, _t.sent_at < wanted.sent_until)
    query = query.where(_t.score.is_not(None) | ~WAS_LOST)
    if wanted.answered:
        query = query.where(_t.score.is_not(None))
    if wanted.customer_id:
        query = query.where(_t.customer_id == wanted.customer_id)
    if not wanted.visibility.is_whole:
        seen = select(conversations.c.id).where(conversations.c.id == _t.conversation_id)
        query = query.where(seen.where(*wanted.visibility.of_conversations()).exists())
    if before:
        query = query.where(_t.id < before)
    return [Survey(*row) for row in conn.execute(query.order_by(_t.id.desc()).limit(limit))]


def list_comments(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """By id, of those that have one."""
    if not ids:
        return {}
    query = select(_t.id, _t.comment).where(_t.id.in_(sorted(set(ids))), _t.comment != "")
    return {row.id: row.comment for row in conn.execute(query)}
