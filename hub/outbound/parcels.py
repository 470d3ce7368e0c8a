"""A message that a provider takes in several requests becomes as many deliveries: each leaves once, settles by itself,
and can be sent again by itself."""

from collections.abc import Sequence
from dataclasses import replace

from hub.channel import Channel
from hub.ids import new_id
from hub.model import DeliveryState
from hub.store.blobs import StoredFile
from hub.store.deliveries import Delivery, NewDelivery
from hub.store.messages import Message


def in_parcels(channel: Channel, text: str, files: Sequence[StoredFile], whole: NewDelivery) -> list[NewDelivery]:
    """In the order the customer is to see them; payload["part"], as the store calls it, says
    which of them, with words or not, which files."""
    parcels = channel.parcels(text, [file.content_type for file in files])
    if len(parcels) < 2:
        return [whole]
    shares = [
        {"number": number, "words": parcel.words, "files": [files[position].id for position in parcel.files]}
        for number, parcel in enumerate(parcels)
    ]
    return [replace(whole, id=new_id(), payload={**whole.payload, "part": part}) for part in shares]


def share_of(item: Delivery, message: Message, files: Sequence[StoredFile]) -> tuple[str, Sequence[StoredFile]]:
    """(the words, the files) that this delivery carries of its message."""
    part = item.payload.get("part")
    carried = [file for file in files if file.id in part["files"]] if part else files
    return message.text if carries_words(item) else "", carried


def carries_words(item: Delivery) -> bool:
    return bool(item.payload.get("part", {}).get("words", True))


def latest_of(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Of each parcel the latest; deliveries: of one message, oldest first."""
    return list({one.parcel: one for one in deliveries}.values())


def standing_of(deliveries: Sequence[Delivery]) -> Delivery | None:
    """The one that tells how the message stands with whom it is for: of each parcel the latest, of these the one
    furthest from arriving."""
    theirs = [one for one in latest_of(deliveries) if not one.is_copy]
    return min(theirs, key=lambda one: WORST_FIRST.index(one.state), default=None)


def copies_astray(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Copies of the message that did not arrive, or may not have."""
    astray = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    return [one for one in latest_of(deliveries) if one.is_copy and one.state in astray]


WORST_FIRST = (
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.CANCELLED,
    DeliveryState.HELD,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.TO_PRINT,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
