"""How somebody agrees in the browser that a channel reads and writes for them: the authorization code grant of OAuth
2.0 (RFC 6749, section 4.1) with PKCE (RFC 7636)."""

from collections.abc import Mapping
from typing import Any, Protocol


class SignIn(Protocol):
    """back: the address of the hub to which the provider leads the browser; as it is registered with the provider."""

    def url(self, back: str, state: str, challenge: str) -> str:
        """Where somebody agrees. challenge: of the verifier, by S256."""
        ...

    async def redeem(self, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        """The settings that change by what was agreed to, section by section. Raises SendDeferred."""
        ...
