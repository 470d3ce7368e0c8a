"""Which addresses are ours: the channels' own, with any +tag, and the signed reply addresses. None is a customer."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.inbound.landed import Appended
from hub.model import Inbound
from hub.signing import Signer
from hub.store.deliveries import find_delivery
from hub.store.messages import get_message


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """handles: of the mail channels, normalised."""

    handles: frozenset[str]
    signer: Signer

    def includes(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain in self.handles or self.signer.conversation_of(address) is not None

    def is_home(self, address: str) -> bool:
        """Is it at a domain of ours?"""
        return address.lower().rpartition("@")[2] in {handle.rpartition("@")[2] for handle in self.handles}

    def name_of_group(self, names: list[str], sender: str) -> str:
        """Which of a list's names shows that it is a group in front of a mailbox of ours; "" when none does. names:
        addresses, or an id with dots only (RFC 2919). At our domain it counts for who writes from outside."""
        for name in names:
            domain = name.rpartition("@")[2]
            for handle in self.handles:
                home = handle.rpartition("@")[2]
                ours = self.includes(name) if "@" in name else name == handle.replace("@", ".")
                near = domain == home or (domain.endswith(f".{home}") and "@" not in name)
                if ours or (near and not self.is_home(sender)):
                    return name
        return ""


def came_back(conn: Connection, signer: Signer, inbound: Inbound) -> Appended | None:
    """A mail of ours that came back to us, by a list or because the customer's address is one of ours: it stands in
    its conversation already, and taking it for an answer would be the first turn of a loop."""
    delivery_id = signer.delivery_of(inbound.provider_id) if inbound.sender.kind == "email" else None
    delivery = find_delivery(conn, delivery_id) if delivery_id else None
    if delivery is None or get_message(conn, delivery.message_id).from_handle.lower() != inbound.sender.handle:
        return None  # who answers with the Message-ID of our mail is heard
    return Appended(delivery.customer_id, delivery.conversation_id or "", delivery.message_id, fresh=False)
