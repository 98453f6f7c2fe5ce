"""The guide: whole in both languages, open to everybody who is logged in, and its links lead where the reader may go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.staff.guide import LINKS, chapters

LOCALES = Path(__file__).resolve().parents[3] / "locales"


def test_both_languages_say_the_same_things_in_their_own_words():
    nb, nn = chapters(LOCALES, "nb"), chapters(LOCALES, "nn")
    assert [one.id for one in nb] == [one.id for one in nn]
    for first, second in zip(nb, nn, strict=True):
        shapes = [
            [(len(part.text), len(part.points), len(part.steps), part.show) for part in one.parts]
            for one in (first, second)
        ]
        assert shapes[0] == shapes[1], first.id
        assert first.lead != second.lead


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_issue_s_four_subjects_are_there(language):
    assert {"first_day", "acute", "sharing", "law"} <= {one.id for one in chapters(LOCALES, language)}


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_links_are_known_and_no_number_is_written_by_hand(language):
    text = (LOCALES / language / "guide.yml").read_text("utf-8")
    assert set(re.findall(r"\{link:(\w+)\}", text.split("\n- id:", 1)[1])) <= set(LINKS)
    # Emergency numbers never change; every other number is the catalog's, which is kept up to date.
    assert set(re.findall(r"\d{3,}", text)) <= {"112", "113"}


@pytest.mark.parametrize(("language", "word"), [("nb", "Første dag"), ("nn", "Første dagen")])
def test_every_chapter_can_be_read(desk, language, word):
    desk.get(f"/staff/hjelp/?lang={language}")
    assert word in desk.text
    for one in chapters(LOCALES, language):
        desk.get(f"/staff/hjelp/{one.id}?lang={language}")
        assert desk.status == 200
        assert one.title in desk.text
        assert all(part.heading in desk.text for part in one.parts)
        assert "{link:" not in desk.page
    assert desk.get("/staff/hjelp/something_else")
    assert desk.status == 404


def test_a_link_is_only_a_name_for_who_may_not_open_the_page(app, session, desk):
    from tests.web.staff.everywhere import enter
    from web.staff.models import create_employee

    assert 'href="/staff/"' in desk.get("/staff/hjelp/first_day").split("<main")[1]
    employee, _ = create_employee(
        session, "fjordvik", "kari", "Kari Li", "Servicetorget", roles=("catalog_editor",)
    )
    employee.must_change_password = False
    session.commit()
    client = app.test_client()
    enter(client, employee)
    page = client.get("/staff/hjelp/first_day").get_data(as_text=True).split("<main")[1]
    assert 'href="/staff/"' not in page
    assert 'href="/staff/konto' in page


def test_rules_of_age_come_from_the_catalog_with_what_is_unchecked(desk, app):
    from web.catalog import load

    desk.get("/staff/hjelp/law?lang=nb")
    rules = load(app.extensions["portal-config"].catalog_dir, "fjordvik").age_rules
    assert all(" ".join(rule.staff["nb"].split()) in desk.text for rule in rules)
    assert desk.text.count("ikke sjekket mot loven") >= sum(not rule.verified for rule in rules)
