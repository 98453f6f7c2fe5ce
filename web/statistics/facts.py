"""From cases to counts: opens the cases of one month, adds them up, and forgets them again.

This is the only place of the overview that opens what is sealed. What it returns are counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import combinations, islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only, selectinload

from web.cases.child import about_a_child, ages
from web.cases.deadlines import NORWAY, hear_by, local_date
from web.cases.models import Case, Consent, FollowUp, LogEntry, Statement, Understanding
from web.cases.plan_models import MeasureRow
from web.cases.rows import box_of, child_record, facts_of, open_json, service_of
from web.cases.sharing_models import Share
from web.cases.sharing_rows import shared_service
from web.cases.types import SCOPE_CASE, Facts
from web.security.vault import CaseVault, Vault
from web.statistics.periods import Period
from web.statistics.tables import CONTACT_WITHIN, FOLLOWED_AFTER, Counts, service_table

BATCH = 500
_HOUR = timedelta(hours=1)
_ANSWERS = ("message_from_employee", "call_made", "entered")
"""What of the log is an answer to the person; who tells at the counter or on the phone has one there and then."""
_NAMED = ("contact_named", "handover_accepted")
_SAID = {"taken": "waiting", "under_way": "got_help"}
"""A service that has taken it is waited for, like one that says so; one whose help is under way gives help."""
Firsts = Mapping[str, datetime]


class Tally:
    """Counts in the making."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, table: str, *categories: str) -> None:
        """One more in each of these categories."""
        self._counts.setdefault(table, Counter()).update(categories)

    @property
    def counts(self) -> Counts:
        """Table -> category -> how many."""
        return {table: dict(counter) for table, counter in self._counts.items()}


def _cases(session: Session, municipality: str, month: Period) -> Iterator[list[Case]]:
    """The cases that were sent in a month, some hundred at a time, with no more of each than is counted."""
    ids = iter(
        session.scalars(
            select(Case.id).where(
                Case.municipality == municipality,
                Case.created_at >= month.begins,
                Case.created_at < month.ends,
            )
        ).all()
    )
    while some := list(islice(ids, BATCH)):
        yield list(
            session.scalars(
                select(Case)
                .where(Case.id.in_(some))
                .options(
                    selectinload(Case.statements).load_only(
                        Statement.author, Statement.language, Statement.position
                    ),
                    selectinload(Case.understandings).load_only(
                        Understanding.source, Understanding.position, Understanding.needs_sealed
                    ),
                    selectinload(Case.consents).load_only(
                        Consent.scope, Consent.service_sealed, Consent.withdrawn_at
                    ),
                    selectinload(Case.shares).load_only(
                        Share.service_sealed, Share.shared_at, Share.outcome, Share.outcome_at,
                        Share.noted, Share.noted_at,
                    ),
                    selectinload(Case.measures).load_only(MeasureRow.created_at),
                    selectinload(Case.follow_ups).load_only(FollowUp.answer, FollowUp.created_at),
                    load_only(
                        Case.wrapped_key, Case.municipality, Case.created_at, Case.language, Case.status,
                        Case.closed_outcome, Case.urgency, Case.promise_days, Case.contact_person_name,
                        Case.facts_sealed, Case.child_sealed,
                    ),
                )
            )
        )  # fmt: skip
        session.expunge_all()


def _firsts(session: Session, cases: Iterable[Case]) -> dict[str, dict[str, datetime]]:
    """When an employee first did each thing in each case; under «anything» when somebody first had it open."""
    found: dict[str, dict[str, datetime]] = {}
    for case_id, action, at in session.execute(
        select(LogEntry.case_id, LogEntry.action, func.min(LogEntry.at))
        .where(LogEntry.case_id.in_([case.id for case in cases]), LogEntry.actor_kind == "employee")
        .group_by(LogEntry.case_id, LogEntry.action)
    ):
        firsts = found.setdefault(case_id, {})
        firsts[action] = at
        firsts["anything"] = min(at, firsts.get("anything", at))
    return found


def working_days(since: date, until: date) -> int:
    """How many working days came after the day it was sent, up to and with this one. The same day: none."""
    days = (since + timedelta(days=number) for number in range(1, (until - since).days + 1))
    return sum(NORWAY.is_working_day(day) for day in days)


def _needs(case: Case, box: CaseVault) -> list[str]:
    """The needs that count: the employee's last word, else the person's, else the assistant's."""
    by_source = {row.source: row for row in sorted(case.understandings, key=lambda row: row.position)}
    row = next((by_source[one] for one in ("employee", "person", "assistant") if one in by_source), None)
    if row is None:
        return []
    content = open_json(box, row.needs_sealed, "understandings", "needs_sealed", row.id)
    return sorted({need["id"] for need in content["needs"]})


def age_group(case: Case, box: CaseVault, facts: Facts) -> tuple[str, str]:
    """Age group, and which children. A child that somebody has written about without saying how old is a child."""
    age = facts.age
    if case.child_sealed is not None:
        said = child_record(case, box).age
        age = said if said is not None else age
    if age is None:
        child = facts.writer == "child" or about_a_child(facts)
        return ("under_18", "unknown") if child else ("unknown", "")
    if age >= ages().grown_from:
        return "adult", ""
    return "under_18", "0_5" if age < 6 else "6_12" if age < 13 else "13_17"


def promised(case: Case, facts: Facts) -> date:
    """The day by which the person was to hear from somebody."""
    sent = local_date(case.created_at)
    if facts.call is not None and facts.call.on == sent:
        return sent
    return hear_by(case.created_at, case.promise_days)


