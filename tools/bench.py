"""Turns per second and times: through the portal's pages, beside the bare assistant, in the same run.

`make bench` starts a portal of its own on loopback with an empty database, lets 1 and then 16 people write, and prints a table.
Bounded in time; all traffic stays on this machine.
"""

from __future__ import annotations

import argparse
import itertools
import re
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tools.bench_desk import desk_times
from tools.processes import (
    AssistantProcess,
    answers,
    free_port,
    portal_command,
    portal_environment,
    portal_process,
)
from tools.setup import ROOT
from web.catalog import Catalog, load, municipalities
from web.catalog.reading import forget_what_was_read
from web.catalog.search import Index, read_synonyms
from web.matching import Query, match

CATALOG = ROOT / "services_catalog"

# A conversation as it goes: told, two buttons, an age, a hope, a question about the service, more told. Invented texts.
TURNS = (
    "jeg orker ikke skolen lenger, de to jeg var med før har laget en gruppe uten meg og jeg spiser matpakka på do",
    '/answer{"safe_now": "yes"}',
    '/answer{"about": "self"}',
    "14",
    "at noen sier det til læreren uten å si at det er meg",
    "får mamma vite at jeg har skrevet her?",
    "og så får jeg ikke sove om natta, ligger bare og tenker på i morgen",
)
_FORM = re.compile(r'<form id="tell".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Times:
    """Seconds of each turn, and how many went wrong."""

    turns: list[float] = field(default_factory=list)
    errors: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, ok: bool) -> None:
        """One turn."""
        with self.lock:
            self.turns.append(seconds)
            self.errors += not ok


def bare(url: str, token: str) -> Callable[[Times, float], None]:
    """A person who speaks with the assistant directly."""

    def person(times: Times, until: float) -> None:
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        while time.monotonic() < until:
            conversation = secrets.token_urlsafe(16)
            for said in TURNS:
                key = "payload" if said.startswith("/") else "text"
                started = time.monotonic()
                answer = session.post(
                    f"{url}/webhooks/portal/turn", json={"conversation": conversation, key: said}, timeout=30
                )
                times.add(time.monotonic() - started, answer.ok and bool(answer.json()["messages"]))
                if time.monotonic() > until:
                    return

    return person


class _From(HTTPAdapter):
    """Connections from an address of their own: the portal's limits hold for each address, and each conversation
    here is another person's."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)


def through_portal(url: str) -> Callable[[Times, float], None]:
    """A person who writes on the portal's first page, as a browser without JavaScript does: post, then the page again."""

    numbers = itertools.count()

    def person(times: Times, until: float) -> None:
        while time.monotonic() < until:
            session = requests.Session()
            session.trust_env = False
            session.mount("http://", _From(f"127.0.0.{2 + next(numbers) % 250}"))
            page = session.get(f"{url}/", timeout=30).text
            for said in TURNS:
                form = _FORM.search(page)
                if form is None:
                    times.add(0.0, False)
                    return
                fields = {name: unescape(value) for name, value in _HIDDEN.findall(form.group())}
                key = "payload" if said.startswith("/") else "text"
                started = time.monotonic()
                answer = session.post(f"{url}/", data={**fields, key: said}, timeout=30)
                page = answer.text
                times.add(
                    time.monotonic() - started,
                    answer.ok and unescape(page).count(said[:20]) > 0 if key == "text" else answer.ok,
                )
                if time.monotonic() > until:
                    return

    return person


def measure(person: Callable[[Times, float], None], users: int, seconds: float) -> tuple[Times, float]:
    """Let `users` people write for `seconds`; their times, and how long it took in all."""
    times, started = Times(), time.monotonic()
    people = [threading.Thread(target=person, args=(times, started + seconds)) for _ in range(users)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return times, time.monotonic() - started


def row(name: str, users: int, times: Times, seconds: float) -> str:
    """One line of the table: turns/s, median and 95th percentile in ms, errors."""
    ordered = sorted(times.turns)
    slow = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] * 1000
    middle = statistics.median(ordered) * 1000
    return (
        f"{name:<12} {users:>5} {len(ordered) / seconds:>9.1f} {middle:>9.0f} {slow:>9.0f} {times.errors:>7}"
    )


def _memory_mb(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return float("nan")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    return int(found.group(1)) / 1024 if found else float("nan")


def _best_ms(work: Callable[[], object], times: int) -> float:
    """The quickest of several runs, in milliseconds: what the work itself takes on a shared machine."""
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best * 1000


def catalog_times(services: int = 300) -> str:
    """Loading the catalog afresh, and one match with that many services (copies of the real ones under other ids)."""
    name = municipalities(CATALOG)[0]

    def fresh() -> Catalog:
        forget_what_was_read()
        return load(CATALOG, name)

    catalog = fresh()
    everything = list(catalog.services.values())
    more = [
        replace(everything[i % len(everything)], id=f"{everything[i % len(everything)].id}_{i}")
        for i in range(max(0, services - len(everything)))
    ]
    by_need = {
        need: (*those, *(s for s in more if s.for_citizens and need in s.needs))
        for need, those in catalog.by_need.items()
    }
    big = replace(catalog, services={**catalog.services, **{s.id: s for s in more}}, by_need=by_need)
    needs = tuple((need, 0.8) for need in list(catalog.needs)[:4])
    query = Query(needs=needs, writer="youth", age=15)
    index = Index(big, read_synonyms(CATALOG))
    asked = ("mammaen min drikker og jeg får ikke sove", "helsesjukepleiar", "psykolg", "skole", "xyzzyq")
    slowest = max(_best_ms(partial(index.search, words), 20) for words in asked)
    return (
        f"catalog: {_best_ms(fresh, 5):.0f} ms to load {name} ({len(everything)} services), "
        f"{_best_ms(lambda: match(big, query), 50):.2f} ms for a match of {len(needs)} needs among {len(big.services)} services, "
        f"{slowest:.2f} ms for the slowest of {len(asked)} searches"
    )


def main() -> int:
    """0 when everything answered, and the front desk in time."""
    parser = argparse.ArgumentParser(
        description="Turns per second and times, portal beside the bare assistant."
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each measurement lasts")
    seconds = min(parser.parse_args().seconds, 120.0)
    token, errors = secrets.token_urlsafe(32), 0
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        started = time.monotonic()
        with AssistantProcess(token, var / "assistant.log") as assistant:
            cold = time.monotonic() - started
            port = free_port()
            env = portal_environment(var, "127.0.0.1", port, assistant.url, token)
            portal_command(env, "keys", "create", "--if-missing")
            portal_command(env, "db", "upgrade")
            portal = portal_process("127.0.0.1", port, env, var / "portal.log")
            portal.start()
            try:
                while not answers(f"http://127.0.0.1:{port}/healthz"):
                    time.sleep(0.1)
                print(f"{'':<12} {'users':>5} {'turns/s':>9} {'median ms':>9} {'95 % ms':>9} {'errors':>7}")
                for name, person in (
                    ("assistant", bare(assistant.url, token)),
                    ("portal", through_portal(f"http://127.0.0.1:{port}")),
                ):
                    measure(person, 1, 2.0)  # warm
                    for users in (1, 16):
                        times, took = measure(person, users, seconds)
                        errors += times.errors
                        print(row(name, users, times, took), flush=True)
                print(f"\n{catalog_times()}")
                print(
                    f"assistant: {cold:.1f} s from start to ready, {_memory_mb(assistant.process.pid):.0f} MB after the load"
                )
            finally:
                portal.stop()
    table, kept = desk_times()
    print(f"\n{table}")
    return 0 if kept and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
