"""Locks away what the store must not hold in clear: AES-256-GCM with a key that is kept outside the store.

A keyring holds keys of 32 octets, one a line, in base64; the first one locks, every one of them opens, so that keys
change while old secrets are still readable. It is a file beside the configuration, readable for nobody but whoever
runs the hub, made when the first secret is locked away; or it stands in the environment (HUB_KEY).

What is locked is bound to its place ("totp <id>"): moved to another row it does not open.
"""

import base64
import hmac
import os
import secrets
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from hub.config import Settings
from hub.digests import is_locked
from hub.errors import ConfigError, Locked

KEY, NONCE, NAME = 32, 12, 8  # octets, octets, signs
VERSION = "v1"


class Vault:
    """given: keys from the configuration, which need no file."""

    def __init__(self, file: Path, given: str = "") -> None:
        self.file = file
        self._given = given
        self._keys: list[bytes] = []

    def lock(self, place: str, secret: str) -> str:
        """`v1.<name of the key>.<nonce and ciphertext>`, in characters that survive everywhere."""
        key, nonce = self._first(), secrets.token_bytes(NONCE)
        sealed = _cipher(key).encrypt(nonce, secret.encode(), place.encode())
        return f"{VERSION}.{name_of(key)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unlock(self, place: str, locked: str) -> str:
        """Raises Locked when the key is not here, or what was locked is not what it was."""
        version, _, rest = locked.partition(".")
        name, _, text = rest.partition(".")
        key = self._find(name) if version == VERSION else None
        if key is None:
            raise Locked(f"the key {name[:NAME]} that opens it is not in {self.where}")
        try:
            sealed = base64.urlsafe_b64decode(text)
            return str(_cipher(key).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode()).decode())
        except (ValueError, import_module("cryptography.exceptions").InvalidTag) as altered:
            raise Locked(f"what was locked away for {place} was altered") from altered

    def open(self, place: str, kept: str) -> str:
        """Also what an older hub kept in clear. Raises Locked."""
        return self.unlock(place, kept) if is_locked(kept) else kept

    @property
    def where(self) -> str:
        return "HUB_KEY (key)" if self._given else str(self.file)

    @property
    def is_given(self) -> bool:
        """By the configuration, so that there is no file."""
        return bool(self._given)

    @property
    def exposure(self) -> str:
        """What to say when others of this machine may read the file; empty when they may not."""
        try:
            mode = 0 if self._given else self.file.stat().st_mode & 0o777
        except OSError:  # not there, or not for us either
            mode = 0
        return f"keyring: {self.file} is open to others (mode {mode:o}): chmod 600 {self.file}" if mode & 0o077 else ""

    def check(self) -> None:
        """Raises ConfigError for a keyring that is there and of no use."""
        self._load()

    def is_current(self, locked: str) -> bool:
        """Was it locked with the first key?"""
        keys = self._load()
        return bool(keys) and locked.startswith(f"{VERSION}.{name_of(keys[0])}.")

    def file_key(self) -> tuple[str, bytes]:
        """The first key's name, and what is derived from it for sealing files (hub.sealing)."""
        key = self._first()
        return name_of(key), _for_files(key)

    def find_file_key(self, name: str) -> bytes:
        """Raises Locked."""
        key = self._find(name)
        if key is None:
            raise Locked(f"the key {name[:NAME]} that opens it is not in {self.where}")
        return _for_files(key)

    def add_key(self) -> None:
        """A new key becomes the first one. Raises ConfigError where keys are given, or the file cannot be written."""
        if self._given:
            raise ConfigError("key: is given: put the new key before the old one, with a space between")
        before = self._load()
        self._begin([secrets.token_bytes(KEY), *before], fresh=not before)

    def _first(self) -> bytes:
        """Made when there is none."""
        self._keys = []  # the key may have been changed by another process since
        return (self._load() or self._begin([secrets.token_bytes(KEY)], fresh=True))[0]

    def _begin(self, keys: list[bytes], *, fresh: bool) -> list[bytes]:
        """Those that stand in the file then."""
        # fresh is what the caller saw, not what stands there by now: of two who both saw no key, the second would
        # otherwise write its own over the first one's, and what that has locked since could never be opened
        text = "".join(f"{base64.b64encode(key).decode()}\n" for key in keys)
        try:
            _write(self.file, text, fresh=fresh)
        except OSError as trouble:
            raise ConfigError(f"keyring: {self.file} cannot be written (or give `key`): {trouble}") from trouble
        self._keys = []
        return self._load()

    def keep_first(self) -> None:
        """The old keys are let go."""
        _write(self.file, f"{base64.b64encode(self._load()[0]).decode()}\n", fresh=False)
        self._keys = []

    def _find(self, name: str) -> bytes | None:
        """Looks into the file again for a key it does not know: another process may have added it."""
        found = next((key for key in self._load() if name_of(key) == name), None)
        if found is None and not self._given:
            self._keys = []
            found = next((key for key in self._load() if name_of(key) == name), None)
        return found

    def _load(self) -> list[bytes]:
        """What this call saw: the store's thread locks answers while others open what they need."""
        keys = self._keys
        if not keys:
            try:
                text = self._given or self.file.read_text("ascii")
            except FileNotFoundError:
                return []
            except (OSError, ValueError) as trouble:
                raise ConfigError(f"keyring: {self.file} cannot be read: {trouble}") from trouble
            keys = self._keys = [_key(word, self.where) for word in text.split()]
        return keys


def open_vault(settings: Settings) -> Vault:
    return Vault(settings.path(settings.keyring), settings.key.get_secret_value())


def name_of(key: bytes) -> str:
    return sha256(b"hub key " + key).hexdigest()[:NAME]


def _for_files(key: bytes) -> bytes:
    return hmac.digest(key, b"hub files", "sha256")


def _key(word: str, where: str) -> bytes:
    try:
        key = base64.b64decode(word, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise ConfigError(f"{where}: holds a key that is not {KEY} octets in base64 (openssl rand -base64 {KEY})")
    return key


def _write(file: Path, text: str, *, fresh: bool) -> None:
    """Whole or not at all; whoever comes second with a first key finds the other's (os.link does not replace)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    if not fresh:
        beside.replace(file)
        return
    try:
        os.link(beside, file)
    except FileExistsError:
        return
    finally:
        beside.unlink()


def _cipher(key: bytes) -> Any:
    return import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM(key)
