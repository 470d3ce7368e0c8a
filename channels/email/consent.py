"""Somebody agrees in the browser that the hub reads and sends for their mailbox (RFC 6749, section 4.1; RFC 7636).

https://developers.google.com/identity/protocols/oauth2/web-server
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from collections.abc import Mapping
from typing import Any

from yarl import URL

from .._fates import SetUpWrongly
from .oauth import OAuth

GOOGLE = {"access_type": "offline", "prompt": "consent"}  # else a second agreement brings no refresh token
NO_REFRESH = "the provider gave no refresh token: allow it where the app is registered, or ask for offline_access"


class Consent:
    """address: whose mailbox it is, which the provider's page proposes; use: MAIL or GRAPH."""

    def __init__(self, oauth: OAuth, address: str, use: str) -> None:
        self._oauth, self._address, self._use = oauth, address, use

    def url(self, back: str, state: str, challenge: str) -> str:
        settings = self._oauth.settings
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": back,
            "scope": settings.asked_scope(self._use),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "login_hint": self._address,
            **(GOOGLE if settings.profile == "google" else {}),
        }
        return str(URL(settings.real_authorize_url).update_query(asked))

    async def redeem(self, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        told = await self._oauth.ask(self._use, grant)
        refresh = told.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise SetUpWrongly(NO_REFRESH)
        return {"oauth": {"refresh_token": refresh}}
