"""Three made-up municipalities: one with everything, one that shares with its neighbour, one with gaps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from web.catalog import LANGUAGES, Catalog, Service, load, municipalities
from web.matching import OSLO, Match, Query, helplines_for, match

FOLDER: Final = Path(__file__).resolve().parents[2] / "services_catalog"
ALL: Final = ("fjordvik", "granlia", "lauvdal")
WHOLE, GAPS, SHARED = ALL

# Who asks: how the test calls them, who writes, about whom, and the age of the young person.
PEOPLE: Final = {
    "child 9": ("child", "self", 9),
    "youth 14": ("youth", "self", 14),
    "youth 17": ("youth", "self", 17),
    "youth 22": ("youth", "self", 22),
    "parent of 3": ("parent", "my_child", 3),
    "parent of 10": ("parent", "my_child", 10),
    "parent of 16": ("parent", "my_child", 16),
}
NEEDS: Final = tuple(
    need
    for group in yaml.safe_load((FOLDER / "needs.yml").read_text(encoding="utf-8")).values()
    for need in group
)

# Entries that a town's own people would look for in vain: nothing local can be said about them.
EVERYWHERE: Final = {"fastlege", "rph"}
# What Elvestrand runs for Lauvdal.
HOSTED: Final = (
    "barnevern",
    "barnevernvakt",
    "ppt",
    "legevakt",
    "krisesenter",
    "flyktning",
    "kompsyk",
    "rus",
)
GAPS_NAMED: Final = ("hfu", "kompsyk", "utekontakt", "rph", "factung", "kulturskole")

BOKMAL: Final = re.compile(
    r"\b(ikke|jeg|hva|hvem|hvor|hvordan|hvorfor|hver|hvert|noe|noen|fra|hjemme|bare|mye|selv|hvis|dere|flere|være|"
    r"gjøre|uke|uka|skole|skolen|tjeneste|tjenesten|hun|en|et|dem|komme|kommer|mens|trenger|ringe|"
    r"tirsdag|mandag|lørdag|hverdager|åpen|åpent|måneden|forteller|snakker|jobber|sier|sammen|alene)\b",
    re.IGNORECASE,
)
NYNORSK: Final = re.compile(
    r"\b(ikkje|eg|kva|kven|kvar|korleis|noko|nokon|frå|heime|berre|mykje|sjølv|dykk|fleire|vere|gjere|veke|veka|ein|"
    r"eit|ho|dei|tysdag|måndag|laurdag|kvardagar|medan|treng|ringje|månaden|arbeider|seier|saman|åleine)\b",
    re.IGNORECASE,
)


@cache
def catalog_of(municipality: str) -> Catalog:
    return load(FOLDER, municipality)


def read(path: Path) -> Any:
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def own_files(municipality: str) -> dict[str, Any]:
    home = FOLDER / "municipalities" / municipality
    return {
        path.stem: read(path) for path in [home / "municipality.yml", *sorted(home.glob("services/*.yml"))]
    }


def own_services(municipality: str) -> dict[str, Any]:
    return {name: data for name, data in own_files(municipality).items() if name != "municipality"}


def texts(data: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """All texts in both languages, lists of names too, with where they stand."""
    if isinstance(data, dict):
        if set(data) == set(LANGUAGES):
            yield (
                place,
                {key: value if isinstance(value, str) else " / ".join(value) for key, value in data.items()},
            )
        else:
            for key, value in data.items():
                yield from texts(value, f"{place}.{key}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from texts(value, f"{place}[{index}]")


def ask(catalog: Catalog, person: str, *needs: str) -> Match:
    writer, about, age = PEOPLE[person]
    return match(catalog, Query(tuple((need, 0.9) for need in needs), writer=writer, about=about, age=age))


def shown(result: Match) -> list[str]:
    return [suggestion.service.id for suggestion in result.services]


def fits(service: Service, writer: str, age: int) -> bool:
    """Whether somebody may use it, told apart from the matching: by the entry's own limits alone."""
    if writer not in service.audience:
        return False
    if service.age_applies_to == "user" and writer == "parent":
        return True
    low = service.minimum_age or 0
    if writer in ("child", "youth") and age < 18:
        alone = service.self_contact_minimum_age
        low = max(low, 18 if alone is None else alone)
    return low <= age <= (130 if service.maximum_age is None else service.maximum_age)


# --- All of them --------------------------------------------------------------------------------------------


def test_there_are_three_and_they_differ() -> None:
    assert set(ALL) <= set(municipalities(FOLDER))
    assert [catalog_of(name).municipality.written_language for name in ALL] == ["nb", "nb", "nn"]
    assert len({catalog_of(name).contact_point.tel for name in ALL}) == 3
    assert len({catalog_of(name).contact_point.name["nb"] for name in ALL}) == 3


