"""An e-mail channel's section of config.toml."""

import ssl
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hub.channel import ChannelSettings

from .addresses import normalised

Security = Literal["none", "starttls", "tls"]
SMTP_PORTS = {"none": 25, "starttls": 587, "tls": 465}
# https://developers.google.com/identity/protocols/oauth2/web-server#offline
# https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
TOKEN_URLS = {
    "google": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
}
AUTHORIZE_URLS = {
    "google": "https://accounts.google.com/o/oauth2/v2/auth",
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
}
GOOGLE_MAIL = "https://mail.google.com/"
OUTLOOK, GRAPH = "https://outlook.office.com", "https://graph.microsoft.com"
SCOPES = {  # (profile, use, who signs in) -> scope; Google gives what was agreed to
    ("microsoft", "mail", "user"): f"{OUTLOOK}/IMAP.AccessAsUser.All {OUTLOOK}/SMTP.Send offline_access",
    ("microsoft", "graph", "user"): f"{GRAPH}/Mail.ReadWrite {GRAPH}/Mail.Send offline_access",
    ("microsoft", "graph", "app"): f"{GRAPH}/.default",
    ("microsoft", "mail", "app"): "https://outlook.office365.com/.default",
}
IMAP_PORTS = {"none": 143, "starttls": 143, "tls": 993}


def _existing(path: str, info: ValidationInfo) -> str:
    """Relative to the folder of the configuration file, which the registry hands in; None: no file may be named."""
    folder = (info.context or {}).get("folder", "")
    if path and folder is None:  # before it is looked for: whether it is there is not told either
        raise ValueError("only config.toml may name files of this machine")
    found = Path(folder or "") / path
    if path and not found.is_file():
        raise ValueError(f"there is no file {found}")
    return str(found) if path else ""


ExistingFile = Annotated[str, AfterValidator(_existing)]


def sealed(url: str) -> str:
    """An address that secrets may be sent to: over TLS, or to this machine. Raises ValueError."""
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and here)):
        raise ValueError("must begin with https://")
    return url


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Server(_Section):
    """A server to sign in to. ca (in a file: ca_file): trust these authorities, as PEM, instead of the system's."""

    host: str = Field(min_length=1, max_length=255)
    port: int | None = Field(None, ge=1, le=65_535)
    security: Security = "tls"
    username: str = ""
    password: SecretStr = SecretStr("")
    ca: str = ""

    @field_validator("ca")
    @classmethod
    def _are_certificates(cls, ca: str) -> str:
        try:
            ssl.create_default_context(cadata=ca or None)
        except (ssl.SSLError, ValueError) as trouble:
            raise ValueError(f"holds no certificates in PEM form: {trouble}") from trouble
        return ca

    @property
    def takes_token(self) -> bool:
        """It is signed in to with an access token, where the channel has any."""
        return bool(self.username) and not self.password.get_secret_value()


class OAuthSettings(_Section):
    """profile: whose addresses and scopes are known here; else token_url says where tokens come from. tenant: of
    Microsoft. authorize_url: where somebody agrees in a browser. Without refresh_token the app signs in for itself
    (client credentials)."""

    profile: Literal["google", "microsoft"] | None = None
    tenant: str = Field("common", pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$")
    token_url: str = ""
    authorize_url: str = ""
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr = SecretStr("")
    refresh_token: SecretStr = SecretStr("")
    scope: str = Field("", max_length=2_000)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.profile) == bool(self.token_url):
            raise ValueError('give either profile = "google" or "microsoft", or a token_url')
        if not self.refresh_token.get_secret_value() and not self.client_secret.get_secret_value():
            raise ValueError("give a refresh_token (or a client_secret, for an app that signs in for itself)")
        if self.profile == "google" and not self.refresh_token.get_secret_value():
            raise ValueError("refresh_token is missing: Google lets no app into a mailbox without one")
        return self

    @field_validator("token_url", "authorize_url")
    @classmethod
    def _is_sealed(cls, url: str) -> str:
        return sealed(url) if url else ""

    @property
    def real_token_url(self) -> str:
        return self.token_url or TOKEN_URLS[self.profile or ""].format(tenant=self.tenant)

    @property
    def real_authorize_url(self) -> str:
        return self.authorize_url or AUTHORIZE_URLS.get(self.profile or "", "").format(tenant=self.tenant)

    def asked_scope(self, use: str) -> str:
        """What somebody is asked to agree to."""
        return self.scope_for(use) or (GOOGLE_MAIL if self.profile == "google" else "")

    def scope_for(self, use: str) -> str:
        """use: mail or graph."""
        way = "user" if self.refresh_token.get_secret_value() else "app"
        return self.scope or SCOPES.get((self.profile or "", use, way), "")


class OtherSmtpSettings(_Server):
    security: Security = "starttls"

    @property
    def real_port(self) -> int:
        return self.port or SMTP_PORTS[self.security]


