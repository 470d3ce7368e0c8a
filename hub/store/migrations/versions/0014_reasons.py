"""Keeps why something was decided as a code beside the words of others, instead of one English sentence."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OF_DELIVERIES = {
    "the customer wrote first": "wrote_first",
    "taken back": "taken_back",
    "consent withdrawn": "consent_withdrawn",
    "no consent": "no_consent",
    "the campaign was stopped": "campaign_stopped",
    "the campaign is gone": "campaign_gone",
    "the message is gone": "message_gone",
    "the process died while it was being handed over": "process_died",
    "found at the provider": "found",
    "the call ended before the customer answered": "call_unanswered",
    "the customer: the line was busy": "customer_busy",
    "the customer: nobody answered": "customer_silent",
    "the customer: the number could not be reached": "customer_not_reached",
    "the customer: the call was cancelled": "customer_cancelled",
    "the agent's phone: the line was busy": "agent_busy",
    "the agent's phone: nobody answered": "agent_silent",
    "the agent's phone: the number could not be reached": "agent_not_reached",
    "the agent's phone: the call was cancelled": "agent_cancelled",
    "the address is blocked": "address_blocked",
    "the address is bounced": "address_bounced",
    "the campaign cannot be rendered": "unrendered",
    "gave up": "gave_up",
    "the address is claimed, not confirmed": "address_claimed",
    "it names no purpose the customer agreed to, and answers in no open conversation": "no_purpose",
}
OF_RUNS = {
    "replied": "replied",
    "opted out": "opted_out",
    "conversation closed": "conversation_closed",
    "our message did not reach them": "not_reached",
    "erased": "erased",
    "fast-forward": "fast-forward",
}
OF_MESSAGES = {
    "an agent said so": "agent_said",
    "it answers a message of ours": "answers_us",
    "it was sent in our name, as by a form": "in_our_name",
    "the list is our own": "own_list",
    "a delivery report (RFC 3464)": "report",
    "the words of a mail server": "server_words",
    "a receipt or another report about a mail of ours": "receipt",
    "a complaint (RFC 5965)": "complaint",
    "nothing says otherwise": "nothing_else",
}
MOVED = (  # table, column of the code, column of the words, the one that held the sentence, the sentences
    ("deliveries", "reason", "detail", "reason", OF_DELIVERIES),
    ("sequence_runs", "reason", "detail", "reason", OF_RUNS),
    ("messages", "sorted_sign", "sorted_because", "sorted_because", OF_MESSAGES),
)


def upgrade() -> None:
    for table, code, words, said, sentences in MOVED:
        new = words if code == said else code
        op.add_column(table, sa.Column(new, sa.Text(), server_default="", nullable=False))
        op.execute(_split(table, code, words, said, sentences))


def downgrade() -> None:
    for table, code, words, said, sentences in MOVED:
        op.execute(_join(table, code, words, said, sentences))
        op.drop_column(table, words if code == said else code)


def _split(table: str, code: str, words: str, said: str, sentences: dict[str, str]) -> sa.Update:
    """`sentence` and `sentence: what others said`; where no sentence of ours stands, all of it is others' words."""
    rows = sa.table(table, *(sa.column(name, sa.Text()) for name in (code, words)))
    text = rows.c[said]
    begun = [(text.startswith(f"{sentence}: ", autoescape=True), sentence) for sentence in sentences]
    whole = [(text == sentence, sentence) for sentence in sentences]
    codes = sa.case(*((found, sentences[sentence]) for found, sentence in (*whole, *begun)), else_="")
    rest = sa.case(
        *((found, "") for found, _ in whole),
        *((found, sa.func.substr(text, len(sentence) + 3)) for found, sentence in begun),
        else_=text,
    )
    return sa.update(rows).where(text != "").values({code: codes, words: rest})


def _join(table: str, code: str, words: str, said: str, sentences: dict[str, str]) -> sa.Update:
    rows = sa.table(table, *(sa.column(name, sa.Text()) for name in (code, words)))
    sentence = sa.case({short: long for long, short in sentences.items()}, value=rows.c[code], else_=rows.c[code])
    between = sa.case((sa.or_(rows.c[code] == "", rows.c[words] == ""), ""), else_=": ")
    some = sa.or_(rows.c[code] != "", rows.c[words] != "")
    return sa.update(rows).where(some).values({said: sentence + between + rows.c[words]})