@pytest.mark.parametrize("name", ALL)
def test_it_says_that_it_is_made_up_and_where_it_lives(name: str) -> None:
    municipality = catalog_of(name).municipality
    assert municipality.id == name
    assert municipality.fictional
    assert municipality.notice is not None
    assert "oppdiktet" in municipality.notice["nb"]
    assert "oppdikta" in municipality.notice["nn"]
    assert municipality.hosts == (f"hjelp.{name}.example",)
    # Where no real municipality's number stands, nothing can be sent to one by mistake.
    assert municipality.municipality_number is None


@pytest.mark.parametrize("name", ALL)
def test_no_fact_pretends_to_be_checked_and_no_number_is_anybodys(name: str) -> None:
    for place, data in own_files(name).items():
        assert data["verified"] is False, place
        assert data["source"] == "fictional", place
        for number in re.findall(r'"number": "([^"]*)"', json.dumps(data)):
            assert re.fullmatch(r"00 00 00 \d\d", number), (place, number)
        for location in re.findall(r'"postal_code": "([^"]*)"', json.dumps(data)):
            assert location == "0000", place


@pytest.mark.parametrize("name", ALL)
def test_numbers_in_texts_are_those_that_work_for_everybody(name: str) -> None:
    # A local number belongs in «phones», where it becomes a link; in a text stand national lines only.
    national = {"110", "112", "113", "116 111", "116 117", "116 123"}
    for place, data in own_files(name).items():
        for where, text in texts(data, place):
            for language in LANGUAGES:
                found = re.findall(
                    r"\b(?:\d{2}(?: \d{2}){3}|\d{3} \d{2} \d{3}|11[0236](?: \d{3})?)\b", text[language]
                )
                assert set(found) <= national, where


@pytest.mark.parametrize("name", ALL)
def test_the_local_child_welfare_line_opens_when_the_office_closes(name: str) -> None:
    catalog = catalog_of(name)
    (line,) = [line for line in catalog.helplines.values() if line.local]
    service = catalog.services["barnevernvakt"]
    assert line.number == service.phones[0].number
    assert line.id.startswith("barnevernvakt_")
    # From Monday to Sunday there is no hour in which neither the office nor the line answers.
    office = catalog.services["barnevern"].hours
    covered = [False] * (7 * 24 * 60)
    for hours in (office, line.hours):
        for period in hours.periods:
            for day in period.days:
                for minute in range(day * 1440 + period.start, day * 1440 + period.end):
                    covered[minute % len(covered)] = True
    assert all(covered)
    # And an acute night call for a child gets it.
    now = helplines_for(
        catalog, ["violence"], age=9, writer="child", at=datetime(2026, 11, 24, 2, 0, tzinfo=OSLO)
    )
    assert any(entry.helpline.id == line.id and entry.open_now for entry in now)


@pytest.mark.parametrize("name", ALL)
def test_words_and_clock_agree_about_opening_hours(name: str) -> None:
    for service_id, data in own_services(name).items():
        if "hours" in data:
            assert data.get("schedules") or catalog_of(name).services[service_id].schedules, service_id
        if not isinstance(data.get("hours"), list):
            continue
        # Every clock time of the first opening is named in the words.
        for period in data["hours"]:
            for clock in (period["from"], period["to"]):
                hour, minute = clock.split(":")
                plain = f"{int(hour)}" + (f".{minute}" if minute != "00" else "")
                schedules = catalog_of(name).services[service_id].schedules
                assert schedules is not None
                assert re.search(rf"(?<![\d.]){re.escape(plain)}(?![\d])", schedules["nb"]), (
                    service_id,
                    clock,
                )


@pytest.mark.parametrize("name", ALL)
def test_own_texts_keep_the_languages_apart(name: str) -> None:
    wrong = []
    for place, data in own_files(name).items():
        for where, text in texts(data, place):
            wrong += [f"{where}: «{hit.group()}» in nn" for hit in BOKMAL.finditer(text["nn"])]
            wrong += [f"{where}: «{hit.group()}» in nb" for hit in NYNORSK.finditer(text["nb"])]
    assert wrong == []


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", ALL)
def test_everybody_with_every_need_has_a_door(name: str, person: str) -> None:
    catalog = catalog_of(name)
    writer, _, age = PEOPLE[person]
    assert len(NEEDS) == 45
    for need in NEEDS:
        result = ask(catalog, person, need)
        lines = helplines_for(catalog, needs=[need], age=age, writer=writer)
        assert result.contact_point.tel == catalog.contact_point.tel
        assert lines, need
        assert result.services, need
        assert any(suggestion.service.access.direct for suggestion in result.services), need
        for suggestion in result.services:
            service = suggestion.service
            assert service.for_citizens, need
            widened = any(
                need in w.needs
                and writer in w.writers
                and (w.minimum_age or 0) <= age <= (w.maximum_age or 130)
                for w in service.also_for
            )
            assert widened or fits(service, writer, age), (need, service.id)


