"""Whom a customer wrote to besides us."""

from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.inbound.own_addresses import OwnAddresses
from hub.outbound.copies import MAX_COPIES
from hub.store.messages import find_last_inbound


def list_others(conn: Connection, conversation_id: str, own: OwnAddresses) -> list[str]:
    """Whom the customer wrote to besides us, in the last mail."""
    last = find_last_inbound(conn, conversation_id, "email")
    if last is None:
        return []
    written = [*last.parts.get("to", ()), *last.parts.get("cc", ())]
    found = dict.fromkeys(filter(None, (_spelled(str(box.get("address", ""))) for box in written)))
    theirs = {last.peer, last.from_handle, *(box.get("address", "").lower() for box in last.parts.get("reply_to", ()))}
    return [address for address in found if address not in theirs and not own.includes(address)][:MAX_COPIES]


def _spelled(address: str) -> str:
    """ "" for what a stranger wrote there and is no address."""
    try:
        return normalise("email", address).handle
    except InvalidInput:
        return ""
