"""What the webhook of a text or a WhatsApp message says: its words, its choices and forms, places, ads and files.

The fields are the provider's (https://www.twilio.com/docs/messaging/guides/webhook-request). The kind is named beside
the text (`parts["shared"]`), where the pages say it in the agent's language.
"""

import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any

from hub.model import RemoteFile

from ._forms import choice_of
from ._stop_words import keyword_of
from ._twilio import number_of, text_of

MOST_FILES = 50
SENT_AT = "HubSentAt"  # milliseconds; only in what a back-fill wrote: the list tells when, but no place and no form
EXTENSIONS = {
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
    "audio/3gpp": ".3gp",
    "video/3gpp": ".3gp",
    "video/3gpp2": ".3g2",
    "text/x-vcard": ".vcf",
}
PLAIN = ("", "text", "image", "audio", "video", "document", "sticker", "voice", "file")  # MessageType
FORWARDED = ("Forwarded", "FrequentlyForwarded")
WHATSAPP = "whatsapp:"
IDS = ("ExternalUserId", "ParentExternalUserId")  # https://www.twilio.com/docs/whatsapp, business-scoped
REFERRAL = "Referral"  # how the fields about the ad begin that the customer came from
SHOWN = {  # what holds something a reader must see -> its kind's name beside the text
    "Body": "",
    "ButtonText": "choice",
    "ListTitle": "choice",
    "ListDescription": "choice",
    "InteractiveData": "form",
    "Latitude": "place",
    "Longitude": "place",
    "Label": "place",
    "Address": "place",
    "ReferralHeadline": "ad",
    "ReferralBody": "ad",
    "ReferralSourceUrl": "ad",
}
MORE = frozenset(SHOWN).difference(("Body",)).union(FORWARDED, ("MessageType",))  # than an ordinary text
KEPT = ("ButtonPayload", "ListId", "MessageType", "WaId", "ProfileUsername")  # for programs, besides what is shown
PARTS = frozenset(SHOWN).difference(("Body",)).union(KEPT)


def names_of(fields: Mapping[str, str]) -> list[str]:
    """What the provider calls the sender, the name written from first: number, id in this account, id in a concern."""
    from_ = fields.get("From", "")
    if not any(name in fields for name in IDS):
        return [from_] if from_ else []
    ids = [fields[name] for name in IDS if fields.get(name)]
    number = text_of(fields, "WaId")
    if ids and number.isdecimal() and not from_.startswith(f"{WHATSAPP}+"):
        ids.append(f"+{number}")
    names = [*([from_] if from_ else []), *(f"{WHATSAPP}{id.removeprefix(WHATSAPP)}" for id in ids)]
    return list(dict.fromkeys(names))


def words_of(fields: Mapping[str, str]) -> tuple[str, list[str]]:
    """(the text as a reader needs it, the kinds of what it holds besides typed words)."""
    if MORE.isdisjoint(fields) and fields.get("Body"):
        return fields["Body"], []
    found = list(_said(fields))
    lines = dict.fromkeys(line for _, line in found if line)
    shared = list(dict.fromkeys(kind for kind, line in found if kind and line))
    kind = text_of(fields, "MessageType").lower()
    if not lines and not files_of(fields) and (kind not in PLAIN or SENT_AT in fields):
        return f"({kind})" if kind else "", [*shared, "unknown"]
    text = "\n".join(lines)
    return (f"↪ {text}", ["forwarded", *shared]) if _forwarded(fields) else (text, shared)


def keyword_in(fields: Mapping[str, str], sender: str) -> str:
    """stop, start or help: as the provider says it, or because the customer's own words are nothing else."""
    if fields.get("OptOutType"):
        return fields["OptOutType"].lower()
    if _forwarded(fields) or number_of(fields.get("NumMedia"), MOST_FILES):
        return ""
    return keyword_of(fields.get("Body", ""), handle=sender) or keyword_of(fields.get("ButtonPayload", ""))


def is_unsaid(fields: Mapping[str, str]) -> bool:
    """A reaction taken back: nothing is said by it."""
    return fields.get("MessageType", "").lower() == "reaction" and not fields.get("Body")


def files_of(fields: Mapping[str, str]) -> tuple[RemoteFile, ...]:
    files = []
    for index in range(number_of(fields.get("NumMedia"), MOST_FILES) or 0):
        kind = fields.get(f"MediaContentType{index}", "")
        if url := fields.get(f"MediaUrl{index}"):
            files.append(RemoteFile(url, f"{kind.partition('/')[0] or 'file'}-{index + 1}{extension_of(kind)}", kind))
    return tuple(files)


def extension_of(content_type: str) -> str:
    """What phones send and the standard library does not know, or names as no program does."""
    plain = content_type.partition(";")[0].strip().lower()
    return EXTENSIONS.get(plain) or mimetypes.guess_extension(plain) or ""


def parts_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """What only this provider tells, as data."""
    if PARTS.isdisjoint(fields):
        return {}
    return {
        name: value
        for name, value in fields.items()
        if value and (name in PARTS or (name.startswith(REFERRAL) and value != "0"))
    }


def _said(fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(kind, line) one by one, the customer's own words first."""
    reaction = text_of(fields, "MessageType").lower() == "reaction"
    yield ("reaction" if reaction else "", text_of(fields, "Body"))
    for name in ("ButtonText", "ListTitle", "ListDescription"):
        yield SHOWN[name], fields.get(name, "")
    for line in choice_of(fields["InteractiveData"]) if fields.get("InteractiveData") else ():
        yield "form" if ": " in line else "choice", line
    yield "place", _place(fields)
    for name in ("ReferralHeadline", "ReferralBody", "ReferralSourceUrl"):
        yield SHOWN[name], fields.get(name, "")


def _place(fields: Mapping[str, str]) -> str:
    name = ", ".join(filter(None, [fields.get("Label", ""), fields.get("Address", "")]))
    point = f"({fields['Latitude']}, {fields.get('Longitude', '')})" if fields.get("Latitude") else ""
    return " ".join(filter(None, [name, point]))


def _forwarded(fields: Mapping[str, str]) -> bool:
    return any(fields.get(name, "").lower() == "true" for name in FORWARDED)
