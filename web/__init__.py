"""The portal: one door into all help for children, young people and families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined, Undefined
from werkzeug.middleware.proxy_fix import ProxyFix

from web.config import Config, ConfigError

if TYPE_CHECKING:
    from types import TracebackType

    from web.assistant import Assistant
    from web.cases.clock import Clock

__all__ = ["Config", "ConfigError", "create_app"]

MAX_REQUEST = 1024 * 1024
csrf = CSRFProtect()


class Portal(Flask):
    """Flask, without an exception's text in the log: it could hold what a person typed."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """Type and place only; the formatter leaves out the rest."""
        name = exc_info[0].__name__ if exc_info[0] else "error"
        self.logger.error("unhandled %s at %s", name, request.endpoint, exc_info=exc_info)


def create_app(config: Config, *, clock: Clock | None = None, assistant: Assistant | None = None) -> Flask:
    """The portal, ready to serve.

    ConfigError, with what to do, when something it cannot do without is missing. clock and assistant: tests
    hand in their own.
    """
    # Imported here, because these modules use what this one defines.
    from web import assistant as assistant_module
    from web import db, errors, health, i18n
    from web.api import cpsv, hsds, match
    from web.api import routes as api_routes
    from web.cases import SystemClock, codes
    from web.cases.types import LANGUAGES
    from web.catalog import CatalogError
    from web.citizen import routes as citizen_routes
    from web.corrections import Cache
    from web.municipalities import Municipalities, MunicipalityRouter, taken_paths
    from web.public import report
    from web.public import routes as public_routes
    from web.security import access, compression, headers, limits, logs, markup, separation, uploads
    from web.security.vault import KeyRing, KeyRingError, Vault
    from web.staff import (
        absence_pages,
        access_log,
        account_pages,
        archiving,
        case_pages,
        case_timeline,
        case_writing,
        concern,
        door,
        entering,
        follow_pages,
        glass,
        guide,
        keeping,
        learning,
        link_pages,
        overview,
        own,
        plan_pages,
        responsibility,
        shared,
        shared_packages,
        sharing,
    )
    from web.staff import catalog as staff_catalog
    from web.staff import package as staff_package
    from web.staff.oidc import Provider

    if not config.testing:
        logs.set_up_logging()
    try:
        keyring = KeyRing.load(config.keys_dir)
        served = Municipalities.load(config.catalog_dir, config.municipalities)
        for language in LANGUAGES:
            codes.words(language)
    except (KeyRingError, CatalogError, codes.WordListError, ValueError) as error:
        raise ConfigError(str(error)) from error

    app = Portal("web")
    app.testing = config.testing
    app.config.update(
        SECRET_KEY=keyring.secret("session"),
        SESSION_COOKIE_NAME="__Host-dor" if config.secure_cookies else "dor",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST,
        # The token lives as long as the session: an hour of thinking must not cost a child the text.
        WTF_CSRF_TIME_LIMIT=None,
        # Strict checking needs the Referer header, which our own Referrer-Policy forbids.
        WTF_CSRF_SSL_STRICT=False,
    )
    # A mistake in a template must not be able to show the settings.
    app.jinja_env.globals.pop("config", None)
    app.jinja_env.undefined = StrictUndefined if config.testing else Undefined
    app.add_template_filter(markup.simple_markup, "simple_markup")
    app.extensions["portal-config"] = config
    app.extensions["portal-vault"] = Vault(keyring)
    app.extensions["portal-clock"] = clock or SystemClock()
    app.extensions["portal-municipalities"] = served
    app.extensions["portal-corrections"] = Cache()
    app.extensions["portal-sso"] = Provider(config.oidc) if config.oidc else None
    app.extensions["portal-assistant"] = assistant or assistant_module.Assistant(
        config.assistant_url, config.assistant_token, config.assistant_timeout_s
    )
    app.wsgi_app = MunicipalityRouter(app.wsgi_app, served)  # type: ignore[method-assign]
    if config.trusted_proxies:
        count = config.trusted_proxies
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = proxied  # type: ignore[method-assign]

    db.init_db(app, db.make_engine(config.database_url))
    separation.init_separation(app)
    # The order of what happens before a view: language, then who may, then how large, then the form's token.
    i18n.init_i18n(app, config)
    access.init_access(app)
    uploads.init_uploads(app, *citizen_routes.TAKES_RECORDINGS, *case_writing.TAKES_FILES)
    csrf.init_app(app)
    limits.init_limits(app, config.limits_storage)
    headers.init_headers(app, https=config.https)
    compression.init_compression(app)
    errors.init_errors(app)
    _init_templates(app)
    app.register_blueprint(health.blueprint)
    for leaving in (staff_package, concern, learning):
        app.register_blueprint(leaving.blueprint)
    staff = (
        case_pages,
        staff_catalog,
        door,
        own,
        account_pages,
        guide,
        plan_pages,
        responsibility,
        absence_pages,
        keeping,
        archiving,
        link_pages,
        follow_pages,
        overview,
        case_timeline,
        entering,
    )
    sharing_rooms = (sharing, shared, shared_packages, glass, access_log)
    for routes in (
        citizen_routes,
        public_routes,
        report,
        *staff,
        *sharing_rooms,
        api_routes,
        match,
        hsds,
        cpsv,
    ):
        app.register_blueprint(routes.blueprint)
    taken = taken_paths(app.url_map.iter_rules()) & set(served.catalogs)
    if taken:
        raise ConfigError(
            f"a municipality cannot be called {', '.join(sorted(taken))}: the portal has a page there"
        )
    return app


def _init_templates(app: Flask) -> None:
    """What every page shows: the numbers to call, and who has the door."""
    from web import current
    from web.matching import HelplineNow, helplines_for

    @app.context_processor
    def _everywhere() -> dict[str, object]:
        def general_helplines() -> list[HelplineNow]:
            return helplines_for(current.catalog(), at=current.clock().now())

        return {
            "general_helplines": general_helplines,
            "municipality": current.catalog().municipality,
            "contact_point": current.catalog().contact_point,
        }
