"""Who opens a mail: a picture of one pixel, only in the mails of those who agreed to it.

That is a consent of its own (TRACKING, by e-mail), kept like any other; without it nothing is fetched from us.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub.signing import Signer
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate, list_agreed
from hub.templating.parts import MAIL

TRACKING = "tracking"  # the purpose
LINK = "open"  # what the picture's signature is for
ASKED = "opens"  # in the parts of a message that has the picture
PICTURE = bytes.fromhex(  # GIF89a of one transparent pixel
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


def with_opens(conn: Connection, campaign: Campaign, found: Sequence[Candidate]) -> Sequence[Candidate]:
    """The same, with whether it may be seen that they open it."""
    if not campaign.track_opens:
        return found
    agreed = list_agreed(conn, [one.customer.id for one in found], TRACKING, MAIL)
    return [replace(one, opens=one.customer.id in agreed) for one in found]


def with_picture(pieces: Sequence[str], signer: Signer, base_url: str, delivery_id: str) -> Sequence[str]:
    """The HTML with the picture at its end; in turn what is alike for many and what is not, as before."""
    source = f"{base_url}/o/{signer.sign(LINK, delivery_id)}"
    picture = f'<img src="{source}" width="1" height="1" alt="" style="display:block;border:0">'
    last = next((place for place in range(len(pieces) - 1, -1, -1) if "</body>" in pieces[place]), None)
    if last is None:
        return [*pieces, *([""] if len(pieces) % 2 == 0 else []), picture]
    before, end, after = pieces[last].rpartition("</body>")
    if last % 2:  # alike for nobody
        return [*pieces[:last], f"{before}{picture}{end}{after}", *pieces[last + 1 :]]
    return [*pieces[:last], before, picture, end + after, *pieces[last + 1 :]]
