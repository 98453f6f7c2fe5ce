"""A generated year at a front desk: `make demo-data N=100000`, for looking, trying out and measuring.

Written with the portal's own keys, vault and tables, in bulk. Every text is put together from a few made-up sentences
(tools/demo_texts.yml) and says so. A database that holds anything else than demo cases is refused. It goes to var/demo
unless PORTAL_VAR_DIR says another place; `PORTAL_VAR_DIR=var/demo make run` shows it.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import yaml
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from tools.setup import ROOT
from web.cases import SystemClock, afterwards, rows, sending
from web.cases.changing import answered, more_words, words_read
from web.cases.deadlines import NORWAY, OSLO, hear_by
from web.cases.marks import share_mark
from web.cases.models import Case, FollowUp, LogEntry, Message
from web.cases.sharing_models import Share
from web.cases.sharing_types import SHARE_OUTCOMES
from web.cases.types import (
    HELPED,
    OUTCOMES,
    Action,
    Author,
    ContactPointChoice,
    EmployeeRef,
    Evidence,
    Language,
    NeedFound,
    NewCase,
    UnderstandingData,
)
from web.catalog import Catalog, load
from web.config import Config
from web.db import make_engine
from web.migrations import runner
from web.security.vault import CaseVault, KeyRing, Vault
from web.staff.models import Employee, create_employee

PREFIX = "demo-case-"
"""How the submission key of a demo case begins; no real one does (web.citizen makes random ones)."""
BATCH = 250
MOST = 1_000_000
UNITS = ("Familiens hus", "Barneverntjenesten", "Skolehelsetjenesten", "PP-tjenesten", "Nav")
BUSY = (0.9, 0.85, 0.9, 0.75, 0.85, 0.65, 0.35, 0.7, 1.0, 1.0, 1.0, 0.7)
"""How much comes in each month, the busiest is 1."""
USUAL = {
    "bullying": 5,
    "anxiety": 5,
    "school_absence": 4,
    "low_mood": 4,
    "family_conflict": 3,
    "loneliness": 3,
}
"""How often a need is chosen; the others 1."""
PEOPLE = (
    "Kari Demo", "Ola Demo", "Ingrid Demo", "Per Demo", "Aisha Demo", "Lars Demo", "Marit Demo", "Jonas Demo",
    "Elin Demo", "Ahmed Demo", "Sigrid Demo", "Nils Demo",
)  # fmt: skip


class Refused(Exception):
    """The tool will not write here; the message says why."""


@dataclass(frozen=True)
class Year:
    """What the cases are made of."""

    vault: Vault
    catalog: Catalog
    texts: dict[str, Any]
    employees: tuple[EmployeeRef, ...]
    now: datetime
    chance: random.Random
    open_share: float | None
    """None: as it would be (new cases open, old ones closed); else this share of all cases is open."""


def refuse_real_cases(session: Session) -> None:
    """Raise Refused when there is a case that this tool has not made."""
    real = session.scalar(
        select(func.count()).select_from(Case).where(~Case.submission_key.startswith(PREFIX, autoescape=True))
    )
    if real:
        raise Refused(
            f"This database has {real} cases that are no demo data. Choose another place: PORTAL_VAR_DIR=var/demo"
        )


def employees(session: Session, municipality: str) -> tuple[tuple[EmployeeRef, ...], str]:
    """Twelve colleagues in five units, and the password they all have; kept from an earlier run when they are there."""
    found = session.scalars(
        select(Employee).where(Employee.municipality == municipality, Employee.username.startswith("demo-"))
    ).all()
    if found:
        return tuple(employee.ref() for employee in found), ""
    password, hashed = secrets.token_urlsafe(15), ""
    made = []
    for number, name in enumerate(PEOPLE):
        roles = ("front_desk", "contact_person", "leader") if number < 2 else ("front_desk", "contact_person")
        unit = UNITS[number % len(UNITS)]
        employee, _ = create_employee(
            session, municipality, f"demo-{name.split()[0].lower()}", name, unit, roles
        )
        if not hashed:
            employee.set_password(password)
            hashed = employee.password_hash
        employee.password_hash, employee.must_change_password = hashed, False
        made.append(employee.ref())
    session.commit()
    return tuple(made), password


def _sent_at(year: Year) -> datetime:
    """Some moment of the last year: less in the weekend and in July, more in the evening, none in the future."""
    while True:
        day = year.now - timedelta(days=year.chance.random() * 365)
        if year.chance.random() > BUSY[day.month - 1]:
            continue
        hour = year.chance.choices(
            range(24), (1, 1, *[0] * 4, 1, 3, 6, 7, 7, 7, 6, 7, 8, 8, 7, 6, 6, 7, 8, 7, 5, 3)
        )[0]
        local = day.astimezone(OSLO).replace(hour=hour, minute=year.chance.randrange(60))
        if not NORWAY.is_working_day(local.date()) and year.chance.random() < 0.6:
            continue
        at = local.astimezone(UTC)
        if at <= year.now:
            return at


def _new(year: Year, number: int) -> NewCase:
    """What a made-up person sends."""
    chance, texts = year.chance, year.texts
    language: Language = chance.choices(("nb", "nn"), (7, 3))[0]
    writer: Author = chance.choices(("child", "youth", "parent", "other"), (1, 5, 3, 1))[0]
    age = {
        "child": chance.randint(8, 12),
        "youth": chance.randint(13, 22),
        "parent": chance.randint(0, 17),
        "other": chance.randint(3, 17),
    }[writer]
    of_needs = sorted(texts["needs"])
    picked = chance.choices(
        of_needs, [USUAL.get(need, 1) for need in of_needs], k=chance.choices((1, 2, 3), (4, 4, 2))[0]
    )
    needs = list(dict.fromkeys(picked))
    # A few write English on the Norwegian page.
    spoken = "en" if chance.random() < 0.03 else language
    acute = chance.choice(sorted(texts["acute"])) if chance.random() < 0.025 else None
    found, written = [], [chance.choice(texts["openers"][spoken])]
    for need in needs:
        sentence = chance.choice(texts["needs"][need][language])
        start = sum(len(part) + 1 for part in written)
        written.append(sentence)
        found.append(
            NeedFound(need, round(chance.uniform(0.5, 0.98), 2), (Evidence(0, start, start + len(sentence)),))
        )
    if acute:
        written.append(chance.choice(texts["acute"][acute][language]))
    if chance.random() < 0.6:
        written.append(chance.choice(texts["background"][language]))
    written.append(texts["marker"][language])
    services = list(
        dict.fromkeys(s.id for need in needs for s in year.catalog.by_need.get(need, ()) if s.for_citizens)
    )
    chosen = tuple(chance.sample(services, min(len(services), chance.randint(0, 3))))
    kinds = (acute,) if acute else ()
    point = year.catalog.contact_point
    hope = chance.choice(texts["hopes"][language]) if chance.random() < 0.7 else None
    way = chance.choices(("code", "sms", "email"), (7, 2, 1))[0]
    return NewCase(
        municipality=year.catalog.municipality.id,
        language=language,
        statements=((writer, " ".join(written)), *(((writer, hope),) if hope else ())),
        writer=writer,
        contact_point=ContactPointChoice(point.id, point.name[language], point.promise_working_days),
        return_code="",
        submission_key=f"{PREFIX}{number:08d}-{secrets.token_hex(6)}",
        understanding=UnderstandingData(spoken, tuple(found), kinds, 0.9 if acute else 0.02, "demo"),
        needs=tuple(needs),
        about="self" if writer in ("child", "youth") else "my_child" if writer == "parent" else "other",
        age=None if chance.random() < 0.15 else age,
        safe_now="no" if acute == "violence" else chance.choice(("yes", "unknown")),
        hope=hope,
        services=chosen,
        consents={service: chance.random() < 0.7 for service in chosen},
        may_know=("nobody",),
        way=cast(Any, way),
        details={"code": None, "sms": "900 00 000", "email": "demo@example.org"}[way],
        acute_kinds=kinds,
    )


class _Story:
    """One case as it is written down, step by step, at the times it would have happened."""

    def __init__(self, year: Year, number: int) -> None:
        at, new = _sent_at(year), _new(year, number)
        # No code opens a demo case: to make a hundred thousand of them slow on purpose would take hours.
        self.case = sending.case_row(year.vault, at, new, secrets.token_hex(32))
        self.year, self.chance, self.at = year, year.chance, at
        self.box: CaseVault = year.vault.for_case(self.case.id, self.case.wrapped_key)
        self.lines: list[LogEntry] = []
        self.log("sent")

    def later(self, hours: float) -> bool:
        """Move on; False when that would be in the future."""
        at = self.at + timedelta(hours=hours * self.chance.uniform(0.3, 1.7))
        if at > self.year.now:
            return False
        self.at = at
        return True

    def log(self, action: Action, by: EmployeeRef | None = None, detail: str | None = None) -> None:
        self.lines.append(rows.log_entry(self.case, self.box, self.at, action, len(self.lines), by, detail))

    def message(self, sentence: str, by: EmployeeRef | None) -> None:
        row_id = rows.new_id()
        marker = self.year.texts["marker"][self.case.language]
        self.case.messages.append(
            Message(
                id=row_id,
                position=len(self.case.messages),
                from_person=by is None,
                author_name=by.name if by else None,
                text_sealed=self.box.seal(
                    f"{sentence} {marker}", table="messages", column="text_sealed", row_id=row_id
                ),
                created_at=self.at,
            )
        )
        case = self.case
        if by is None:
            self.log("message_from_person")
            more_words(case, self.at)
            if case.waiting_since is None:
                case.waiting_since, case.due_on = self.at, hear_by(self.at, case.promise_days)
        else:
            self.log("message_from_employee", by)
            answered(case, self.at)

    def read(self, by: EmployeeRef) -> None:
        self.log("read", by)
        words_read(self.case, self.at)
        for message in self.case.messages:
            if message.from_person:
                message.read_at = self.at

    def bring_in(self, by: EmployeeRef) -> None:
        """A service that the person has said yes to is brought in, and often says what came of it."""
        case, chance = self.case, self.chance
        allowed = [rows.service_of(row, self.box) for row in case.consents]
        if not allowed or chance.random() < 0.4:
            return
        service, row_id = chance.choice(allowed), rows.new_id()
        share = Share(
            id=row_id,
            municipality=case.municipality,
            mark=share_mark(self.year.vault, case.municipality, self.at, service),
            service_sealed=self.box.seal(service, table="shares", column="service_sealed", row_id=row_id),
            parts_sealed=rows.seal_json(
                self.box, {"parts": ["words", "needs"]}, "shares", "parts_sealed", row_id
            ),
            basis="consent",
            shared_by_id=by.id,
            shared_by_name=by.name,
            shared_at=self.at,
        )
        case.shares.append(share)
        self.log("share_made", by, f"{service} {row_id}")
        if chance.random() < 0.85 and self.later(120):
            share.opened_at = share.outcome_at = self.at
            share.outcome = chance.choices(SHARE_OUTCOMES, (1, 2, 5, 2, 1, 1))[0]
            share.outcome_by = by.name

    def answer(self) -> None:
        """What some say when they are asked whether help came; on the days when the question is open."""
        case, chance = self.case, self.chance
        for one in afterwards.rules().rounds:
            at = case.created_at + timedelta(days=one.after_days + chance.uniform(0, 10))
            if at > self.year.now or chance.random() > 0.3:
                continue
            helped = (6, 3, 1) if case.closed_outcome in ("got_help", "moved_on") else (1, 3, 4)
            answer = chance.choices(HELPED, helped)[0]
            case.follow_ups.append(FollowUp(id=rows.new_id(), round=one.id, answer=answer, created_at=at))
            line = len(self.lines)
            self.lines.append(rows.log_entry(case, self.box, at, "helped_answered", line, None, answer))
            case.not_helped = answer == "no" and case.status != "closed" and at > self.at

    def status(self, status: str, by: EmployeeRef, outcome: str | None = None) -> None:
        case = self.case
        case.status, case.closed_outcome = status, outcome
        if outcome:
            case.waiting_since = None
        self.log("status_set", by, f"closed:{outcome}" if outcome else status)

    def tell(self) -> None:
        """What happens with it, as far as there has been time."""
        year, chance, case, language = self.year, self.chance, self.case, self.case.language
        age_days = (year.now - self.at).days
        stays_open = (
            chance.random() < (0.01 if age_days > 45 else 0.9 - age_days * 0.018)
            if year.open_share is None
            else chance.random() < year.open_share
        )
        by = chance.choice(year.employees)
        # Some wait: somebody was ill, or nobody saw it.
        slow = chance.choices((1, 8, 30), (93, 5, 2))[0]
        first = 6 * slow if case.urgency == "normal" else 0.5
        if not self.later(first) or (stays_open and chance.random() < 0.15):
            return
        self.read(by)
        if stays_open and chance.random() < 0.15:
            return
        if self.later(chance.choices((1, 40, 200), (80, 17, 3))[0]):
            case.contact_person_id, case.contact_person_name, case.contact_unit_name = by.id, by.name, by.unit
            self.log("contact_named", by, by.name)
            self.status("in_progress", by)
        for turn in range(chance.choices((1, 2, 3), (5, 3, 2))[0]):
            if not self.later(4):
                return
            self.message(year.texts["answers"][language][turn], by)
            if chance.random() < 0.5 and self.later(30):
                self.message(chance.choice(year.texts["more"][language]), None)
                if chance.random() < 0.7 and self.later(8):
                    self.read(by)
        if stays_open:
            if case.waiting_since is None and chance.random() < 0.3:
                self.status("waiting_for_person", by)
            return
        self.bring_in(by)
        while not self.later(24 * chance.choice((2, 5, 20))) and self.at < year.now - timedelta(hours=1):
            self.at = year.now - timedelta(minutes=30)
        self.read(by)
        self.status("closed", by, chance.choices(OUTCOMES, (6, 2, 1, 1))[0])


def write_cases(engine: Engine, year: Year, count: int, say: Callable[[str], None]) -> None:
    """Write that many cases, in batches, each batch in one transaction."""
    started = time.monotonic()
    with Session(engine, autoflush=False) as session:
        first = session.scalar(select(func.count()).select_from(Case)) or 0
        # Among a hundred thousand random references some come twice; the portal then tries again, here it is seen to.
        taken = set(session.scalars(select(Case.reference)))
        if engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA synchronous=OFF"))
        for done, size in _batches(count):
            for number in range(first + done, first + done + size):
                story = _Story(year, number)
                while story.case.reference in taken:
                    story.case.reference = rows.new_reference()
                taken.add(story.case.reference)
                story.tell()
                story.answer()
                story.case.version = 1 + len(story.lines)
                session.add(story.case)
                session.add_all(story.lines)
            session.commit()
            session.expunge_all()
            if (done + size) % (BATCH * 40) == 0 or done + size == count:
                say(f"{done + size} of {count} cases, {time.monotonic() - started:.0f} s")


def _batches(count: int) -> Iterator[tuple[int, int]]:
    for done in range(0, count, BATCH):
        yield done, min(BATCH, count - done)


def make(
    config: Config, count: int, *, seed: int, open_share: float | None, say: Callable[[str], None]
) -> str:
    """Make keys, database, employees and cases; the employees' password, empty when they were there before.

    Raises Refused when the database holds other cases.
    """
    if not (config.keys_dir / "keyring.json").exists():
        KeyRing.create(config.keys_dir)
    engine = make_engine(config.database_url)
    try:
        runner.upgrade(engine)
        catalog = load(config.catalog_dir, config.municipality)
        with Session(engine) as session:
            refuse_real_cases(session)
            people, password = employees(session, config.municipality)
        texts = yaml.safe_load((ROOT / "tools" / "demo_texts.yml").read_text(encoding="utf-8"))
        vault, now = Vault(KeyRing.load(config.keys_dir)), SystemClock().now()
        # Which sentences and when: the same for the same seed. Keys and ids stay random.
        year = Year(vault, catalog, texts, people, now, random.Random(seed), open_share)  # noqa: S311 - no secret
        write_cases(engine, year, count, say)
        with engine.connect() as connection:
            # So that the database chooses its indexes by what is there.
            connection.execute(text("ANALYZE"))
            connection.commit()
    finally:
        engine.dispose()
    return password


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when written, 2 when refused."""
    parser = argparse.ArgumentParser(description="A generated year of cases.")
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--open", type=float, help="share of cases that are open, 0 to 1; without it as it would be"
    )
    given = parser.parse_args(arguments)
    if not 1 <= given.count <= MOST:
        parser.error(f"from 1 to {MOST} cases")
    config = Config.from_environment({"PORTAL_VAR_DIR": str(ROOT / "var" / "demo"), **os.environ})
    Path(config.var_dir).mkdir(parents=True, exist_ok=True)
    try:
        password = make(config, given.count, seed=given.seed, open_share=given.open, say=print)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    if password:
        print(f"Log in as demo-kari (or demo-ola …) with the password {password}")
    print(f"Look at it: PORTAL_VAR_DIR={config.var_dir} make run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