@pytest.mark.parametrize("name", ALL)
def test_what_is_missing_has_something_in_its_place_for_those_who_would_have_used_it(name: str) -> None:
    catalog = catalog_of(name)
    for service_id, data in own_services(name).items():
        if data.get("status", "active") == "active":
            continue
        assert service_id in catalog.replacements, f"{service_id} is switched off without anything instead"
        national = read(FOLDER / "national" / f"{service_id}.yml")
        replacements = [catalog.services[other] for other in catalog.replacements[service_id].services]
        for writer in {"child", "youth", "parent"} & set(national["audience"]):
            ages = {"child": range(13), "youth": range(13, 25), "parent": range(18)}[writer]
            for age in ages:
                low, high = national["minimum_age"] or 0, national["maximum_age"]
                alone = national["self_contact_minimum_age"]
                if writer != "parent" and age < 18:
                    low = max(low, 18 if alone is None else alone)
                # Below six nobody writes for themselves.
                if not low <= age <= (130 if high is None else high) or (writer == "child" and age < 6):
                    continue
                assert any(fits(service, writer, age) for service in replacements), (service_id, writer, age)
        note = catalog.replacements[service_id].note
        # What is not here, and what to do until then: at least three plain sentences, none of them long.
        for language in LANGUAGES:
            sentences = re.findall(r"[^.]+\.(?=\s|$)", note[language])
            assert len(sentences) >= 3, (service_id, language)
            assert max(len(sentence.split()) for sentence in sentences) <= 25, (service_id, language)


def test_a_number_belongs_to_one_municipality_unless_a_service_is_shared() -> None:
    numbers = {
        name: {
            number
            for data in own_files(name).values()
            for number in re.findall(r"00 00 00 \d\d", json.dumps(data))
        }
        for name in ALL
    }
    assert numbers[SHARED].isdisjoint(numbers[WHOLE] | numbers[GAPS])
    # Granlia's people call Fjordvik's emergency child welfare service and refuge.
    assert numbers[WHOLE] & numbers[GAPS] == {"00 00 00 12", "00 00 00 13"}


@pytest.mark.parametrize("name", ALL)
def test_no_contact_point_of_another_municipality_is_shown(name: str) -> None:
    others = {catalog_of(other).contact_point.number for other in ALL if other != name}
    catalog = catalog_of(name)
    dialled = {phone.number for service in catalog.services.values() for phone in service.phones}
    dialled |= {line.number or "" for line in catalog.helplines.values()}
    assert dialled.isdisjoint(others)
    assert not any(number in json.dumps(own_files(name)) for number in others)


# --- The town with everything -------------------------------------------------------------------------------


def test_the_town_says_where_and_when_for_all_that_is_municipal() -> None:
    catalog = catalog_of(WHOLE)
    for service in catalog.services.values():
        if service.level != "municipality" or service.id in EVERYWHERE:
            continue
        assert service.local, service.id
        assert service.responsible_unit, service.id
        assert service.phones or service.id == "kriseteam", service.id
        if service.for_citizens:
            assert service.schedules, service.id
            assert service.hours.known, service.id


def test_the_town_has_some_things_of_its_own() -> None:
    national = {path.stem for path in (FOLDER / "national").glob("*.yml")}
    own = set(own_services(WHOLE)) - national
    assert {"apent_hus", "ungdommens_hus", "psykologteam_barn", "sommerjobb"} <= own
    assert {"bua", "familiesenter"} <= set(own_services(WHOLE))
    assert set(catalog_of(WHOLE).replacements) == {"factung"}


def test_the_towns_own_services_are_found() -> None:
    catalog = catalog_of(WHOLE)
    assert "apent_hus" in shown(ask(catalog, "youth 14", "leisure"))
    assert any(service.id == "psykologteam_barn" for service in catalog.by_need["anxiety"])


# --- The small one that shares ------------------------------------------------------------------------------


@pytest.mark.parametrize("service_id", HOSTED)
def test_a_shared_service_says_who_runs_it_and_how_to_get_to_it(service_id: str) -> None:
    service = catalog_of(SHARED).services[service_id]
    assert service.nearness == "neighbour"
    assert service.responsible_unit is not None
    for language in LANGUAGES:
        assert "Elvestrand" in service.responsible_unit[language]
        # What it means for the person: where, and that one need not always travel.
        assert re.search(r"Lauvdal|Øyra|Elvestrand|drosje", service.how[language]), service_id
        assert re.search(
            r"heime|hjemme|skulen|skolen|video|Øyra|køyre|kjøre|drosje|helsehuset", service.how[language]
        ), service_id


