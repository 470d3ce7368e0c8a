"""What there is to do for the loops of a process, and how far others have come: asked in one statement."""

from sqlalchemy import BigInteger, Connection, Text, column, text

_WAITING = "state IN ('held', 'queued')"  # spelled like the condition of ix_deliveries_due
# Only the first of each index is looked at, however many rows wait: it is asked all day long. So deliveries are looked
# up channel by channel and lane by lane, where the first one in the index is the first one due, and events that have no
# number yet are counted to some hundred.
_LOOK = text(f"""
WITH RECURSIVE
channels(name) AS (
    SELECT (SELECT channel FROM deliveries WHERE {_WAITING} ORDER BY channel LIMIT 1)
    UNION ALL
    SELECT (SELECT channel FROM deliveries WHERE {_WAITING} AND channel > name ORDER BY channel LIMIT 1)
    FROM channels WHERE name IS NOT NULL
),
lanes(lane) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2)
SELECT 'events' AS what, (SELECT max(seq) FROM events) AS mark
UNION ALL SELECT 'unnumbered', (
    SELECT count(*) FROM (SELECT 1 FROM events WHERE seq IS NULL LIMIT 500) AS fresh
)
UNION ALL SELECT 'raws', (
    SELECT due_at FROM raw_inbound WHERE state = 'new' AND owner IS NULL ORDER BY due_at LIMIT 1
)
UNION ALL SELECT 'delivery ' || lane || ' ' || name, (
    SELECT due_at FROM deliveries WHERE {_WAITING} AND channel = name AND deliveries.lane = lanes.lane
    ORDER BY due_at LIMIT 1
) FROM channels, lanes WHERE name IS NOT NULL
UNION ALL SELECT 'snoozed', (
    SELECT snoozed_until FROM conversations WHERE state = 'snoozed' ORDER BY snoozed_until LIMIT 1
)
UNION ALL SELECT 'reminder', (
    SELECT min(remind_at) FROM tasks WHERE done_at IS NULL AND reminded_at IS NULL AND remind_at IS NOT NULL
)
UNION ALL SELECT 'complaint', (SELECT min(alert_at) FROM complaints WHERE alert_at IS NOT NULL)
UNION ALL SELECT 'survey', (SELECT min(due_at) FROM surveys WHERE state = 'planned')
UNION ALL SELECT 'campaign', (
    SELECT scheduled_at FROM campaigns WHERE state = 'scheduled' ORDER BY scheduled_at LIMIT 1
)
UNION ALL SELECT 'sequence', (
    SELECT due_at FROM sequence_runs WHERE state = 'waiting'
    AND EXISTS (SELECT 1 FROM sequences WHERE id = sequence_runs.sequence_id AND sequences.state = 'active')
    ORDER BY due_at LIMIT 1
)
UNION ALL SELECT 'webhook', (
    SELECT min(coalesce(retry_at, 0)) FROM webhooks WHERE enabled AND cursor < (SELECT max(seq) FROM events)
)
UNION ALL SELECT 'hook', (SELECT min(retry_at) FROM step_hooks WHERE state = 'waiting')
UNION ALL SELECT 'push', (SELECT min(due_at) FROM pushes)
UNION ALL SELECT 'step', (SELECT min(look_at) FROM step_messages WHERE look_at IS NOT NULL)
UNION ALL SELECT 'texts', (SELECT 1 FROM message_words WHERE pending LIMIT 1)
UNION ALL SELECT 'names', (SELECT 1 FROM customer_words WHERE pending LIMIT 1)
UNION ALL SELECT 'disarmed', (SELECT 1 FROM settings WHERE key = 'disarmed')
UNION ALL SELECT 'processes', (SELECT count(*) FROM processes WHERE id <> :process)
""").columns(column("what", Text), column("mark", BigInteger))  # noqa: S608 - our own words


def list_marks(conn: Connection, process_id: str) -> dict[str, int]:
    """What -> the instant at which the first of it is due, or a number that changes when something happens. What there
    is none of is left out. process_id: ours, which is not counted among the processes."""
    return {what: mark for what, mark in conn.execute(_LOOK, {"process": process_id}) if mark is not None}
