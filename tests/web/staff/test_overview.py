"""The overview as leaders, the privacy officer and everybody else meet it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.web.staff.conftest import Desk
from tests.web.staff.everywhere import enter
from web.statistics.models import ShownPeriod

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def put(session, name, stages=("arrivals", "results"), **tables):
    """A period as the nightly work would have left it."""
    kind = {
        "cases": {"all": 200},
        "deleted": {"all": "few"},
        "age": {"under_18": 120, "adult": 80, "unknown": "few"},
        "children": {"read": "most", "contact": 90, "answered": [80, 90]},
        "in_time": {"read": 190, "contact": 150, "answered": 140},
        "language": {"nb": 150, "nn": 50, "other": "few"},
        "needs": {"bullying": 77, "sleep": 20},
        "acute": {"acute": 9},
        "followed": {"followed": 100},
        "outcome": {"got_help": 120, "moved_on": 30, "not_reached": 20, "withdrawn": 20, "open": 10},
        "helped": {"yes": 60, "some": 20, "no": 10, "none": 110},
    }
    late = ("followed", "outcome", "helped")
    for stage in stages:
        cells = {k: v for k, v in {**kind, **tables}.items() if (k in late) == (stage == "results")}
        times = {"all:read:hours": [4, 30], "all:read:days": [0, 2]} if stage == "arrivals" else {}
        session.add(
            ShownPeriod(
                municipality="fjordvik",
                period=name,
                stage=stage,
                content=json.dumps({"cells": cells, "times": times}),
                shown_at=NOW,
            )
        )
    session.commit()


@pytest.fixture
def who(session, make_app, quick_argon2):
    """who("leader"): a browser of somebody with this role; in another municipality with its name."""
    from web.staff.models import create_employee

    app = make_app(municipalities=("fjordvik", "granlia"))

    def open_as(role, municipality="fjordvik"):
        person = create_employee(session, municipality, role, f"{role} her", "", [role])[0]
        person.set_password("fire rare ord på rad")
        session.commit()
        desk = Desk(app.test_client())
        enter(desk.client, person)
        return desk

    return open_as


def test_a_leader_reads_three_sentences_with_their_numbers(session, who):
    put(session, "2025-T3")
    put(session, "2025-12")
    put(session, "2025-11")
    leader = who("leader")
    leader.get("/staff/oversikt/?lang=nb")
    text = leader.text.replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "Minst 116 av 120 saker om barn under 18 år ble lest av et menneske innen fristen (over 95 %)."
        in text
    )
    assert "90 av 120 fikk en kontaktperson med navn innen fem virkedager (75 %)." in text
    assert "100 av 120 hadde en plan, et svar fra en tjeneste eller et utfall etter seks uker (83 %)." in text
    assert "3. tertial 2025" in text
    assert "Mobbing og utestenging 77" in text
    assert "80–90" in text
    assert "Halvparten innen" in text
    assert "4 t, samme dag" in text
    leader.get("/staff/oversikt/?lang=nn&periode=2025-12")
    text = leader.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "desember 2025" in text
    assert "Minst 116 av 120 saker om barn under 18 år vart lesne av eit menneske innan fristen" in text


def test_results_that_are_not_there_yet_have_a_day(session, who):
    put(session, "2025-12", stages=("arrivals",))
    leader = who("leader")
    leader.get("/staff/oversikt/?lang=nb")
    # The last of December, and sixty days.
    assert "Hvor mange som er fulgt opp etter seks uker, blir talt 2. mars 2026." in leader.text


def test_too_few_children_are_not_shown(session, who):
    put(session, "2025-12", age={"under_18": "few", "adult": 190, "unknown": [6, 10]})
    leader = who("leader")
    leader.get("/staff/oversikt/?lang=nb")
    assert "Så få saker handlet om barn under 18 år" in leader.text


def test_before_anything_is_counted(who):
    leader = who("leader")
    leader.get("/staff/oversikt/?lang=nb")
    assert leader.status == 200
    # The clock of the tests stands in November 2026.
    assert "De første tallene kommer 15. desember 2026." in leader.text


@pytest.mark.parametrize("asked", ["2031", "x", "2025-T9", "2025-12' OR 1=1"])
def test_a_period_that_is_not_there_shows_the_newest(session, who, asked):
    put(session, "2025-12")
    leader = who("leader")
    leader.get("/staff/oversikt/?" + f"periode={asked}".replace(" ", "+"))
    assert leader.status == 200
    assert "200" in leader.text


def test_only_leaders_and_the_privacy_officer_see_numbers(session, who):
    put(session, "2025-12")
    for role, may in {
        "leader": True,
        "privacy_officer": True,
        "front_desk": False,
        "contact_person": False,
        "service_user": False,
        "catalog_editor": False,
        "administrator": False,
    }.items():
        desk = who(role)
        for path in ("/staff/oversikt/", "/staff/oversikt/tall.csv"):
            desk.get(path)
            assert desk.status == (200 if may else 403), (role, path)


def test_the_privacy_officer_gets_round_numbers_of_today_and_no_way_to_cases(
    session, who, send, vault, clock
):
    from web.statistics import refresh_all

    for _ in range(8):
        send(age=14)
    clock.move(days=10)
    refresh_all(session, vault, clock, "fjordvik")
    officer, leader = who("privacy_officer"), who("leader")
    officer.get("/staff/oversikt/?lang=nb")
    leader.get("/staff/oversikt/?lang=nb")
    assert "Åpne saker om barn: 8." in leader.text
    assert "Ingen har lest saken, og fristen er ute: 8." in leader.text
    assert "vis=over-fristen" in leader.page
    assert "I køen nå" in leader.text
    assert "Åpne saker om barn: 10." in officer.text
    assert "/staff/?" not in officer.page
    assert "I køen nå" not in officer.text


def test_another_municipality_sees_nothing_of_it(session, who):
    put(session, "2025-12")
    stranger = who("leader", "granlia")
    stranger.get("/granlia/staff/oversikt/")
    assert stranger.status == 200
    assert "200" not in re.sub(r"<[^>]+>", "", stranger.page)
    assert "2025" not in stranger.text
    lines = stranger.get("/granlia/staff/oversikt/tall.csv").strip().splitlines()
    assert len(lines) == 1


def test_the_file_has_the_same_numbers_as_the_page(session, who):
    put(session, "2025-12")
    leader = who("leader")
    for language, header, need in (
        ("nb", "Periode;Tabell;Gruppe;Antall;Minst;Høyst;Av", "Mobbing og utestenging"),
        ("nn", "Periode;Tabell;Gruppe;Tal på saker;Minst;Høgst;Av", "Mobbing og utestenging"),
    ):
        leader.get(f"/staff/oversikt/?lang={language}")
        answer = leader.client.get("/staff/oversikt/tall.csv")
        raw = answer.get_data()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        text = raw.decode("utf-8-sig")
        assert text.splitlines()[0] == header
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert ["2025-12", need] == [next(row for row in rows if need in row)[i] for i in (0, 2)]
        by_name = {(row[1], row[2]): row[3:] for row in rows}
        assert by_name[next(key for key in by_name if key[1] == need)] == ["77", "77", "77", "200"]
    # What is hidden has no number of its own: few, most, and between.
    hidden = sorted(tuple(row[3:]) for row in rows[1:] if row[3] == "")
    assert hidden == [
        ("", "0", "4", ""), ("", "0", "4", "200"), ("", "0", "4", "200"), ("", "116", "120", "120"), ("", "80", "90", "120"),
    ]  # fmt: skip


def test_every_chart_has_its_table_and_no_inline_style(session, who):
    for month in ("2025-10", "2025-11", "2025-12"):
        put(session, month)
    leader = who("leader")
    page = leader.get("/staff/oversikt/?lang=nb")
    main = page[page.index("<main") : page.index("</main>")]
    assert main.count('role="img"') == 1
    assert 'aria-label="Søyler: hvor mange saker' in main
    assert "Måned for måned, 2025" in main
    assert "style=" not in main
    for table in re.findall(r"<table.*?</table>", main, re.DOTALL):
        assert "<caption" in table
        assert 'scope="row"' in table
    # Bars repeat what stands beside them.
    for svg in re.findall(r"<svg[^>]*>", main):
        assert 'aria-hidden="true"' in svg or 'role="img"' in svg
    # One main heading, and none skipped.
    levels = [int(level) for level in re.findall(r"<h(\d)", main)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_leader_publishes_the_year_and_takes_it_back(session, who):
    put(session, "2025")
    put(session, "2024", stages=("arrivals",))
    leader, officer = who("leader"), who("privacy_officer")
    visitor = leader.client.application.test_client()
    assert visitor.get("/aarsrapport/2025").status_code == 404
    assert "Ingen årsrapport er lagt ut ennå." in visitor.get("/aarsrapport?lang=nb").get_data(as_text=True)

    leader.get("/staff/oversikt/?lang=nb")
    # Of 2024 the results are not counted.
    assert "Legg ut årsrapporten for 2024" not in leader.text
    leader.post("/staff/oversikt/aarsrapport", year="2025", what="publish")
    assert "Nå kan alle lese rapporten." in leader.text
    assert "leader her" in leader.text
    report = visitor.get("/aarsrapport/2025?lang=nb")
    page = report.get_data(as_text=True)
    assert report.status_code == 200
    assert "Fikk barn svar i tide?" in page
    assert "77" in page
    assert "leader her" not in page
    assert "noindex" not in report.headers.get("X-Robots-Tag", "")
    nynorsk = visitor.get("/aarsrapport/2025?lang=nn").get_data(as_text=True)
    assert "Fekk barn svar i tide?" in nynorsk
    assert "/aarsrapport/2025" in visitor.get("/aarsrapport").get_data(as_text=True)
    # Not of the other municipality.
    assert visitor.get("/granlia/aarsrapport/2025").status_code == 404

    officer.get("/staff/oversikt/?lang=nb")
    assert "Lagt ut" in officer.text
    assert 'name="what"' not in officer.page
    officer.get("/staff/oversikt/")
    token = officer.hidden("csrf_token")
    refused = officer.client.post(
        "/staff/oversikt/aarsrapport", data={"year": "2025", "what": "withdraw", "csrf_token": token}
    )
    assert refused.status_code == 403

    leader.post("/staff/oversikt/aarsrapport", year="2025", what="withdraw")
    assert "Rapporten er tatt ned." in leader.text
    assert visitor.get("/aarsrapport/2025").status_code == 404


@pytest.mark.parametrize("year", ["2024", "2023", "x", "", "2025-T1"])
def test_a_year_that_is_not_counted_cannot_be_published(session, who, year):
    put(session, "2024", stages=("arrivals",))
    put(session, "2025")
    put(session, "2025-T1")
    leader = who("leader")
    leader.get("/staff/oversikt/")
    token = leader.hidden("csrf_token")
    answer = leader.client.post("/staff/oversikt/aarsrapport", data={"year": year, "csrf_token": token})
    assert answer.status_code == 404


def test_municipalities_stand_beside_one_another_without_a_sum(session, who):
    from web.statistics.publishing import publish

    put(session, "2025")
    from web.cases import FixedClock

    session.add(
        ShownPeriod(
            municipality="granlia",
            period="2025",
            stage="arrivals",
            content=json.dumps({"cells": {"cases": {"all": 41}, "age": {"under_18": [20, 24]}}}),
            shown_at=NOW,
        )
    )
    visitor = who("leader").client.application.test_client()
    clock = FixedClock(NOW + timedelta(days=1))
    publish(session, clock, "fjordvik", 2025, "Leder")
    assert "Kommune for kommune" not in visitor.get("/aarsrapport?lang=nb").get_data(as_text=True)
    publish(session, clock, "granlia", 2025, "Leder")
    publish(session, clock, "granlia", 2025, "Leder")  # pressed twice
    page = visitor.get("/aarsrapport?lang=nb").get_data(as_text=True)
    assert "Kommune for kommune, 2025" in page
    table = re.search(r"<tbody>.*?</tbody>", page, re.DOTALL)[0]
    assert re.findall(r'scope="row">([^<]*)<', table) == ["Fjordvik kommune", "Granlia kommune"]
    assert "20–24" in table
    assert "241" not in page
