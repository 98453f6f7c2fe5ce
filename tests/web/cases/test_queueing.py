"""The queue page by page: order, parts, search, what the database is asked for, and who is looking."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from web import cases
from web.cases.models import Case, Presence, ServiceMark, queue_key
from web.cases.queue_types import QueueFilters
from web.cases.types import CaseNotFound, EmployeeRef

OLA = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berge", "fjordvik", "Barneverntjenesten")


@pytest.fixture
def send(session, vault, clock, new_case):
    """send(…): a case; quick, because no test here opens it with its words."""
    return lambda **changes: cases.send_case(session, vault, clock, new_case(**changes)).case_id


@pytest.fixture
def page(session, vault, clock):
    return lambda size=3, **filters: cases.queue_page(
        session,
        vault,
        clock,
        "fjordvik",
        QueueFilters(**{k: v for k, v in filters.items() if k not in ("after", "before")}),
        after=filters.get("after"),
        before=filters.get("before"),
        size=size,
    )


def ids(found):
    return [row.case_id for row in found.rows]


def walk(page, size=3, **filters):
    """Every page from the first to the last."""
    found = page(size, **filters)
    seen = ids(found)
    while found.after:
        found = page(size, after=found.after, **filters)
        seen += ids(found)
    return seen


def test_the_order_is_acute_promise_unread_unassigned_longest_waiting(
    session, vault, clock, send, page, employee
):
    later_promise = send()  # friday night
    clock.move(days=-1)
    assigned, read, oldest, newest = (send() for _ in range(4))
    cases.name_contact(session, vault, clock, assigned, employee, OLA.id, OLA.name)
    cases.read_case(session, vault, clock, read, employee)
    session.get(Case, newest).waiting_since += timedelta(hours=1)
    session.commit()
    clock.move(days=1)
    acute = send(acute_kinds=("violence",))
    answered = send()
    cases.write_message(session, vault, clock, answered, "Svar", employee)
    assert walk(page) == [acute, oldest, newest, assigned, read, later_promise, answered]


def test_closed_cases_come_last_the_newest_first(session, vault, clock, send, page, employee):
    closed = []
    for _ in range(3):
        closed.insert(0, send(acute_kinds=("violence",)))
        cases.set_status(session, vault, clock, closed[0], employee, "closed", "got_help")
        clock.move(hours=1)
    open_case = send()
    everything = ("new", "in_progress", "waiting_for_person", "closed")
    assert walk(page, statuses=everything) == [open_case, *closed]
    assert walk(page, statuses=("closed",)) == closed
    assert walk(page) == [open_case]


def test_the_place_is_digits_only_and_follows_every_change(session, vault, clock, send, employee):
    case_id = send()

    def kept() -> str:
        session.expire_all()
        case = session.get(Case, case_id)
        right = queue_key(
            status=case.status,
            urgency=case.urgency,
            waiting_since=case.waiting_since,
            due_on=case.due_on,
            unread=case.unread,
            contact_person_name=case.contact_person_name,
            created_at=case.created_at,
        )
        assert case.queue_key == right
        assert len(right) == 28
        assert right.isdigit()
        return right

    keys = [kept()]
    for change in (
        lambda: cases.read_case(session, vault, clock, case_id, employee),
        lambda: cases.name_contact(session, vault, clock, case_id, employee, OLA.id, OLA.name),
        lambda: cases.set_urgency(session, vault, clock, case_id, employee, "acute"),
        lambda: cases.write_message(session, vault, clock, case_id, "Svar", employee),
        lambda: cases.write_message(session, vault, clock, case_id, "Spørsmål"),
        lambda: cases.set_status(session, vault, clock, case_id, employee, "closed", "moved_on"),
        lambda: cases.add_statement(session, vault, clock, case_id, "youth", "Meir"),
    ):
        clock.move(minutes=10)
        change()
        keys.append(kept())
    assert len(set(keys)) == len(keys)


def test_pages_lose_and_double_nothing_while_cases_arrive(session, vault, clock, send, page):
    for _ in range(7):
        send()
        clock.move(seconds=1)
    before = walk(page)
    first = page(3)
    clock.move(minutes=1)
    acute = send(acute_kinds=("violence",))  # before the first page
    clock.move(minutes=1)
    late = send()  # after the last one
    rest = walk(lambda size, **f: page(size, **{"after": first.after, **f}))
    assert [*ids(first), *rest] == [*before, late]
    assert acute not in rest
    assert ids(page(3))[0] == acute


def test_the_way_back_is_the_way_there(send, page):
    sent = [send() for _ in range(8)]
    one = page(3)
    two = page(3, after=one.after)
    three = page(3, after=two.after)
    assert (one.before, three.after) == (None, None)
    assert ids(page(3, before=three.before)) == ids(two)
    back = page(3, before=two.before)
    assert ids(back) == ids(one)
    assert back.before is None
    assert sorted(ids(one) + ids(two) + ids(three)) == sorted(sent)


@pytest.mark.parametrize(
    "place", ["", "x", "1.2", "0" * 28, "9" * 28 + ".' OR 1=1 --", "٣" * 28 + "." + "0" * 36]
)
def test_a_place_that_is_none_is_the_first_page(send, page, place):
    sent = send()
    assert ids(page(after=place)) == [sent]
    assert ids(page(before=place)) == [sent]


def test_a_page_costs_the_same_number_of_questions_whatever_it_shows(
    session, engine, send, page, clock, employee
):
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def count(size: int) -> int:
        session.expunge_all()
        asked.clear()
        page(size)
        return len([sql for sql in asked if sql.startswith("SELECT")])

    send()
    one = count(50)
    for _ in range(12):
        send()
    assert count(50) == one <= 12
    asked.clear()
    cases.queue_counts(session, clock, "fjordvik", employee.id, ("Familiehuset",), (OLA.id,))
    assert len(asked) == 2  # the parts; and what is offered, disputed, waits too long or for a service


@pytest.mark.sqlite
def test_the_index_alone_finds_a_page_and_counts_the_parts(session, engine, send, page, clock, employee):
    """Rows with their sealed fields are not read for what is not shown."""
    send()
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    session.expunge_all()
    page(50, unread_only=True, unassigned_only=True, urgency="acute", text="ola", sent_from=date(2026, 1, 1))
    find = asked[0]
    asked.clear()
    cases.queue_counts(session, clock, "fjordvik", employee.id, ("Familiehuset",), (OLA.id,))
    for sql, parameters in (find, asked[0]):
        with engine.connect() as connection:
            plan = " ".join(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            )
        assert "COVERING INDEX ix_cases_queue" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


@pytest.mark.sqlite
def test_the_rows_of_a_page_are_fetched_by_their_keys(engine, send, page):
    """Also in a database that has no statistics about its tables."""
    send()
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    page(50)
    sql, parameters = asked[1]
    assert "facts_sealed" in sql
    with engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    assert plan == ["SEARCH cases USING INDEX sqlite_autoindex_cases_1 (id=?)"]


def test_counts_are_what_the_parts_show(session, vault, clock, send, page, employee):
    acute = send(acute_kinds=("violence",))
    read, mine, closed, waiting = send(), send(), send(), send()
    cases.read_case(session, vault, clock, read, employee)
    cases.name_contact(session, vault, clock, mine, OLA, employee.id, employee.name, "Skolehelsetjenesten")
    cases.set_status(session, vault, clock, closed, employee, "closed", "got_help")
    cases.set_status(session, vault, clock, waiting, employee, "waiting_for_person")
    send(municipality="granlia")
    clock.move(days=9)
    counts = cases.queue_counts(session, clock, "fjordvik", employee.id, ("Skolehelsetjenesten", "x"))
    parts = {
        "all": {},
        "acute": {"urgency": "acute"},
        "overdue": {"overdue_only": True},
        "unread": {"unread_only": True},
        "new": {"statuses": ("new",)},
        "unassigned": {"unassigned_only": True},
        "mine": {"contact_person_id": employee.id},
        "my_unit": {"units": ("Skolehelsetjenesten", "x")},
        "waiting_for_person": {"statuses": ("waiting_for_person",)},
    }
    shown = {name: len(walk(page, **filters)) for name, filters in parts.items()}
    assert shown == {name: getattr(counts, name) for name in parts}
    assert shown == {
        "all": 4, "acute": 1, "overdue": 4, "unread": 3, "new": 2, "unassigned": 3, "mine": 1, "my_unit": 1,
        "waiting_for_person": 1,
    }  # fmt: skip
    assert ids(page(urgency="acute")) == [acute]


def test_reading_is_no_change_that_stops_a_colleague(session, vault, clock, send, employee):
    case_id = send()
    version = cases.read_case(session, vault, clock, case_id, employee).version
    assert session.scalar(select(Case.unread).where(Case.id == case_id)) == 0
    clock.move(minutes=10)
    cases.read_case(session, vault, clock, case_id, OLA)
    view = cases.write_message(session, vault, clock, case_id, "Hei", employee, expected_version=version)
    assert view.messages[0].text == "Hei"


def test_who_only_chose_needs_is_unread_too(session, vault, clock, send, page, employee):
    case_id = send(statements=(), understanding=None)
    assert ids(page(unread_only=True)) == [case_id]
    cases.read_case(session, vault, clock, case_id, employee)
    assert ids(page(unread_only=True)) == []


def test_search_by_number_contact_person_and_date(session, vault, clock, send, page, employee):
    first = send()
    clock.move(days=3)
    second = send()
    cases.name_contact(session, vault, clock, second, employee, "", "Åse 100% Ødegård")
    reference = session.get(Case, first).reference
    assert ids(page(text=reference.lower())) == [first]
    assert ids(page(text=f" {reference[:3]} {reference[3:]} ")) == [first]
    for spelling in ("åse", "ÅSE", "100% ø", "100% ØDE", "ødegård", "ødeGÅRD"):
        assert ids(page(text=spelling)) == [second], spelling
    assert ids(page(text="100%")) == [second]
    assert ids(page(text="%")) == [second]
    assert ids(page(text="_")) == []
    # Sent on 20 November at 23:40 in Norway, three days later on the 23rd.
    assert ids(page(sent_to=date(2026, 11, 20))) == [first]
    assert ids(page(sent_from=date(2026, 11, 21))) == [second]
    assert ids(page(sent_from=date(2026, 11, 20), sent_to=date(2026, 11, 23))) == [first, second]


def test_search_by_service_without_plain_text(session, vault, clock, send, page, employee):
    chosen = send(services=("helsestasjon",), consents={"helsestasjon": False})
    clock.move(days=40)  # another month, another mark
    consented = send(services=(), consents={"bup": True})
    elsewhere = send(municipality="granlia", services=("bup",), consents={})
    assert ids(page(service="helsestasjon")) == [chosen]
    assert ids(page(service="bup")) == [consented]
    assert ids(page(service="bup", sent_to=date(2026, 12, 1))) == []
    assert ids(page(service="krisesenter")) == []
    cases.give_consent(session, vault, clock, consented, "krisesenter")
    assert ids(page(service="krisesenter")) == [consented]
    cases.withdraw_consent(session, vault, clock, consented, "krisesenter")
    assert ids(page(service="krisesenter")) == []
    marks = session.scalars(select(ServiceMark)).all()
    assert len({mark.mark for mark in marks}) == len(marks) == 3
    assert {mark.case_id for mark in marks} == {chosen, consented, elsewhere}


def test_the_same_service_has_another_mark_every_month_and_municipality(session, vault, clock, send):
    made = [send(services=("bup",), consents={}) for _ in range(2)]
    clock.move(days=40)
    made += [
        send(services=("bup",), consents={}),
        send(municipality="granlia", services=("bup",), consents={}),
    ]
    marks = dict(session.execute(select(ServiceMark.case_id, ServiceMark.mark)).all())
    one, same, later, other = (marks[case_id] for case_id in made)
    assert one == same
    assert len({one, later, other}) == 3
    assert all("bup" not in mark and len(mark) == 32 for mark in marks.values())


def test_cases_from_before_the_marks_get_theirs(session, vault, clock, send, page):
    case_id = send(services=("bup",), consents={})
    session.query(ServiceMark).delete()
    session.commit()
    assert ids(page(service="bup")) == []
    assert cases.mark_services(session, vault, clock) == 1
    assert ids(page(service="bup")) == [case_id]
    assert cases.mark_services(session, vault, clock) == 0


def test_a_deleted_case_leaves_no_mark_and_nobody_looking(session, vault, clock, send, employee):
    case_id = send(services=("bup",), consents={})
    cases.look_at_case(session, clock, case_id, employee)
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalars(select(ServiceMark)).all() == []
    assert session.scalars(select(Presence)).all() == []


def test_who_is_looking_expires_and_can_be_left(session, vault, clock, send, page, employee):
    case_id = send()
    assert cases.look_at_case(session, clock, case_id, employee) == ()
    assert cases.look_at_case(session, clock, case_id, OLA) == (employee.name,)
    assert cases.looking_at(session, clock, case_id, employee) == (OLA.name,)
    assert page().rows[0].looking == tuple(sorted((employee.name, OLA.name)))
    clock.move(seconds=60)
    cases.look_at_case(session, clock, case_id, OLA)
    clock.move(seconds=60)  # Maja's lease has run out, Ola's was renewed
    assert cases.looking_at(session, clock, case_id, employee) == (OLA.name,)
    assert cases.looking_at(session, clock, case_id, OLA) == ()
    cases.leave_case(session, case_id, OLA)
    assert cases.looking_at(session, clock, case_id, employee) == ()
    clock.move(minutes=10)
    cases.look_at_case(session, clock, case_id, employee)
    assert len(session.scalars(select(Presence)).all()) == 1  # what had expired was cleared away


def test_nobody_of_another_municipality_looks(session, clock, send, employee):
    stranger = EmployeeRef("33333333-3333-3333-3333-333333333333", "Eva Fjern", "granlia")
    case_id = send()
    assert cases.look_at_case(session, clock, case_id, stranger) == ()
    assert session.scalars(select(Presence)).all() == []
    with pytest.raises(CaseNotFound):
        cases.leave_case(session, case_id, stranger)


def test_the_stamp_changes_when_the_list_would(session, vault, clock, send, page, employee):
    def stamp() -> str:
        counts = cases.queue_counts(session, clock, "fjordvik", employee.id)
        return cases.queue_stamp(page(50), counts)

    seen = [stamp()]
    assert stamp() == seen[0]
    case_id = send()
    for change in (
        lambda: None,
        lambda: cases.read_case(session, vault, clock, case_id, employee),
        lambda: cases.look_at_case(session, clock, case_id, OLA),
        lambda: cases.write_message(session, vault, clock, case_id, "Hallo?"),
        lambda: clock.move(days=9),
    ):
        change()
        seen.append(stamp())
    assert len(set(seen)) == len(seen)
