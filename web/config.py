"""The portal's settings: read once from the environment, then frozen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from web.staff.rights import Role, checked_roles

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "PORTAL_"


class ConfigError(Exception):
    """The portal cannot start like this; the message says what to do."""


Tls = Literal["starttls", "tls", "off"]
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, repr=False)
class SmtpServer:
    """Where notices by email are handed in. Without encryption only on this machine."""

    host: str
    port: int
    sender: str
    """The neutral address that they come from."""
    name: str = ""
    """The neutral name beside it; empty shows the address alone."""
    user: str = ""
    password: str = ""
    tls: Tls = "starttls"
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""


@dataclass(frozen=True, repr=False)
class SmsGateway:
    """Where notices by text message are handed in: one HTTPS POST with JSON for each."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    """With the key that the gateway asks for."""
    body: object = None
    """JSON in which {to}, {text}, {sender} and {id} (random, the same at every try) are filled in."""
    sender: str = ""
    """The neutral name or number that it comes from."""


@dataclass(frozen=True)
class OidcConfig:
    """Single sign-on with OpenID Connect: Entra ID, Ansattporten or another provider."""

    issuer: str
    client_id: str
    client_secret: str
    municipality: str
    """The one whose employees the provider knows; it says nothing about others."""
    roles: Mapping[str, tuple[Role, ...]]
    """Group at the provider: roles here. Who is in none of the groups does not come in."""
    username_claim: str = "preferred_username"
    name_claim: str = "name"
    groups_claim: str = "groups"
    scope: str = "openid profile"

    def __repr__(self) -> str:
        """Without the secret."""
        return f"OidcConfig(issuer={self.issuer!r}, municipality={self.municipality!r})"


@dataclass(frozen=True)
class Config:
    """Everything that differs between one installation and the next. Secrets are in keys_dir, not here."""

    var_dir: Path
    database_url: str
    keys_dir: Path
    catalog_dir: Path
    locales_dir: Path
    assistant_url: str = "http://127.0.0.1:5005"
    assistant_token: str = ""
    assistant_timeout_s: float = 3.0
    municipalities: tuple[str, ...] = ("fjordvik",)
    """Folder names in the catalog; the first one has the plain addresses."""
    public_url: str = "http://localhost:8000"
    quick_exit_url: str = "https://www.yr.no"
    """Where the quick exit leads: a page that anybody may have open."""
    limits_storage: str = "memory://"
    """Where tries are counted: memory:// for one process, redis://… for several."""
    trusted_proxies: int = 0
    """How many proxies of our own stand in front and set X-Forwarded-For and -Proto."""
    smtp: SmtpServer | None = None
    """None: no notices by email."""
    sms: SmsGateway | None = None
    """None: no notices by text message."""
    notice_address: str = ""
    """A bare, neutral address to stand under a notice, such as svar.example.no; empty for none."""
    second_factor: Literal["required", "optional"] = "optional"
    """Whether who reads cases needs more than a password. Optional only on a portal that nobody else can reach."""
    local_accounts: bool = True
    """Whether passwords and passkeys of the portal itself open the front desk; else single sign-on alone."""
    oidc: OidcConfig | None = None
    testing: bool = False

    @property
    def municipality(self) -> str:
        """The one with the plain addresses."""
        return self.municipalities[0]

    @property
    def deletions_file(self) -> Path:
        """The journal of what was deleted: outside the database, for after a backup has been restored."""
        return self.var_dir / "deletions.jsonl"

    @property
    def https(self) -> bool:
        """Whether people reach the portal over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def secure_cookies(self) -> bool:
        """Secure cookies with the __Host- prefix: whenever people come over https."""
        return self.https

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Config:
        """Read PORTAL_* variables; what is not set has a default that works on one machine."""

        def text(name: str, default: str) -> str:
            return environ.get(PREFIX + name, "").strip() or default

        def number(name: str, default: float, least: float) -> float:
            try:
                value = float(text(name, str(default)))
            except ValueError as error:
                raise ConfigError(f"{PREFIX}{name} must be a number") from error
            if not least <= value < 1e6:
                raise ConfigError(f"{PREFIX}{name} must be at least {least:g}")
            return value

        var_dir = Path(text("VAR_DIR", str(ROOT / "var"))).resolve()
        public_url = text("PUBLIC_URL", f"http://localhost:{environ.get('PORT') or '8000'}").rstrip("/")
        if urlsplit(public_url).scheme not in ("http", "https") or not urlsplit(public_url).hostname:
            raise ConfigError(f"{PREFIX}PUBLIC_URL must be an address such as https://hjelp.example.no")
        assistant_url = text("ASSISTANT_URL", "http://127.0.0.1:5005").rstrip("/")
        if urlsplit(assistant_url).scheme not in ("http", "https") or not urlsplit(assistant_url).hostname:
            raise ConfigError(f"{PREFIX}ASSISTANT_URL must be an address such as http://127.0.0.1:5005")
        quick_exit_url = text("QUICK_EXIT_URL", cls.quick_exit_url)
        if urlsplit(quick_exit_url).scheme != "https" or not urlsplit(quick_exit_url).hostname:
            raise ConfigError(f"{PREFIX}QUICK_EXIT_URL must be an address such as https://www.yr.no")
        municipalities = tuple(dict.fromkeys(text("MUNICIPALITIES", "fjordvik").replace(",", " ").split()))
        if not all(name.replace("-", "").replace("_", "").isalnum() for name in municipalities):
            raise ConfigError(f"{PREFIX}MUNICIPALITIES must be names of folders in the catalog")
        local = urlsplit(public_url).hostname in ("localhost", "127.0.0.1", "::1")
        second_factor = text("SECOND_FACTOR", "optional" if local else "required")
        if second_factor not in ("required", "optional") or (second_factor == "optional" and not local):
            raise ConfigError(
                f"{PREFIX}SECOND_FACTOR must be required; optional only when people reach it on localhost"
            )
        oidc = _oidc(text, municipalities)
        local_accounts = text("LOCAL_ACCOUNTS", "on")
        if local_accounts not in ("on", "off") or (local_accounts == "off" and oidc is None):
            raise ConfigError(
                f"{PREFIX}LOCAL_ACCOUNTS must be on; off only together with {PREFIX}OIDC_ISSUER"
            )
        return cls(
            second_factor="required" if second_factor == "required" else "optional",
            local_accounts=local_accounts == "on",
            oidc=oidc,
            var_dir=var_dir,
            database_url=text("DATABASE_URL", f"sqlite:///{var_dir / 'portal.sqlite'}"),
            keys_dir=Path(text("KEYS_DIR", str(var_dir / "keys"))).resolve(),
            catalog_dir=Path(text("CATALOG_DIR", str(ROOT / "services_catalog"))).resolve(),
            locales_dir=Path(text("LOCALES_DIR", str(ROOT / "locales"))).resolve(),
            assistant_url=assistant_url,
            assistant_token=text("ASSISTANT_TOKEN", ""),
            assistant_timeout_s=number("ASSISTANT_TIMEOUT", 3.0, 0.1),
            municipalities=municipalities,
            public_url=public_url,
            quick_exit_url=quick_exit_url,
            limits_storage=text("LIMITS_STORAGE", "memory://"),
            trusted_proxies=int(number("TRUSTED_PROXIES", 0, 0)),
            smtp=_smtp(environ),
            sms=_sms(environ),
            notice_address=_notice_address(text("NOTICE_ADDRESS", "")),
            testing=text("TESTING", "0") == "1",
        )

    def __repr__(self) -> str:
        """Without the token and without the database's password."""
        return f"Config(municipalities={self.municipalities!r}, public_url={self.public_url!r})"


