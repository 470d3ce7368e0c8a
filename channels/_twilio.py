"""Tells the provider's genuine requests from forged ones, and reads their fields (SMS, WhatsApp, voice).

A request is signed with the account's token over its whole address and every form field
(https://www.twilio.com/docs/usage/webhooks/webhooks-security). The address is web.base_url + path + query as the
web layer hands it in, so nothing a stranger puts into Host or X-Forwarded-* counts.
"""

import hmac
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha1, sha256
from urllib.parse import parse_qs, quote, unquote, unquote_to_bytes, urlencode, urlsplit

from pydantic import Field, SecretStr, field_validator

from hub.channel import ChannelSettings, Raw, Webhook
from hub.cleaning import clean, is_clean
from hub.errors import Unreadable, WebhookForged

API = "https://api.twilio.com"
SIGNATURE = "X-Twilio-Signature"
MAX_FIELDS = 500
CONCERN = ".ENT."  # in an id that all accounts of a concern share
EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
TWIML_TYPE = "text/xml"
DEFAULT_PORTS = {"http": 80, "https": 443}

Pairs = Sequence[tuple[str, str]]


class TwilioSettings(ChannelSettings):
    """`from` is a plain E.164 number; the hub adds `whatsapp:` where it belongs."""

    account_sid: str = Field(min_length=1)
    auth_token: SecretStr = Field(min_length=1)
    from_: str = Field(alias="from", pattern=r"^\+[1-9]\d{4,14}$")
    api_base: str = API
    backfill_seconds: int = Field(300, ge=1)

    @field_validator("api_base")
    @classmethod
    def _an_origin(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("must be an address like https://api.twilio.com")
        return text.rstrip("/")


def genuine(name: str, settings: TwilioSettings, webhook: Webhook) -> dict[str, str]:
    """The fields of a webhook the provider signed for this account. Raises WebhookForged for any other."""
    given = webhook.headers.get(SIGNATURE, "")
    if not given:
        raise WebhookForged(f"{name}: no {SIGNATURE}")
    pairs, signed = _contents(name, webhook)
    token = settings.auth_token.get_secret_value()
    expected = [signature_of(url, signed, token) for url in _spellings(webhook.url)]
    matches = [hmac.compare_digest(given.encode(), one.encode()) for one in expected]
    if not any(matches):
        raise WebhookForged(f"{name}: the signature does not match")
    fields = _single(name, pairs)
    if not hmac.compare_digest(fields.get("AccountSid", "").encode(), settings.account_sid.encode()):
        raise WebhookForged(f"{name}: another account's webhook")
    return fields


def signature_of(url: str, pairs: Pairs, token: str) -> str:
    """Base64 of the HMAC-SHA1 over the address and the sorted fields; equal pairs count once, as in the SDKs."""
    text = url + "".join(map("".join, sorted(set(pairs))))
    # not hmac.digest: that lets another thread run meanwhile, which costs far more than the hash
    seal = _keyed(token).copy()
    seal.update(text.encode())
    return b64encode(seal.digest()).decode()


@lru_cache(maxsize=64)
def _keyed(token: str) -> hmac.HMAC:
    """One for each account, copied for each webhook."""
    return hmac.new(token.encode(), digestmod=sha1)


def fields_of(raw: Raw) -> dict[str, str]:
    """The fields of a stored webhook. Raises Unreadable."""
    try:
        fields = _json_fields(raw.body) if raw.body[:1] == b"{" else dict(_form_pairs(raw.body))
        return {name: clean(value) for name, value in fields.items()}
    except (ValueError, RecursionError) as trouble:
        raise Unreadable(f"not a form: {trouble}") from trouble


def query_of(webhook: Webhook) -> dict[str, str]:
    """Our own parameters, handed back by the provider; the signature covers them."""
    return {name: clean(values[0]) for name, values in parse_qs(urlsplit(webhook.url).query).items()}


def hook_url(base_url: str, channel: str, action: str, **query: str) -> str:
    """Where the provider is to call us."""
    path = f"{base_url}/hooks/{quote(channel, safe='')}/{action}"
    return f"{path}?{urlencode(query)}" if query else path


def fingerprint(body: bytes) -> str:
    """The deduplication key of a webhook that names nothing."""
    return sha256(body).hexdigest()


def _contents(name: str, webhook: Webhook) -> tuple[Pairs, Pairs]:
    """(all fields, those that went into the signature): a JSON body is signed by its hash in the query."""
    kind = webhook.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if kind != "application/json":
            pairs = _form_pairs(webhook.body)
            return pairs, pairs
        claimed = query_of(webhook).get("bodySHA256", "")
        if not hmac.compare_digest(claimed.lower().encode(), sha256(webhook.body).hexdigest().encode()):
            raise WebhookForged(f"{name}: the body is not the one that was signed")
        return list(_json_fields(webhook.body).items()), ()
    except (ValueError, RecursionError) as trouble:
        raise WebhookForged(f"{name}: not a form: {trouble}") from trouble


def _form_pairs(body: bytes) -> Pairs:
    """As urllib's parse_qsl reads them (blank values kept), which takes three times as long. Raises ValueError."""
    fields = body.decode("latin-1").replace("+", " ").split("&")
    if len(fields) > MAX_FIELDS:
        raise ValueError(f"more than {MAX_FIELDS} fields")
    halves = [field.partition("=") for field in fields if field]
    return [
        (_unquoted(name) if "%" in name else name, _unquoted(value) if "%" in value else value)
        for name, _, value in halves
    ]


def _unquoted(text: str) -> str:
    """The same as urllib's unquote, which looks for what is not ASCII first."""
    return unquote_to_bytes(text).decode(errors="replace") if text.isascii() else unquote(text)


def _json_fields(body: bytes) -> dict[str, str]:
    tree = json.loads(body)
    if not isinstance(tree, dict):
        raise ValueError("the body is not an object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in tree.items()}


def _single(name: str, pairs: Pairs) -> dict[str, str]:
    """A field given twice is nobody's: the signature counts equal pairs once, so anybody could have added it."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        [(field, count)] = Counter(field for field, _ in pairs).most_common(1)
        raise WebhookForged(f"{name}: {field} is given {count} times")
    return fields if is_clean("".join(fields.values())) else {field: clean(value) for field, value in pairs}


def _spellings(url: str) -> Sequence[str]:
    """Over https the provider is not consistent about writing the port; both spellings name the same server."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return (url,)
    rest = url.removeprefix(f"https://{parts.netloc}")
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    return (url, f"https://{host}{rest}", f"https://{host}:{parts.port or 443}{rest}")


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 0)}"


def number_of(text: str | None, most: int) -> int | None:
    """A whole number between 0 and most; anything else is none."""
    found = int(text) if text and text.isascii() and text.isdigit() and len(text) <= len(str(most)) else None
    return found if found is not None and found <= most else None


def text_of(fields: Mapping[str, str], *names: str) -> str:
    """The first of these fields that says something."""
    return next((fields[name] for name in names if fields.get(name)), "")


def scope_of(id: str, account: str) -> str:
    """WhatsApp's id means somebody in this account only; one of a whole concern in all of its accounts."""
    return "" if CONCERN in id else account
