"""Creates the first schema, as it was: later revisions change it, never this file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

ID = sa.String(length=32)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for create in CREATE:
        create()


def downgrade() -> None:
    for create in reversed(CREATE):
        op.drop_table(create.__name__.removeprefix("_"))


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("theme", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("email", name="uq_agents_email"),
    )


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", JSON, server_default="[]", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("details", JSON, server_default="{}", nullable=False),
        sa.Column("ip", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    _index_audit()


def _index_audit() -> None:
    _index("ix_audit_at", "audit", "at")


def _blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column("template_id", ID, nullable=True),
        sa.Column("template_version_id", ID, nullable=True),
        sa.Column("template", JSON, server_default="{}", nullable=False),
        sa.Column("audience", JSON, server_default="{}", nullable=False),
        sa.Column("excluded", JSON, server_default="{}", nullable=False),
        sa.Column("scheduled_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("expanded_after", ID, nullable=True),
        sa.Column("expanded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("track_links", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    _index_campaigns()


def _index_campaigns() -> None:
    _index("ix_campaigns_due", "campaigns", "scheduled_at", where="state = 'scheduled'")


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("settings", JSON, server_default="{}", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_cursors"),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("preferred_channel", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", JSON, server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
    )
    _index_customers()


def _index_customers() -> None:
    _index("ix_customers_name", "customers", "name", "id")


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("data", JSON, server_default="{}", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("seq", name="uq_events_seq"),
    )
    _index_events()


def _index_events() -> None:
    _index("ix_events_customer_id", "events", "customer_id", "id")
    _index("ix_events_unnumbered", "events", "id", where="seq IS NULL")


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("token_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", "key", name="pk_idempotency_keys"),
    )


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.UniqueConstraint("name", name="uq_labels_name"),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("clicks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
    )
    _index_links()


def _index_links() -> None:
    _index("ix_links_campaign_id", "links", "campaign_id", "id")


def _processes() -> None:
    op.create_table(
        "processes",
        sa.Column("id", ID, nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )


def _raw_inbound() -> None:
    op.create_table(
        "raw_inbound",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("envelope", JSON, server_default="{}", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", ID, nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_raw_inbound"),
        sa.UniqueConstraint("channel", "kind", "provider_id", name="uq_raw_inbound_channel_kind_provider_id"),
    )
    _index_raw_inbound()


def _index_raw_inbound() -> None:
    _index("ix_raw_inbound_due", "raw_inbound", "due_at", "id", where="state = 'new'")
    _index("ix_raw_inbound_set_aside", "raw_inbound", "received_at", where="state = 'set_aside'")


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", JSON, server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )


def _sequences() -> None:
    op.create_table(
        "sequences",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("trigger", JSON, server_default="{}", nullable=False),
        sa.Column("steps", JSON, server_default="[]", nullable=False),
        sa.Column("exits", JSON, server_default="[]", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sequences"),
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSON, server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )


def _snippets() -> None:
    op.create_table(
        "snippets",
        sa.Column("id", ID, nullable=False),
        sa.Column("shortcut", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snippets"),
    )


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )


def _template_versions() -> None:
    op.create_table(
        "template_versions",
        sa.Column("id", ID, nullable=False),
        sa.Column("template_id", ID, nullable=True),
        sa.Column("files", JSON, server_default="{}", nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template_versions"),
    )
    _index_template_versions()


def _index_template_versions() -> None:
    _index("ix_template_versions_template_id", "template_versions", "template_id", "created_at")


def _templates() -> None:
    op.create_table(
        "templates",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("current_version", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
    )


def _webchat_visitors() -> None:
    op.create_table(
        "webchat_visitors",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webchat_visitors"),
    )
    _index_webchat_visitors()


def _index_webchat_visitors() -> None:
    _index(
        "uq_webchat_visitors_external_id",
        "webchat_visitors",
        "channel",
        "external_id",
        where="external_id IS NOT NULL",
        unique=True,
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), server_default="", nullable=False),
        sa.Column("types", JSON, server_default="[]", nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )


def _addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), server_default="ok", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_addresses_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint("customer_id", "kind", "handle", name="uq_addresses_customer_id_kind_handle"),
    )
    _index_addresses()


def _index_addresses() -> None:
    _index("ix_addresses_customer_id", "addresses", "customer_id")
    _index("ix_addresses_kind_handle", "addresses", "kind", "handle")
    _index("uq_addresses_verified", "addresses", "kind", "handle", where="verified", unique=True)


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("filename", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("inline", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content_id", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_attachments_customer_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_attachments_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    _index_attachments()


def _index_attachments() -> None:
    _index("ix_attachments_message_id", "attachments", "message_id", "position")


def _campaign_recipients() -> None:
    op.create_table(
        "campaign_recipients",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("handle", sa.Text(), server_default="", nullable=False),
        sa.Column("excluded", sa.Text(), server_default="", nullable=False),
        sa.Column("clicked_at", sa.BigInteger(), nullable=True),
        sa.Column("replied_at", sa.BigInteger(), nullable=True),
        sa.Column("unsubscribed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_recipients_campaign_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_campaign_recipients_customer_id"),
        sa.PrimaryKeyConstraint("campaign_id", "customer_id", name="pk_campaign_recipients"),
    )
    _index_campaign_recipients()


def _index_campaign_recipients() -> None:
    _index("ix_campaign_recipients_clicked", "campaign_recipients", "campaign_id", where="clicked_at IS NOT NULL")
    _index("ix_campaign_recipients_customer_id", "campaign_recipients", "customer_id")
    _index("ix_campaign_recipients_delivery_id", "campaign_recipients", "delivery_id", where="delivery_id IS NOT NULL")
    _index("ix_campaign_recipients_excluded", "campaign_recipients", "campaign_id", "excluded", where="excluded <> ''")
    _index("ix_campaign_recipients_replied", "campaign_recipients", "campaign_id", where="replied_at IS NOT NULL")
    _index(
        "ix_campaign_recipients_unsubscribed", "campaign_recipients", "campaign_id", where="unsubscribed_at IS NOT NULL"
    )


def _consent_states() -> None:
    op.create_table(
        "consent_states",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_consent_states_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "kind", "purpose", name="pk_consent_states"),
    )
    _index_consent_states()


def _index_consent_states() -> None:
    _index("ix_consent_states_purpose", "consent_states", "purpose", "kind", "state", "customer_id")


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("ip", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_consents_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    _index_consents()


def _index_consents() -> None:
    _index("ix_consents_customer_id", "consents", "customer_id", "at")


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_message_at", sa.BigInteger(), nullable=False),
        sa.Column("last_preview", sa.Text(), server_default="", nullable=False),
        sa.Column("last_channel", sa.Text(), server_default="", nullable=False),
        sa.Column("last_channel_type", sa.Text(), server_default="", nullable=False),
        sa.Column("last_direction", sa.Text(), server_default="", nullable=False),
        sa.Column("last_kind", sa.Text(), server_default="text", nullable=False),
        sa.Column("last_inbound_at", sa.BigInteger(), nullable=True),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channels", JSON, server_default="[]", nullable=False),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", ID, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_conversations_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    _index_conversations()


def _index_conversations() -> None:
    _index("ix_conversations_closed", "conversations", "last_message_at", "id", where="state = 'closed'")
    _index("ix_conversations_customer_id", "conversations", "customer_id", "last_message_at")
    _index("ix_conversations_open", "conversations", "last_message_at", "id", where="state = 'open'")
    _index(
        "ix_conversations_open_assignee",
        "conversations",
        "assignee_id",
        "last_message_at",
        "id",
        where="state = 'open'",
    )
    _index(
        "ix_conversations_open_channel",
        "conversations",
        "last_channel",
        "last_message_at",
        "id",
        where="state = 'open'",
    )
    _index("ix_conversations_open_team", "conversations", "team_id", "last_message_at", "id", where="state = 'open'")
    _index(
        "ix_conversations_open_type",
        "conversations",
        "last_channel_type",
        "last_message_at",
        "id",
        where="state = 'open'",
    )
    _index("ix_conversations_snoozed", "conversations", "snoozed_until", "id", where="state = 'snoozed'")
    _index(
        "ix_conversations_waiting",
        "conversations",
        "waiting_since",
        "id",
        where="state = 'open' AND waiting_since IS NOT NULL",
    )


def _customer_labels() -> None:
    op.create_table(
        "customer_labels",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("label_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_labels_customer_id"),
        sa.ForeignKeyConstraint(["label_id"], ["labels.id"], name="fk_customer_labels_label_id"),
        sa.PrimaryKeyConstraint("customer_id", "label_id", name="pk_customer_labels"),
    )
    _index_customer_labels()


def _index_customer_labels() -> None:
    _index("ix_customer_labels_label_id", "customer_labels", "label_id", "customer_id")


def _customer_merges() -> None:
    op.create_table(
        "customer_merges",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("absorbed_id", ID, nullable=False),
        sa.Column("moved", JSON, server_default="{}", nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_merges_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_merges"),
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_drafts_customer_id"),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name="pk_drafts"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_type", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="text", nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("peer", sa.Text(), server_default="", nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("raw_id", ID, nullable=True),
        sa.Column("in_reply_to", ID, nullable=True),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("from_handle", sa.Text(), server_default="", nullable=False),
        sa.Column("to_handle", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("quoted_text", sa.Text(), server_default="", nullable=False),
        sa.Column("parts", JSON, server_default="{}", nullable=False),
        sa.Column("automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_messages_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    _index_messages()


def _index_messages() -> None:
    _index("ix_messages_campaign_id", "messages", "campaign_id", "customer_id", where="campaign_id IS NOT NULL")
    _index("ix_messages_conversation_id", "messages", "conversation_id", "occurred_at", "id")
    _index("ix_messages_customer_id", "messages", "customer_id", "occurred_at", "id")
    _index("ix_messages_mail_id", "messages", "provider_id", where="channel_type = 'email' AND provider_id IS NOT NULL")
    _index(
        "uq_messages_client_id", "messages", "conversation_id", "client_id", where="client_id IS NOT NULL", unique=True
    )
    _index(
        "uq_messages_provider_id",
        "messages",
        "channel",
        "direction",
        "peer",
        "provider_id",
        where="provider_id IS NOT NULL AND channel_type <> 'email'",
        unique=True,
    )
    _index("uq_messages_raw_id", "messages", "raw_id", "kind", where="raw_id IS NOT NULL", unique=True)


def _sequence_runs() -> None:
    op.create_table(
        "sequence_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("sequence_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("trigger_id", ID, nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_sequence_runs_customer_id"),
        sa.ForeignKeyConstraint(["sequence_id"], ["sequences.id"], name="fk_sequence_runs_sequence_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sequence_runs"),
        sa.UniqueConstraint(
            "sequence_id", "customer_id", "trigger_id", name="uq_sequence_runs_sequence_id_customer_id_trigger_id"
        ),
    )
    _index_sequence_runs()


def _index_sequence_runs() -> None:
    _index("ix_sequence_runs_customer", "sequence_runs", "customer_id", where="state = 'waiting'")
    _index("ix_sequence_runs_due", "sequence_runs", "due_at", "id", where="state = 'waiting'")


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), server_default="session", nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_sessions_agent_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    _index_sessions()


def _index_sessions() -> None:
    _index("ix_sessions_agent_id", "sessions", "agent_id")


def _team_members() -> None:
    op.create_table(
        "team_members",
        sa.Column("team_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_team_members_agent_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_members_team_id"),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name="pk_team_members"),
    )


def _webchat_tokens() -> None:
    op.create_table(
        "webchat_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("visitor_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["visitor_id"], ["webchat_visitors.id"], name="fk_webchat_tokens_visitor_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_webchat_tokens"),
    )
    _index_webchat_tokens()


def _index_webchat_tokens() -> None:
    _index("ix_webchat_tokens_visitor_id", "webchat_tokens", "visitor_id")


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ringing", nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_calls_customer_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_calls_message_id"),
        sa.PrimaryKeyConstraint("message_id", name="pk_calls"),
        sa.UniqueConstraint("channel", "call_id", name="uq_calls_channel_call_id"),
    )


def _conversation_labels() -> None:
    op.create_table(
        "conversation_labels",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("label_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_conversation_labels_conversation_id"
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_conversation_labels_customer_id"),
        sa.ForeignKeyConstraint(["label_id"], ["labels.id"], name="fk_conversation_labels_label_id"),
        sa.PrimaryKeyConstraint("conversation_id", "label_id", name="pk_conversation_labels"),
    )
    _index_conversation_labels()


def _index_conversation_labels() -> None:
    _index("ix_conversation_labels_label_id", "conversation_labels", "label_id", "conversation_id")


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", ID, nullable=True),
        sa.Column("attempt_id", ID, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("give_up_at", sa.BigInteger(), nullable=False),
        sa.Column("cancel_on_inbound", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("payload", JSON, server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_deliveries_customer_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_deliveries_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    _index_deliveries()


def _index_deliveries() -> None:
    _index("ix_deliveries_campaign_id", "deliveries", "campaign_id", "state", where="campaign_id IS NOT NULL")
    _index(
        "ix_deliveries_cancellable",
        "deliveries",
        "customer_id",
        where="cancel_on_inbound AND state IN ('held', 'queued')",
    )
    _index("ix_deliveries_customer_id", "deliveries", "customer_id")
    _index("ix_deliveries_due", "deliveries", "channel", "lane", "due_at", "id", where="state IN ('held', 'queued')")
    _index("ix_deliveries_message_id", "deliveries", "message_id")
    _index("ix_deliveries_provider_id", "deliveries", "channel", "provider_id", where="provider_id IS NOT NULL")
    _index("ix_deliveries_sending", "deliveries", "owner", where="state = 'sending'")
    _index("ix_deliveries_unknown", "deliveries", "channel", "changed_at", where="state = 'unknown'")


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_attempts_customer_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_attempts_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    _index_attempts()


def _index_attempts() -> None:
    _index("ix_attempts_delivery_id", "attempts", "delivery_id", "started_at")


def _index(name: str, table: str, *columns: str, where: str = "", unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


CREATE = (  # what others refer to comes first
    _agents,
    _api_tokens,
    _audit,
    _blobs,
    _campaigns,
    _channels,
    _cursors,
    _customers,
    _events,
    _idempotency_keys,
    _labels,
    _links,
    _processes,
    _raw_inbound,
    _segments,
    _sequences,
    _settings,
    _snippets,
    _teams,
    _template_versions,
    _templates,
    _webchat_visitors,
    _webhooks,
    _addresses,
    _attachments,
    _campaign_recipients,
    _consent_states,
    _consents,
    _conversations,
    _customer_labels,
    _customer_merges,
    _drafts,
    _messages,
    _sequence_runs,
    _sessions,
    _team_members,
    _webchat_tokens,
    _calls,
    _conversation_labels,
    _deliveries,
    _attempts,
)
