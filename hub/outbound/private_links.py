"""Links that only whoever reads the mail may press, as proof that they do: what we keep and show has a mark in the
token's place, and the token is put there when the mail leaves."""

from collections.abc import Mapping
from typing import Any

from hub.signing import Signer

PRIVATE = "private_link"  # in the payload of the mail: path, what the signature is for, id
MARK = "***"


def masked_link(base_url: str, path: str) -> str:
    """As the words of the message hold it."""
    return f"{base_url}/{path}/{MARK}"


def with_token(words: str, signer: Signer, base_url: str, payload: Mapping[str, Any]) -> str:
    """As they leave."""
    if PRIVATE not in payload:
        return words
    path, purpose, id = payload[PRIVATE]
    return words.replace(masked_link(base_url, path), f"{base_url}/{path}/{signer.sign(purpose, id)}")
