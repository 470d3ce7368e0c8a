"""One template for one customer: what `POST messages {template, context}` and follow-ups send."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.content import Source, Words, stored_source
from hub.errors import NotFound
from hub.store.customers import get_customer, list_customer_labels
from hub.templating.template import MessageTemplate, Rendered
from hub.templating.values import customer_values, message_values


def find_template_source(conn: Connection, words: Words, id_or_name: str) -> Source:
    """Stored by id or name, else a folder of templates/messages. Raises NotFound, BrokenTemplate."""
    source = stored_source(conn, words.settings, id_or_name)
    if source is None:
        raise NotFound(f"there is no template {id_or_name!r}")
    return source


def open_template(conn: Connection, words: Words, id_or_name: str) -> MessageTemplate:
    return words.compile(find_template_source(conn, words, id_or_name))


def render_template(
    conn: Connection,
    words: Words,
    id_or_name: str,
    customer_id: str,
    kind: str,
    context: Mapping[str, Any] | None = None,
) -> Rendered:
    """For a kind of channel ("email", "sms"...). `context` is what the template sees as `context.<key>`.

    Raises NotFound (no such template or customer), BrokenTemplate (it cannot be rendered, or has nothing for that
    kind of channel).
    """
    return render_for(conn, words, open_template(conn, words, id_or_name), customer_id, kind, context or {})


def render_for(
    conn: Connection,
    words: Words,
    template: MessageTemplate,
    customer_id: str,
    kind: str,
    context: Mapping[str, Any],
) -> Rendered:
    customer = get_customer(conn, customer_id)
    labels: Sequence[str] = list_customer_labels(conn, [customer_id])[customer_id]
    values = customer_values(customer.name, customer.language, customer.fields, labels)
    preferences = f"{words.base_url}/p/{words.signer.sign('preferences', customer_id)}"
    links = dict.fromkeys(("unsubscribe", "preferences", "view"), preferences)  # no campaign: the page has it all
    everything = message_values(values, words.settings.company, links=links, context=context)
    return template.render(kind, customer.language, everything)
