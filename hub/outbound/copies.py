"""Who gets a mail besides the customer. Every copy is a delivery of its own, like a parcel of the message: it leaves
once, settles by itself and can be sent again by itself, and has a Message-ID of its own, so that a bounce is told of
the address that bounced and of no other.
"""

from collections.abc import Sequence
from dataclasses import replace

from hub.ids import new_id
from hub.store.blobs import StoredFile
from hub.store.deliveries import NewDelivery

MAX_COPIES = 20


def in_copies(
    cc: Sequence[str], bcc: Sequence[str], files: Sequence[StoredFile], whole: NewDelivery
) -> list[NewDelivery]:
    """The customer's first; everybody's names the customer in To and the others in Cc."""
    options = {**whole.payload.get("options", {}), "to": whole.handle, "cc": list(cc)}
    part = {"words": True, "files": [file.id for file in files]}
    return [
        replace(
            whole,
            id=new_id(),
            handle=handle,
            payload={**whole.payload, "options": options, "part": {"number": number, **part}},
        )
        for number, handle in enumerate(dict.fromkeys([whole.handle, *cc, *bcc]))
    ]
