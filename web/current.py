"""What belongs to the running portal: one typed way to each, so that no page reaches into app.extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from web.assistant import Assistant
    from web.cases.clock import Clock
    from web.catalog import Catalog
    from web.config import Config
    from web.security.vault import Vault


def config() -> Config:
    """The portal's frozen settings."""
    return cast("Config", current_app.extensions["portal-config"])


def vault() -> Vault:
    """The vault with the key ring."""
    return cast("Vault", current_app.extensions["portal-vault"])


def clock() -> Clock:
    """The clock; tests hand in their own."""
    return cast("Clock", current_app.extensions["portal-clock"])


def catalog() -> Catalog:
    """The catalog of services of this municipality."""
    return cast("Catalog", current_app.extensions["portal-catalog"])


def assistant() -> Assistant:
    """The client of the assistant."""
    return cast("Assistant", current_app.extensions["portal-assistant"])