class SmtpSettings(OtherSmtpSettings):
    """connections: how many are kept open at most. others: what leaves through where this one takes nothing, in that
    order."""

    connections: int = Field(10, ge=1, le=100)
    others: tuple[OtherSmtpSettings, ...] = Field((), max_length=5)


class ImapSettings(_Server):
    """start: `all` also reads what is in the folder when the hub first sees it, `new` only what comes later. keep_sent:
    put what was sent into sent_folder ("" = the one the server says is for it); None: unless the provider does."""

    folder: str = "INBOX"
    start: Literal["all", "new"] = "all"
    poll_seconds: float = Field(60.0, gt=0, le=1_500)
    mark_seen: bool = True
    keep_sent: bool | None = None
    sent_folder: str = ""

    @property
    def real_port(self) -> int:
        return self.port or IMAP_PORTS[self.security]


class GraphSettings(_Section):
    """Microsoft Graph, which reads where no [imap] is and sends where no [smtp] is. mailbox: another one than that of
    whoever agreed. folder: its id or well-known name (https://learn.microsoft.com/graph/api/resources/mailfolder)."""

    api_base: str = "https://graph.microsoft.com/v1.0"
    mailbox: str = ""
    folder: str = "inbox"
    start: Literal["all", "new"] = "all"
    poll_seconds: float = Field(5.0, gt=0, le=1_500)
    mark_seen: bool = True

    @field_validator("api_base")
    @classmethod
    def _is_sealed(cls, url: str) -> str:
        return sealed(url)


class ListenSettings(_Section):
    """An SMTP server of our own. certificate and key: files in PEM form, for STARTTLS. connections: at once, in all
    and from one address (IPv6: one /64)."""

    host: str = "127.0.0.1"
    port: int = Field(2525, ge=0, le=65_535)
    certificate: ExistingFile = ""
    key: ExistingFile = ""
    connections: int = Field(100, ge=1, le=10_000)
    connections_per_address: int = Field(50, ge=1, le=10_000)


class DkimSettings(_Section):
    """domain: of the address, or one above it; key (in a file: key_file): private, in PEM form."""

    domain: str = Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")
    selector: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$")
    key: SecretStr

    @field_validator("key")
    @classmethod
    def _opens(cls, key: SecretStr) -> SecretStr:
        import_module(".dkim", __package__).open_key(key.get_secret_value())
        return key


class EmailSettings(ChannelSettings):
    address: str
    name: str = ""
    smtp: SmtpSettings | None = None
    imap: ImapSettings | None = None
    listen: ListenSettings | None = None
    dkim: DkimSettings | None = None
    oauth: OAuthSettings | None = None
    graph: GraphSettings | None = None
    max_mail_bytes: int = Field(26_214_400, ge=1_000, le=200_000_000)

    @field_validator("listen")
    @classmethod
    def _may_listen(cls, listen: ListenSettings | None, info: ValidationInfo) -> ListenSettings | None:
        if listen and (info.context or {}).get("folder", "") is None:
            raise ValueError("only config.toml may open a port of this machine")
        return listen

    @model_validator(mode="after")
    def _uses_oauth(self) -> Self:
        servers = [*([self.smtp, *self.smtp.others] if self.smtp else ()), *([self.imap] if self.imap else ())]
        if self.oauth and not self.graph and not any(server.takes_token for server in servers):
            raise ValueError("oauth: nothing signs in with it: give [.smtp] or [.imap] a username and no password")
        if self.graph and not self.oauth:
            raise ValueError("graph: needs [.oauth] to sign in with")
        if self.graph and self.smtp and self.imap:
            raise ValueError("graph: has nothing to do, [.imap] reads and [.smtp] sends: leave one of them out")
        if self.graph and not self.smtp and self.dkim:
            raise ValueError("dkim: Microsoft writes and signs what leaves by Graph itself: leave it out")
        return self

    @field_validator("address")
    @classmethod
    def _is_address(cls, address: str) -> str:
        local, at, domain = address.strip().rpartition("@")
        if not (local and at and domain) or any(character in address.strip() for character in ' <>,;\r\n\0"'):
            raise ValueError("must be a plain e-mail address")
        return normalised(address)


class _Named(ssl.SSLContext):
    """Asks for the certificate of this name, whatever address was connected to."""

    name: str

    def wrap_socket(self, sock: Any, *args: Any, **more: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, *args, **more | {"server_hostname": self.name})

    def wrap_bio(self, incoming: Any, outgoing: Any, *args: Any, **more: Any) -> ssl.SSLObject:
        return super().wrap_bio(incoming, outgoing, *args, **more | {"server_hostname": self.name})


def tls_context(settings: OtherSmtpSettings | ImapSettings) -> ssl.SSLContext:
    """The system's authorities, or those given as PEM; always verified, as that of the configured host."""
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.name = settings.host
    if settings.ca:
        context.load_verify_locations(cadata=settings.ca)
    else:
        context.load_default_certs()
    return context
