"""config.toml -> frozen settings. A wrong key stops the start with one line that names key, problem and file.

Every key can be overridden by environment: HUB_WEB__PORT=9000 stands for `[web] port`; a key `x_file` stands
for `x` and names a file whose content is the value (secrets). Relative paths are relative to the config file.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from hub.clock import DAY, MINUTE
from hub.errors import ConfigError
from hub.kinds import WELL_KNOWN
from hub.languages import Tag

PREFIX = "HUB_"
ROLES = ("web", "intake", "delivery", "scheduler")  # that one process may have or many share
SERVER_OPTIONS = {"host", "ssl"}  # after the ? of a PostgreSQL URL, as asyncpg spells them
SECRETIVE = ("url", "token", "secret", "password", "key", "auth")  # keys whose values stay out of messages
NOT_SETTINGS = {"HUB_CONFIG", "HUB_CRASH_AT", "HUB_TESTING"}


def _hours(said: Any) -> Any:
    """ "21:00-08:00" -> two times. Raises ValueError."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", str(said))
    if not found or found[1] + found[2] == found[3] + found[4]:
        raise ValueError("are no hours like 21:00-08:00")
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(Section):
    url: str = "sqlite:///var/hub.db"
    pool: int = Field(10, ge=2, le=200)

    @field_validator("url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        if url.startswith("postgresql"):
            _check_server(url)
        return url


class RedisSettings(Section):
    url: str = ""

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return url


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    base_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    hsts_days: int = Field(365, ge=0, le=3650)

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be an address like https://hub.example.com")
        return url

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """One text, as an environment variable has it, is a list with commas."""
        return [entry.strip() for entry in given.split(",") if entry.strip()] if isinstance(given, str) else given

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            ip_network(entry, strict=False)
        return entries


class CompanySettings(Section):
    name: str = "Example Company"
    address: str = ""
    imprint: str = ""
    website: str = Field("", pattern=r"^(https?://[^\s<>\"']+)?$")
    language: Tag = "en"
    timezone: str = "Europe/Berlin"
    country: str = Field("DE", pattern="^[A-Z]{2}$")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    form_of_address: Literal["formal", "informal"] = "formal"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError) as unknown:
            raise ValueError("is no time zone like Europe/Berlin") from unknown
        return name


class AccountsSettings(Section):
    idle_minutes: int = Field(720, ge=5, le=43_200)
    session_days: int = Field(14, ge=1, le=365)
    audit_months: int = Field(12, ge=1, le=120)

    @property
    def idle(self) -> int:
        """Milliseconds."""
        return self.idle_minutes * MINUTE

    @property
    def lifetime(self) -> int:
        """Milliseconds."""
        return self.session_days * DAY


class InboxSettings(Section):
    reopen_days: int = Field(14, ge=0)
    max_mail_bytes: int = Field(26_214_400, ge=1_000)
    undo_seconds: int | None = Field(None, ge=0, le=120)
    goal_minutes: int = Field(240, ge=1, le=43_200)
    unhealthy_minutes: int = Field(5, ge=1, le=1_440)


class AdvertisingSettings(Section):
    """quiet: (from, until) by the name or type of a channel or its kind of address, as `{ sms = "21:00-08:00" }`."""

    quiet: dict[str, Hours] = {}
    sign_up: tuple[str, ...] = ()
    archive: bool = False
    at_most: int = Field(0, ge=0, le=1_000)
    days: int = Field(7, ge=1, le=365)


class TranscriptionSettings(Section):
    """url: of an engine that takes OpenAI's form of /v1/audio/transcriptions, on one's own machine or elsewhere."""

    url: str = Field("", pattern=r"^(https?://[^\s<>\"']+)?$")
    model: str = "whisper-1"
    api_key: SecretStr = SecretStr("")


class TemplateSettings(Section):
    path: str = ""


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Settings(Section):
    """The whole of config.toml. channels: name -> its section, validated later by the adapter of its type."""

    store: StoreSettings = StoreSettings()
    redis: RedisSettings = RedisSettings()
    web: WebSettings = WebSettings()
    accounts: AccountsSettings = AccountsSettings()
    company: CompanySettings = CompanySettings()
    inbox: InboxSettings = InboxSettings()
    advertising: AdvertisingSettings = AdvertisingSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    templates: TemplateSettings = TemplateSettings()
    log: LogSettings = LogSettings()
    secret: SecretStr = SecretStr("")
    key: SecretStr = SecretStr("")
    keyring: str = "hub.key"
    channels: dict[str, dict[str, Any]] = {}
    file: Path = Path("config.toml")

    @property
    def folder(self) -> Path:
        return self.file.parent

    def path(self, relative: str) -> Path:
        return (self.folder / relative).resolve()

    @property
    def store_url(self) -> str:
        """store.url, a relative SQLite path made absolute."""
        scheme, found, file = self.store.url.partition("sqlite:///")
        return f"sqlite:///{self.path(file)}" if found and not scheme else self.store.url


