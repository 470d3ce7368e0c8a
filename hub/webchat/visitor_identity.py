"""Who a visitor of the web chat is: what they say of themselves, and what the site that shows the chat signs.

What they say is noted as a claim; only a signed address joins them to the customer who owns it.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection

from hub.clock import SECOND
from hub.context import Hub
from hub.digests import same
from hub.errors import Conflict, InvalidInput
from hub.inbound.addresses import clean_name, normalise
from hub.model import Address
from hub.store.addresses import is_only_address
from hub.store.customers import (
    add_address,
    find_address,
    find_customer,
    get_customer,
    mark_customer,
)
from hub.store.merges import append_merge_event, merge_customers, was_undone
from hub.store.webchat import Visitor
from hub.webchat.confirmation import claim, is_new_claim

MAX_WORD = 320  # of a name, an e-mail address, an external id
SECONDS = re.compile(r"[0-9]{1,12}")
VOUCHED = "signed in on the website"


@dataclass(frozen=True, slots=True)
class Identity:
    """What is said about a visitor; verified when the site signed it, and only then with an external_id."""

    name: str = ""
    email: str = ""
    external_id: str | None = None

    @property
    def verified(self) -> bool:
        return self.external_id is not None


def read_identity(claimed: object, secret: SecretStr | None, now: int = 0) -> Identity:
    """Raises InvalidInput when it is no identity, is signed by somebody else, or its `expires` (seconds since 1970) has
    passed. now: milliseconds."""
    if claimed is None:
        return Identity()
    if not isinstance(claimed, dict):
        raise InvalidInput("the identity is no object", "identity")
    id, email, name, signature, expires = (_word(claimed, key) for key in ("id", "email", "name", "hash", "expires"))
    if email:
        normalise("email", email)
    if not signature:
        return Identity(name, email)
    if not id or secret is None:
        raise InvalidInput("a signed identity needs an id here and an identity_secret in the hub", "identity")
    if not same(signature.lower(), sign_identity(secret, id, email, name, expires)):
        raise InvalidInput("the identity's hash does not match", "identity")
    if expires and not (SECONDS.fullmatch(expires) and now < int(expires) * SECOND):
        raise InvalidInput("the identity has expired", "identity")
    return Identity(name, email, id)


def sign_identity(secret: SecretStr, id: str, email: str = "", name: str = "", expires: str = "") -> str:
    """What the customer's own site computes on its server: hex HMAC-SHA256 over the three lines, or four."""
    lines = "\n".join((id, email, name, *([expires] if expires else ())))
    return hmac.new(secret.get_secret_value().encode(), lines.encode(), sha256).hexdigest()


def _word(claimed: dict[str, Any], key: str) -> str:
    """A line break would let one signed word pass for two."""
    word = claimed.get(key, "")
    word = str(word) if isinstance(word, str | int) else ""
    if len(word) > MAX_WORD or not word.isprintable():
        raise InvalidInput(f"the identity's {key} cannot be used", "identity")
    return word.strip()


def is_news(conn: Connection, customer_id: str, identity: Identity) -> bool:
    """So that coming back costs no write."""
    if identity.name and not get_customer(conn, customer_id).name:
        return True
    if not identity.email:
        return False
    email = normalise("email", identity.email)
    if not identity.verified:
        return is_new_claim(conn, customer_id, email)
    known = find_address(conn, customer_id, email.kind, email.handle)
    return known is None or not known.verified


def keep_identity(conn: Connection, hub: Hub, visitor: Visitor, identity: Identity, ask: bool, at: int) -> str | None:
    """Whose chat it is afterwards; nobody's once that was erased. ask: may whoever reads a new address be asked whether
    it is theirs?"""
    customer_id = find_customer(conn, visitor.address)
    if customer_id is None:
        return None
    if identity.name and not get_customer(conn, customer_id).name:
        mark_customer(conn, customer_id, at, name=clean_name(identity.name))
    if not identity.email:
        return customer_id
    email = normalise("email", identity.email)
    if identity.verified:
        return _join(conn, visitor, customer_id, email, at)
    if is_new_claim(conn, customer_id, email):
        claim(conn, hub, customer_id, email, ask, at)
    return customer_id


def _join(conn: Connection, visitor: Visitor, customer_id: str, email: Address, at: int) -> str:
    """The address is proven. Its owner takes in a visitor of whom nothing else is sure; else a person decides."""
    owner_id = find_customer(conn, email)
    if owner_id in (None, customer_id):
        add_address(conn, customer_id, email, verified=True, at=at, source=VOUCHED)
        return customer_id
    if not is_only_address(conn, customer_id, visitor.address) or was_undone(conn, owner_id, customer_id):
        add_address(conn, customer_id, email, verified=False, at=at, source=VOUCHED)
        return customer_id
    try:
        append_merge_event(conn, "customer.merged", merge_customers(conn, owner_id, customer_id, None, at), at)
    except Conflict:  # another window of theirs was faster
        return find_customer(conn, visitor.address) or customer_id
    return owner_id
