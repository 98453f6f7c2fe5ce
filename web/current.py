"""What belongs to the running portal: one typed way to each, so that no page reaches into app.extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context, request

from web.municipalities import ENVIRON_KEY

if TYPE_CHECKING:
    from web.assistant import Assistant
    from web.cases.clock import Clock
    from web.catalog import Catalog
    from web.config import Config
    from web.corrections import Cache
    from web.municipalities import Municipalities
    from web.security.vault import Vault
    from web.staff.oidc import Provider


def config() -> Config:
    """The portal's frozen settings."""
    return cast("Config", current_app.extensions["portal-config"])


def vault() -> Vault:
    """The vault with the key ring."""
    return cast("Vault", current_app.extensions["portal-vault"])


def clock() -> Clock:
    """The clock; tests hand in their own."""
    return cast("Clock", current_app.extensions["portal-clock"])


def municipalities() -> Municipalities:
    """The municipalities that this portal serves, as their files have them."""
    return cast("Municipalities", current_app.extensions["portal-municipalities"])


def municipality() -> str:
    """The municipality that this request is for; outside a request the first of the settings."""
    if has_request_context():
        return str(request.environ.get(ENVIRON_KEY, municipalities().default))
    return municipalities().default


def catalog() -> Catalog:
    """The catalog of services of this request's municipality, with what its employees have corrected."""
    name = municipality()
    kept = g.setdefault("portal_catalogs", {})
    if name not in kept:
        cache = cast("Cache", current_app.extensions["portal-corrections"])
        kept[name] = cache.get(municipalities().catalogs[name], clock().now())
    return cast("Catalog", kept[name])


def sso() -> Provider | None:
    """The provider of single sign-on; None when there is none."""
    return cast("Provider | None", current_app.extensions["portal-sso"])


def assistant() -> Assistant:
    """The client of the assistant."""
    return cast("Assistant", current_app.extensions["portal-assistant"])
