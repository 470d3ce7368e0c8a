"""One template for one customer: what `POST messages {template, context}` and follow-ups send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.approved import as_said
from hub.campaigns.content import RenderDeps, Source, stored_source
from hub.conversations import ACTIVE
from hub.errors import Conflict, NotFound
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import choose, list_choices
from hub.outbound.compose import Reply
from hub.outbound.late_words import is_closed
from hub.outbound.mail_headers import unsubscribe_link
from hub.registry import Registry
from hub.store.bought import load_bought
from hub.store.conversations import find_latest
from hub.store.customers import get_customer, list_customer_labels
from hub.store.windows import list_heard
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate, Rendered
from hub.templating.values import bought_values, customer_values, message_values


def find_template_source(conn: Connection, words: RenderDeps, id_or_name: str) -> Source:
    """Stored by id or name, else a folder of templates/messages. Raises NotFound, BrokenTemplate."""
    source = stored_source(conn, words.settings, id_or_name)
    if source is None:
        raise NotFound(f"there is no template {id_or_name!r}")
    return source


def open_template(conn: Connection, words: RenderDeps, id_or_name: str) -> MessageTemplate:
    return words.compile(find_template_source(conn, words, id_or_name))


@dataclass(frozen=True, slots=True)
class Linked:
    """delivery_id: of a message that advertises; its links to unsubscribe and to the view in a browser name it.
    tracked: where its other links lead."""

    delivery_id: str = ""
    tracked: Mapping[str, str] = field(default_factory=dict)


NOWHERE = Linked()


def render_for(
    conn: Connection,
    words: RenderDeps,
    template: MessageTemplate,
    customer_id: str,
    part: str,
    context: Mapping[str, Any],
    now: int,
    linked: Linked = NOWHERE,
) -> Rendered:
    """One part of it ("email", "sms"...). context: what it sees as `context.<key>`. Raises NotFound, BrokenTemplate (it
    cannot be rendered, or lacks that part)."""
    customer = get_customer(conn, customer_id)
    labels: Sequence[str] = list_customer_labels(conn, [customer_id])[customer_id]
    values = customer_values(customer.name, customer.language, customer.fields, labels)
    if template.bought:
        bought = load_bought(conn, [customer_id], now).get(customer_id)
        values |= bought_values(bought, template.bought, customer.language, words.company)
    preferences = f"{words.base_url}/p/{words.signer.sign('preferences', customer_id)}"
    links = dict.fromkeys(("unsubscribe", "preferences", "view"), preferences)  # no purpose: the page has it all
    if delivery_id := linked.delivery_id:
        links["unsubscribe"] = unsubscribe_link(words.signer, words.base_url, delivery_id)
        links["view"] = f"{words.base_url}/v/{words.signer.sign('view', delivery_id)}"
    everything = message_values(values, words.company, links=links, context=context)
    return template.render(part, customer.language, {**everything, **linked.tracked})


def fill(
    conn: Connection,
    words: RenderDeps,
    channels: Registry,
    reply: Reply,
    template: str,
    customer_id: str,
    context: Mapping[str, Any],
    now: int,
) -> Reply:
    """The reply with the template's words, on the channel it asks for or the best one the template has words for.

    Raises Conflict when the template is broken or has nothing for any channel that reaches the customer.
    """
    try:
        opened = open_template(conn, words, template)
        choice = _choose(conn, channels, reply, opened, customer_id, now)
        rendered = render_for(conn, words, opened, customer_id, choice.part, context, now)
    except BrokenTemplate as broken:
        raise Conflict(f"the template cannot be used: {broken}", "broken_template") from broken
    channel = channels[choice.channel]
    at = max(now, reply.not_before or 0)
    heard = list_heard(conn, [customer_id], at - channel.capabilities.window).get(customer_id, ())
    closed = choice.address is not None and is_closed(channel, heard, choice.address, at)
    said = as_said(channel, rendered, closed=closed)
    reply = replace(reply, options={**reply.options, **said.options}, parts={**reply.parts, **said.parts})
    subject = reply.subject or rendered.subject
    return replace(reply, text=said.text, html=said.html, subject=subject, channel=choice.channel)


def _choose(
    conn: Connection, channels: Registry, reply: Reply, template: MessageTemplate, customer_id: str, now: int
) -> Choice:
    if reply.to is not None:
        return choose(conn, channels, customer_id, None, reply.channel or reply.to.kind, now)
    usable = [
        each
        for each in list_choices(conn, channels, customer_id, find_latest(conn, customer_id, ACTIVE), now)
        if each.reachable and each.address and template.offers(each.part)
    ]
    if reply.channel not in ("", "preferred"):
        usable = [each for each in usable if reply.channel in (each.channel, each.type, each.kind)]
    if not usable:
        raise Conflict("the template has nothing for a channel that reaches this customer", "nothing_for")
    return next((each for each in usable if each.preselected), usable[0])
