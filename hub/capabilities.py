"""What a channel can do and how it looks, as data."""

from dataclasses import dataclass

from hub.clock import HOUR


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one request to the provider carries of a message: its words or not, and files by their positions."""

    words: bool
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do and how it looks, as data: the composer, the campaign check and the pages ask it.

    What is left empty follows from the type of channel, or from the kind of address it reaches (`hub.kinds`).

    label, icon, colour: see `hub.kinds.Face`. address_kind: "" = a kind of its own, called like the type.
    template_part: the file of a message template it takes, "sms" for sms.txt; "" = called like its address kind.
    preference: the smaller, the sooner it is asked where nothing else decides (email 0, sms 10, ... voice 60).
    lifetime: milliseconds after which a message that could not be handed over is worth nothing any more.
    writes, calls: does it carry messages, phone calls? waiting: do customers wait in front of it for an answer?
    window: so many milliseconds after a customer wrote one may answer freely; later only approved words arrive.
    segments: is a text cut and paid by SMS segments? media_links: does the provider fetch files from links of ours?
    max_attachments, max_attachment_bytes: of one message, all its files together; starts_conversations: can somebody
    be written to who did not write first; rate: messages per second at most (0 = no limit), unless the channel's
    settings say otherwise; concurrency: how many may be handed over at once; lookup: can the provider be asked
    whether it has a message; invites: is there a link by which customers begin a chat; reactions: signs that can be put
    at a customer's message; buttons: so many can stand below a message
    of at most button_text characters, with button_signs on each.
    """

    label: str = ""
    icon: str = ""
    colour: str = ""
    address_kind: str = ""
    template_part: str = ""
    preference: int | None = None
    lifetime: int = 10 * HOUR
    writes: bool = True
    calls: bool = False
    waiting: bool = False
    window: int = 0
    segments: bool = False
    media_links: bool = False
    attachments: bool = True
    max_attachments: int = 50
    max_attachment_bytes: int = 20_000_000
    max_text: int = 100_000
    subject: bool = False
    html: bool = False
    delivered_receipts: bool = False
    read_receipts: bool = False
    typing: bool = False
    invites: bool = False
    reactions: tuple[str, ...] = ()
    buttons: int = 0
    button_signs: int = 60
    button_text: int = 4096
    starts_conversations: bool = True
    undo_seconds: int = 5
    lookup: bool = False
    campaigns: bool = True
    concurrency: int = 10
    rate: float = 0
