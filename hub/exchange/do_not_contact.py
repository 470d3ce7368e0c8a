"""Who is not to be contacted, as Mautic lists it: in one cell a reason for each channel.

"DNC Unsubscribed: Email, DNC Bounced: Text Message" in its reports, "1:email,2:sms" in its tables.
"""

import re
from collections.abc import Mapping

WITHDRAWN, BOUNCED, NONE = "withdrawn", "bounced", ""
REASONS = {
    **dict.fromkeys(("0", "contactable"), NONE),
    **dict.fromkeys(("1", "3", "unsubscribed", "manual", "manually unsubscribed", "manually"), WITHDRAWN),
    **dict.fromkeys(("2", "bounced"), BOUNCED),
}
KINDS = {
    "email": "email",
    **dict.fromkeys(("sms", "text message"), "sms"),
    "whatsapp": "whatsapp",
    **dict.fromkeys(("phone", "call"), "voice"),
    **dict.fromkeys(("notification", "web notification", "mobile notification", "tweet", "social message"), ""),
}
_PART = re.compile(r"(?:dnc\s+)?(?P<reason>[a-z][a-z ]*|[0-3])\s*:\s*(?P<channel>[a-z][a-z ]*)", re.IGNORECASE)


def reasons_in(cell: str) -> Mapping[str, str] | None:
    """Kind of channel -> withdrawn, bounced or "" (may be contacted); None where the cell is no such list. A channel
    that is none of ours says nothing."""
    found: dict[str, str] = {}
    for part in re.split(r"\s*[,;|]\s*", cell.strip()):
        told = _PART.fullmatch(part)
        reason = REASONS.get(told["reason"].strip().casefold()) if told else None
        kind = KINDS.get(told["channel"].strip().casefold()) if told else None
        if reason is None or kind is None:
            return None
        if kind and found.get(kind) != WITHDRAWN:
            found[kind] = reason
    return found