def _smtp(environ: Mapping[str, str]) -> SmtpServer | None:
    """PORTAL_SMTP_HOST, _PORT, _FROM, _NAME, _USER, _PASSWORD, _TLS and _CA; None without a host."""

    def text(name: str, default: str = "") -> str:
        return environ.get(f"{PREFIX}SMTP_{name}", "").strip() or default

    host, tls = text("HOST"), text("TLS", "starttls")
    if not host:
        return None
    if tls not in get_args(Tls):
        raise ConfigError(f"{PREFIX}SMTP_TLS must be starttls, tls or off")
    if tls == "off" and host not in _LOOPBACK:
        raise ConfigError(f"{PREFIX}SMTP_TLS=off is for a mail server on this machine only")
    port = text("PORT", {"starttls": "587", "tls": "465", "off": "25"}[tls])
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ConfigError(f"{PREFIX}SMTP_PORT must be a port number")
    sender = text("FROM")
    if not re.fullmatch(r"[\w.+-]+@[\w.-]+", sender, re.ASCII):
        raise ConfigError(f"{PREFIX}SMTP_FROM must be an address that notices come from")
    name = text("NAME")
    if len(name) > 60 or not name.isprintable():
        raise ConfigError(f"{PREFIX}SMTP_NAME must be a short name")
    ca_file = Path(text("CA")) if text("CA") else None
    if ca_file is not None and not ca_file.is_file():
        raise ConfigError(f"{PREFIX}SMTP_CA must be a file with certificates")
    return SmtpServer(host, int(port), sender, name, text("USER"), text("PASSWORD"), cast(Tls, tls), ca_file)


