"""What always holds for matching, whoever asks; and the numbers to call, by the clock."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from web.catalog import Catalog, load
from web.matching import Match, Query, helplines_for, match

OSLO = ZoneInfo("Europe/Oslo")
AGES = (None, 0, 3, 5, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 24)
WRITERS = (None, "child", "youth", "parent", "other")
KINDS = (
    "suicide", "violence", "abuse", "small_child", "poisoning", "forced_journey", "homeless", "exploitation", "missing"
)  # fmt: skip
# A Wednesday at noon and in the night.
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=OSLO)
NIGHT = datetime(2026, 11, 18, 3, 0, tzinfo=OSLO)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Path(__file__).resolve().parents[2] / "services_catalog", "fjordvik")


def ids(result: Match) -> list[str]:
    return [suggestion.service.id for suggestion in result.services]


def everybody(catalog: Catalog) -> list[Query]:
    """Each need alone, all pairs for some people, for every writer and age."""
    queries = [
        Query(needs=((need, confidence),), writer=writer, age=age)
        for need, writer, age in itertools.product(catalog.needs, WRITERS, AGES)
        for confidence in (0.95, 0.3)
    ]
    queries += [
        Query(needs=((one, 0.9), (other, 0.6)), writer=writer, age=age)
        for one, other in itertools.combinations(catalog.needs, 2)
        for writer, age in (("youth", 14), ("parent", 4), ("youth", 20))
    ]
    queries += [
        Query(writer=writer, age=age, acute_kinds=(kind,), safe_now=safe)
        for writer, age, kind in itertools.product(WRITERS, AGES, KINDS)
        for safe in (None, "no")
    ]
    return queries


@pytest.fixture(scope="module")
def answers(catalog: Catalog) -> list[tuple[Query, Match]]:
    return [(query, match(catalog, query)) for query in everybody(catalog)]


def test_there_is_always_one_contact_point_and_one_to_five_services(
    catalog: Catalog, answers: list[tuple[Query, Match]]
) -> None:
    for query, answer in answers:
        assert answer.contact_point is catalog.contact_point
        assert 1 <= len(answer.services) <= 5, query
        assert len(set(ids(answer))) == len(answer.services), query


def test_reasons_are_needs_that_were_asked_about(answers: list[tuple[Query, Match]]) -> None:
    for query, answer in answers:
        asked = {need for need, _ in query.needs}
        for suggestion in answer.services:
            assert set(suggestion.because) <= asked, query
            assert 0 <= suggestion.score <= 1, query


def test_best_comes_first(answers: list[tuple[Query, Match]]) -> None:
    for query, answer in answers:
        scores = [suggestion.score for suggestion in answer.services]
        assert scores == sorted(scores, reverse=True), query


def test_nobody_is_shown_what_they_cannot_use(answers: list[tuple[Query, Match]]) -> None:
    for query, answer in answers:
        # Below six it is an adult who writes, whatever was picked.
        if query.writer not in ("child", "youth") or query.age is None or query.age < 6:
            continue
        writer = "child" if query.age < 13 else "youth"
        for suggestion in answer.services:
            service = suggestion.service
            wider = [w for w in service.also_for if {n for n, _ in query.needs} & set(w.needs)]
            limits = [
                (service.minimum_age, service.maximum_age),
                *((w.minimum_age, w.maximum_age) for w in wider),
            ]
            assert any((low or 0) <= query.age <= (99 if high is None else high) for low, high in limits), (
                query
            )
            assert writer in service.audience or wider, query
            if query.age < 18:
                assert service.self_contact_minimum_age is not None, query
                assert query.age >= service.self_contact_minimum_age, query


def test_adults_are_never_sent_to_what_is_only_for_children(answers: list[tuple[Query, Match]]) -> None:
    for query, answer in answers:
        if query.writer == "youth" and query.age is not None and query.age >= 18:
            needs = {need for need, _ in query.needs}
            shown = {s.service.id for s in answer.services if (s.service.maximum_age or 99) < 18}
            # Two ways in: child welfare's aftercare, and a baby of one's own.
            if needs & {"child_welfare_care", "rights_complaint"}:
                shown.discard("barnevern")
            if "infant_care" in needs:
                shown.discard("helsestasjon")
            assert not shown, query


def test_while_the_age_is_unknown_nothing_is_only_for_adults(answers: list[tuple[Query, Match]]) -> None:
    for query, answer in answers:
        if query.age is None and query.writer in (None, "child", "youth"):
            parents = {"parenting", "infant_care", "child_development", "childcare_place", "carer_strain"}
            if query.writer is None and parents & {need for need, _ in query.needs}:
                continue  # told by a parent
            for suggestion in answer.services:
                assert (suggestion.service.minimum_age or 0) < 18, query


def test_children_afraid_at_home_are_not_sent_to_a_table_with_the_family(catalog: Catalog) -> None:
    for need in ("violence_home", "neglect", "sexual_abuse", "social_control"):
        for writer, age in itertools.product((None, "child", "youth"), (None, 8, 12, 14, 16, 17)):
            query = Query(
                ((need, 0.9), ("family_conflict", 0.9), ("parents_separating", 0.9)), writer, "self", age
            )
            assert {"familievern", "konfliktrad", "foreldrehjelp"}.isdisjoint(ids(match(catalog, query))), (
                query
            )
    # A parent may go there.
    assert "familievern" in ids(match(catalog, Query((("family_conflict", 0.9),), "parent", "my_child", 14)))


def test_small_children_belong_to_the_health_station_not_to_school(
    answers: list[tuple[Query, Match]],
) -> None:
    for query, answer in answers:
        if query.writer == "parent" and query.age is not None and query.age <= 5:
            assert {"skolehelse", "skole", "hfu"}.isdisjoint(ids(answer)), query
    seen = {
        i for query, answer in answers if query.writer == "parent" and query.age == 5 for i in ids(answer)
    }
    assert "helsestasjon" in seen


def test_specialists_and_state_bodies_are_never_first(
    catalog: Catalog, answers: list[tuple[Query, Match]]
) -> None:
    assert {"bup", "habu", "statsforvalteren"} <= catalog.rules.never_first
    for query, answer in answers:
        assert answer.services[0].service.id not in catalog.rules.never_first, query


def test_staff_entries_are_never_shown(answers: list[tuple[Query, Match]]) -> None:
    shown = {service_id for _, answer in answers for service_id in ids(answer)}
    assert shown.isdisjoint({"bufetat", "barneverns_og_helsenemnda", "politirad", "slt"})


def test_a_door_for_every_need_that_somebody_may_use(
    catalog: Catalog, answers: list[tuple[Query, Match]]
) -> None:
    """Where any service answers a need for this person, one of those shown does; also when two needs are told."""
    answered = {
        (query.needs[0][0], query.writer, query.age)
        for query, answer in answers
        if len(query.needs) == 1 and any(s.because for s in answer.services)
    }
    for query, answer in answers:
        met = {need for suggestion in answer.services for need in suggestion.because}
        for need, _ in query.needs:
            if (need, query.writer, query.age) in answered:
                assert need in met, query


def test_many_services_is_led_by_somebody_who_coordinates(catalog: Catalog) -> None:
    leaders = {"barnekoordinator", "koordinerende_enhet", "koordinator"}
    for writer, age in (
        ("parent", 3),
        ("parent", 10),
        ("parent", 17),
        ("youth", 15),
        ("youth", 17),
        ("youth", 21),
    ):
        shown = ids(match(catalog, Query((("many_services", 0.9),), writer, None, age)))
        assert shown[0] in leaders, (writer, age)


def test_danger_comes_first(catalog: Catalog) -> None:
    for kind in KINDS:
        for writer, age in (("child", 10), ("youth", 15), ("youth", 20), ("parent", 8)):
            query = Query((("leisure", 1.0), ("learning_support", 1.0)), writer, None, age, (kind,))
            assert match(catalog, query).services[0].service.urgent, query


def test_who_answers_today_comes_before_who_does_not_when_it_is_acute(catalog: Catalog) -> None:
    needs = (("money", 0.9), ("leisure", 0.9))
    calm = ids(match(catalog, Query(needs, "parent", "my_child", 10)))
    acute = ids(match(catalog, Query(needs, "parent", "my_child", 10, ("homeless",))))
    assert calm.index("fritid") < calm.index("sosialhjelp")
    assert acute.index("sosialhjelp") < (acute.index("fritid") if "fritid" in acute else 99)


def test_no_life_at_stake_is_crowded_out(catalog: Catalog) -> None:
    many = tuple((need, 1.0) for need in catalog.needs if need not in ("suicidal_thoughts", "violence_home"))
    query = Query((*many, ("suicidal_thoughts", 0.4), ("violence_home", 0.4)), "youth", "self", 15)
    shown = ids(match(catalog, query))
    assert {"legevakt", "barnevern"} <= set(shown)
    assert len(shown) == 5


def test_one_door_is_enough_when_it_meets_everything(catalog: Catalog) -> None:
    needs = (("bullying", 0.9), ("sleep", 0.8), ("low_mood", 0.8))
    best = match(catalog, Query(needs, "youth", "self", 14)).services[0]
    assert set(best.because) == {"bullying", "sleep", "low_mood"}


def test_confidence_decides_between_needs(catalog: Catalog) -> None:
    surely_work = Query((("education_work_path", 0.95), ("sexual_health", 0.25)), "youth", "self", 17)
    surely_health = Query((("education_work_path", 0.25), ("sexual_health", 0.95)), "youth", "self", 17)
    assert ids(match(catalog, surely_work))[0] == "ot"
    assert ids(match(catalog, surely_health))[0] == "hfu"


def test_what_cannot_be_trusted_is_ignored(catalog: Catalog) -> None:
    strange = Query(
        (("no_such_need", 0.9), ("bullying", float("nan")), ("sleep", 7.0), ("grief", -1.0)),
        writer="robot",
        about="everybody",
        age=-4,
        acute_kinds=("dragons",),
        safe_now="perhaps",
    )
    answer = match(catalog, strange)
    assert {need for suggestion in answer.services for need in suggestion.because} == {"sleep"}
    assert match(catalog, Query((("sleep", 1.0),))).services[0].service is answer.services[0].service


def test_who_writes_follows_from_what_is_known(catalog: Catalog) -> None:
    sleep = (("sleep", 0.9),)
    assert ids(match(catalog, Query(sleep, None, "my_child", 2)))[0] == "helsestasjon"
    # A youth with a child of their own is a parent here.
    assert ids(match(catalog, Query(sleep, "youth", "my_child", 1)))[0] == "helsestasjon"
    # What only parents tell is told by a parent.
    assert "helsestasjon" in ids(match(catalog, Query((("child_development", 0.9),))))
    # An age that contradicts the writer wins.
    assert "hfu" not in ids(match(catalog, Query((("sexual_health", 0.9),), "youth", "self", 10)))


def test_first_doors_without_any_need(catalog: Catalog) -> None:
    doors = {
        ("child", 9): "skolehelse",
        ("youth", 15): "skolehelse",
        ("youth", 22): "fastlege",
        ("parent", 1): "helsestasjon",
        ("parent", 9): "skolehelse",
        ("parent", None): "skolehelse",
    }
    for (writer, age), first in doors.items():
        shown = match(catalog, Query(writer=writer, age=age)).services
        assert shown[0].service.id == first
        assert len(shown) >= 3
        assert all(suggestion.because == () for suggestion in shown)


def test_a_service_that_is_switched_off_is_not_shown(catalog: Catalog) -> None:
    assert catalog.service("factung") is None
    query = Query((("many_services", 0.9), ("suicidal_thoughts", 0.9)), "youth", "self", 17)
    assert "factung" not in ids(match(catalog, query))


def test_matching_is_the_same_every_time(catalog: Catalog) -> None:
    query = Query((("bullying", 0.9), ("sleep", 0.5), ("violence_home", 0.4)), "youth", "self", 13)
    assert {tuple(ids(match(catalog, query))) for _ in range(20)} == {tuple(ids(match(catalog, query)))}


# --- Helplines ---


def lines(catalog: Catalog, **kwargs: object) -> list[str]:
    return [entry.helpline.id for entry in helplines_for(catalog, **kwargs)]  # type: ignore[arg-type]  # by keyword


def test_helplines_at_most_six_and_emergency_first(catalog: Catalog) -> None:
    for kind, writer, age in itertools.product((None, *KINDS), WRITERS, AGES):
        for need in (None, *catalog.needs):
            found = helplines_for(
                catalog, (kind,) if kind else (), (need,) if need else (), age=age, writer=writer, at=NIGHT
            )
            assert 1 <= len(found) <= 6, (kind, need, writer, age)
            emergency = [entry.helpline.emergency for entry in found]
            assert emergency == sorted(emergency, reverse=True), (kind, need, writer, age)
            names = [entry.helpline.id for entry in found]
            assert len(set(names)) == len(names)
            if (age is not None and age < 18) or (age is None and writer != "parent"):
                # The children's line right after the emergency numbers, and no line for adults only.
                assert names[sum(emergency)] == "alarmtelefonen", (kind, need, writer, age)
                if writer != "parent":
                    assert "vo_linjen" not in names
            if age is not None and age >= 18 and writer in ("youth", None):
                assert {"alarmtelefonen", "kors_pa_halsen"}.isdisjoint(names), (kind, need, writer, age)


def test_which_number_for_which_danger(catalog: Catalog) -> None:
    first = {
        "suicide": "113",
        "violence": "112",
        "abuse": "112",
        "small_child": "113",
        "poisoning": "113",
        "forced_journey": "112",
        "exploitation": "112",
        "missing": "112",
    }
    for kind, number in first.items():
        for writer, age in (("child", 9), ("youth", 15), ("youth", 21), ("parent", 4), (None, None)):
            assert lines(catalog, acute_kinds=(kind,), age=age, writer=writer)[0] == number, (kind, writer)
    assert "giftinformasjonen" in lines(catalog, acute_kinds=("poisoning",), age=3, writer="parent")
    assert "rode_kors_telefonen" in lines(catalog, acute_kinds=("forced_journey",), age=16, writer="youth")
    assert "barnevernvakt_fjordvik" in lines(catalog, acute_kinds=("homeless",), age=16, writer="youth")
    assert "legevakt_telefonen" in lines(catalog, acute_kinds=("suicide",), age=16, writer="youth")


def test_the_page_with_numbers_has_the_emergency_numbers(catalog: Catalog) -> None:
    assert lines(catalog)[:4] == ["113", "112", "110", "alarmtelefonen"]
    assert lines(catalog, age=20, writer="youth")[:3] == ["113", "112", "110"]


def test_helplines_by_need(catalog: Catalog) -> None:
    assert "rusinfo" in lines(catalog, needs=("substance_use",), age=16, writer="youth")
    assert "ungdomstelefonen" in lines(catalog, needs=("gender_sexuality",), age=15, writer="youth")
    assert "vo_linjen" in lines(catalog, needs=("violence_home",), age=4, writer="parent")
    assert "vo_linjen" in lines(catalog, needs=("violence_home",), age=19, writer="youth")
    assert "snakk_om_mobbing" in lines(catalog, needs=("bullying",), age=12, writer="child")
    # Nothing acute, nothing that needs the police: no emergency number in the way.
    assert {"110", "112", "113"}.isdisjoint(lines(catalog, needs=("bullying",), age=12, writer="child"))


def test_the_clock(catalog: Catalog) -> None:
    def at(line_id: str, moment: datetime) -> tuple[bool, datetime | None]:
        needs = tuple(catalog.needs)
        for kwargs in (
            {"writer": "youth", "age": 15},
            {"writer": "parent", "age": 15},
            {"writer": "youth", "age": 20},
        ):
            for need in needs:
                for entry in helplines_for(catalog, needs=(need,), at=moment, **kwargs):  # type: ignore[arg-type]
                    if entry.helpline.id == line_id:
                        return entry.open_now, entry.opens_or_closes_at
        raise AssertionError(line_id)

    assert at("alarmtelefonen", NIGHT) == (True, None)
    assert at("rusinfo", NOON) == (True, datetime(2026, 11, 18, 18, 0, tzinfo=OSLO))
    assert at("rusinfo", NIGHT) == (False, datetime(2026, 11, 18, 11, 0, tzinfo=OSLO))
    # Saturday: next on Monday. Christmas Day is a Friday in 2026, so the next weekday is Monday the 28th.
    assert at("rusinfo", datetime(2026, 11, 21, 12, 0, tzinfo=OSLO))[1] == datetime(
        2026, 11, 23, 11, tzinfo=OSLO
    )
    assert at("rusinfo", datetime(2026, 12, 25, 12, 0, tzinfo=OSLO))[1] == datetime(
        2026, 12, 28, 11, tzinfo=OSLO
    )
    # The closing minute is closed, the opening minute is open.
    assert not at("rusinfo", datetime(2026, 11, 18, 18, 0, tzinfo=OSLO))[0]
    assert at("rusinfo", datetime(2026, 11, 18, 11, 0, tzinfo=OSLO))[0]
    # Told in another zone: 11:30 in Oslo is 10:30 UTC in winter, 09:30 in summer.
    assert at("rusinfo", datetime(2026, 11, 18, 10, 30, tzinfo=UTC))[0]
    assert at("rusinfo", datetime(2026, 7, 15, 9, 30, tzinfo=UTC))[0]
    assert not at("rusinfo", datetime(2026, 7, 15, 8, 30, tzinfo=UTC))[0]
    # Hours that nobody knows are never promised.
    assert at("snakk_om_mobbing", NOON) == (False, None)


def test_local_night_duty_through_night_and_weekend(catalog: Catalog) -> None:
    def at(moment: datetime) -> tuple[bool, datetime | None]:
        found = helplines_for(catalog, ("homeless",), age=16, writer="youth", at=moment)
        entry = next(entry for entry in found if entry.helpline.id == "barnevernvakt_fjordvik")
        return entry.open_now, entry.opens_or_closes_at

    assert at(NIGHT) == (True, datetime(2026, 11, 18, 8, 0, tzinfo=OSLO))
    assert at(NOON) == (False, datetime(2026, 11, 18, 15, 30, tzinfo=OSLO))
    # From Friday afternoon without a break to Monday morning.
    friday_evening = datetime(2026, 11, 20, 22, 0, tzinfo=OSLO)
    assert at(friday_evening) == (True, datetime(2026, 11, 23, 8, 0, tzinfo=OSLO))
    # The night when summer time ends: the clock on the wall counts.
    assert at(datetime(2026, 10, 25, 4, 0, tzinfo=OSLO)) == (True, datetime(2026, 10, 26, 8, 0, tzinfo=OSLO))
