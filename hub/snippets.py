"""A snippet as a customer would read it: filled in with what is known of them, in their language where there is one."""

from collections.abc import Iterable

from sqlalchemy import Connection

from hub.config import CompanySettings
from hub.languages import best_tag
from hub.store.agents import Agent
from hub.store.conversations import get_conversation
from hub.store.customers import Customer, get_customer, list_customer_labels
from hub.store.snippets import Snippet
from hub.templating.snippet import snippet_values
from hub.templating.values import customer_values


def known_for(
    conn: Connection, conversation_id: str, agent: Agent | None, company: CompanySettings
) -> dict[str, object]:
    """What can be named in one."""
    customer = _customer(conn, conversation_id)
    labels = list_customer_labels(conn, [customer.id])[customer.id]
    known = customer_values(customer.name, customer.language, customer.fields, labels)
    signs = (agent.name, agent.email) if agent else (company.name, "")
    return snippet_values(known, company.model_dump(), *signs)


def best_first(
    conn: Connection, snippets: Iterable[Snippet], conversation_id: str, company: CompanySettings
) -> list[Snippet]:
    """Those in the customer's language, then those in any, then the others; else in their order."""
    language = best_tag(_customer(conn, conversation_id).language, company.language)
    rank = {language: 0, "": 1}
    return sorted(snippets, key=lambda one: rank.get(one.language, 2))


def _customer(conn: Connection, conversation_id: str) -> Customer:
    return get_customer(conn, get_conversation(conn, conversation_id).customer_id)
