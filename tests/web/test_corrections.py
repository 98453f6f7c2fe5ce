"""Corrections of the catalog: kept with before and after, seen at once, undone one by one; emergency numbers stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from web import corrections
from web.catalog.changes import Change, ChangeRefused, corrected, current, fields_of
from web.catalog.freshness import kinds_of

BY = ("e1", "Maja")
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HFU = "service:hfu"


def standing(session, catalog, now=AT):
    rows = corrections._standing(session, catalog.municipality.id)
    return corrected(catalog, [row.change() for row in rows], now.date())


def save(session, catalog, target, at=AT, seen=None, **values):
    now = standing(session, catalog)
    return corrections.save(session, now, target, values, seen or current(now, target), by=BY, at=at)


def test_a_correction_is_seen_and_keeps_what_stood_before(session, catalog):
    before = catalog.services["hfu"].phones[0].number
    assert save(session, catalog, HFU, phone="22 33 44 55") == 1
    service = standing(session, catalog).services["hfu"]
    assert (service.phones[0].number, service.phones[0].tel) == ("22 33 44 55", "22334455")
    assert service.checked["numbers"] == date(2026, 11, 20)
    assert service.local
    line = corrections.history(session, "fjordvik")[0]
    assert (line.employee_name, line.before, line.after) == ("Maja", before, "22 33 44 55")


def test_the_matcher_gets_the_corrected_service(session, catalog):
    save(session, catalog, HFU, alert={"nb": "Stengt i dag.", "nn": "Stengt i dag."})
    now = standing(session, catalog)
    assert any(s.id == "hfu" and s.alert["nb"] == "Stengt i dag." for s in now.by_need["sexual_health"])


def test_what_is_the_same_is_no_change(session, catalog):
    assert save(session, catalog, HFU, phone=catalog.services["hfu"].phones[0].number) == 0
    assert corrections.history(session, "fjordvik") == []


def test_undoing_one_leaves_the_others(session, catalog):
    save(session, catalog, HFU, phone="22 33 44 55")
    save(session, catalog, HFU, email="hfu@fjordvik.example")
    first = corrections.history(session, "fjordvik")[-1]
    assert corrections.undo(session, "fjordvik", first.id, by=BY, at=AT) == HFU
    service = standing(session, catalog).services["hfu"]
    assert service.phones[0].number == catalog.services["hfu"].phones[0].number
    assert service.email == "hfu@fjordvik.example"
    with pytest.raises(corrections.AlreadyUndone):
        corrections.undo(session, "fjordvik", first.id, by=BY, at=AT)


def test_another_municipality_cannot_undo_it(session, catalog):
    save(session, catalog, HFU, phone="22 33 44 55")
    with pytest.raises(corrections.AlreadyUndone):
        corrections.undo(session, "annendal", corrections.history(session, "fjordvik")[0].id, by=BY, at=AT)


def test_who_saw_something_else_must_look_again(session, catalog):
    seen = current(catalog, HFU)
    save(session, catalog, HFU, phone="22 33 44 55")
    with pytest.raises(corrections.ChangedMeanwhile):
        save(session, catalog, HFU, seen=seen, phone="99 88 77 66")
    assert standing(session, catalog).services["hfu"].phones[0].number == "22 33 44 55"


def test_a_notice_ends_by_itself(session, catalog):
    alert = {"nb": "Stengt i jula.", "nn": "Stengt i jula.", "until": "2026-12-27"}
    save(session, catalog, HFU, alert=alert)
    assert standing(session, catalog, datetime(2026, 12, 27, 9, tzinfo=UTC)).services["hfu"].alert is not None
    assert standing(session, catalog, datetime(2026, 12, 28, 9, tzinfo=UTC)).services["hfu"].alert is None


def test_new_hours_stop_the_clock(session, catalog):
    text = {"nb": "Bare fredager.", "nn": "Berre fredagar."}
    save(session, catalog, "contact_point", schedules=text)
    point = standing(session, catalog).contact_point
    assert point.hours_text == text
    assert not point.hours.known


def test_confirming_makes_it_fresh(session, catalog):
    later = AT + timedelta(days=200)
    corrections.confirm(session, standing(session, catalog), HFU, ["numbers", "hours"], by=BY, at=later)
    checked = standing(session, catalog).services["hfu"].checked
    assert checked == {"numbers": later.date(), "hours": later.date()}
    with pytest.raises(KeyError):
        corrections.confirm(session, catalog, HFU, ["weather"], by=BY, at=AT)
    with pytest.raises(KeyError):
        corrections.confirm(session, catalog, "service:nothing", ["numbers"], by=BY, at=AT)


def test_who_has_looked_at_everything_answers_for_the_entry(session, catalog):
    kinds = kinds_of(catalog.services["hfu"])
    corrections.confirm(session, catalog, HFU, kinds[:-1], by=BY, at=AT)
    assert not standing(session, catalog).services["hfu"].verified
    corrections.confirm(session, catalog, HFU, kinds[-1:], by=BY, at=AT)
    service = standing(session, catalog).services["hfu"]
    assert service.verified
    assert service.checked_on == AT.date()


@pytest.mark.parametrize(
    ("target", "field", "value", "reason"),
    [
        (HFU, "phone", "ring oss", "number"),
        (HFU, "email", "hfu", "email"),
        (HFU, "url", "http://example.no", "url"),
        (HFU, "url", "javascript:alert(1)", "url"),
        (HFU, "alert", {"nb": "Stengt."}, "both_languages"),
        (HFU, "alert", {"nb": "x" * 401, "nn": "x"}, "long"),
        (HFU, "address", {"city": "Fjordvik"}, "field"),
        ("contact_point", "phone", "", "number"),
        ("contact_point", "url", "https://example.no", "field"),
        (HFU, "description", {"nb": "a", "nn": "b"}, "field"),
        ("helpline:nod_113", "phone", "22 33 44 55", "emergency"),
    ],
)
def test_what_cannot_stand_is_refused(session, catalog, target, field, value, reason):
    if target == "helpline:nod_113":
        target = "helpline:" + next(line.id for line in catalog.helplines.values() if line.number == "113")
    with pytest.raises(ChangeRefused) as refused:
        save(session, catalog, target, **{field: value})
    assert refused.value.reason == reason
    assert corrections.history(session, "fjordvik") == []


def test_emergency_numbers_stand_whatever_the_table_says(catalog):
    for line in (line for line in catalog.helplines.values() if line.emergency):
        assert fields_of(catalog, f"helpline:{line.id}") == ()
        forged = Change(f"helpline:{line.id}", "phone", "00 00 00 00", AT.date())
        assert corrected(catalog, [forged], AT.date()).helplines[line.id] is line


def test_a_service_that_is_gone_is_passed_over(catalog):
    gone = Change("service:gone", "phone", "11 11 11 11", AT.date())
    assert corrected(catalog, [gone], AT.date()).services == catalog.services