def _sms(environ: Mapping[str, str]) -> SmsGateway | None:
    """PORTAL_SMS_URL, _HEADERS (a JSON object), _BODY (a JSON template) and _SENDER; None without an address."""

    def text(name: str, default: str = "") -> str:
        return environ.get(f"{PREFIX}SMS_{name}", "").strip() or default

    url = text("URL")
    if not url:
        return None
    parts = urlsplit(url)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    ):
        raise ConfigError(f"{PREFIX}SMS_URL must be an https address")
    written = text("BODY", '{"to": "{to}", "text": "{text}"}')
    try:
        body, headers = json.loads(written), json.loads(text("HEADERS", "{}"))
    except ValueError:
        # Without the cause: it quotes the setting, which may hold a key.
        raise ConfigError(f"{PREFIX}SMS_BODY and {PREFIX}SMS_HEADERS must be JSON") from None
    if "{to}" not in written or "{text}" not in written:
        raise ConfigError(f"{PREFIX}SMS_BODY must have places for {{to}} and {{text}}")
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ConfigError(f"{PREFIX}SMS_HEADERS must be a JSON object of texts")
    return SmsGateway(url, tuple(headers.items()), body, text("SENDER"))


def _notice_address(address: str) -> str:
    """Bare: a host, perhaps with a short path, and nothing that tells which case it is about."""
    if address and not re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9-]{1,20})?", address):
        raise ConfigError(f"{PREFIX}NOTICE_ADDRESS must be bare, such as svar.example.no")
    return address


def _oidc(text: Callable[[str, str], str], municipalities: tuple[str, ...]) -> OidcConfig | None:
    """The settings of single sign-on; None when there is none."""
    issuer = text("OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))
    ):
        raise ConfigError(f"{PREFIX}OIDC_ISSUER must be an address that begins with https://")
    secret_file = text("OIDC_CLIENT_SECRET_FILE", "")
    try:
        secret = Path(secret_file).read_text().strip() if secret_file else text("OIDC_CLIENT_SECRET", "")
    except OSError as error:
        raise ConfigError(f"{PREFIX}OIDC_CLIENT_SECRET_FILE cannot be read") from error
    client_id = text("OIDC_CLIENT_ID", "")
    if not client_id or not secret:
        raise ConfigError(
            f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_CLIENT_ID and {PREFIX}OIDC_CLIENT_SECRET(_FILE)"
        )
    municipality = text("OIDC_MUNICIPALITY", municipalities[0])
    if municipality not in municipalities:
        raise ConfigError(f"{PREFIX}OIDC_MUNICIPALITY must be one of {PREFIX}MUNICIPALITIES")
    roles: dict[str, tuple[Role, ...]] = {}
    for pair in text("OIDC_ROLES", "").split():
        group, _equals, names = pair.rpartition("=")
        try:
            roles[group] = checked_roles(names.split(","))
        except ValueError as error:
            raise ConfigError(f"{PREFIX}OIDC_ROLES: {error}") from error
    if not roles or "" in roles or any("service_user" in given for given in roles.values()):
        raise ConfigError(
            f"{PREFIX}OIDC_ROLES must say which group gives which roles, such as «door-desk=front_desk,contact_person»; "
            "service users are given their service one by one under /staff/kontoer"
        )
    return OidcConfig(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        municipality=municipality,
        roles=roles,
        username_claim=text("OIDC_USERNAME_CLAIM", OidcConfig.username_claim),
        name_claim=text("OIDC_NAME_CLAIM", OidcConfig.name_claim),
        groups_claim=text("OIDC_GROUPS_CLAIM", OidcConfig.groups_claim),
        scope=text("OIDC_SCOPE", OidcConfig.scope),
    )
