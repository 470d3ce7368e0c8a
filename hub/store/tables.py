"""The schema, equal on both engines. Every per-customer table carries customer_id (sharding, erasure, access).

Ids are 32 hex digits made by us (`hub.ids`), instants milliseconds since 1970 UTC (`hub.clock`).
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON().with_variant(JSONB(), "postgresql")
# what no person of ours has to answer: lists, bulk and machines; and what a machine said in a case that was done
APART = "(state = 'open' AND sorted_as <> 'person') OR (state = 'closed' AND unread > 0)"
OF_TEAM = text("COALESCE(team_id, '')")
WAITING = "state = 'open' AND waiting_since IS NOT NULL"


def untold(column: str) -> str:
    """Who waits, and of that wait it was not told yet."""
    return f"{WAITING} AND waiting_since > COALESCE({column}, 0)"


Id = String(32)
Instant = BigInteger


def _id() -> Column[str]:
    return Column("id", Id, primary_key=True)


def _customer() -> Column[str]:
    return Column("customer_id", Id, ForeignKey("customers.id"), nullable=False)


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _at(name: str = "created_at") -> Column[int]:
    return Column(name, Instant, nullable=False)


def _maybe_at(name: str) -> Column[int | None]:
    return Column(name, Instant)


def _json(name: str, default: str = "{}") -> Column[object]:
    return Column(name, Json, nullable=False, server_default=default)


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _partial(name: str, *columns: str | TextClause, where: str, unique: bool = False) -> SchemaItem:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


# --- customers -------------------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    _id(),
    _text("name"),
    _text("language"),
    _text("timezone"),
    _text("preferred_channel"),
    _json("fields"),
    _at(),
    _at("updated_at"),
    Column("merged_into", Id),
    _maybe_at("erased_at"),
    Column("paused_until", Instant, nullable=False, server_default="0"),  # no advertising; what the ledger says last
    Index("ix_customers_name", "name", "id"),
    _partial("ix_customers_merged_into", "merged_into", where="merged_into IS NOT NULL"),
)

addresses = Table(
    "addresses",
    metadata,
    _id(),
    _customer(),
    Column("kind", Text, nullable=False),
    Column("handle", Text, nullable=False),
    _text("scope"),
    _flag("verified"),
    _text("state", "ok"),
    _text("reason"),
    _text("source"),
    _flag("person"),
    _flag("pictures"),
    _at(),
    Index("ix_addresses_customer_id", "customer_id"),
    Index("ix_addresses_kind_handle", "kind", "handle"),
    _partial("uq_addresses_verified", "kind", "handle", "scope", where="verified", unique=True),
    UniqueConstraint("customer_id", "kind", "handle"),
)

customer_merges = Table(
    "customer_merges",
    metadata,
    _id(),
    _customer(),
    Column("absorbed_id", Id, nullable=False),
    _json("moved"),
    Column("agent_id", Id),
    _at(),
    _maybe_at("undone_at"),
    Index("ix_customer_merges_customer_id", "customer_id"),
    Index("ix_customer_merges_absorbed_id", "absorbed_id"),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _customer(),
    Column("kind", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    _text("wording"),
    _text("source"),
    _text("ip"),
    _at("at"),
    _maybe_at("until"),
    Index("ix_consents_customer_id", "customer_id", "at"),
)

# the latest row of `consents` per key, kept by the same function: the audience and the claim ask it
consent_states = Table(
    "consent_states",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("state", Text, nullable=False),
    _at("at"),
    Index("ix_consent_states_purpose", "purpose", "kind", "state", "customer_id"),
)

labels = Table("labels", metadata, _id(), Column("name", Text, nullable=False, unique=True), _text("colour"), _at())

customer_labels = Table(
    "customer_labels",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Column("label_id", Id, ForeignKey("labels.id"), primary_key=True),
    Index("ix_customer_labels_label_id", "label_id", "customer_id"),
)

# --- what came in ----------------------------------------------------------------------------------------------

raw_inbound = Table(
    "raw_inbound",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    _json("envelope"),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="new"),
    _count("attempts"),
    _at("due_at"),
    Column("owner", Id),
    _text("problem"),
    Column("about", Id),  # whom it names, where no message refers to it
    _at("received_at"),
    UniqueConstraint("channel", "kind", "provider_id"),
    _partial("ix_raw_inbound_due", "due_at", "id", where="state = 'new'"),
    _partial("ix_raw_inbound_about", "about", where="about IS NOT NULL"),
    _partial("ix_raw_inbound_set_aside", "received_at", where="state = 'set_aside'"),
)

cursors = Table(
    "cursors", metadata, Column("channel", Text, primary_key=True), Column("value", Text, nullable=False), _at("at")
)

# a lease is the name of a living process: one heartbeat a second stands for everything it has claimed
processes = Table("processes", metadata, _id(), _text("host"), Column("pid", Integer, nullable=False), _at("beat_at"))

# --- web chat --------------------------------------------------------------------------------------------------

# a visitor's id is the handle of a webchat address; external_id is who the company's own site says it is
webchat_visitors = Table(
    "webchat_visitors",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("external_id", Text),
    _at(),
    _partial("uq_webchat_visitors_external_id", "channel", "external_id", where="external_id IS NOT NULL", unique=True),
)

# random 256-bit tokens, hashed at rest: a visitor's only key, one per device
webchat_tokens = Table(
    "webchat_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("visitor_id", Id, ForeignKey("webchat_visitors.id"), nullable=False),
    _at(),
    Index("ix_webchat_tokens_visitor_id", "visitor_id"),
)

# --- conversations ---------------------------------------------------------------------------------------------

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _customer(),
    Column("state", Text, nullable=False, server_default="open"),
    Column("assignee_id", Id),
    Column("team_id", Id),
    _text("priority", "normal"),
    _text("subject"),
    _at(),
    _at("last_message_at"),
    _text("last_preview"),
    _text("last_channel"),
    _text("last_channel_type"),
    _text("last_direction"),
    _text("last_kind", "text"),
    _maybe_at("last_inbound_at"),
    _maybe_at("waiting_since"),
    _count("unread"),
    _count("message_count"),
    _json("channels", "[]"),
    _maybe_at("snoozed_until"),
    _maybe_at("closed_at"),
    Column("merged_into", Id),
    _text("sorted_as", "person"),
    _maybe_at("late_told"),
    _maybe_at("overdue_told"),
    Index("ix_conversations_customer_id", "customer_id", "last_message_at"),
    Index("ix_conversations_created_at", "created_at", "id"),
    _partial("ix_conversations_open", "last_message_at", "id", where="state = 'open'"),
    _partial("ix_conversations_open_assignee", "assignee_id", "last_message_at", "id", where="state = 'open'"),
    _partial("ix_conversations_open_team", "team_id", "last_message_at", "id", where="state = 'open'"),
    _partial("ix_conversations_open_channel", "last_channel", "last_message_at", "id", where="state = 'open'"),
    _partial("ix_conversations_waiting", "waiting_since", "id", where=WAITING),
    _partial("ix_conversations_waiting_assignee", "assignee_id", "waiting_since", "id", where=WAITING),
    _partial("ix_conversations_waiting_team", "team_id", "waiting_since", "id", where=WAITING),
    _partial("ix_conversations_late_told", OF_TEAM, "waiting_since", "id", where=untold("late_told")),
    _partial("ix_conversations_overdue_told", OF_TEAM, "waiting_since", "id", where=untold("overdue_told")),
    _partial("ix_conversations_snoozed", "snoozed_until", "id", where="state = 'snoozed'"),
    _partial("ix_conversations_closed", "last_message_at", "id", where="state = 'closed'"),
    _partial("ix_conversations_apart", "last_message_at", "id", where=APART),
)

conversation_labels = Table(
    "conversation_labels",
    metadata,
    Column("conversation_id", Id, ForeignKey("conversations.id"), primary_key=True),
    Column("label_id", Id, ForeignKey("labels.id"), primary_key=True),
    _customer(),
    Index("ix_conversation_labels_label_id", "label_id", "conversation_id"),
    Index("ix_conversation_labels_customer_id", "customer_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _customer(),
    Column("conversation_id", Id),
    Column("channel", Text, nullable=False),
    Column("channel_type", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="text"),
    Column("provider_id", Text),
    _text("peer"),
    Column("client_id", Text),
    Column("raw_id", Id),
    Column("in_reply_to", Id),
    Column("author_id", Id),
    _text("author_name"),
    _text("from_handle"),
    _text("to_handle"),
    _text("subject"),
    _text("text"),
    _text("html"),
    _text("quoted_text"),
    _json("parts"),
    _flag("automatic"),
    _text("sorted_as"),
    _text("sorted_sign"),
    _text("sorted_because"),
    Column("campaign_id", Id),
    _at("occurred_at"),
    _at(),
    _maybe_at("edited_at"),
    _maybe_at("deleted_at"),
    Index("ix_messages_conversation_id", "conversation_id", "occurred_at", "id"),
    _partial("ix_messages_calls", "occurred_at", where="kind = 'call'"),
    Index("ix_messages_customer_id", "customer_id", "occurred_at", "id"),
    # one mail may legitimately arrive twice under one Message-ID (two of our addresses): raw_id guards those
    _partial(
        "uq_messages_provider_id",
        "channel",
        "direction",
        "peer",
        "provider_id",
        where="provider_id IS NOT NULL AND channel_type <> 'email'",
        unique=True,
    ),
    _partial("ix_messages_mail_id", "provider_id", where="channel_type = 'email' AND provider_id IS NOT NULL"),
    _partial("uq_messages_raw_id", "raw_id", "kind", where="raw_id IS NOT NULL", unique=True),
    _partial("uq_messages_client_id", "conversation_id", "client_id", where="client_id IS NOT NULL", unique=True),
    _partial("ix_messages_campaign_id", "campaign_id", "customer_id", where="campaign_id IS NOT NULL"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    _id(),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("message_id", Id),
    _text("filename"),
    _text("content_type"),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    _flag("inline"),
    _text("content_id"),
    _count("position"),
    _at(),
    Index("ix_attachments_message_id", "message_id", "position"),
    Index("ix_attachments_customer_id", "customer_id"),
    Index("ix_attachments_sha256", "sha256"),
)

calls = Table(
    "calls",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    _customer(),
    Column("channel", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    _text("state", "ringing"),
    _text("agent"),
    Column("duration", Integer),
    _at("started_at"),
    _maybe_at("answered_at"),
    _maybe_at("ended_at"),
    _text("queue"),  # the team's name, where the caller waits for one
    _maybe_at("waits_since"),
    _json("legs"),  # where the other legs are: hub.store.calls.Legs
    UniqueConstraint("channel", "call_id"),
    Index("ix_calls_customer_id", "customer_id"),
    Index("ix_calls_agent", "agent", "started_at"),
    _partial("ix_calls_waiting", "channel", "waits_since", where="waits_since IS NOT NULL AND ended_at IS NULL"),
    _partial("ix_calls_open", "channel", "started_at", where="ended_at IS NULL"),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("seq", BigInteger, unique=True),
    Column("type", Text, nullable=False),
    Column("customer_id", Id),
    Column("conversation_id", Id),
    Column("message_id", Id),
    Column("agent_id", Id),
    _json("data"),
    _at("at"),
    Index("ix_events_customer_id", "customer_id", "id"),
    _partial("ix_events_unnumbered", "id", where="seq IS NULL"),
)

# --- what is found again (hub/store/search_index.py) -----------------------------------------------------------


def _searched(name: str) -> Table:
    """One row per text. n counts them in the order they came; words is PostgreSQL's part of the index (SQLite: FTS5).

    pending: words must be indexed anew; old is then what the index still holds, null when it holds nothing.
    """
    return Table(
        name,
        metadata,
        Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("id", Id, nullable=False, unique=True),
        Column("words", ARRAY(Integer).with_variant(Text, "sqlite")),
        _flag("pending", default=True),
        Column("old", Text),
        _partial(f"ix_{name}_pending", "n", where="pending"),
    )


message_words = _searched("message_words")
customer_words = _searched("customer_words")

# every plain word of every text; its pieces of four letters are indexed (hub/store/vocabulary.py)
word_parts = Table(
    "word_parts",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, unique=True),
)

# --- what goes out ---------------------------------------------------------------------------------------------

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("message_id", Id, ForeignKey("messages.id"), nullable=False),
    _customer(),
    Column("conversation_id", Id),
    Column("channel", Text, nullable=False),
    Column("channel_type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("handle", Text, nullable=False),
    Column("lane", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    _text("reason"),
    _text("detail"),
    Column("provider_id", Text),
    _at("due_at"),
    Column("owner", Id),
    Column("attempt_id", Id),
    _count("attempts"),
    _at("give_up_at"),
    _flag("cancel_on_inbound"),
    _text("purpose"),
    Column("campaign_id", Id),
    _json("payload"),
    _at(),
    _maybe_at("sent_at"),
    _at("changed_at"),
    _maybe_at("copy_at"),
    _partial("ix_deliveries_copy", "copy_at", "id", where="copy_at IS NOT NULL"),
    _partial("ix_deliveries_due", "channel", "lane", "due_at", "id", where="state IN ('held', 'queued')"),
    _partial("ix_deliveries_sending", "owner", where="state = 'sending'"),
    _partial("ix_deliveries_to_print", "id", where="state = 'to_print'"),
    _partial("ix_deliveries_unknown", "channel", "changed_at", where="state = 'unknown'"),
    _partial(
        "ix_deliveries_cancellable",
        "customer_id",
        where="cancel_on_inbound AND state IN ('held', 'queued')",
    ),
    _partial(
        "ix_deliveries_revocable",
        "campaign_id",
        "state",
        where="campaign_id IS NOT NULL AND cancel_on_inbound AND state IN ('held', 'queued', 'to_print')",
    ),
    Index("ix_deliveries_message_id", "message_id"),
    Index("ix_deliveries_customer_id", "customer_id"),
    _partial("ix_deliveries_provider_id", "channel", "provider_id", where="provider_id IS NOT NULL"),
    _partial("ix_deliveries_campaign_id", "campaign_id", "state", where="campaign_id IS NOT NULL"),
    _partial("ix_deliveries_unasked", "created_at", where="lane = 1 AND purpose = '' AND conversation_id IS NOT NULL"),
    _partial(
        "ix_deliveries_campaign_sent",
        "campaign_id",
        "sent_at",
        where="campaign_id IS NOT NULL AND sent_at IS NOT NULL",
    ),
)

attempts = Table(
    "attempts",
    metadata,
    _id(),
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=False),
    _customer(),
    _at("started_at"),
    Column("phase", Text, nullable=False),
    _text("result"),
    Column("provider_id", Text),
    _maybe_at("finished_at"),
    Index("ix_attempts_delivery_id", "delivery_id", "started_at"),
    Index("ix_attempts_customer_id", "customer_id"),
)

# --- people who work here --------------------------------------------------------------------------------------

agents = Table(
    "agents",
    metadata,
    _id(),
    Column("email", Text, nullable=False, unique=True),
    _text("name"),
    Column("role", Text, nullable=False),
    _text("password_hash"),
    _text("phone"),
    _text("language"),
    _text("theme"),
    _text("timezone"),
    _text("sees", "all"),
    _text("signature"),
    _text("keys"),
    _flag("active", default=True),
    _json("past_passwords", "[]"),
    _text("totp"),  # locked (hub.vault)
    Column("totp_step", BigInteger, nullable=False, server_default="-1"),
    Column("calendar_id", Id),  # part of the link to the agent's calendar: a new one shuts the old link
    _maybe_at("away_at"),  # since when somebody says to be away; none: there to answer
    _maybe_at("seen_at"),  # the last sign of life of an open page
    _maybe_at("ready_at"),  # when the agent is free for the next call, if that was said after the last one
    _maybe_at("given_at"),  # the last time a conversation was given by itself
    _at(),
)

# second factors: codes for the day the phone is gone, hashed; and passkeys, of which the store holds the public half
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    _id(),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    _text("name"),
    Column("credential_id", Text, nullable=False, unique=True),
    _text("public_key"),
    Column("sign_count", BigInteger, nullable=False, server_default="0"),
    _at(),
    _maybe_at("last_used_at"),
    Index("ix_passkeys_agent_id", "agent_id"),
)

teams = Table(
    "teams",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _flag("private"),
    _text("signature"),
    _text("routing", "manual"),
    Column("capacity", Integer, nullable=False, server_default="10"),
    Column("return_after", Integer, nullable=False, server_default="10"),  # minutes
    _at(),
)

# whose a channel is: what begins there is the team's
team_channels = Table(
    "team_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("team_id", Id, ForeignKey("teams.id"), nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", Id, ForeignKey("teams.id"), primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
)

# random 256-bit tokens, hashed at rest: browser sessions and one-time password links
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("purpose", Text, nullable=False, server_default="session"),
    _text("user_agent"),
    _text("network"),
    _at(),
    _at("last_used_at"),
    _at("expires_at"),
    Index("ix_sessions_agent_id", "agent_id"),
)

# id: a digest of where the browser is written to; subscription: locked
devices = Table(
    "devices",
    metadata,
    _id(),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("session", String(64), nullable=False, server_default=""),
    _text("subscription"),
    _text("name"),
    _flag("words"),
    _at(),
    _maybe_at("told_at"),
    _text("problem"),
    Index("ix_devices_agent_id", "agent_id"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("device_id", Id, ForeignKey("devices.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
    _text("kind"),
    Column("conversation_id", Id),
    _at("at"),
    _at("due_at"),
    _count("failures"),
    Index("ix_pushes_due_at", "due_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    _json("scopes", "[]"),
    _json("teams", "[]"),
    _at(),
    _maybe_at("last_used_at"),
    _maybe_at("revoked_at"),
    _maybe_at("expires_at"),
)

# who did what is worth asking about later; no content, and names as they were then
audit_notes = Table(
    "audit_notes",
    metadata,
    _id(),
    _at("at"),
    _text("deed"),
    _text("who"),
    _text("about"),
    _text("network"),
    Index("ix_audit_notes_at", "at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("token_id", Id, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("fingerprint"),
    Column("status", Integer),
    Column("body", LargeBinary),
    _at(),
)

# how an agent wants to see the inbox again: a view as the pages name it (hub.web.views)
saved_views = Table(
    "saved_views",
    metadata,
    _id(),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("view", Text, nullable=False),
    _at(),
    Index("ix_saved_views_agent_id", "agent_id", "id"),
)

# how things stood before an act on many conversations
undoables = Table(
    "undoables",
    metadata,
    _id(),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    _json("before", "[]"),
    _at(),
    Index("ix_undoables_agent_id", "agent_id", "created_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("conversation_id", Id, primary_key=True),
    Column("agent_id", Id, primary_key=True),
    _customer(),
    _text("text"),
    _text("channel"),
    _text("subject"),
    _text("cc"),
    _text("bcc"),
    _at("changed_at"),
    Index("ix_drafts_customer_id", "customer_id"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    _at(),
    _maybe_at("settled_at"),
    _partial("ix_mentions_open", "agent_id", "message_id", where="settled_at IS NULL"),
)

channel_rows = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
    _json("settings"),
    _flag("enabled", default=True),
    _at(),
)

# how each channel is, in and out (hub.watch), and what passed or was lost in each hour
channel_health = Table(
    "channel_health",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("way", Text, primary_key=True),
    _maybe_at("passed_at"),
    _maybe_at("failing_since"),
    _maybe_at("failed_at"),
    _text("problem"),
    Column("rests_until", BigInteger, nullable=False, server_default="0"),
    _maybe_at("told_at"),
)

channel_hours = Table(
    "channel_hours",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("way", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    _count("tried"),
    _count("lost"),
)

settings_rows = Table("settings", metadata, Column("key", Text, primary_key=True), _json("value"))

snippets = Table(
    "snippets",
    metadata,
    _id(),
    _text("shortcut"),
    _text("title"),
    _text("language"),
    _text("text"),
    Column("team_id", Id),
    _at(),
    _at("changed_at"),
)

# sentence: when, if and then (hub.rules.sentences); problem: why it failed last, at failed_at
rules = Table(
    "rules",
    metadata,
    _id(),
    _text("name"),
    _count("position"),
    _flag("active", default=True),
    _json("sentence"),
    _text("problem"),
    _maybe_at("failed_at"),
    _at(),
    _at("changed_at"),
)

# acts: as hub.rules.macros reads them; agent_id: whose own it is, none is everybody's
macros = Table(
    "macros",
    metadata,
    _id(),
    _text("name"),
    Column("agent_id", Id, ForeignKey("agents.id")),
    _json("acts"),
    _at(),
    _at("changed_at"),
    Column("team_id", Id),
    Index("ix_macros_agent_id", "agent_id"),
)

# --- work around the customer ----------------------------------------------------------------------------------

# due_at: when it is overdue; due_on: its day where no hour was named, as the calendar of that time zone writes it
tasks = Table(
    "tasks",
    metadata,
    _id(),
    _customer(),
    Column("conversation_id", Id),
    Column("message_id", Id),
    _text("kind"),
    _text("title"),
    _text("note"),
    _at("due_at"),
    _text("due_on"),
    _text("timezone"),
    Column("owner_id", Id),
    _maybe_at("remind_at"),
    _maybe_at("reminded_at"),
    _maybe_at("done_at"),
    Column("created_by", Id),
    _at(),
    _at("changed_at"),
    Index("ix_tasks_customer_id", "customer_id", "due_at"),
    _partial("ix_tasks_open", "due_at", "id", where="done_at IS NULL"),
    _partial("ix_tasks_callbacks", "due_at", "id", where="done_at IS NULL AND kind = 'callback'"),
    _partial("ix_tasks_open_owner", "owner_id", "due_at", "id", where="done_at IS NULL"),
    _partial("ix_tasks_done", "done_at", "id", where="done_at IS NOT NULL"),
    _partial("ix_tasks_remind", "remind_at", where="done_at IS NULL AND reminded_at IS NULL AND remind_at IS NOT NULL"),
)

# how far each series of numbers has come: Q2026, O2026
number_series = Table(
    "number_series", metadata, Column("name", Text, primary_key=True), Column("last", Integer, nullable=False)
)


def _sale() -> list[Column[Any]]:
    """What a quotation and an order have in common; total: with tax, in the smallest coins of the currency."""
    return [
        _id(),
        _customer(),
        Column("number", Text, nullable=False, unique=True),
        Column("state", Text, nullable=False),
        _text("title"),
        _text("currency"),
        _json("lines", "[]"),
        Column("total", BigInteger, nullable=False, server_default="0"),
        Column("owner_id", Id),
        _at(),
        _at("changed_at"),
    ]


quotes = Table(
    "quotes",
    metadata,
    *_sale(),
    Column("conversation_id", Id),
    Column("message_id", Id),
    _text("intro"),
    _text("terms"),
    _text("valid_until"),
    Column("pdf", LargeBinary),
    _maybe_at("sent_at"),
    _maybe_at("decided_at"),
    _text("decided_name"),
    _text("decided_note"),
    _text("decided_ip"),
    Index("ix_quotes_customer_id", "customer_id", "id"),
    Index("ix_quotes_state", "state", "id"),
)

orders = Table(
    "orders",
    metadata,
    *_sale(),
    Column("quote_id", Id),
    _text("note"),
    Index("ix_orders_customer_id", "customer_id", "id"),
    Index("ix_orders_state", "state", "id"),
    Index("ix_orders_worth", "customer_id", "currency", "state", "created_at", "total"),
    _partial("uq_orders_quote_id", "quote_id", where="quote_id IS NOT NULL", unique=True),
)

# a complaint: answer_by and solve_by are its goals; alert_at: the next of them that would be missed
complaints = Table(
    "complaints",
    metadata,
    _id(),
    _customer(),
    Column("conversation_id", Id, nullable=False),
    Column("message_id", Id),
    Column("team_id", Id),
    _text("category"),
    _text("wish"),
    _text("state"),
    _text("reason"),
    Column("owner_id", Id),
    Column("opened_by", Id),
    _at("opened_at"),
    _at("answer_by"),
    _at("solve_by"),
    _maybe_at("alert_at"),
    _maybe_at("answer_missed_at"),
    _maybe_at("solve_missed_at"),
    _maybe_at("answered_at"),
    _maybe_at("closed_at"),
    _at("changed_at"),
    Index("ix_complaints_customer_id", "customer_id", "id"),
    Index("ix_complaints_conversation_id", "conversation_id"),
    _partial("ix_complaints_held", "customer_id", where="closed_at IS NULL"),
    _partial("ix_complaints_open", "opened_at", "id", where="closed_at IS NULL"),
    _partial("ix_complaints_closed", "closed_at", "id", where="closed_at IS NOT NULL"),
    _partial("ix_complaints_alert", "alert_at", where="alert_at IS NOT NULL"),
)

# one customer asked once how it was; kind: csat (1 to 5) or nps (0 to 10); via: a link or a reply
surveys = Table(
    "surveys",
    metadata,
    _id(),
    _customer(),
    Column("conversation_id", Id, nullable=False),
    Column("message_id", Id),
    Column("team_id", Id),
    Column("complaint_id", Id),
    _text("kind"),
    _text("state"),
    _text("channel_type"),
    _text("comment"),
    _text("via"),
    Column("score", Integer),
    _at("due_at"),
    _maybe_at("sent_at"),
    _maybe_at("answered_at"),
    _at(),
    Index("ix_surveys_customer_id", "customer_id", "id"),
    Index("ix_surveys_conversation_id", "conversation_id"),
    _partial("ix_surveys_due", "due_at", where="state = 'planned'"),
    _partial("ix_surveys_sent", "sent_at", "id", where="sent_at IS NOT NULL"),
)

# an import of customers: state and what it is about; found: what the file holds; done: rows that are dealt with
imports = Table(
    "imports",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("agent_id", Id),
    Column("state", Text, nullable=False),
    _json("rules"),
    _json("found"),
    _json("counts"),
    Column("done", Integer, nullable=False, server_default="0"),
    _text("problem"),
    Column("held_by", Id),
    _at(),
    _maybe_at("started_at"),
    _maybe_at("ended_at"),
    _partial("ix_imports_due", "id", where="state IN ('reading', 'checking', 'running', 'undoing')"),
)

# the file, while it is needed
import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", Id, ForeignKey("imports.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# number: of the row, as a spreadsheet shows it
import_problems = Table(
    "import_problems",
    metadata,
    Column("import_id", Id, ForeignKey("imports.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("problem", Text, nullable=False),
    _json("cells"),
)

# what was changed about whom, with what it was before: what undoing goes by
import_changes = Table(
    "import_changes",
    metadata,
    _id(),
    Column("import_id", Id, ForeignKey("imports.id"), nullable=False),
    _customer(),
    _json("change"),
    Index("ix_import_changes_import_id", "import_id", "id"),
    Index("ix_import_changes_customer_id", "customer_id"),
)

# --- marketing -------------------------------------------------------------------------------------------------

templates = Table(
    "templates",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("current_version", Id),
    _at(),
    _maybe_at("deleted_at"),
)

template_versions = Table(
    "template_versions",
    metadata,
    _id(),
    Column("template_id", Id),
    _json("files"),
    Column("author_id", Id),
    _at(),
    Index("ix_template_versions_template_id", "template_id", "created_at"),
)

# members: how many there were when it was saved last
segments = Table(
    "segments",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    _json("condition"),
    Column("members", Integer),
    _maybe_at("counted_at"),
    _maybe_at("frozen_at"),
    _at(),
)

# who stood in a segment when it was frozen
segment_members = Table(
    "segment_members",
    metadata,
    Column("segment_id", Id, ForeignKey("segments.id"), primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Index("ix_segment_members_customer_id", "customer_id"),
)

campaigns = Table(
    "campaigns",
    metadata,
    _id(),
    _text("name"),
    Column("state", Text, nullable=False, server_default="draft"),
    _text("purpose"),
    _text("channel"),
    _text("sender"),
    Column("template_id", Id),
    Column("template_version_id", Id),
    _json("template"),
    _json("audience"),
    _json("excluded"),
    _maybe_at("scheduled_at"),
    _maybe_at("started_at"),
    _maybe_at("finished_at"),
    Column("expanded_after", Id),
    _flag("expanded"),
    _flag("track_links", default=True),
    _flag("track_opens"),
    _flag("utm"),
    _json("test"),
    _text("test_stage"),
    _maybe_at("tested_at"),
    _text("winner"),
    _count("hourly"),
    _maybe_at("next_at"),
    _json("fallback"),
    _maybe_at("silent_at"),
    _text("local_at"),
    _flag("public"),
    Column("share_id", Id),
    _maybe_at("shared_until"),
    _at(),
    _at("changed_at"),
    _partial("ix_campaigns_public", "id", where="public"),
    _partial("ix_campaigns_due", "scheduled_at", where="state = 'scheduled'"),
)

campaign_recipients = Table(
    "campaign_recipients",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id"), primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Column("delivery_id", Id),
    Column("message_id", Id),
    _text("kind"),
    _text("handle"),
    _text("excluded"),
    _maybe_at("clicked_at"),
    _maybe_at("replied_at"),
    _maybe_at("unsubscribed_at"),
    _maybe_at("opened_at"),
    _maybe_at("fetched_at"),
    _maybe_at("scanned_at"),
    _text("variant"),
    _flag("tested"),
    _count("link"),
    Index("ix_campaign_recipients_customer_id", "customer_id"),
    _partial("ix_campaign_recipients_delivery_id", "delivery_id", where="delivery_id IS NOT NULL"),
    _partial("ix_campaign_recipients_excluded", "campaign_id", "excluded", where="excluded <> ''"),
    _partial("ix_campaign_recipients_clicked", "campaign_id", where="clicked_at IS NOT NULL"),
    _partial("ix_campaign_recipients_replied", "campaign_id", where="replied_at IS NOT NULL"),
    _partial("ix_campaign_recipients_unsubscribed", "campaign_id", where="unsubscribed_at IS NOT NULL"),
    _partial("ix_campaign_recipients_opened", "campaign_id", where="opened_at IS NOT NULL"),
    _partial("ix_campaign_recipients_fetched", "campaign_id", where="fetched_at IS NOT NULL"),
    _partial("ix_campaign_recipients_scanned", "campaign_id", where="scanned_at IS NOT NULL"),
    _partial("ix_campaign_recipients_tested", "campaign_id", "variant", where="tested"),
)

links = Table(
    "links",
    metadata,
    _id(),
    Column("campaign_id", Id),
    Column("url", Text, nullable=False),
    _count("clicks"),
    _at(),
    Index("ix_links_campaign_id", "campaign_id", "id"),
)

# known: the digest is still one, by which a repetition is known
unnamed_clicks = Table(
    "unnamed_clicks",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("about", Id, nullable=False),
    _text("counts"),
    _text("variant"),
    _count("version"),
    _count("step"),
    _flag("known", default=True),
    _at("at"),
    Index("ix_unnamed_clicks_about", "about", "counts"),
    _partial("ix_unnamed_clicks_known", "at", where="known"),
)

sequences = Table(
    "sequences",
    metadata,
    _id(),
    _text("name"),
    Column("state", Text, nullable=False, server_default="draft"),
    _json("trigger"),
    _json("steps", "[]"),
    _json("exits", "[]"),
    _text("goal"),
    _json("choices"),
    _maybe_at("started_at"),
    Column("version", Integer, nullable=False, server_default="1"),
    _at(),
    _at("changed_at"),
)

print_runs = Table(
    "print_runs",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("agent_id", Id),
    _at(),
    _maybe_at("posted_at"),
)

printed_letters = Table(
    "printed_letters",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("print_runs.id"), nullable=False),
    Index("ix_printed_letters_run_id", "run_id"),
)

costs = Table(
    "costs",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("campaign_id", Id),
    Column("channel", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("nanos", BigInteger, nullable=False),
    _at("at"),
    Index("ix_costs_at", "at"),
    _partial("ix_costs_campaign_id", "campaign_id", where="campaign_id IS NOT NULL"),
)

sequence_versions = Table(
    "sequence_versions",
    metadata,
    Column("sequence_id", Id, ForeignKey("sequences.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _json("trigger"),
    _json("steps", "[]"),
)

sequence_runs = Table(
    "sequence_runs",
    metadata,
    _id(),
    Column("sequence_id", Id, ForeignKey("sequences.id"), nullable=False),
    _customer(),
    Column("conversation_id", Id),
    Column("trigger_id", Id, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    _count("step"),
    Column("version", Integer, nullable=False, server_default="1"),
    _at("due_at"),
    _text("reason"),
    _text("detail"),
    _at(),
    _at("changed_at"),
    UniqueConstraint("sequence_id", "customer_id", "trigger_id"),
    _partial("ix_sequence_runs_due", "due_at", "id", where="state = 'waiting'"),
    Index("ix_sequence_runs_customer_id", "customer_id"),
)

# links: where the n-th tracked link of the message leads; link: of a chain of channels so many are used up
step_messages = Table(
    "step_messages",
    metadata,
    _id(),
    _customer(),
    Column("sequence_id", Id, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("run_id", Id, ForeignKey("sequence_runs.id"), nullable=False),
    _count("step"),
    Column("delivery_id", Id, nullable=False, unique=True),
    Column("message_id", Id, nullable=False),
    _json("links", "[]"),
    _text("variant"),
    _maybe_at("clicked_at"),
    _count("link"),
    _json("earlier", "[]"),
    Column("patience", BigInteger, nullable=False, server_default="0"),
    _maybe_at("look_at"),
    _partial("ix_step_messages_open", "id", where="link > 0"),
    _partial("ix_step_messages_due", "look_at", where="look_at IS NOT NULL"),
    Index("ix_step_messages_customer_id", "customer_id"),
    Index("ix_step_messages_run_id", "run_id"),
    Index("ix_step_messages_sequence_id", "sequence_id", "version", "step"),
)

# state: waiting, told, failed; retry_at: when it is tried again, and till when whoever tells holds it
step_hooks = Table(
    "step_hooks",
    metadata,
    _id(),
    _customer(),
    Column("sequence_id", Id, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("run_id", Id, ForeignKey("sequence_runs.id"), nullable=False),
    _count("step"),
    _text("url"),
    _text("state"),
    _count("failures"),
    _text("problem"),
    _maybe_at("retry_at"),
    _at(),
    Index("ix_step_hooks_customer_id", "customer_id"),
    Index("ix_step_hooks_run_id", "run_id"),
    Index("ix_step_hooks_sequence_id", "sequence_id", "version", "step"),
    _partial("ix_step_hooks_due", "retry_at", where="state = 'waiting'"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    Column("url", Text, nullable=False),
    _text("secret"),
    _json("types", "[]"),
    Column("cursor", BigInteger, nullable=False, server_default="0"),
    _count("failures"),
    _maybe_at("retry_at"),
    _text("problem"),
    _flag("enabled", default=True),
    _at(),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("agent_id", Id),
    _text("actor"),
    Column("action", Text, nullable=False),
    Column("customer_id", Id),
    _json("details"),
    _text("ip"),
    _at("at"),
    Index("ix_audit_at", "at"),
    _partial("ix_audit_customer_id", "customer_id", where="customer_id IS NOT NULL"),
)
