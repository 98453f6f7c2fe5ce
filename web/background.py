"""What the portal does beside the requests, by itself and again and again: nobody has to remember it.

Each work is safe when several processes of the portal do it at once, and commits what it does itself.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from web import escalations, notices, reminders
from web.cases import SystemClock, journal, retention
from web.cases.deadlines import OSLO
from web.citizen import drafts
from web.db import session_scope
from web.statistics import refresh_all

NIGHT_FROM = 3
"""The hour, Norwegian time, from which the night's run may begin; missed because nothing ran, it is made up for."""
_MINUTE, _HOUR = 60, 3600
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """Something that is done every so many seconds."""

    name: str
    seconds: int
    do: Callable[[Flask], None]
    first_seconds: int = 0
    """How long the portal may settle first; a little more, at random, so that processes do not begin together."""


def clean_drafts(app: Flask) -> None:
    """Delete old drafts, also on a night when nobody comes."""
    with session_scope(app) as session:
        drafts.purge(session, SystemClock().now())


def send_notices(app: Flask) -> None:
    """Send the notices that are due, when this portal has a way to send any."""
    config = app.extensions["portal-config"]
    if notices.ways(config):
        notices.send_due(
            app.extensions["portal-sessions"], app.extensions["portal-vault"], SystemClock(), config
        )


def nightly(app: Flask) -> None:
    """Delete what has stood its time, once a night; write the journal of deletions out, always."""
    clock, sessions, vault = SystemClock(), app.extensions["portal-sessions"], app.extensions["portal-vault"]
    rules = {name: one.retention for name, one in app.extensions["portal-municipalities"].catalogs.items()}
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
        journal.write_out(session, vault, app.extensions["portal-config"].deletions_file)


def remind_services(app: Flask) -> None:
    """Remind services that have not answered; by email where there is a mail server."""
    reminders.remind(
        app.extensions["portal-sessions"],
        app.extensions["portal-vault"],
        SystemClock(),
        app.extensions["portal-config"],
        app.extensions["portal-municipalities"].catalogs,
    )


def count(app: Flask) -> None:
    """Count what is due for the overview; what another process has counted is found done."""
    for municipality in app.extensions["portal-municipalities"].catalogs:
        with session_scope(app) as session:
            refresh_all(session, app.extensions["portal-vault"], SystemClock(), municipality)


def escalate(app: Flask) -> None:
    """Go through what waits too long."""
    escalations.run(
        app.extensions["portal-sessions"],
        SystemClock(),
        app.extensions["portal-config"],
        app.extensions["portal-municipalities"].catalogs.values(),
    )


WORKS = (
    Work("clean-drafts", 10 * _MINUTE, clean_drafts),
    Work("send-notices", _MINUTE, send_notices),
    Work("nights", 10 * _MINUTE, nightly),
    Work("reminders", 10 * _MINUTE, remind_services),
    Work("count-overview", _HOUR, count, first_seconds=20),
    Work("escalations", _MINUTE, escalate),
)


def once(app: Flask, work: Work) -> bool:
    """Do it; False when it failed, which the log says: the next round tries again."""
    try:
        work.do(app)
    except Exception as error:
        # Only the kind of error: its text may hold what a database was asked to write.
        log.error("%s failed: %s", work.name, type(error).__name__)
        return False
    return True


def start(app: Flask) -> None:
    """One thread for each work, as long as the process lives."""
    for work in WORKS:
        threading.Thread(target=_again_and_again, args=(app, work), name=work.name, daemon=True).start()


def _again_and_again(app: Flask, work: Work) -> None:
    pause = threading.Event()
    pause.wait(work.first_seconds * (1 + secrets.randbelow(100) / 10))
    while True:
        once(app, work)
        pause.wait(work.seconds)