def load_settings(file: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read file (None: only defaults and environment). Raises ConfigError with one line for the operator."""
    tree = _read_toml(file) if file else {}
    where = file or Path("environment")
    _overlay(tree, environ)
    _read_secret_files(tree, where)
    if "file" in tree:
        raise ConfigError(f"{where}: file: unknown key")
    try:
        settings = Settings(**tree, file=(file or Path("config.toml")).absolute())
    except ValidationError as invalid:
        raise ConfigError(describe(invalid, str(where))) from invalid
    if settings.templates.path and not settings.path(settings.templates.path).is_dir():
        raise ConfigError(f"{where}: templates.path: there is no folder {settings.path(settings.templates.path)}")
    known = {*WELL_KNOWN, *settings.channels, *(one.get("type") for one in settings.channels.values())}
    if unknown := set(settings.advertising.quiet) - known:  # spelt wrong, it would ring at night
        raise ConfigError(f"{where}: advertising.quiet: there is no channel {min(unknown)!r}, by name or type")
    return settings


def describe(invalid: ValidationError, file: str, under: str = "") -> str:
    """The first problem as one line: file: key: what is wrong with its value."""
    # a mistyped key is also missing under its right name: say the cause
    first = min(invalid.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in ([under] if under else []) + list(first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{file}: {key}: unknown key"
    if first["type"] == "missing":
        return f"{file}: {key}: is missing"
    got = "" if any(word in key for word in SECRETIVE) else f" (got {first['input']!r})"
    return f"{file}: {key}: {first['msg'].removeprefix('Value error, ')}{got}"


def _check_server(url: str) -> None:
    """Raises ValueError for what the driver would stumble over later."""
    parts = urlsplit(url)
    if not parts.path.strip("/"):
        raise ValueError("names no database: postgresql://user:password@host/database")
    if parts.port == 0:  # reading it raises ValueError for what is no number
        raise ValueError("has port 0")
    if unknown := {key for key, _ in parse_qsl(parts.query)} - SERVER_OPTIONS:
        raise ValueError(f"has an unknown option {min(unknown)} (known: {', '.join(sorted(SERVER_OPTIONS))})")


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise ConfigError(f"{file}: cannot be read: {trouble}") from trouble
    except tomllib.TOMLDecodeError as trouble:
        raise ConfigError(f"{file}: is not TOML: {trouble}") from trouble


def _overlay(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        *path, key = [part.lower() for part in name.removeprefix(PREFIX).split("__")]
        table = tree
        for part in path:
            table = table.setdefault(_spelled(table, part), {})
            if not isinstance(table, dict):
                raise ConfigError(f"environment: {name}: {part} is not a section")
        table[_spelled(table, key)] = _typed(value)


def _spelled(table: Mapping[str, Any], part: str) -> str:
    """The key as the file spells it: HUB_CHANNELS__SUPPORT_MAIL__... means [channels.support-mail] if that exists."""
    return next((key for key in table if key.lower().replace("-", "_") == part), part)


def _typed(value: str) -> Any:
    """Lists and tables are written in TOML; anything else stays text, and pydantic converts it."""
    if value[:1] in "[{":
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return value
    return value


def _read_secret_files(table: dict[str, Any], file: Path, under: str = "") -> None:
    for key in list(table):
        value = table[key]
        if isinstance(value, dict):
            _read_secret_files(value, file, f"{under}{key}.")
        elif isinstance(value, list):
            for number, one in enumerate(value):
                if isinstance(one, dict):
                    _read_secret_files(one, file, f"{under}{key}.{number}.")
        elif key.endswith("_file") and isinstance(value, str):
            try:
                table[key.removesuffix("_file")] = (file.parent / table.pop(key)).read_text("utf-8").strip()
            except (OSError, ValueError) as trouble:
                raise ConfigError(f"{file}: {under}{key}: cannot be read: {trouble} (got {value!r})") from trouble
