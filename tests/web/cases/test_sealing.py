"""What lies in the database: every sealed field is sealed, and the marked sentence is nowhere in the file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import inspect, select, text

from tests.conftest import MARKED
from web import cases
from web.cases import (
    FixedClock,
    concern,
    coordination,
    deletion_requests,
    learning,
    linking,
    package,
    plan,
    retention,
)
from web.cases.closing import open_ends
from web.cases.deadlines import local_date
from web.cases.glass import break_glass
from web.cases.models import SEALED_FIELDS, Case, Statement
from web.cases.plan_types import MeasureChange, NewMeasure
from web.cases.sharing_types import Law, NewShare, Withholding
from web.cases.types import ChildStatement, ChildTold, NotAsked
from web.catalog.retention import Retention
from web.citizen import drafts
from web.db import Base
from web.security.vault import VaultError
from web.statistics import making

# Every column that is not sealed, and why it may be plain. A new column must be put on one of the two lists.
PLAIN = {
    "cases": {
        "id", "reference", "municipality", "created_at", "language", "status", "closed_outcome", "urgency", "due_on",
        "call_waits", "promise_days", "waiting_since", "wrapped_key", "code_hash", "submission_key", "contact_unit",
        "contact_unit_name", "contact_person_id", "contact_person_name", "version", "last_person_at", "last_read_at",
        "unread", "queue_key", "not_helped", "unit_key",
        "plan_due_on",  # the queue finds and counts plans past their day
        "help_disputed",  # the queue finds and counts: the service says yes, the person says no
        "blocked_at",
        # What is promised of an acute case, and sound nobody has heard, are sorted, counted and escalated.
        "acute_since", "unseen_since", "unheard", "unread_words",
    },
    "service_marks": {"case_id", "mark"},
    "presences": {"case_id", "employee_id", "municipality", "employee_name", "until"},
    "child_invitations": {"id", "case_id", "code_hash", "made_at", "expires_at", "used_at", "withdrawn_at"},
    "statements": {"id", "case_id", "position", "author", "language", "created_at", "from_child"},
    "understandings": {
        "id", "case_id", "position", "source", "by_name", "language", "model", "created_at", "from_child",
    },
    "consents": {"id", "case_id", "position", "scope", "given_by", "given_at", "withdrawn_at"},
    "contacts": {"id", "case_id", "way", "voicemail_ok", "notices_ok"},
    "follow_ups": {"id", "case_id", "round", "answer", "created_at"},
    "notices": {
        "id", "case_id", "kind", "about", "way", "created_at", "due_at", "tries", "state", "changed_at",
    },
    # Which colleague has, is offered or had a case, and when: the queue filters by it, and nobody loses a case unseen.
    "handovers": {
        "id", "case_id", "municipality", "from_id", "from_name", "to_id", "to_name", "to_unit", "by_id", "by_name",
        "made_at", "state", "settled_at",
    },
    # Which rule of the file was met, and when: what is late must be countable.
    "escalations": {"id", "case_id", "municipality", "step", "about", "audience", "to_id", "made_at", "settled_at"},
    # That services disagree and who has decided; not which, nor why.
    "disputes": {
        "id", "case_id", "municipality", "opened_at", "opened_by_id", "opened_by_name", "decided_at", "decided_by_id",
        "decided_by_name",
    },
    "coordination_notes": {"id", "case_id", "at", "by_id", "by_name"},
    "messages": {"id", "case_id", "position", "from_person", "author_name", "created_at", "read_at", "about_id"},
    "recordings": {"id", "case_id", "draft_id", "position", "author", "from_child", "created_at", "heard_at"},
    "recording_chunks": {"recording_id", "number"},
    # Who may correct or strike a note, and in which order; whether it is struck out.
    "notes": {"id", "case_id", "author_id", "author_name", "created_at", "replaces_id", "struck_at"},
    # Which message they go with, and whose message they wait for.
    "attachments": {"id", "case_id", "message_id", "by_id", "created_at"},
    "attachment_chunks": {"attachment_id", "number"},
    "uploads": {"id", "owner_id", "received", "created_at"},
    "upload_pieces": {"upload_id", "start"},
    "measures": {  # state and day are sorted and counted; who has it finds their own
        "id", "case_id", "position", "state", "due_on", "responsible_id", "responsible_name", "created_at",
    },
    "measure_events": {"id", "measure_id", "position", "at", "by_name"},
    "overlap_agreements": {"id", "case_id", "at", "by_name"},
    # That two cases are linked must be found from both sides; why, and what is told of it, is sealed.
    "share_reminders": {"id", "share_id", "number", "made_at"},
    # To whom on the staff a reminder went, and whether it did.
    "reminder_emails": {"id", "reminder_id", "employee_id", "outcome", "at"},
    "case_links": {"id", "pair", "case_id", "other_id", "made_at", "made_by", "ended_at"},
    # Which service is sealed; that one was brought in, when, by whom and what came of it is counted and searched.
    "shares": {
        "id", "case_id", "municipality", "mark", "childs", "basis", "withheld", "look_again_on", "shared_by_id",
        "shared_by_name", "shared_at", "ended_at", "ended_by", "opened_at", "outcome", "outcome_at", "outcome_by",
        "noted", "noted_at", "noted_by",
    },
    # Whose access it is and until when is part of what they see; kind, reference and who has looked are the leader's list.
    "broken_glass": {
        "id", "case_id", "municipality", "reference", "employee_id", "employee_name", "kind", "at", "until",
        "withheld", "seen_by", "seen_at",
    },
    "packages": {"id", "case_id", "made_at", "made_by_id", "made_by_name"},
    "concern_drafts": {"id", "case_id", "employee_id", "employee_name", "made_at", "changed_at"},
    "training_reviews": {"statement_id"},
    "training_examples": {"id", "municipality", "approved_on", "approved_by"},
    "planned_deletions": {
        "case_id", "municipality", "reference", "rule", "ended_at", "listed_on", "delete_on", "held_until", "held_by",
        "held_at", "kept_until",
    },
    "deletion_requests": {
        "id", "case_id", "municipality", "reference", "asked_at", "answer_by", "state", "answered_at", "answered_by",
        "ground",
    },
    "deletions": {"id", "case_id", "municipality", "at", "kind", "why", "by_name", "in_file"},
    "archived_cases": {"export_id", "case_id", "reference", "ended_at", "documents"},
    # Counts of whole months: no row belongs to a case. What is shown has its small numbers hidden already.
    "statistics_kept": {"municipality", "period", "stage", "kept_at"},
    "statistics_shown": {"municipality", "period", "stage", "content", "shown_at"},
    "statistics_deleted": {"id", "municipality", "month"},
    "log_entries": {
        "id", "case_id", "municipality", "position", "at", "actor_kind", "actor_id", "actor_name", "action",
    },
}  # fmt: skip


NOT_ABOUT_CITIZENS = (
    "absences",
    "account_events",
    "account_recoveries",
    "archive_exports",
    "catalog_changes",
    "employee_roles",
    "employee_sessions",
    "employees",
    "nightly_runs",
    "passkeys",
    "recovery_codes",
    "saved_filters",
    "staff_notices",
    "statistics_reports",
    "used_challenges",
)


def test_the_list_of_sealed_fields_is_complete():
    import web.cases.keeping_tables
    import web.citizen.drafts
    import web.staff.factors
    import web.staff.models  # noqa: F401 - so that every table is known

    for name, table in Base.metadata.tables.items():
        columns = {column.name for column in table.columns}
        if name == "drafts":
            assert columns == {"id", "content_sealed", "created_at", "ends_at"}
        elif name in NOT_ABOUT_CITIZENS:
            assert not any("sealed" in column for column in columns)  # nothing about citizens
        else:
            assert columns == PLAIN[name] | set(SEALED_FIELDS.get(name, ())), name


def whole_case(session, vault, clock, new_case, employee):
    """A case with the marked sentence in everything that can be written."""
    new = new_case(
        acute_kinds=("violence",), notices_ok=True, child_not_asked=NotAsked("other", f"Redd: {MARKED}")
    )
    case_id = cases.send_case(session, vault, clock, new).case_id
    cases.add_statement(session, vault, clock, case_id, "youth", f"Meir: {MARKED}")
    cases.invite_child(session, vault, clock, case_id)
    told = ChildTold(
        "key-of-a-telling-1", "child", "nb", (ChildStatement(f"Barnet: {MARKED}"),), share_at_home=True
    )
    cases.child_tells(session, vault, clock, case_id, told)
    cases.set_child_not_asked(session, vault, clock, case_id, NotAsked("other", f"Redd: {MARKED}"))
    cases.write_message(session, vault, clock, case_id, f"Spørsmål: {MARKED}")
    cases.write_message(session, vault, clock, case_id, f"Svar: {MARKED}", employee)
    cases.give_consent(session, vault, clock, case_id, "krisesenter")
    cases.withdraw_consent(session, vault, clock, case_id, "krisesenter")
    cases.confirm_needs(session, vault, clock, case_id, employee, ["sexual_abuse"])
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name)
    law = Law("fvl_13b_1_2", f"Fordi: {MARKED}", "agreed", f"Sa: {MARKED}")
    hidden = Withholding(f"Farleg: {MARKED}", date(2026, 12, 1))
    cases.share_with(
        session, vault, clock, case_id, employee, NewShare("krisesenter", ("words",), law, withheld=hidden)
    )
    cases.answer_share(session, vault, clock, case_id, employee, "krisesenter", "waiting", f"Kø: {MARKED}")
    cases.note_answer(session, vault, clock, case_id, employee, "krisesenter", "waiting", f"Tlf: {MARKED}")
    reference = session.get(Case, case_id).reference
    break_glass(
        session, vault, clock, reference, employee, "danger", f"Fare: {MARKED}", f"Ikkje sei: {MARKED}"
    )
    ola = replace(employee, id="22222222-2222-2222-2222-222222222222", name="Ola Berge")
    cases.offer_case(session, vault, clock, case_id, employee, ola, f"Lapp: {MARKED}", f"Trass i: {MARKED}")
    cases.decline_offer(session, vault, clock, case_id, ola, f"Har ikkje tid: {MARKED}")
    today = clock.now().date()
    coordination.note_childs_word(
        session, vault, clock, case_id, employee, f"Helst helsesykepleier: {MARKED}", today
    )
    coordination.note_choice(
        session, vault, clock, case_id, employee, "individual_plan", "offered", today, f"Ring: {MARKED}"
    )
    coordination.open_dispute(
        session, vault, clock, case_id, employee, ["krisesenter"], MARKED, f"Ueinige: {MARKED}"
    )
    coordination.decide_dispute(
        session, vault, clock, case_id, employee, "krisesenter", "", f"Fordi: {MARKED}"
    )
    clock.move(days=14)
    cases.answer_helped(session, vault, clock, case_id, "two_weeks", "no", f"Ingen ringte. {MARKED}")
    day = local_date(clock.now()) + timedelta(days=7)
    line = NewMeasure(
        f"Samtale: {MARKED}",
        day,
        "Maja Vik",
        need="bullying",
        service="helsestasjon",
        goal=MARKED,
        meetings=4,
    )
    plan.add_measure(session, vault, clock, case_id, employee, line)
    hidden = replace(line, withheld=f"Redd: {MARKED}", service="ppt")
    view = plan.add_measure(session, vault, clock, case_id, employee, hidden)
    overlap = plan.overlaps_of(session, vault, clock, case_id)[0]
    plan.agree_overlap(session, vault, clock, case_id, employee, overlap.key, f"Avtalt: {MARKED}")
    stopped = MeasureChange("stopped", reason=f"Ville ikke: {MARKED}")
    plan.change_measure(session, vault, clock, case_id, employee, view.plan[0].id, stopped)
    other = cases.send_case(session, vault, clock, new_case())
    linking.link_cases(
        session, vault, clock, case_id, employee, other.reference, "same_person", f"To: {MARKED}"
    )
    upload = "0" * 32
    owner = cases.recording_owner(session, vault, case_id)
    cases.recordings.add_piece(session, clock, owner, upload[1:] + "1", 0, MARKED.encode(), 1000)
    cases.add_recording(session, vault, clock, case_id, upload, "youth", MARKED.encode() * 2000, 4.0)
    cases.notes.write_note(session, vault, clock, case_id, employee, f"Internt: {MARKED}")
    cases.attachments.keep(
        session, vault, clock, case_id, employee, "pdf", MARKED.encode() * 3000, f"Om {MARKED}"
    )
    cases.write_message(session, vault, clock, case_id, f"Med vedlegg: {MARKED}", employee, attach=True)
    hand_over(session, vault, clock, case_id, employee)
    view = cases.read_case(session, vault, clock, case_id, employee)
    aside = {one.key: f"Satt til side: {MARKED}" for one in open_ends(view)}
    cases.set_status(session, vault, clock, case_id, employee, "closed", "got_help", aside=aside)
    rules = Retention(14, 365, 180, 14, frozenset({"closed_with_help"}), None, None, None, {"law": None}, {})
    until = clock.now().date() + timedelta(days=30)
    retention.hold(session, vault, clock, case_id, employee, until, f"Klage: {MARKED}", rules)
    deletion_requests.ask_to_delete(session, vault, clock, case_id, rules)
    deletion_requests.answer_no(session, vault, clock, case_id, employee, "law", f"Nei: {MARKED}", rules)
    # Long afterwards its month is counted.
    making.refresh(session, vault, FixedClock(clock.now() + timedelta(days=120)), "fjordvik")
    return case_id


def hand_over(session, vault, clock, case_id, employee):
    """A package that was received, a draft that was sent, and a text that was approved."""
    order = package.Order("helsesykepleier", ("words",), "nb")
    files = package.Files(MARKED.encode(), MARKED.encode())
    made = package.make_package(session, vault, clock, case_id, employee, order, lambda contents: files)
    package.confirm_received(
        session, vault, clock, case_id, made.id, employee, made.code, f"Kari {MARKED}", "phone"
    )
    fields = {"melding": MARKED}
    draft = concern.start_concern(session, vault, clock, case_id, employee, "private", fields)
    concern.note_sent(session, vault, clock, case_id, employee, draft, clock.now(), f"Fare: {MARKED}")
    first = session.scalar(select(Statement.id).where(Statement.case_id == case_id, Statement.position == 0))
    example = learning.Example(MARKED.replace("93", ""), "nn", ("bullying",), "youth")
    learning.approve(session, vault, clock, first, employee, example)


def test_every_sealed_field_has_the_envelope(session, engine, vault, clock, new_case, employee):
    whole_case(session, vault, clock, new_case, employee)
    seen = set()
    with engine.connect() as connection:
        for table, columns in SEALED_FIELDS.items():
            for column in columns:
                for value in connection.scalars(text(f"SELECT {column} FROM {table}")):  # noqa: S608 - our own names
                    if value is not None:
                        assert value.startswith(b"v1." if isinstance(value, bytes) else "v1."), (
                            table,
                            column,
                        )
                        seen.add((table, column))
    assert seen == {(table, column) for table, columns in SEALED_FIELDS.items() for column in columns}


def test_the_marked_sentence_is_nowhere_in_the_database(session, stored, vault, clock, new_case, employee):
    case_id = whole_case(session, vault, clock, new_case, employee)
    draft = drafts.Draft.new("nn")
    draft.add_statement("youth", MARKED)
    draft.hope = MARKED
    drafts.save(session, vault, clock, drafts.new_token(), draft)
    session.close()
    content = stored()
    assert case_id.encode() in content  # the right place
    for trace in (
        MARKED,
        "Zvartbakke",
        "kvitrar",
        "bullying",
        "sexual_abuse",
        "violence",
        "krisesenter",
        "900 00",
    ):
        for spelling in (trace, json.dumps(trace)[1:-1], trace.upper()):
            assert spelling.encode() not in content, trace
            assert spelling.encode("utf-16-le") not in content, trace


def test_the_scan_would_find_a_plain_sentence(session, stored, vault, clock, new_case):
    """The test before this one can fail."""
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    session.get(Case, case_id).contact_unit_name = MARKED
    session.commit()
    session.close()
    assert MARKED.encode() in stored()


def test_a_field_moved_elsewhere_does_not_open(session, vault, clock, new_case):
    one = cases.send_case(session, vault, clock, new_case()).case_id
    two = cases.send_case(session, vault, clock, new_case()).case_id
    first, second = session.scalars(select(Statement).where(Statement.case_id == one)).all()
    first.text_sealed, second.text_sealed = second.text_sealed, first.text_sealed
    session.commit()
    for case_id, expected in ((one, VaultError), (two, None)):
        try:
            cases.view_for_person(session, vault, clock, case_id)
        except VaultError:
            assert expected is VaultError
        else:
            assert expected is None


def test_a_statement_moved_into_ones_own_case_does_not_open(session, vault, clock, new_case):
    """Who can write in the database gives a stranger's words and key to a case of their own: still closed."""
    victim = cases.send_case(session, vault, clock, new_case()).case_id
    own = new_case()
    own_id = cases.send_case(session, vault, clock, own).case_id
    session.execute(
        text("UPDATE statements SET case_id = :own WHERE case_id = :victim"),
        {"own": own_id, "victim": victim},
    )
    session.commit()
    for copy_key in (False, True):
        if copy_key:
            session.execute(
                text(
                    "UPDATE cases SET wrapped_key = (SELECT wrapped_key FROM cases WHERE id = :victim) WHERE id = :own"
                ),
                {"own": own_id, "victim": victim},
            )
            session.commit()
        session.expire_all()
        try:
            view = cases.open_with_code(session, vault, clock, own.return_code)
        except VaultError:
            continue
        raise AssertionError(f"opened: {view is not None}")


def test_models_and_tables_are_the_same(engine):
    found = inspect(engine)
    assert set(found.get_table_names()) == {*Base.metadata.tables, "alembic_version"}