def test_shared_services_are_shown_with_their_own_numbers() -> None:
    catalog = catalog_of(SHARED)
    for person, need, expected in (
        ("youth 14", "violence_home", "barnevern"),
        ("child 9", "neglect", "barnevern"),
        ("parent of 10", "violence_home", "krisesenter"),
        ("parent of 10", "learning_support", "ppt"),
        ("youth 17", "substance_use", "rus"),
        ("parent of 10", "newcomer", "flyktning"),
        ("youth 14", "suicidal_thoughts", "legevakt"),
    ):
        result = ask(catalog, person, need)
        assert expected in shown(result), (person, need)
        service = catalog.services[expected]
        assert service.nearness == "neighbour"
        assert [phone.number for phone in service.phones] != [catalog.contact_point.number]
        assert result.contact_point.number == "00 00 00 50"


def test_the_small_one_has_own_contact_data_in_every_entry() -> None:
    for service_id, data in own_services(SHARED).items():
        if data.get("status", "active") != "active":
            continue
        assert data.get("phones") or data.get("locations"), service_id
        assert data.get("responsible_unit"), service_id
    assert {"ope_naust", "leksekafe", "turgruppe"} <= set(own_services(SHARED))


def test_few_days_a_week_are_few_days_a_week() -> None:
    catalog = catalog_of(SHARED)
    for service_id, most in (("hfu", 1), ("helsestasjon", 3), ("skolehelse", 3), ("bibliotek", 2)):
        days = {day for period in catalog.services[service_id].hours.periods for day in period.days}
        assert 0 < len(days) <= most, service_id


# --- The one with gaps --------------------------------------------------------------------------------------


def test_the_contact_point_of_the_one_with_gaps_has_short_hours_and_promises_two_days() -> None:
    point = catalog_of(GAPS).contact_point
    assert point.promise_working_days == 2
    assert sum((p.end - p.start) * len(p.days) for p in point.hours.periods) <= 10 * 60


@pytest.mark.parametrize("service_id", GAPS_NAMED)
def test_what_is_not_there_is_not_shown_but_told(service_id: str) -> None:
    catalog = catalog_of(GAPS)
    assert service_id not in catalog.services
    assert service_id in catalog.replacements
    for person in PEOPLE:
        for need in NEEDS:
            assert service_id not in shown(ask(catalog, person, need))


@pytest.mark.parametrize("person", PEOPLE)
def test_missing_leads_are_reported_and_what_stands_instead_is_usable(person: str) -> None:
    catalog, whole = catalog_of(GAPS), catalog_of(WHOLE)
    writer, _, age = PEOPLE[person]
    for need in NEEDS:
        result = ask(catalog, person, need)
        missing = {replacement.service_id for replacement in result.not_here}
        # Who leads for this need elsewhere, comes first there, and is missing here, is spoken of.
        named = {i for lead in catalog.rules.leads.get(need, ()) for i in lead.services}
        first = shown(ask(whole, person, need))[0]
        gap = catalog.replacements.get(first)
        if first in named and gap is not None and fits(gap.missing, writer, age):
            assert first in missing, need
        # And whoever could have used it sees something in its place.
        for replacement in result.not_here:
            absent = whole.services.get(replacement.service_id)
            if absent is not None and fits(absent, writer, age):
                assert set(replacement.services) & set(shown(result)), (need, replacement.service_id)


def test_fifteen_and_anxious_where_there_is_no_clinic_and_no_psychologist() -> None:
    catalog = catalog_of(GAPS)
    result = match(catalog, Query((("anxiety", 0.9),), writer="youth", about="self", age=15))
    assert shown(result)[0] == "skolehelse"
    assert "fastlege" in shown(result)
    assert [replacement.service_id for replacement in result.not_here] == ["hfu", "kompsyk"]
    for replacement in result.not_here:
        assert replacement.note["nb"].startswith("Granlia har i")
        assert "Mens du venter" in replacement.note["nb"]
        assert "Medan du ventar" in replacement.note["nn"]
    # The town does not speak of what it has.
    town = match(catalog_of(WHOLE), Query((("anxiety", 0.9),), writer="youth", about="self", age=15))
    assert town.not_here == ()
    assert "hfu" in shown(town)


def test_twenty_two_and_anxious_where_there_is_no_quick_help() -> None:
    result = ask(catalog_of(GAPS), "youth 22", "anxiety")
    assert "fastlege" in shown(result)
    assert "skolehelse" not in shown(result)
    assert "rph" in {replacement.service_id for replacement in result.not_here}


def test_a_parent_of_a_small_anxious_child_is_sent_to_the_health_centre() -> None:
    result = ask(catalog_of(GAPS), "parent of 3", "anxiety")
    assert shown(result)[0] == "helsestasjon"
    assert "skolehelse" not in shown(result)
    assert [replacement.service_id for replacement in result.not_here] == ["kompsyk"]
