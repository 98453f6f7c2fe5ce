"""What waits too long: when each step holds, over weekends and holidays, once each and by several processes at once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from web import cases
from web.cases import escalating
from web.cases.absences import record_absence
from web.cases.deadlines import OSLO
from web.cases.duty_tables import Escalation, StaffNotice
from web.cases.escalating import Staff, claim_mail, escalate, settle_mail
from web.cases.opening import OpeningHours
from web.cases.types import EmployeeRef

OLA = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berge", "fjordvik", "Barneverntjenesten")


def norway(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=OSLO).astimezone(UTC)


@pytest.fixture
def staff(employee):
    return Staff(
        frozenset({employee.id, OLA.id}),
        {employee.id: "maja@fjordvik.example", OLA.id: "ola@fjordvik.example"},
        ("leder@fjordvik.example",),
        ("mottak@fjordvik.example",),
        "nn",
    )


@pytest.fixture
def go(session, clock, staff):
    """go(day, hour): one round at this time in November; how many are new."""

    def round_at(day, hour, minute=0, month=11):
        clock.at = norway(day, hour, minute, month)
        return escalate(session, clock, "fjordvik", staff)

    return round_at


@pytest.fixture
def open_steps(session):
    def found():
        session.expire_all()
        rows = session.scalars(select(Escalation).where(Escalation.settled_at.is_(None)))
        return sorted((row.step, row.audience) for row in rows)

    return found


@pytest.fixture
def mails(session):
    def found():
        session.expire_all()
        return sorted((row.recipient, row.state) for row in session.scalars(select(StaffNotice)))

    return found


@pytest.fixture
def sent(session, vault, clock, new_case):
    """sent(day, hour, …): a case from then."""

    def send(day, hour, **changes):
        clock.at = norway(day, hour)
        return cases.send_case(session, vault, clock, new_case(**changes)).case_id

    return send


def test_opening_hours_count_over_weekends_and_holidays():
    hours = OpeningHours.every_day(time(8), time(15, 30))
    friday = norway(20, 15)
    assert hours.after_open_time(friday, timedelta(minutes=15)) == norway(20, 15, 15)
    assert hours.after_open_time(friday, timedelta(minutes=45)) == norway(23, 8, 15)
    assert hours.opens(norway(21, 12)) == norway(23, 8)
    assert hours.after_working_days(friday, 1) == norway(23, 15)
    assert hours.after_working_days(norway(20, 22), 1) == norway(24, 8)
    assert hours.share_of_day(date(2026, 11, 22), 0.5) is None
    # From 23 December: the 24th does not count, nor do the holidays; Monday the 28th is the next working day.
    assert hours.after_working_days(norway(23, 14, month=12), 1) == norway(28, 14, month=12)
    assert hours.opens(norway(24, 9, month=12)) == norway(28, 8, month=12)


def test_a_promise_is_reminded_of_on_its_last_day_and_then_goes_to_the_leader(
    sent, go, open_steps, mails, session, vault, clock, employee
):
    case_id = sent(20, 10)  # Friday: an answer by Monday
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name)
    assert go(21, 12) == 0  # Saturday
    assert go(23, 11, 44) == 0
    assert go(23, 11, 45) == 1  # half of 8 to 15:30
    assert open_steps() == [("promise_ends", "contact")]
    assert mails() == [("maja@fjordvik.example", "waiting")]
    assert go(23, 11, 46) == 0
    assert go(23, 23, 59) == 0
    assert go(24, 0, 1) == 1  # after midnight the promise is broken
    assert open_steps() == [("promise_broken", "leader")]
    leader = session.scalar(select(StaffNotice).where(StaffNotice.recipient == "leder@fjordvik.example"))
    assert leader.due_at == norway(24, 8)  # nobody is woken by it
    assert escalating.for_leader(session, "fjordvik") == {"promise_broken": 1}
    cases.write_message(session, vault, clock, case_id, "Hei", employee)
    assert go(24, 9) == 0
    assert open_steps() == []
    assert escalating.for_leader(session, "fjordvik") == {}
    # A new promise is a new thing to keep.
    cases.write_message(session, vault, clock, case_id, "Er du der?")
    assert go(25, 12) == 1
    assert open_steps() == [("promise_ends", "contact")]


def test_nothing_holds_on_christmas_eve_when_the_promise_is_after_it(
    session, vault, clock, new_case, go, open_steps
):
    clock.at = norway(23, 14, month=12)
    cases.send_case(session, vault, clock, new_case())
    for day in (24, 25, 26, 27):
        assert go(day, 12, month=12) == 0
    assert go(28, 12, month=12) == 1
    assert open_steps() == [("promise_ends", "contact")]


def test_without_contact_person_the_front_desk_is_reminded(sent, go, mails):
    sent(20, 10)
    go(23, 12)
    assert mails() == [("mottak@fjordvik.example", "waiting")]


def test_the_stand_in_is_reminded(sent, go, mails, session, vault, clock, employee):
    case_id = sent(20, 10)
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name)
    record_absence(session, clock, employee, OLA, date(2026, 11, 23), date(2026, 11, 24), employee)
    go(23, 12)
    assert mails() == [("ola@fjordvik.example", "waiting")]


def test_an_offer_without_answer_goes_to_the_leader_after_a_working_day(
    sent, go, open_steps, session, vault, clock, employee
):
    case_id = sent(20, 14, contact_point=_promises(20))
    cases.offer_case(session, vault, clock, case_id, employee, OLA)
    assert go(22, 14) == 0
    assert go(23, 13, 59) == 0
    assert go(23, 14) == 1
    assert open_steps() == [("offer_unanswered", "leader")]
    cases.decline_offer(session, vault, clock, case_id, OLA, "Har ikke tid")
    go(23, 14, 1)
    assert open_steps() == []


def test_acute_words_that_nobody_reads(sent, go, open_steps, mails, session, vault, clock, employee):
    case_id = sent(20, 23, acute_kinds=("violence",), contact_point=_promises(20))
    assert go(21, 12) == 0
    assert go(23, 8, 14) == 0
    assert go(23, 8, 15) == 2
    assert open_steps() == [("acute_unread", "front_desk"), ("acute_unread", "leader")]
    assert {address for address, _ in mails()} == {"mottak@fjordvik.example", "leder@fjordvik.example"}
    cases.read_case(session, vault, clock, case_id, employee)
    assert go(23, 8, 30) == 0
    assert open_steps() == []
    clock.at = norway(23, 9)
    cases.write_message(session, vault, clock, case_id, "Han er her no.")
    assert go(23, 9, 14) == 0
    assert go(23, 9, 15) == 2


def test_who_waits_in_an_acute_case_is_answered_the_same_day(
    sent, go, open_steps, session, vault, clock, employee
):
    """Read is not answered: half of the three hours to whoever has it, then the leader, long before the promised day."""
    case_id = sent(20, 23, acute_kinds=("violence",), contact_point=_promises(20))
    clock.at = norway(23, 8, 5)
    cases.read_case(session, vault, clock, case_id, employee)
    assert go(23, 9, 29) == 0
    assert go(23, 9, 30) == 1
    assert open_steps() == [("acute_waits", "contact")]
    assert go(23, 11) == 2
    cases.write_message(session, vault, clock, case_id, "Jeg ringer deg nå.", employee)
    go(23, 11, 1)
    assert open_steps() == []


def test_what_becomes_acute_counts_from_then(sent, go, open_steps, session, vault, clock, employee):
    case_id = sent(20, 9, contact_point=_promises(20))
    clock.at = norway(23, 10)
    cases.set_urgency(session, vault, clock, case_id, employee, "acute")
    assert go(23, 10, 14) == 0
    assert go(23, 10, 15) == 2
    assert open_steps() == [("acute_unread", "front_desk"), ("acute_unread", "leader")]


def test_sound_that_nobody_has_heard_is_not_read(sent, go, open_steps, session, vault, clock, employee):
    case_id = sent(20, 23, acute_kinds=("violence",), contact_point=_promises(20))
    clock.at = norway(23, 8)
    view = cases.add_recording(session, vault, clock, case_id, "a" * 32, "youth", b"mp3" * 500, 12.0)
    cases.read_case(session, vault, clock, case_id, employee)
    go(23, 8, 20)
    assert ("acute_unread", "leader") in open_steps()
    cases.listen(session, vault, clock, case_id, view.recordings[0].id, employee)
    go(23, 8, 21)
    assert open_steps() == []


def test_who_is_away_with_the_stand_in_and_whose_account_is_closed(
    sent, go, open_steps, session, vault, clock, employee, staff
):
    case_id = sent(20, 10, contact_point=_promises(20))
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name)
    go(23, 9)
    assert open_steps() == []
    record_absence(session, clock, employee, OLA, date(2026, 11, 23), date(2026, 11, 24), employee)
    go(23, 9, 5)
    assert open_steps() == []
    record_absence(session, clock, OLA, employee, date(2026, 11, 24), date(2026, 11, 24), employee)
    go(24, 9)
    assert open_steps() == [("nobody_answers", "front_desk"), ("nobody_answers", "leader")]
    go(25, 9)
    assert open_steps() == []
    escalate(session, clock, "fjordvik", Staff(frozenset({OLA.id}), {}, (), ()))
    assert open_steps() == [("nobody_answers", "front_desk"), ("nobody_answers", "leader")]


def test_somebody_without_an_account_is_not_thought_to_be_away(
    sent, go, open_steps, session, vault, clock, employee
):
    case_id = sent(20, 10, contact_point=_promises(20))
    cases.name_contact(session, vault, clock, case_id, employee, "", "Berit Moe", "BUP")
    assert go(23, 9) == 0


def test_a_closed_case_waits_for_nobody(sent, go, open_steps, session, vault, clock, employee):
    case_id = sent(20, 10)
    go(24, 9)
    assert open_steps() == [("promise_broken", "leader")]
    cases.set_status(session, vault, clock, case_id, employee, "closed", "not_reached")
    go(24, 10)
    assert open_steps() == []


def test_a_deleted_case_takes_everything_with_it(sent, go, session, vault, clock):
    case_id = sent(20, 10)
    go(24, 9)
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalars(select(Escalation)).all() == []
    assert session.scalars(select(StaffNotice)).all() == []


def test_two_processes_at_once_take_each_step_once(sent, engine, clock, staff, session):
    for _ in range(5):
        sent(20, 10, acute_kinds=("violence",))
    clock.at = norway(24, 9)
    gate, counts, broken = threading.Barrier(3), [], []

    def work():
        gate.wait()
        try:
            with Session(engine) as own:
                counts.append(escalate(own, clock, "fjordvik", staff))
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    # The promise to the leader; acute not read, and not answered, to the front desk and the leader; to answer, the contact.
    assert sum(counts) == 30
    rows = session.scalars(select(Escalation)).all()
    assert len(rows) == 30
    assert len({(row.case_id, row.step, row.audience) for row in rows}) == 30


def test_an_email_is_claimed_once_and_not_sent_when_it_is_no_longer_true(
    sent, go, mails, session, vault, clock, employee
):
    case_id = sent(20, 10)
    go(24, 9)
    first = claim_mail(session, clock)
    assert (first.recipient, first.language, first.tries) == ("leder@fjordvik.example", "nn", 1)
    assert claim_mail(session, clock) is None
    assert settle_mail(session, clock, first.id, "again") == "waiting"
    assert claim_mail(session, clock) is None
    clock.move(minutes=1)
    cases.write_message(session, vault, clock, case_id, "Hei", employee)
    go(24, 9, 2)
    assert claim_mail(session, clock) is None
    assert mails() == [("leder@fjordvik.example", "settled")]


def test_many_cases_are_one_email_in_an_hour(sent, go, mails, session, clock):
    for _ in range(4):
        sent(20, 10)
    go(24, 9)
    assert mails() == [("leder@fjordvik.example", "waiting")]
    claimed = claim_mail(session, clock)
    settle_mail(session, clock, claimed.id, "sent")
    sent(23, 10)
    go(25, 8)
    assert mails() == [("leder@fjordvik.example", "sent"), ("leder@fjordvik.example", "waiting")]


def test_a_mail_that_never_goes_is_given_up_and_one_that_died_is_never_sent_again(
    sent, go, mails, session, clock
):
    sent(20, 10)
    go(24, 9)
    claim_mail(session, clock)
    clock.move(minutes=11)
    assert claim_mail(session, clock) is None
    assert mails() == [("leder@fjordvik.example", "unclear")]


def test_the_rules_are_checked(tmp_path):
    text = escalating.FILE.read_text("utf-8")
    for wrong, right in (("after_share: 1, to", "after_hours: 1, to"), ('until: "15:30"', 'until: "07:00"')):
        assert wrong in text
        file = tmp_path / f"{len(right)}.yml"
        file.write_text(text.replace(wrong, right), "utf-8")
        with pytest.raises(ValueError, match=file.name):
            escalating.rules(file)


def _promises(days: int):
    from web.cases.types import ContactPointChoice

    return ContactPointChoice("familiens_hus", "Familiehuset", days)
