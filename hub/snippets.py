"""A snippet as a customer would read it: filled in with what is known of them, in their language where there is one."""

from collections.abc import Iterable

from sqlalchemy import Connection

from hub.config import CompanySettings
from hub.languages import best_tag
from hub.store.agents import Agent
from hub.store.bought import load_bought
from hub.store.conversations import get_conversation
from hub.store.customers import Customer, get_customer, list_customer_labels
from hub.store.snippets import Snippet
from hub.templating.snippet import asks_for, snippet_values
from hub.templating.values import bought_values, customer_values


def known_for(
    conn: Connection,
    conversation_id: str,
    agent: Agent | None,
    company: CompanySettings,
    texts: Iterable[str],
    now: int,
) -> dict[str, object]:
    """What can be named in these texts."""
    customer = _customer(conn, conversation_id)
    labels = list_customer_labels(conn, [customer.id])[customer.id]
    known = customer_values(customer.name, customer.language, customer.fields, labels)
    signs, about = (agent.name, agent.email) if agent else (company.name, ""), company.model_dump()
    if asked := frozenset[str]().union(*map(asks_for, texts)):
        bought = load_bought(conn, [customer.id], now).get(customer.id)
        known |= bought_values(bought, asked, customer.language, about)
    return snippet_values(known, about, *signs)


def best_first(
    conn: Connection, snippets: Iterable[Snippet], conversation_id: str, company: CompanySettings
) -> list[Snippet]:
    """Those in the customer's language, then those in any, then the others; else in their order."""
    language = best_tag(_customer(conn, conversation_id).language, company.language)
    rank = {language: 0, "": 1}
    return sorted(snippets, key=lambda one: rank.get(one.language, 2))


def _customer(conn: Connection, conversation_id: str) -> Customer:
    return get_customer(conn, get_conversation(conn, conversation_id).customer_id)
