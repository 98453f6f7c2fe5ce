"""Times of the front desk's pages with many cases: part of `make bench`, or alone: python -m tools.bench_desk.

With the demo database when there is one (var/demo, from `make demo-data N=100000`), else with a small one made for the
purpose. Each page is asked for through the whole portal, login, checks, template and all, but without the network. Nothing is
written to the demo database but what opening a case writes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tools import demo_data
from tools.setup import ROOT
from web import create_app
from web.cases import SystemClock
from web.cases.models import Case
from web.config import Config
from web.db import db, make_engine
from web.migrations import runner
from web.security import sessions
from web.security.vault import KeyRing, Vault
from web.staff import desk
from web.staff.models import Employee
from web.statistics.making import refresh
from web.statistics.waiting import refresh_waiting

LIMIT_MS = 100.0
OVERVIEW_MS = 300.0
RUNS = 15
SMALL = 2000


def _logged_in(app: Any, employee_id: str) -> Any:
    """A browser of this employee."""
    client = app.test_client()
    with app.test_request_context("/"):
        from flask import session

        found = db().get(Employee, employee_id)
        if found is None:
            raise SystemExit("the demo employees are gone: make demo-data again")
        sessions.log_in(found)
        db().commit()
        cookie = dict(session)
    with client.session_transaction() as kept:
        kept.update(cookie)
    return client


def _times(client: Any, address: str, runs: int) -> tuple[float, float, float, str]:
    """Quickest, median and mean processor time, in milliseconds after one warm run, and the page."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    times, cpu = [], time.process_time()
    for _ in range(runs):
        started = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - started) * 1000)
    own = (time.process_time() - cpu) * 1000 / runs
    return min(times), statistics.median(times), own, answer.get_data(as_text=True)


def _addresses(app: Any, session: Session) -> dict[str, str]:
    """Name and address of each page that is measured."""
    open_case = session.scalar(select(Case.id).where(Case.queue_key < "9").order_by(Case.queue_key).limit(1))
    reference = session.scalar(select(Case.reference).limit(1))
    name = session.scalar(
        select(Case.contact_person_name).where(Case.contact_person_name.is_not(None)).limit(1)
    )
    middle = session.execute(
        select(Case.queue_key, Case.id)
        .where(Case.queue_key >= "9")
        .order_by(Case.queue_key)
        .offset(1000)
        .limit(1)
    ).first()
    asked: dict[str, dict[str, str]] = {f"part {part.slug}": {"vis": part.slug} for part in desk.PARTS}
    if middle:
        asked["closed, page 21"] = {"vis": desk.CLOSED, "etter": f"{middle[0]}.{middle[1]}"}
    asked |= {
        "search: number": {"q": (reference or "")[:4], "lukket": "1", "vis": desk.ALL},
        "search: contact person": {"q": name or "Demo", "lukket": "1", "vis": desk.ALL},
        "search: nobody": {"q": "finnes ikke", "lukket": "1", "vis": desk.ALL},
        "search: service": {"tjeneste": "skolehelse", "lukket": "1", "vis": desk.ALL},
        "search: dates": {"fra": "2026-03-01", "til": "2026-03-08", "lukket": "1", "vis": desk.ALL},
    }
    found = {name: f"/staff/?{urlencode(values)}" for name, values in asked.items()}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    news = {"siden": yesterday.isoformat(), "vis": desk.ALL}
    found["news since yesterday"] = f"/staff/nye?{urlencode(news)}"
    found["overview for leaders"] = "/staff/oversikt/"
    found["overview, one month"] = "/staff/oversikt/?periode=2026-03"
    if open_case:
        found["a case"] = f"/staff/sak/{open_case}"
    return found


def _counting(config: Config, engine: Engine) -> str:
    """How long the overview's counting takes: what is due (everything, the first time), and what waits now."""
    vault, clock = Vault(KeyRing.load(config.keys_dir)), SystemClock()
    with Session(engine) as session:
        started = time.process_time()
        made = refresh(session, vault, clock, config.municipality)
        counted = time.process_time()
        refresh_waiting(session, vault, clock, config.municipality)
        waited = time.process_time() - counted
    return (
        f"overview: {made} sets of numbers in {counted - started:.1f} s of the processor, "
        f"open cases of children in {waited:.1f} s"
    )


def measure(config: Config, runs: int = RUNS) -> tuple[list[str], bool]:
    """The lines of the table, and whether every page kept within LIMIT_MS (its quickest run)."""
    app = create_app(config)
    engine = make_engine(config.database_url)
    lines, kept = [], True
    lines.append(_counting(config, engine))
    with Session(engine) as session:
        cases = session.scalar(select(func.count()).select_from(Case)) or 0
        waiting = session.scalar(select(func.count()).select_from(Case).where(Case.queue_key < "9")) or 0
        employee = session.scalars(select(Employee).where(Employee.username == "demo-kari")).one()
        addresses, employee_id = _addresses(app, session), employee.id
    lines.append(f"front desk: {cases} cases, {waiting} of them open, {engine.dialect.name}")
    lines.append(f"{'page':<30} {'quickest':>9} {'median ms':>9} {'cpu ms':>7} {'kB':>6}")
    client = _logged_in(app, employee_id)
    for name, address in addresses.items():
        quickest, middle, own, page = _times(client, address, runs)
        kept = kept and quickest < (
            OVERVIEW_MS if "overview" in name else LIMIT_MS
        )  # other work on the machine is not the page's
        lines.append(f"{name:<30} {quickest:>9.1f} {middle:>9.1f} {own:>7.1f} {len(page) / 1024:>6.0f}")
    engine.dispose()
    return lines, kept


def desk_times(runs: int = RUNS) -> tuple[str, bool]:
    """The table for the demo database, or for a small one when there is none; and whether all kept the limit."""
    settings = {"PORTAL_VAR_DIR": str(ROOT / "var" / "demo"), **os.environ, "PORTAL_ASSISTANT_TOKEN": "bench"}
    config = Config.from_environment(settings)
    if (Path(config.keys_dir) / "keyring.json").exists():
        engine = make_engine(config.database_url)
        with engine.connect() as connection:
            current = runner.at_head(connection)
        engine.dispose()
        if current:
            lines, kept = measure(config, runs)
            return "\n".join(lines), kept
    with tempfile.TemporaryDirectory() as folder:
        config = Config.from_environment({**settings, "PORTAL_VAR_DIR": folder})
        demo_data.make(config, SMALL, seed=1, open_share=None, say=lambda line: None)
        lines, kept = measure(config, runs)
    return "\n".join([*lines, "(a small database; more: make demo-data N=100000)"]), kept


def main() -> int:
    """0 when every page kept the limit."""
    parser = argparse.ArgumentParser(description="Times of the front desk's pages.")
    parser.add_argument("--runs", type=int, default=RUNS)
    table, kept = desk_times(min(max(parser.parse_args().runs, 1), 1000))
    print(table)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
