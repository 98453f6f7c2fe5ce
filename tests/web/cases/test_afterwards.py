"""«Did you get help?» and the outbox of notices, with the clock moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from web import cases
from web.cases import afterwards, notices
from web.cases.models import Case, FollowUp, LogEntry, Notice
from web.cases.queue_types import QueueFilters
from web.cases.types import InvalidCase

SENT = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)  # 23:40 in Norway
WAYS = ("sms", "email")


@pytest.fixture
def case_id(session, vault, clock, new_case):
    return cases.send_case(
        session, vault, clock, new_case(notices_ok=True, details="900 00 000", safe_times=None)
    ).case_id


@pytest.fixture
def morning(clock):
    """Monday morning: nothing rests."""
    clock.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    return clock


def rows(session):
    session.expire_all()
    return session.scalars(select(Notice).order_by(Notice.created_at)).all()


# --- When it is asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "answered", "expected"),
    [
        (13, (), None),
        (14, (), "two_weeks"),
        (41, (), "two_weeks"),
        (14, ("two_weeks",), None),
        (42, (), "six_weeks"),
        (42, ("two_weeks",), "six_weeks"),
        (43, ("six_weeks",), None),
        (101, (), "six_weeks"),
        (102, (), None),
        (4000, (), None),
    ],
)
def test_each_round_is_open_in_its_time(days, answered, expected):
    found = afterwards.open_round(SENT, answered, SENT + timedelta(days=days))
    assert (found.id if found else None) == expected


def test_days_are_norwegian_days():
    # 00:10 in Norway on the fourteenth day after a late evening, though not 14 times 24 hours
    assert afterwards.open_round(SENT, (), datetime(2026, 12, 3, 23, 10, tzinfo=UTC)).id == "two_weeks"
    assert afterwards.open_round(SENT, (), datetime(2026, 12, 3, 22, 50, tzinfo=UTC)) is None
    assert str(afterwards.next_round_on(SENT, SENT)) == "2026-12-04"
    assert str(afterwards.next_round_on(SENT, SENT + timedelta(days=14))) == "2027-01-01"
    assert afterwards.next_round_on(SENT, SENT + timedelta(days=42)) is None


def test_rules_that_are_wrong_are_named(tmp_path):
    good = afterwards.FILE.read_text(encoding="utf-8")
    for before, after, place in (
        ("after_days: 14", "after_days: soon", "follow_up/rounds/0/after_days"),
        ('"21:00"', '"25:00"', "notices/rest/from"),
        ("after_days: 42", "after_days: 3", "each later"),
    ):
        file = tmp_path / "afterwards.yml"
        file.write_text(good.replace(before, after), encoding="utf-8")
        afterwards.rules.cache_clear()
        with pytest.raises(ValueError, match=place):
            afterwards.rules(file)
    afterwards.rules.cache_clear()


def test_an_answer_is_kept_once_and_sealed(session, vault, clock, case_id, employee):
    with pytest.raises(InvalidCase):
        cases.answer_helped(session, vault, clock, case_id, "two_weeks", "yes")
    clock.move(days=15)
    with pytest.raises(InvalidCase):
        cases.answer_helped(session, vault, clock, case_id, "six_weeks", "yes")
    with pytest.raises(InvalidCase):
        cases.answer_helped(session, vault, clock, case_id, "two_weeks", "maybe")
    cases.answer_helped(session, vault, clock, case_id, "two_weeks", "some", "Legen var fin")
    view = cases.answer_helped(session, vault, clock, case_id, "two_weeks", "no", "to ganger")
    assert [(one.answer, one.words) for one in view.follow_ups] == [("some", "Legen var fin")]
    assert "Legen" not in session.scalar(select(FollowUp.words_sealed))
    clock.move(days=30)
    view = cases.answer_helped(session, vault, clock, case_id, "six_weeks", "yes")
    assert [one.round for one in view.follow_ups] == ["two_weeks", "six_weeks"]
    assert view.follow_ups[1].words is None


@pytest.mark.parametrize(("answer", "opens"), [("yes", False), ("some", False), ("no", True)])
def test_no_opens_a_closed_case_again_and_stands_in_the_queue(
    session, vault, clock, case_id, employee, answer, opens
):
    cases.set_status(session, vault, clock, case_id, employee, "closed", "got_help")
    clock.move(days=14)
    view = cases.answer_helped(session, vault, clock, case_id, "two_weeks", answer)
    assert (view.status, view.waiting_since is not None) == (
        ("in_progress", True) if opens else ("closed", False)
    )
    row = next(
        iter(cases.queue(session, vault, clock, "fjordvik", QueueFilters(statuses=("in_progress", "closed"))))
    )
    assert row.not_helped is opens
    if opens:
        assert view.outcome is None
        assert view.due_on > clock.now().date()
        cases.write_message(session, vault, clock, case_id, "Jeg ringer i dag.", employee)
        assert not cases.queue(session, vault, clock, "fjordvik")[0].not_helped


def test_danger_in_the_words_makes_it_acute(session, vault, clock, case_id):
    clock.move(days=14)
    view = cases.answer_helped(
        session, vault, clock, case_id, "two_weeks", "some", "…", acute_kinds=("suicide",)
    )
    assert (view.urgency, view.acute_kinds) == ("acute", ("suicide",))
    assert view.waiting_since is not None


# --- The outbox -----------------------------------------------------------------------------------------------


def test_nothing_is_announced_to_who_did_not_ask(session, vault, morning, new_case, employee):
    for changes in (
        {},
        {"notices_ok": True, "way": "code", "details": None},
        {"notices_ok": True, "way": "phone"},
    ):
        case_id = cases.send_case(session, vault, morning, new_case(**changes)).case_id
        cases.write_message(session, vault, morning, case_id, "Hei", employee)
    assert rows(session) == []


def test_an_answer_is_announced_once_until_it_is_read(session, vault, morning, case_id, employee):
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    cases.write_message(session, vault, morning, case_id, "Og én ting til", employee)
    (row,) = rows(session)
    assert (row.kind, row.way, row.state, row.due_at) == ("message", "sms", "waiting", morning.now())
    assert row.recipient_sealed.startswith("v1.")
    (claimed,) = notices.claim(session, vault, morning, WAYS)
    assert (claimed.recipient, claimed.language, claimed.tries) == ("900 00 000", "nn", 1)
    assert notices.claim(session, vault, morning, WAYS) == []
    assert notices.settle(session, morning, claimed.id, "sent") == "sent"
    assert rows(session)[0].recipient_sealed is None
    # Not read yet: a third message needs no second notice. Read, and then a new one: it does.
    morning.move(hours=1)
    cases.write_message(session, vault, morning, case_id, "Hallo?", employee)
    assert len(rows(session)) == 1
    cases.view_for_person(session, vault, morning, case_id)
    morning.move(hours=1)
    cases.write_message(session, vault, morning, case_id, "Nytt", employee)
    assert [row.state for row in rows(session)] == ["sent", "waiting"]


def test_what_is_read_before_it_was_sent_is_not_sent(session, vault, morning, case_id, employee):
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    cases.view_for_person(session, vault, morning, case_id, shown=False)
    assert rows(session)[0].state == "waiting"
    cases.view_for_person(session, vault, morning, case_id)
    assert rows(session)[0].state == "seen"
    assert notices.claim(session, vault, morning, WAYS) == []


def test_the_persons_own_messages_announce_nothing(session, vault, morning, case_id):
    cases.write_message(session, vault, morning, case_id, "Er noen der?")
    assert rows(session) == []


def test_night_is_rest_unless_it_is_acute(session, vault, clock, case_id, employee, new_case):
    cases.write_message(session, vault, clock, case_id, "Hei", employee)  # Friday 23:40 in Norway
    assert rows(session)[0].due_at == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert notices.claim(session, vault, clock, WAYS) == []
    # The portal was down all day, and it is night again: it waits for the next morning.
    clock.at = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert notices.claim(session, vault, clock, WAYS) == []
    assert rows(session)[0].due_at == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    clock.at = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert len(notices.claim(session, vault, clock, WAYS)) == 1
    clock.at = SENT
    acute = cases.send_case(
        session,
        vault,
        clock,
        new_case(notices_ok=True, details="900 00 001", acute_kinds=("violence",)),
    ).case_id
    cases.write_message(session, vault, clock, acute, "Vi kommer", employee)
    assert [one.recipient for one in notices.claim(session, vault, clock, WAYS)] == ["900 00 001"]


@pytest.mark.parametrize(
    ("clock_time", "rests"),
    [("20:59", False), ("21:00", True), ("03:00", True), ("07:59", True), ("08:00", False)],
)
def test_the_rest_is_norwegian_time_summer_and_winter(clock_time, rests):
    for month, offset in ((1, 1), (7, 2)):
        hour, minute = map(int, clock_time.split(":"))
        at = datetime(2026, month, 15, hour, minute, tzinfo=UTC) - timedelta(hours=offset)
        assert afterwards.resting(at) is rests
        after = afterwards.after_rest(at)
        assert not afterwards.resting(after)
        assert (after == at) is not rests


def test_what_fails_is_tried_again_ever_later_and_then_given_up(session, vault, morning, case_id, employee):
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    waits = []
    for _ in range(20):
        before = morning.now()
        claimed = notices.claim(session, vault, morning, WAYS)
        if not claimed:
            break
        state = notices.settle(session, morning, claimed[0].id, "again")
        if state == "waiting":
            morning.at = rows(session)[0].due_at
            waits.append((morning.now() - before).total_seconds() / 60)
    assert waits[:5] == [1, 5, 15, 60, 240]
    assert len(waits) == len(afterwards.rules().retries)
    (row,) = rows(session)
    assert (row.state, row.recipient_sealed, row.tries) == ("refused", None, 7)


def test_a_claim_of_a_dead_process_is_never_sent_again(session, vault, morning, case_id, employee):
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    assert notices.claim(session, vault, morning, WAYS)
    morning.move(hours=1)
    assert notices.claim(session, vault, morning, WAYS) == []
    assert rows(session)[0].state == "unclear"


def test_a_way_that_this_portal_lacks_waits_and_grows_old(session, vault, morning, case_id, employee):
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    assert notices.claim(session, vault, morning, ("email",)) == []
    morning.move(days=4)
    assert notices.claim(session, vault, morning, WAYS) == []
    assert rows(session)[0].state == "refused"


def test_a_round_is_announced_once(session, vault, morning, case_id):
    assert notices.announce_rounds(session, vault, morning) == 0
    morning.move(days=14)
    assert notices.announce_rounds(session, vault, morning) == 1
    assert notices.announce_rounds(session, vault, morning) == 0
    (claimed,) = notices.claim(session, vault, morning, WAYS)
    notices.settle(session, morning, claimed.id, "sent")
    assert notices.announce_rounds(session, vault, morning) == 0
    cases.answer_helped(session, vault, morning, case_id, "two_weeks", "yes")
    morning.move(days=28)
    assert notices.announce_rounds(session, vault, morning) == 1
    cases.answer_helped(session, vault, morning, case_id, "six_weeks", "yes")
    assert [row.state for row in rows(session)] == ["sent", "seen"]


def test_notices_can_be_switched_on_and_off(session, vault, morning, new_case, employee):
    case_id = cases.send_case(session, vault, morning, new_case()).case_id
    assert cases.set_notices(session, vault, morning, case_id, True).contact.notices_ok
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    view = cases.set_notices(session, vault, morning, case_id, False)
    assert rows(session) == []
    assert [view.log[1].action, view.log[-1].action] == ["notices_on", "notices_off"]
    closed = cases.send_case(session, vault, morning, new_case(way="code", details=None)).case_id
    with pytest.raises(InvalidCase):
        cases.set_notices(session, vault, morning, closed, True)


def test_deleting_takes_notices_and_answers_with_it(session, vault, morning, case_id, employee):
    morning.move(days=14)
    cases.write_message(session, vault, morning, case_id, "Hei", employee)
    cases.answer_helped(session, vault, morning, case_id, "two_weeks", "no", "Nei")
    (claimed,) = notices.claim(session, vault, morning, WAYS)
    cases.delete_case(session, vault, morning, case_id)
    assert notices.settle(session, morning, claimed.id, "sent") == "gone"
    session.expire_all()
    for table in (Case, Notice, FollowUp):
        assert session.scalars(select(table)).all() == []
    (line,) = session.scalars(select(LogEntry))
    assert (line.action, line.detail_sealed, line.actor_name) == ("deleted", None, None)


@pytest.mark.parametrize(
    ("at", "safe_when", "acute", "expected"),
    [
        # Friday 23:40 in Norway
        ("2026-11-20T22:40", (), False, "2026-11-21T07:00"),
        ("2026-11-20T22:40", (), True, "2026-11-20T22:40"),
        ("2026-11-20T22:40", ("evening",), True, "2026-11-21T16:00"),
        ("2026-11-20T22:40", ("school_hours",), False, "2026-11-23T08:00"),  # not on Saturday
        ("2026-11-20T22:40", ("evening", "morning"), False, "2026-11-21T07:00"),
        ("2026-11-20T22:40", ("morning",), True, "2026-11-21T06:00"),
        ("2026-11-21T16:30", ("evening",), False, "2026-11-21T16:30"),
        ("2026-11-21T16:30", ("unknown",), False, "2026-11-21T16:30"),
        ("2026-12-24T12:00", ("school_hours",), False, "2026-12-28T08:00"),  # past Christmas
    ],
)
def test_a_notice_keeps_to_the_times_that_are_safe(at, safe_when, acute, expected):
    found = afterwards.allowed_from(datetime.fromisoformat(at).replace(tzinfo=UTC), safe_when, acute)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
