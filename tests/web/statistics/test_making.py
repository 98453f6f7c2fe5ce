"""Months are counted once, from the cases themselves, and stand when the cases are gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from tests.conftest import MARKED
from web.cases import FixedClock, delete_case
from web.statistics import refresh_all
from web.statistics.making import opened, refresh, shown
from web.statistics.models import DeletedEarly, KeptCounts, ShownPeriod
from web.statistics.periods import Period, month_of, months_between, period, whole
from web.statistics.tables import quantile
from web.statistics.waiting import waiting

LATE = FixedClock(datetime(2026, 12, 1, 12, tzinfo=UTC))


def kept(session, vault, month, stage="arrivals"):
    return opened(vault, session.get(KeptCounts, ("fjordvik", month, stage)))


def test_periods_lie_inside_one_another():
    year = Period("2026")
    assert [one.name for one in year.parts] == ["2026-T1", "2026-T2", "2026-T3"]
    assert [month.name for month in Period("2026-T2").months] == ["2026-05", "2026-06", "2026-07", "2026-08"]
    assert all(month.parent == third for third in year.parts for month in third.months)
    assert year.begins == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert Period("2026-06").ends == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert Period("2026-12").counted_on("arrivals").isoformat() == "2027-01-15"
    # The night between two months is Norwegian.
    assert month_of(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)).name == "2026-07"
    assert [one.name for one in months_between(Period("2025-11"), Period("2026-02"))] == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip
    assert sorted([year, Period("2026-12"), Period("2026-T3")])[-1] == year


@pytest.mark.parametrize("name", ["2026-13", "2026-T4", "26", "2026-1", "", "0000", "2026-T1 ", "now"])
def test_what_is_no_period(name):
    assert period(name) is None


def test_a_longer_period_waits_for_all_its_months_but_not_for_those_before_the_door_opened():
    february = Period("2026-02")
    assert whole(["2026-02", "2026-03"], february) == []
    assert [one.name for one in whole(["2026-02", "2026-03", "2026-04"], february)] == ["2026-T1"]
    every = [month.name for month in Period("2026").months if month.name >= "2026-02"]
    assert Period("2026") in whole(every, february)


def test_a_median_counts_those_whom_nobody_reached_as_the_slowest():
    assert quantile({"1": 3, "5": 3, "9": 3}, 0.5) == 5
    assert quantile({"1": 4, "none": 6}, 0.5) is None
    assert quantile({"1": 6, "none": 4}, 0.5) == 1
    assert quantile({"0": 9, "70": 1}, 0.9) == 0


def test_what_a_month_had(session, vault, counted):
    counted("2026-03", 6, age=14, needs=("bullying", "loneliness"), outcome="got_help")
    counted(
        "2026-03",
        5,
        age=8,
        writer="parent",
        about="my_child",
        needs=("sleep",),
        read_after=30,
        answered_after=72,
        named_after=31,
    )
    counted("2026-03", 4, age=19, language="nb", acute_kinds=("violence",), named_after=None)
    counted("2026-03", 2, age=None, read_after=None, answered_after=None, named_after=None)
    refresh(session, vault, LATE, "fjordvik")
    counts = kept(session, vault, "2026-03")
    assert counts["cases"] == {"all": 17}
    assert counts["age"] == {"under_18": 11, "adult": 4, "unknown": 2}
    assert counts["ages"] == {"13_17": 6, "6_12": 5}
    # What lies in the case is the language of the words, not of the page.
    assert counts["language"] == {"nn": 17}
    assert counts["writer"] == {"youth": 12, "parent": 5}
    assert counts["needs"] == {"bullying": 12, "loneliness": 6, "sleep": 5}
    assert counts["pairs"] == {"bullying|loneliness": 6}
    assert counts["acute"] == {"acute": 4}
    assert counts["services"] == {"helsesykepleier": 17}
    # One working day was promised: read after 30 hours is still in time, answered after 72 is not.
    assert counts["in_time"] == {"read": 15, "contact": 11, "answered": 10}
    assert counts["children"] == {"read": 11, "contact": 11, "answered": 6}
    assert counts["all:read:hours"] == {"2": 10, "30": 5, "none": 2}
    assert counts["children:answered:days"] == {"0": 6, "3": 5}
    results = kept(session, vault, "2026-03", "results")
    assert results["outcome"] == {"got_help": 6, "open": 11}
    assert results["helped"] == {"none": 17}
    assert results["followed"] == {"followed": 6}
    cells = shown(session, "fjordvik")["2026-03"]["cells"]
    # Four grown-ups and two without an age: neither is shown, nor can either be subtracted.
    assert cells["age"] == {"under_18": 11, "adult": "few", "unknown": "few"}


def test_nothing_of_it_lies_open_and_nothing_small_is_shown(session, engine, vault, counted):
    counted("2026-03", 30, age=14)
    counted("2026-03", 2, age=15, needs=("sexual_abuse",), services=("krisesenter",))
    refresh_all(session, vault, LATE, "fjordvik")
    with engine.connect() as connection:
        sealed = list(connection.scalars(text("SELECT content_sealed FROM statistics_kept")))
        content = " ".join(connection.scalars(text("SELECT content FROM statistics_shown")))
    assert sealed
    assert all(value.startswith("v1.") for value in sealed)
    assert "bullying" in content
    for trace in ("sexual_abuse", "krisesenter", MARKED):
        assert trace not in content
    for cells in (one["cells"] for one in shown(session, "fjordvik").values()):
        numbers = [cell for table in cells.values() for cell in table.values()]
        assert all(not isinstance(cell, int) or cell >= 5 for cell in numbers)


def test_a_month_is_counted_once_and_stands(session, vault, counted):
    ids = counted("2026-03", 20, age=14)
    early = FixedClock(datetime(2026, 4, 14, 12, tzinfo=UTC))
    assert refresh(session, vault, early, "fjordvik") == 0
    early.move(days=1)
    assert refresh(session, vault, early, "fjordvik") == 2  # counted, and shown
    before = shown(session, "fjordvik")
    assert before["2026-03"]["stages"] == ["arrivals"]
    assert refresh(session, vault, early, "fjordvik") == 0
    # One more, written into the old month, is not seen: the two numbers cannot be compared.
    counted("2026-03", 1, age=14)
    assert refresh(session, vault, early, "fjordvik") == 0
    # Cases that are deleted stay as counts, also among the results.
    for case_id in ids[:5]:
        delete_case(session, vault, early, case_id)
    refresh(session, vault, LATE, "fjordvik")
    after = shown(session, "fjordvik")
    assert after["2026-03"]["cells"]["cases"] == before["2026-03"]["cells"]["cases"] == {"all": 20}
    results = kept(session, vault, "2026-03", "results")
    assert sum(results["outcome"].values()) == sum(results["helped"].values()) == 20


def test_what_is_deleted_before_it_is_counted_is_only_a_number(session, vault, counted):
    ids = counted("2026-03", 26, age=14, needs=("sleep",))
    for case_id in ids[:6]:
        delete_case(session, vault, FixedClock(datetime(2026, 3, 20, tzinfo=UTC)), case_id)
    rows = session.scalars(select(DeletedEarly)).all()
    assert [row.month for row in rows] == ["2026-03"] * 6
    assert not {row.id for row in rows} & set(ids)
    refresh(session, vault, LATE, "fjordvik")
    cells = shown(session, "fjordvik")["2026-03"]["cells"]
    assert cells["cases"] == {"all": 20}
    assert cells["deleted"] == {"all": 6}
    assert kept(session, vault, "2026-03")["needs"] == {"sleep": 20}
    assert session.scalar(select(func.count()).select_from(DeletedEarly)) == 0


def test_a_third_is_the_sum_of_its_months(session, vault, counted):
    counted("2026-02", 12, age=14)
    counted("2026-03", 15, age=14)
    counted("2026-04", 3, age=14)
    refresh(session, vault, LATE, "fjordvik")
    every = shown(session, "fjordvik")
    # April is small: with the whole third shown it could be subtracted.
    assert every["2026-04"]["cells"]["cases"] == {"all": "few"}
    assert every["2026-T1"]["cells"]["cases"] == {"all": [27, 31]}
    assert set(every["2026-T1"]["stages"]) == {"arrivals", "results"}
    # December is not over.
    assert "2026" not in every


def test_municipalities_are_counted_apart(session, vault, counted):
    counted("2026-03", 12, age=14)
    counted(
        "2026-03", 7, age=14, municipality="granlia", read_after=None, answered_after=None, named_after=None
    )
    for municipality in ("fjordvik", "granlia"):
        refresh(session, vault, LATE, municipality)
    assert shown(session, "fjordvik")["2026-03"]["cells"]["cases"] == {"all": 12}
    assert shown(session, "granlia")["2026-03"]["cells"]["cases"] == {"all": 7}
    row = session.get(KeptCounts, ("granlia", "2026-03", "arrivals"))
    # A row that is moved to another municipality does not open.
    row.municipality = "fjordvik"
    from web.security.vault import VaultError

    with pytest.raises(VaultError):
        opened(vault, row)
    session.rollback()


def test_which_open_cases_of_children_are_outside_their_times(session, vault, counted):
    counted("2026-09", 3, age=14, read_after=None, answered_after=None, named_after=None)
    counted("2026-09", 2, age=15)
    counted("2026-09", 2, age=30, read_after=None, answered_after=None, named_after=None)
    counted("2026-09", 2, age=15, outcome="got_help")
    soon = FixedClock(datetime(2026, 9, 11, 12, tzinfo=UTC))
    refresh_all(session, vault, soon, "fjordvik")
    found, at = waiting(session, vault, "fjordvik")
    assert at == soon.now()
    assert (found.open, found.unread, found.nobody, found.not_followed) == (5, 0, 0, 0)
    # The promise was one working day; a name within five.
    soon.move(days=3)
    refresh_all(session, vault, soon, "fjordvik")
    found, _at = waiting(session, vault, "fjordvik")
    assert (found.unread, found.nobody) == (3, 0)
    soon.move(days=40)
    refresh_all(session, vault, soon, "fjordvik")
    found, _at = waiting(session, vault, "fjordvik")
    assert (found.open, found.unread, found.nobody, found.not_followed) == (5, 3, 3, 5)


def test_the_stored_cells_are_plain_json(session, vault, counted):
    counted("2026-03", 30, age=14)
    refresh(session, vault, LATE, "fjordvik")
    row = session.get(ShownPeriod, ("fjordvik", "2026-03", "arrivals"))
    content = json.loads(row.content)
    assert content["cells"]["cases"] == {"all": 30}
    # Thirty give a median and no 90th percentile.
    assert content["times"]["all:read:hours"] == [2, "few"]
