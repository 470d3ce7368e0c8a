"""Passkeys (Web Authentication): registered in the settings, and at sign-in two factors in one - the device, and the
finger or PIN that unlocks it.

A challenge is signed by us and good for five minutes; nothing is kept until it was answered, and then that it was.
Passkeys belong to the host of the hub's public address: an IP address has none (WebAuthn, "effective domain").
"""

import json
from base64 import urlsafe_b64decode
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from hub.clock import MINUTE
from hub.digests import hash_of
from hub.errors import Conflict, InvalidInput
from hub.factors.codes import factors_of, first_codes
from hub.ids import new_id
from hub.store.agents import Agent, find_agent
from hub.store.second_factors import Passkey, add_passkey, find_passkey, mark_passkey_used
from hub.store.sessions import CHALLENGE, claim_session

if TYPE_CHECKING:
    from hub.context import Hub

GOOD_FOR = 5 * MINUTE
NOBODY = f"{0:032x}"  # who asks to sign in is not known yet
LONGEST = 20_000  # signs of an answer


def host_of(hub: "Hub") -> str:
    """Whose passkeys are; empty where there can be none."""
    host = urlsplit(hub.base_url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host
    return ""


def sign_in_options(hub: "Hub") -> str:
    """JSON for navigator.credentials.get."""
    webauthn, structs = _library()
    options = webauthn.generate_authentication_options(
        rp_id=host_of(hub),
        challenge=_challenge(hub, NOBODY).encode(),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return str(webauthn.options_to_json(options))


async def registration_options(hub: "Hub", agent: Agent) -> str:
    """JSON for navigator.credentials.create."""
    webauthn, structs = _library()
    known = (await factors_of(hub, agent.id)).passkeys
    options = webauthn.generate_registration_options(
        rp_id=host_of(hub),
        rp_name=hub.settings.company.name,
        user_id=bytes.fromhex(agent.id),
        user_name=agent.email,
        user_display_name=agent.name,
        challenge=_challenge(hub, agent.id).encode(),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=_octets(one.credential_id)) for one in known],
    )
    return str(webauthn.options_to_json(options))


async def register(hub: "Hub", agent: Agent, name: str, answer: str) -> list[str]:
    """Recovery codes when it is the first factor. Raises InvalidInput or Conflict."""
    webauthn, _ = _library()
    challenge = _answered(hub, answer, agent.id)
    verified = _verified(webauthn.verify_registration_response, hub, answer, challenge)
    encode = import_module("webauthn.helpers").bytes_to_base64url
    kept = encode(verified.credential_id), encode(verified.credential_public_key), verified.sign_count
    return await hub.store.write(_register, agent.id, name, kept, challenge, hub.clock.now())


def _register(
    conn: Connection, agent_id: str, name: str, kept: tuple[str, str, int], challenge: str, now: int
) -> list[str]:
    _burn(conn, challenge, agent_id, now)
    codes = first_codes(conn, agent_id)
    add_passkey(conn, agent_id, name, kept, now)
    return codes


async def recognise(hub: "Hub", answer: str) -> Agent:
    """Whose passkey has answered. Raises InvalidInput or Conflict."""
    webauthn, _ = _library()
    challenge = _answered(hub, answer, NOBODY)
    passkey = await hub.store.read(find_passkey, str(_parsed(answer).get("id", ""))[:LONGEST])
    if passkey is None:
        raise _refused("this passkey is not known here")
    verified = _verified(
        webauthn.verify_authentication_response,
        hub,
        answer,
        challenge,
        credential_public_key=_octets(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
    )
    return await hub.store.write(_use, passkey, verified.new_sign_count, challenge, hub.clock.now())


def _use(conn: Connection, passkey: Passkey, sign_count: int, challenge: str, now: int) -> Agent:
    _burn(conn, challenge, passkey.agent_id, now)
    agent = find_agent(conn, passkey.agent_id)
    if agent is None or not agent.active:
        raise _refused("this account is switched off")
    mark_passkey_used(conn, passkey, sign_count, now)
    return agent


def _burn(conn: Connection, challenge: str, agent_id: str, now: int) -> None:
    """An answer is good once, in whichever process it arrives."""
    if not claim_session(conn, hash_of(challenge), agent_id, CHALLENGE, now, expires_at=now + GOOD_FOR):
        raise Conflict("this challenge was answered already", "passkey")


def _challenge(hub: "Hub", agent_id: str) -> str:
    return hub.signer.sign("passkey", agent_id, f"{hub.clock.now():032x}", new_id())


def _answered(hub: "Hub", answer: str, agent_id: str) -> str:
    """The challenge in it: ours, for this person, and fresh."""
    try:
        client = json.loads(_octets(_parsed(answer)["response"]["clientDataJSON"]))
        challenge = _octets(client["challenge"]).decode("ascii")
    except (ValueError, KeyError, TypeError, RecursionError) as odd:
        raise _refused("this is no answer of a passkey") from odd
    opened = hub.signer.open("passkey", challenge)
    if not opened or opened[0] != agent_id or abs(hub.clock.now() - int(opened[1], 16)) > GOOD_FOR:
        raise _refused("this answer is too old, or not to a question of ours")
    return challenge


def _parsed(answer: str) -> dict[str, Any]:
    try:
        parsed = json.loads(answer[:LONGEST])
    except (ValueError, RecursionError) as odd:
        raise _refused("this is no answer of a passkey") from odd
    if not isinstance(parsed, dict):
        raise _refused("this is no answer of a passkey")
    return parsed


def _verified(verify: Any, hub: "Hub", answer: str, challenge: str, **more: object) -> Any:
    """What the library found; whatever it stumbles over is a wrong answer, never an error of ours."""
    origin = urlsplit(hub.base_url)
    try:
        return verify(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=host_of(hub),
            expected_origin=f"{origin.scheme}://{origin.netloc}",
            require_user_verification=True,
            **more,
        )
    except Exception as odd:
        raise _refused("the passkey's answer does not hold") from odd


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, "credential", "passkey")


def _octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _library() -> tuple[Any, Any]:
    """Loaded when it is needed: it brings much along."""
    return import_module("webauthn"), import_module("webauthn.helpers.structs")
