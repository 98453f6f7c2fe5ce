"""Addresses that stand in published data: whole, stable, and the same whichever address the reader came by."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from web import current


def base() -> str:
    """The address of this municipality's portal, without a slash at the end.

    From the settings, not from the Host header, which anybody may write; only a host name that the municipality has named
    as its own is taken. A path in front (SCRIPT_NAME: of a proxy, or of the municipality) is kept.
    """
    public = urlsplit(current.config().public_url)
    host, path, prefix = public.netloc, public.path.rstrip("/"), request.script_root.rstrip("/")
    asked = request.host.rsplit(":", 1)[0].lower()
    if asked in current.catalog().municipality.hosts:
        host = asked if public.port is None else f"{asked}:{public.port}"
    inside = f"{prefix}/".startswith(f"{path}/")
    return f"{public.scheme}://{host}{prefix if inside else path + prefix}"


def page(service_id: str) -> str:
    """The public page of a service."""
    return f"{base()}/tjenester/{service_id}"
