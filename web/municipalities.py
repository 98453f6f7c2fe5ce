"""Which municipality a request is for, by host name or by the first part of the path; one portal serves several.

The first municipality of the settings has the plain addresses. Another one has the host names of its `municipality.yml`,
and always `/<its folder name>/…` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from web.catalog import Catalog, load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENVIRON_KEY = "portal.municipality"


class Municipalities:
    """The catalogs as the files have them, by municipality."""

    def __init__(self, catalogs: Mapping[str, Catalog], default: str) -> None:
        """ValueError when two municipalities want the same host name."""
        self.catalogs = catalogs
        self.default = default
        self.hosts: dict[str, str] = {}
        for name, catalog in catalogs.items():
            for host in catalog.municipality.hosts:
                if self.hosts.setdefault(host, name) != name:
                    raise ValueError(f"{host} is a host name of both {self.hosts[host]} and {name}")

    @classmethod
    def load(cls, directory: Path, names: Sequence[str]) -> Municipalities:
        """Read them all; the first is the default. CatalogError or ValueError when that cannot be done."""
        return cls({name: load(directory, name) for name in names}, names[0])

    def of_host(self, host: str) -> str | None:
        """The municipality that a host name belongs to; a port does not matter."""
        return self.hosts.get(host.rsplit(":", 1)[0].lower() if not host.startswith("[") else host)


class MunicipalityRouter:
    """WSGI middleware: notes the municipality, and moves its name out of the path so that all links keep it."""

    def __init__(self, app: WSGIApplication, municipalities: Municipalities) -> None:
        self._app = app
        self._municipalities = municipalities

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        known = self._municipalities
        chosen = known.of_host(environ.get("HTTP_HOST", ""))
        if chosen is None:
            path = environ.get("PATH_INFO", "")
            first, slash, rest = path.lstrip("/").partition("/")
            if first in known.catalogs:
                if not slash:
                    # /name without a slash would make every relative address wrong
                    return _moved(environ, start_response, f"/{first}/")
                environ = {
                    **environ,
                    "SCRIPT_NAME": f"{environ.get('SCRIPT_NAME', '')}/{first}",
                    "PATH_INFO": f"/{rest}",
                }
                chosen = first
        environ[ENVIRON_KEY] = chosen or known.default
        return self._app(environ, start_response)


def _moved(environ: WSGIEnvironment, start_response: StartResponse, path: str) -> Iterable[bytes]:
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    location = f"{environ.get('SCRIPT_NAME', '')}{path}{query}"
    start_response("308 Permanent Redirect", [("Location", location), ("Content-Length", "0")])
    return []


def taken_paths(rules: Iterable[Any]) -> frozenset[str]:
    """The first parts of the portal's own addresses: no municipality may be called like one of them."""
    return frozenset(str(rule).lstrip("/").partition("/")[0] for rule in rules)