def _reached(case: Case, facts: Facts, firsts: Firsts) -> dict[str, datetime | None]:
    """When a human had it open, when somebody was named, when somebody answered."""
    names = [firsts[action] for action in _NAMED if action in firsts]
    if not names and case.contact_person_name:
        names = [case.created_at]  # the municipality's door has a name of its own
    answers = [firsts[action] for action in _ANSWERS if action in firsts]
    return {
        "read": firsts.get("anything"),
        "contact": min(names) if names else None,
        "answered": min(answers) if answers else None,
    }


def _in_time(case: Case, facts: Facts, reached: Mapping[str, datetime | None]) -> tuple[str, ...]:
    """Which of the three came in time: read and answered within the promise, a name within CONTACT_WITHIN."""
    until = promised(case, facts)
    limits = {"read": until, "contact": hear_by(case.created_at, CONTACT_WITHIN), "answered": until}
    return tuple(what for what, at in reached.items() if at is not None and local_date(at) <= limits[what])


def _times(tally: Tally, whose: str, case: Case, reached: Mapping[str, datetime | None]) -> None:
    for what, at in reached.items():
        hours = days = "none"
        if at is not None:
            hours = str(max(0, (at - case.created_at) // _HOUR))
            days = str(working_days(local_date(case.created_at), local_date(at)))
        tally.add(f"{whose}:{what}:hours", hours)
        tally.add(f"{whose}:{what}:days", days)


def arrivals(session: Session, vault: Vault, municipality: str, month: Period) -> Counts:
    """What came in a month, and how soon somebody was there."""
    tally = Tally()
    for cases in _cases(session, municipality, month):
        first = _firsts(session, cases)
        for case in cases:
            box = box_of(vault, case)
            facts = facts_of(case, box)
            age, which = age_group(case, box, facts)
            reached = _reached(case, facts, first.get(case.id, {}))
            in_time = _in_time(case, facts, reached)
            tally.add("cases", "all")
            tally.add("language", _language(case))
            tally.add("writer", facts.writer)
            tally.add("age", age)
            tally.add("in_time", *in_time)
            kept = "yes" if "answered" in in_time else "no"
            tally.add("promise_by_language", f"{_language(case)}|{kept}")
            tally.add("promise_by_age", f"{age}|{kept}")
            _times(tally, "all", case, reached)
            if age == "under_18":
                tally.add("ages", which)
                tally.add("children", *in_time)
                _times(tally, "children", case, reached)
            if case.urgency == "acute":
                tally.add("acute", "acute")
            needs = _needs(case, box)
            tally.add("needs", *needs)
            tally.add("pairs", *(f"{one}|{other}" for one, other in combinations(needs, 2)))
            tally.add("services", *_services(case, box, facts))
    return tally.counts


def results(session: Session, vault: Vault, municipality: str, month: Period) -> Counts:
    """What came of what came in a month."""
    tally = Tally()
    for cases in _cases(session, municipality, month):
        for case in cases:
            box = box_of(vault, case)
            age, _ = age_group(case, box, facts_of(case, box))
            answers = sorted(case.follow_ups, key=lambda row: row.created_at)
            helped = answers[-1].answer if answers else "none"
            tally.add("outcome", case.closed_outcome or "open")
            tally.add("helped", helped)
            tally.add("help_by_language", f"{_language(case)}|{helped}")
            tally.add("help_by_age", f"{age}|{helped}")
            if age == "under_18" and _followed(session, case, box):
                tally.add("followed", "followed")
            for service, said in _brought_in(case, box).items():
                tally.add("brought_in", service)
                tally.add(service_table(service).id, _SAID.get(said, said))
    return tally.counts


def _language(case: Case) -> str:
    """The language of the person's own words; of the page, when they are spoken."""
    first = min(case.statements, key=lambda row: row.position, default=None)
    language = first.language if first is not None else case.language
    return language if language in ("nb", "nn") else "other"


def _services(case: Case, box: CaseVault, facts: Facts) -> set[str]:
    """The services that the person has chosen or lets read the case."""
    open_ = (row for row in case.consents if row.scope == SCOPE_CASE and row.withdrawn_at is None)
    return {*facts.services, *(service_of(row, box) for row in open_)}


def _brought_in(case: Case, box: CaseVault) -> dict[str, str]:
    """The services that were brought in, and the last that each of them has said came of it."""
    found: dict[str, str] = {}
    for row in sorted(case.shares, key=lambda row: row.known_at or row.shared_at):
        service = shared_service(row, box)
        found[service] = row.known or found.get(service, "none")
    return found


def _followed(session: Session, case: Case, box: CaseVault) -> bool:
    """Whether there was a plan, a service's answer or an outcome after six weeks."""
    until = case.created_at + timedelta(days=FOLLOWED_AFTER)
    if any(row.created_at <= until for row in case.measures):
        return True
    heard = (at for row in case.shares for at in (row.outcome_at, row.noted_at))
    if any(at is not None and at <= until for at in heard):
        return True
    lines = session.execute(
        select(LogEntry.id, LogEntry.detail_sealed).where(
            LogEntry.case_id == case.id, LogEntry.action == "status_set", LogEntry.at <= until
        )
    )
    return any(
        box.open(sealed, table="log_entries", column="detail_sealed", row_id=line).startswith("closed:")
        for line, sealed in lines
        if sealed
    )
