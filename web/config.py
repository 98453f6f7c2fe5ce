"""The portal's settings: read once from the environment, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "PORTAL_"


class ConfigError(Exception):
    """The portal cannot start like this; the message says what to do."""


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
    testing: bool = False

    @property
    def municipality(self) -> str:
        """The one with the plain addresses."""
        return self.municipalities[0]

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
        return cls(
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
            testing=text("TESTING", "0") == "1",
        )

    def __repr__(self) -> str:
        """Without the token and without the database's password."""
        return f"Config(municipalities={self.municipalities!r}, public_url={self.public_url!r})"
