"""For a WSGI server: gunicorn web.wsgi:app. Settings come from PORTAL_* in the environment."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import threading

from flask import Flask

from web import Config, ConfigError, create_app, escalations, notices, reminders
from web.cases import SystemClock, journal, retention
from web.cases.deadlines import OSLO
from web.citizen import drafts
from web.db import session_scope
from web.statistics import refresh_all

CLEAN_SECONDS = 600
NOTICE_SECONDS = 60
COUNT_SECONDS = 3600
COUNT_FIRST_SECONDS = 20
NIGHT_SECONDS = 600
NIGHT_FROM = 3
"""The hour, Norwegian time, from which the night's run may begin; missed because nothing ran, it is made up for."""
log = logging.getLogger(__name__)


def start_cleaning(app: Flask) -> threading.Thread:
    """Delete old drafts every ten minutes, also on a night when nobody comes."""

    def clean() -> None:
        pause = threading.Event()
        while True:
            try:
                with session_scope(app) as session:
                    drafts.purge(session, SystemClock().now())
            except Exception as error:  # the next round tries again; the reason is in the log
                log.error("could not delete old drafts: %s", error)
            pause.wait(CLEAN_SECONDS)

    thread = threading.Thread(target=clean, name="clean-drafts", daemon=True)
    thread.start()
    return thread


def start_notices(app: Flask) -> threading.Thread | None:
    """Send notices every minute, beside the requests; None when this portal has no way to send any."""
    config = app.extensions["portal-config"]
    if not notices.ways(config):
        return None

    def send() -> None:
        pause = threading.Event()
        while True:
            try:
                notices.send_due(
                    app.extensions["portal-sessions"], app.extensions["portal-vault"], SystemClock(), config
                )
            except Exception as error:  # the next round tries again; the reason is in the log
                log.error("could not send notices: %s", error)
            pause.wait(NOTICE_SECONDS)

    thread = threading.Thread(target=send, name="send-notices", daemon=True)
    thread.start()
    return thread


def start_nights(app: Flask) -> threading.Thread:
    """Delete what has stood its time, once a night, and write the journal of deletions out, every ten minutes."""

    def look() -> None:
        pause = threading.Event()
        sessions, vault = app.extensions["portal-sessions"], app.extensions["portal-vault"]
        config, clock = app.extensions["portal-config"], SystemClock()
        rules = {
            name: one.retention for name, one in app.extensions["portal-municipalities"].catalogs.items()
        }
        while True:
            try:
                if clock.now().astimezone(OSLO).hour >= NIGHT_FROM:
                    done = retention.run_night(sessions, vault, clock, rules)
                    for name, counts in (done or {}).items():
                        log.info(
                            "tonight's run in %s: %d listed, %d deleted, %d failed",
                            name,
                            counts.listed,
                            counts.deleted,
                            counts.failed,
                        )
                with sessions() as session:
                    journal.write_out(session, vault, config.deletions_file)
            except Exception as error:  # the next round tries again; the reason is in the log
                log.error("the night's run failed: %s", error)
            pause.wait(NIGHT_SECONDS)

    thread = threading.Thread(target=look, name="nights", daemon=True)
    thread.start()
    return thread


def start_reminders(app: Flask) -> threading.Thread:
    """Remind services that have not answered, every ten minutes by day; by email where there is a mail server."""

    def look() -> None:
        pause = threading.Event()
        while True:
            try:
                reminders.remind(
                    app.extensions["portal-sessions"],
                    app.extensions["portal-vault"],
                    SystemClock(),
                    app.extensions["portal-config"],
                    app.extensions["portal-municipalities"].catalogs,
                )
            except Exception as error:  # the next round tries again; the reason is in the log
                log.error("could not remind services: %s", error)
            pause.wait(NIGHT_SECONDS)

    thread = threading.Thread(target=look, name="reminders", daemon=True)
    thread.start()
    return thread


def start_counting(app: Flask) -> threading.Thread:
    """Count what is due for the overview every hour, beside the requests; the first time when the portal has settled."""

    def count() -> None:
        pause = threading.Event()
        # Not all processes of the portal at once: what one has counted, the next finds done.
        pause.wait(COUNT_FIRST_SECONDS * (1 + secrets.randbelow(100) / 10))
        while True:
            for municipality in app.extensions["portal-municipalities"].catalogs:
                try:
                    with session_scope(app) as session:
                        refresh_all(session, app.extensions["portal-vault"], SystemClock(), municipality)
                except Exception as error:  # the next round tries again; the reason is in the log
                    log.error("could not count for the overview: %s", error)
            pause.wait(COUNT_SECONDS)

    thread = threading.Thread(target=count, name="count-overview", daemon=True)
    thread.start()
    return thread


def start_escalations(app: Flask) -> threading.Thread:
    """Go through what waits too long every minute, beside the requests: nobody has to remember it."""

    def go_through() -> None:
        pause = threading.Event()
        while True:
            try:
                escalations.run(
                    app.extensions["portal-sessions"],
                    SystemClock(),
                    app.extensions["portal-config"],
                    app.extensions["portal-municipalities"].catalogs.values(),
                )
            except Exception as error:  # the next round tries again; the reason is in the log
                log.error("could not go through what waits too long: %s", error)
            pause.wait(NOTICE_SECONDS)

    thread = threading.Thread(target=go_through, name="escalations", daemon=True)
    thread.start()
    return thread


try:
    app = create_app(Config.from_environment(os.environ))
except ConfigError as error:
    sys.exit(f"The portal cannot start: {error}")
start_cleaning(app)
start_notices(app)
start_nights(app)
start_reminders(app)
start_counting(app)
start_escalations(app)
