"""Sharing on the pages: bringing in, what the service sees and what it never sees, broken glass, the log of openings."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.conftest import MARKED
from tests.web.staff.conftest import PASSWORD, Desk
from tests.web.staff.everywhere import address, enter, staff_routes
from web import cases
from web.cases import deletion_requests, glass
from web.cases.sharing_types import Law, NewShare, Withholding
from web.cases.types import ChildStatement, ChildTold
from web.citizen import export
from web.staff.rights import MATRIX

LAW = Law("fvl_13b_1_2", "Du trenger hjelp fra dem.", "agreed", "Ja, det er greit")
CHILDS_WORDS = "Eg er redd heime Kvitmyr-7"
LAW_FORM = {
    "service": "ppt",
    "parts": ["words", "needs"],
    "basis": "fvl_13b_1_2",
    "reason": "PPT må vite dette for å hjelpe med skolen.",
    "asked": "agreed",
    "said": "Ja, men ikke si det til klassen",
}


@pytest.fixture
def people(session, colleagues):
    """people[username]: more of them, each with one task."""
    from web.staff.models import create_employee

    made = dict(colleagues)
    for municipality, username, name, roles, service in (
        ("fjordvik", "kari", "Kari Dale", ["service_user"], "skolehelse"),
        ("fjordvik", "siv", "Siv Moen", ["service_user"], "skolehelse"),
        ("fjordvik", "per", "Per Lund", ["service_user"], "ppt"),
        ("fjordvik", "tone", "Tone Hag", ["contact_person"], None),
        ("fjordvik", "begge", "Bea Tveit", ["contact_person", "service_user"], "skolehelse"),
        ("fjordvik", "leder", "Liv Nes", ["leader"], None),
        ("fjordvik", "vern", "Pia Vold", ["privacy_officer"], None),
        ("granlia", "kari", "Kari i Granlia", ["service_user"], "skolehelse"),
    ):
        employee, _ = create_employee(session, municipality, username, name, "Enheten", roles, service)
        employee.set_password(PASSWORD)
        made[username if municipality == "fjordvik" else "granlia"] = employee
    session.commit()
    return made


@pytest.fixture
def at(app, people):
    """at("kari"): a browser in which Kari is logged in."""

    def open_one(username):
        desk = Desk(app.test_client())
        enter(desk.client, people[username])
        return desk

    return open_one


@pytest.fixture
def codes_of():
    return {}


@pytest.fixture
def sent(session, vault, clock, new_case, codes_of):
    """sent(consents=…): a case in Bokmål with a yes to the school nurse; its id."""

    def make(**changes):
        given = {
            "language": "nb",
            "services": ("skolehelse", "ppt"),
            "consents": {"skolehelse": True, "ppt": False},
            "prefers": f"Helst Berit {MARKED}",
        }
        new = new_case(**{**given, **changes})
        case_id = cases.send_case(session, vault, clock, new).case_id
        codes_of[case_id] = new.return_code
        return case_id

    return make


@pytest.fixture
def person(app, codes_of):
    """person(case_id): the return page, opened with the five words."""

    def look(case_id, language="nb"):
        desk = Desk(app.test_client())
        desk.get(f"/svar?lang={language}")
        desk.post("/svar", code=codes_of[case_id])
        assert desk.status == 200
        return desk

    return look


@pytest.fixture
def shared(session, vault, clock, people):
    """shared(case_id, "skolehelse", …): brought in by Maja, past the pages."""

    def make(case_id, service="skolehelse", parts=("words", "recordings", "needs"), law=None, **more):
        new = NewShare(service, parts, law, **more)
        return cases.share_with(session, vault, clock, case_id, people["maja"].ref(), new)

    return make


@pytest.fixture
def about_child(session, vault, clock, sent):
    case_id = sent(
        writer="parent",
        about="my_child",
        age=9,
        statements=(("parent", "Hun sover dårlig."),),
        hope=None,
        understanding=None,
        needs=("sleep",),
        needs_added=(),
        needs_removed=(),
    )
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement(CHILDS_WORDS),), age=9, safe="no")
    cases.child_tells(session, vault, clock, case_id, told)
    return case_id


def open_tab(desk, case_id):
    desk.get(f"/staff/sak/{case_id}/deling")
    assert desk.status == 200
    return desk


# --- Bringing in ---


def test_with_a_yes_a_service_is_brought_in_with_one_press_and_the_person_sees_it(at, sent, person):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    assert "Har sagt ja" in desk.text
    desk.change(case_id, "deling/ja", service="skolehelse", parts=["words", "recordings", "needs"])
    assert desk.status == 200
    assert "Tjenesten er tatt med. Personen ser det." in desk.text
    assert "Ikke åpnet ennå" in desk.text
    home = person(case_id)
    assert "Maja Vik tok Skolehelsetjenesten" in home.text
    assert "Ingen der har lest det ennå." in home.text


def test_without_a_yes_there_is_no_way_past_the_legal_basis(at, sent, session):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    desk.change(case_id, "deling/ja", service="ppt", parts=["words"])
    assert desk.status == 422
    assert "Personen har ikke sagt ja til denne tjenesten" in desk.text
    desk.change(case_id, "deling/ja", service="skolehelse", parts=["words", "contact"])
    assert desk.status == 422
    desk.change(case_id, "deling/ja", service="skolehelse")
    assert desk.status == 422
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, "service": "skolehelse"})
    assert desk.status == 422
    assert "Ta den med på det grunnlaget" in desk.text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"service": "finnes_ikke"}, "Velg en tjeneste."),
        ({"parts": []}, "Velg hva tjenesten skal se."),
        ({"parts": ["messages"]}, "Velg hva tjenesten skal se."),
        ({"basis": ""}, "Velg det rettslige grunnlaget."),
        ({"basis": "bvl_13_2"}, "Dette grunnlaget gjelder ikke for tjenesten du har valgt."),
        ({"reason": "  "}, "Skriv hvorfor det er nødvendig."),
        ({"reason": "x" * 4001}, "Teksten er for lang."),
        ({"asked": ""}, "Velg om barnet er spurt."),
        ({"said": ""}, "Skriv hva barnet sa."),
        ({"asked": "not_asked"}, "Skriv hvorfor barnet ikke ble spurt."),
        ({"withhold": "y", "look_again_on": "2026-12-01"}, "Skriv hvorfor personen ikke får vite det ennå."),
        ({"withhold": "y", "withhold_reason": "Fare"}, "Velg dagen da noen ser på det igjen."),
        ({"withhold": "y", "withhold_reason": "Fare", "look_again_on": "2026-11-01"}, "Velg en dag fra i dag"),
        ({"withhold": "y", "withhold_reason": "Fare", "look_again_on": "2028-11-01"}, "Velg en dag fra i dag"),
        (
            {"basis": "fvl_13a_1", "withhold": "y", "withhold_reason": "F", "look_again_on": "2026-12-01"},
            "Den som har sagt ja, må kunne se det.",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_at_its_field_and_nothing_that_was_written_is_lost(
    at, sent, person, wrong, message
):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, **wrong})
    assert desk.status == 422
    assert message in desk.text
    if "reason" not in wrong:
        assert LAW_FORM["reason"] in desk.page
    assert "tok Pedagogisk-psykologisk" not in person(case_id).text


@pytest.mark.parametrize(
    ("service", "first", "folded"),
    [
        ("ppt", ("fvl_13a_1", "fvl_13b_1_2"), ("hpl_25", "strl_17")),
        ("skolehelse", ("fvl_13a_1", "fvl_13b_1_2", "hpl_25"), ("strl_17",)),
        ("barnevern", ("fvl_13a_1", "bvl_13_2", "bvl_13_4"), ("hpl_25", "strl_17")),
    ],
)
def test_the_legal_bases_that_fit_the_service_stand_first(at, sent, service, first, folded):
    case_id = sent(services=(), consents={})
    desk = at("maja")
    desk.get(f"/staff/sak/{case_id}/deling?service={service}")
    basis = desk.page[desk.page.index('id="basis"') :]
    basis = basis[: basis.index("</fieldset>")]
    open_, closed = basis.split("<details", 1)
    assert [one for one in first if f'value="{one}"' not in open_] == []
    assert [one for one in folded if f'value="{one}"' not in closed] == []
    assert ('value="bvl_13_2"' in basis) is (service == "barnevern")


def test_a_service_is_found_by_its_name_and_the_likeliest_stand_as_a_list(at, sent, catalog):
    case_id = sent(services=("ppt",))
    desk = open_tab(at("maja"), case_id)
    picker = desk.page[desk.page.index('id="service"') : desk.page.index("</datalist>")]
    assert 'type="radio" name="service" value="ppt"' in picker
    assert picker.count('type="radio"') < 20
    other = catalog.services["barnevernvakt"].name["nb"]
    assert f'<option value="{other}">' in picker
    desk.get(f"/staff/sak/{case_id}/deling?service_name={other.upper()}")
    assert 'name="service" value="barnevernvakt"' in desk.page
    assert 'id="basis"' in desk.page
    desk.get(f"/staff/sak/{case_id}/deling?service_name=Ingen+slik+tjeneste")
    assert "Velg en tjeneste." in desk.text
    assert 'value="Ingen slik tjeneste"' in desk.page
    # Without the step before: the service is asked for, and nothing that was written is lost.
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, "service": "", "service_name": "ingen"})
    assert desk.status == 422
    assert "Velg en tjeneste." in desk.text
    assert LAW_FORM["reason"] in desk.page
    assert 'value="fvl_13b_1_2" id="grunnlag-fvl_13b_1_2" checked' in desk.page
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, "service": "", "service_name": other})
    assert desk.status == 200


def test_why_the_child_was_not_asked_is_kept(at, sent, person):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    wanted = {"asked": "not_asked", "said": "", "why_not": "Sover på sykehuset"}
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, **wanted})
    assert desk.status == 200
    assert "Sover på sykehuset" in person(case_id).text


@pytest.mark.parametrize(("language", "reads"), [("nb", "Grunnen de skrev:"), ("nn", "Grunnen dei skreiv:")])
def test_on_a_legal_basis_the_person_reads_which_law_and_why_at_once(at, sent, person, language, reads):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    desk.change(case_id, "deling/hjemmel", **LAW_FORM)
    assert desk.status == 200
    home = person(case_id, language).text
    assert reads in home
    for words in (
        LAW_FORM["reason"],
        LAW_FORM["said"],
        "Forvaltningsloven § 13 b første ledd nr. 2",
        "Maja Vik",
    ):
        assert words in home


def test_a_yes_said_aloud_can_be_taken_back_on_the_return_page(at, sent, person, people):
    case_id = sent()
    open_tab(at("maja"), case_id).change(
        case_id, "deling/hjemmel", **{**LAW_FORM, "basis": "fvl_13a_1", "parts": ["words", "contact"]}
    )
    service = at("per")
    assert "900 00 000" in service.get(f"/staff/delt/{case_id}")
    home = person(case_id)
    home.post("/sak/samtykke", withdraw="ppt")
    assert "De ser ikke saken lenger." in home.text
    service.get(f"/staff/delt/{case_id}")
    assert service.status == 404
    desk = open_tab(at("maja"), case_id)
    assert "Personen tok ja-et tilbake. Tjenesten hadde lest det." in desk.text


def test_help_that_is_under_way_reads_alike_to_staff_and_to_the_person(at, sent, shared, person, people):
    case_id = sent()
    shared(case_id)
    assert "Kommunen har ikke begynt på saken ennå." not in person(case_id).text
    service = at("kari")
    service.get(f"/staff/delt/{case_id}")
    assert "Hjelpen er i gang" in service.text
    assert "Hjelpen er gitt" in service.text
    service.post(f"/staff/delt/{case_id}", outcome="under_way", words="", seen="")
    home = person(case_id)
    assert "Hjelpen er i gang." in home.text
    assert "Hjelpen er gitt" not in home.text
    assert "Noen i kommunen arbeider med saken." in home.text
    assert "Hjelpen er i gang." in at("maja").get(f"/staff/sak/{case_id}/oppfolging")


def test_what_the_person_is_not_told_of_does_not_show_in_the_status(at, sent, shared, person, clock):
    case_id = sent()
    shared(case_id, law=LAW, withheld=Withholding("Det er ikke trygt ennå.", date(2026, 12, 1)))
    service = at("kari")
    service.get(f"/staff/delt/{case_id}")
    service.post(f"/staff/delt/{case_id}", outcome="taken", words="", seen="")
    assert "Kommunen har ikke begynt på saken ennå." in person(case_id).text


def test_a_service_is_told_that_the_person_wants_it_deleted(
    at, sent, shared, session, vault, clock, people, catalog
):
    case_id = sent()
    shared(case_id)
    desk = at("kari")
    desk.get(f"/staff/delt/{case_id}")
    deletion_requests.ask_to_delete(session, vault, clock, case_id, catalog.retention)
    page = desk.get(f"/staff/delt/{case_id}")
    assert desk.status == 403
    assert "er stengt for lesing" in desk.text
    assert "Personen ba" in desk.text
    assert "følger loven som gjelder for dere" in desk.text
    assert MARKED not in page
    other = at("per")  # of a service that has nothing of it
    other.get(f"/staff/delt/{case_id}")
    assert other.status == 404
    assert "stengt for lesing" not in other.text


def test_a_yes_taken_back_beside_a_law_says_what_still_holds(at, sent, shared, person, session, vault, clock):
    case_id = sent()
    shared(case_id, parts=("needs",))
    shared(case_id, parts=("words",), law=LAW)
    shared(case_id, "ppt", ("words",), LAW)
    home = person(case_id)
    assert "PPT) får ikke lese det" not in home.text
    home.post("/sak/samtykke", withdraw="skolehelse")
    assert "En lov gjør at de likevel får lese." in home.text
    assert "Ja-et ditt er tatt tilbake. En lov" in home.text
    assert "Skolehelsetjenesten får ikke lese det" not in home.text
    assert "fremdeles med på et annet grunnlag" in open_tab(at("maja"), case_id).text


def test_two_employees_do_not_overwrite_each_other(at, sent, session, vault, clock):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    cases.add_statement(session, vault, clock, case_id, "youth", "Jeg vil ikke ha PPT")
    desk.change(case_id, "deling/hjemmel", **LAW_FORM)
    assert desk.status == 409
    assert "Jeg vil ikke ha PPT" in desk.text
    assert LAW_FORM["reason"] in desk.page
    desk.change(case_id, "deling/hjemmel", **LAW_FORM)
    assert desk.status == 200


def test_a_form_that_comes_too_late_is_shown_again_with_its_text(at, sent):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    version, seen = desk.hidden("version"), desk.hidden("seen")
    desk.post(f"/staff/sak/{case_id}/deling/hjemmel", token=False, version=version, seen=seen, **LAW_FORM)
    assert desk.status == 400
    assert LAW_FORM["reason"] in desk.page


def test_what_is_withheld_is_nowhere_with_the_person_and_comes_back_to_the_staff(at, sent, person, clock):
    case_id = sent()
    desk = open_tab(at("maja"), case_id)
    why = {"withhold": "y", "withhold_reason": "Far leser telefonen", "look_again_on": "2026-11-24"}
    desk.change(case_id, "deling/hjemmel", **{**LAW_FORM, "service": "barnevern", **why})
    assert desk.status == 200
    assert "Far leser telefonen" in desk.text
    home = person(case_id)
    for words in ("Barnevern", LAW_FORM["reason"], "Far leser"):
        assert words not in home.text
    assert "og det er tid for å se på det igjen" not in desk.get("/staff/")
    clock.move(days=4)
    desk = at("maja")
    assert "1 person har ikke fått vite om en tjeneste" in desk.get("/staff/")
    assert case_id in desk.get("/staff/ikke-fortalt")
    share = open_tab(desk, case_id).hidden("share")
    desk.change(case_id, "deling/vent", share=share, longer_reason=" ", longer_until="2026-12-01")
    assert desk.status == 422
    desk.change(case_id, "deling/vent", share=share, longer_reason="Fortsatt", longer_until="2026-12-01")
    assert "Fortsatt" in desk.text
    desk.change(case_id, "deling/fortell", share=share)
    assert desk.status == 200
    assert "Barnevern" in person(case_id).text


# --- What the service sees ---


def test_a_service_begins_with_its_own_list_and_sees_only_its_part(
    at, sent, shared, session, vault, clock, people
):
    case_id = sent()
    cases.write_message(session, vault, clock, case_id, "Hemmelig melding", people["maja"].ref())
    cases.name_contact(session, vault, clock, case_id, people["maja"].ref(), people["tone"].id, "Tone Hag")
    shared(case_id)
    shared(case_id, "ppt", ("needs",), LAW)
    desk = at("kari")
    desk.get("/staff/")
    assert desk.answer.headers["Location"].endswith("/staff/delt/")
    desk.get("/staff/delt/")
    assert "Nye 1" in desk.text
    desk.get(f"/staff/delt/{case_id}")
    assert desk.status == 200
    assert "Dei ler av meg kvar dag." in desk.page
    assert "Tone Hag" in desk.text
    for hidden in (
        "Hemmelig melding",
        "900 00 000",
        "etter klokka fire",
        "Helst Berit",
        LAW.reason,
        "Pedagogisk-psyk",
    ):
        assert hidden not in desk.page
    desk.get("/staff/delt/")
    assert "Venter på svar 1" in desk.text
    other = at("per")
    other.get(f"/staff/delt/{case_id}")
    assert other.status == 200
    assert "Dei ler av meg" not in other.page
    assert "Ingen ord er delt med dere." in other.text


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_service_reads_what_is_true_of_the_person_in_each_state(at, about_child, shared, clock, language):
    seen = {
        "nb": ("Personen ser svaret, men ikke", "Personen ser ikke svaret nå", "ser aldri svaret"),
        "nn": ("Personen ser svaret, men ikkje", "Personen ser ikkje svaret no", "ser aldri svaret"),
    }[language]
    knows = {"nb": "Personen vet det ikke", "nn": "Personen veit det ikkje"}[language]
    withheld = Withholding("Far kan bli sint", date(2026, 11, 27))
    shared(about_child, "skolehelse", ("words",), replace(LAW, asked="not_asked"), withheld=withheld)
    shared(about_child, "ppt", ("words",), LAW, childs=True)
    for username, true in (("kari", seen[1]), ("per", seen[2])):
        desk = at(username)
        desk.get(f"/staff/delt/{about_child}?lang={language}")
        assert [sentence for sentence in seen if sentence in desk.text] == [true]
    desk = at("kari")
    desk.get(f"/staff/delt/?lang={language}")
    assert knows in desk.text
    # Told of one part of what the service sees: the person sees the answer, and not all of why.
    shared(about_child, "skolehelse", ("needs",), LAW)
    desk.get(f"/staff/delt/{about_child}?lang={language}")
    assert [sentence for sentence in seen if sentence in desk.text] == [seen[0]]
    assert {"nb": "men ikke alt dere ser", "nn": "men ikkje alt de ser"}[language] in desk.text
    desk.get(f"/staff/delt/?lang={language}")
    assert knows not in desk.text


def test_the_receipt_says_what_the_person_is_told(at, sent, about_child):
    desk = at("maja")
    for case_id, more, says in (
        (sent(), {}, "Personen ser det, med loven og grunnen din."),
        (
            sent(),
            {"withhold": "y", "withhold_reason": "Far leser alt", "look_again_on": "2026-11-27"},
            "Personen får ikke vite det. Du får en påminnelse",
        ),
        (about_child, {"whose": "child"}, "Den som skrev saken, ser ikke noe av det."),
    ):
        open_tab(desk, case_id)
        desk.change(case_id, "deling/hjemmel", **LAW_FORM, **more)
        assert desk.status == 200
        assert says in desk.text


def test_opening_is_shown_to_the_person_with_the_name(at, sent, shared, person):
    case_id = sent()
    shared(case_id)
    at("kari").get(f"/staff/delt/{case_id}")
    assert "Kari Dale ved Skolehelsetjenesten leste det som er delt med dem." in person(case_id).text
    assert "Kari Dale ved Skulehelsetenesta las det som er delt med dei." in person(case_id, "nn").text


@pytest.mark.parametrize("why", ["never", "other service", "ended", "withdrawn", "deleted", "granlia"])
def test_what_is_not_shared_with_the_service_is_not_there(
    at, sent, shared, session, vault, clock, people, why
):
    case_id = sent()
    if why != "never":
        view = shared(case_id)
    if why == "ended":
        cases.end_share(session, vault, clock, case_id, people["maja"].ref(), view.shares[0].id)
    elif why == "withdrawn":
        cases.withdraw_consent(session, vault, clock, case_id, "skolehelse")
    elif why == "deleted":
        cases.delete_case(session, vault, clock, case_id)
    desk = at("per" if why == "other service" else "kari")
    if why == "granlia":
        assert desk.client.get(f"/granlia/staff/delt/{case_id}").status_code in (302, 404)
        return
    desk.get("/staff/delt/11111111-1111-1111-1111-111111111111")
    unknown = desk.text
    desk.get(f"/staff/delt/{case_id}")
    assert desk.status == 404
    assert desk.text == unknown
    assert case_id not in desk.get("/staff/delt/")
    desk.post(f"/staff/delt/{case_id}", outcome="taken", words="Hei")
    assert desk.status == 404


def test_a_recording_that_is_not_shared_is_not_there(at, sent, shared, session, vault, clock):
    case_id = sent()
    cases.add_recording(session, vault, clock, case_id, "0" * 32, "youth", b"RIFF" * 100, 2.0)
    shared(case_id, parts=("words",))
    recording = cases.view_for_person(session, vault, clock, case_id).recordings[0].id
    desk = at("kari")
    path = f"/staff/delt/{case_id}/lyd/{recording}"
    assert recording not in desk.get(f"/staff/delt/{case_id}")
    desk.get(path)
    assert desk.status == 404
    assert desk.client.get(f"/staff/sak/{case_id}/lyd/{recording}").status_code == 403
    shared(case_id, parts=("recordings",))
    assert recording in desk.get(f"/staff/delt/{case_id}")
    assert desk.client.get(path).status_code in (200, 206)


def test_a_service_user_with_a_shared_case_comes_nowhere_else(app, at, sent, shared, people):
    """Every staff route, with the id of a case that is shared with the service: only the service's own pages open."""
    from web.security.access import mark_of

    case_id = sent()
    view = shared(case_id)
    app.config["WTF_CSRF_ENABLED"] = False
    client, tried = at("kari").client, 0
    known = {"case_id": case_id, "share_id": view.shares[0].id}
    for method, endpoint, rule in staff_routes(app):
        if "case_id" not in rule.arguments or endpoint == "staff.logout":
            continue
        enter(client, people["kari"])
        answer = client.open(address(rule, known), method=method)
        if mark_of(app, endpoint).right in MATRIX["service_user"]:
            assert endpoint.startswith(("staff_shared.", "staff_shared_packages.")), endpoint
        else:
            assert answer.status_code == 403, (method, endpoint)
        tried += 1
    assert tried > 15


def test_who_has_two_roles_reads_no_whole_case_because_a_part_is_shared(
    at, sent, shared, session, vault, clock, people
):
    case_id = sent()
    shared(case_id, parts=("needs",))
    desk = at("begge")
    desk.get(f"/staff/delt/{case_id}")
    assert desk.status == 200
    for page in ("", "/deling", "/plan"):
        desk.get(f"/staff/sak/{case_id}{page}")
        assert desk.status == 404, page
    assert case_id not in desk.get("/staff/")
    own = sent()
    cases.name_contact(session, vault, clock, own, people["maja"].ref(), people["begge"].id, "Bea Tveit")
    desk.get(f"/staff/sak/{own}")
    assert desk.status == 200
    desk.get(f"/staff/delt/{own}")
    assert desk.status == 404


def test_the_same_service_in_another_municipality_sees_nothing(make_app, people, sent, shared):
    case_id = sent()
    shared(case_id)
    client = make_app(municipalities=("fjordvik", "granlia")).test_client()
    enter(client, people["granlia"])
    assert client.get("/granlia/staff/delt/").status_code == 200
    assert case_id not in client.get("/granlia/staff/delt/").get_data(as_text=True)
    assert client.get(f"/granlia/staff/delt/{case_id}").status_code == 404


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_leaders_and_privacy_officers_see_what_is_withheld_and_why(at, sent, shared, language):
    case_id = sent()
    shared(case_id, "ppt", ("words",), LAW, withheld=Withholding("Far kan bli sint", date(2026, 11, 27)))
    wanted = {
        "nb": ("er med i saken", "Far kan bli sint", "Maja Vik", "27. november", "Mottaket"),
        "nn": ("er med i saka", "Far kan bli sint", "Maja Vik", "27. november", "Mottaket"),
    }[language]
    for username, opens in (("maja", True), ("leder", True), ("vern", False)):
        desk = at(username)
        desk.get(f"/staff/ikke-fortalt?lang={language}")
        assert desk.status == 200
        assert [words for words in wanted if words not in desk.text] == []
        assert (case_id in desk.page) is opens
    for username in ("kari", "per"):
        desk = at(username)
        desk.get("/staff/ikke-fortalt")
        assert desk.status == 403
    # A contact person sees those of their own cases only.
    assert "Far kan bli sint" not in at("tone").get("/staff/ikke-fortalt")


def test_lines_of_the_log_about_what_is_withheld_are_marked_one_by_one(at, sent, shared, person):
    case_id = sent()
    shared(case_id, "ppt", ("words",), LAW, withheld=Withholding("Far kan bli sint", date(2026, 11, 27)))
    shared(case_id)
    mark = "(vises ikke for personen før noen har sett på det igjen, fredag 27. november)"
    desk = at("maja")
    for page in (f"/staff/sak/{case_id}", f"/staff/sak/{case_id}/tidslinje"):
        desk.get(page)
        assert desk.text.count(mark) == 1
        line = desk.text[: desk.text.index(mark)]
        assert line.rstrip().endswith("med i saken.")
        assert "PPT" in line[-120:]
    assert "vises ikke for personen" not in person(case_id).text


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_person_and_the_service_read_the_same_list_of_what_is_seen(
    app, at, sent, shared, person, language
):
    from flask_babel import force_locale

    from web.cases.sharing_types import CONSENT_PARTS, seen_with
    from web.citizen.what_they_see import SEEN_BY_THEM
    from web.i18n import SEEN_TEXT

    case_id = sent()
    shared(case_id)
    seen = seen_with(CONSENT_PARTS)
    with app.test_request_context(), force_locale(language):
        to_person = ", ".join(str(SEEN_BY_THEM[one]) for one in seen)
        to_staff = ", ".join(str(SEEN_TEXT[one]) for one in SEEN_TEXT if one in seen)
    assert (
        person(case_id, language).text.count(to_person) == 2
    )  # at the yes, and at the service that is in the case
    desk = at("kari")
    desk.get(f"/staff/delt/{case_id}?lang={language}")
    assert to_staff in desk.text
    desk = at("maja")
    desk.get(f"/staff/sak/{case_id}/deling?lang={language}")
    assert desk.text.count(to_staff) == 2  # at the yes, and at the service that is in the case


# --- The answer ---


def test_the_answer_goes_to_the_contact_person_and_in_short_to_the_person(at, sent, shared, person):
    case_id = sent()
    shared(case_id)
    desk = at("kari")
    desk.get(f"/staff/delt/{case_id}")
    desk.post(f"/staff/delt/{case_id}", seen=desk.hidden("seen"), outcome="waiting", words="")
    assert desk.status == 422
    assert "hvor lang ventetiden er" in desk.text
    desk.post(f"/staff/delt/{case_id}", seen=desk.hidden("seen"), outcome="waiting", words="Ledig i uke 50")
    assert desk.status == 200
    assert "Svaret er sendt." in desk.text
    assert "Ledig i uke 50" in open_tab(at("maja"), case_id).text
    home = person(case_id).text
    assert "Det er ventetid." in home
    assert "uke 50" not in home


@pytest.mark.parametrize(
    ("language", "marked", "group"),
    [
        ("nb", "Maja Vik har notert at dere har sagt: Tar saken.", "Nye 1"),
        ("nn", "Maja Vik har notert at de har sagt: Tek saka.", "Nye 1"),
    ],
)
def test_what_the_contact_person_has_heard_leaves_the_case_new_at_the_service(
    at, sent, shared, person, language, marked, group
):
    case_id = sent()
    shared(case_id)
    desk = at("maja")
    desk.get(f"/staff/sak/{case_id}/oppfolging")
    desk.change(case_id, "oppfolging", service="skolehelse", outcome="taken", words="Kari ringte")
    assert "Maja Vik har hørt fra tjenesten: Tar saken." in desk.text
    assert "Tjenesten har ikke svart selv." in desk.text
    kari = at("kari")
    kari.get(f"/staff/delt/?lang={language}")
    assert group in kari.text
    assert marked in kari.text
    kari.get(f"/staff/delt/{case_id}")
    assert marked in kari.text
    assert "Kari ringte" not in kari.text
    assert 'value="taken" checked' not in kari.page
    assert "Maja Vik har snakket med dem" in person(case_id).text


def test_a_colleagues_answer_is_not_overwritten_unseen(at, sent, shared):
    case_id = sent()
    shared(case_id)
    kari, siv = at("kari"), at("siv")
    kari.get(f"/staff/delt/{case_id}")
    siv.get(f"/staff/delt/{case_id}")
    siv.post(f"/staff/delt/{case_id}", seen=siv.hidden("seen"), outcome="taken", words="Jeg ringer")
    kari.post(f"/staff/delt/{case_id}", seen=kari.hidden("seen"), outcome="refused", words="Ingen plass")
    assert kari.status == 409
    assert "Jeg ringer" in kari.page
    assert "Ingen plass" in kari.page
    kari.post(f"/staff/delt/{case_id}", seen=kari.hidden("seen"), outcome="refused", words="Ingen plass")
    assert kari.status == 200


def test_an_answer_without_a_good_token_keeps_its_words(at, sent, shared):
    case_id = sent()
    shared(case_id)
    desk = at("kari")
    desk.get(f"/staff/delt/{case_id}")
    desk.post(f"/staff/delt/{case_id}", token=False, outcome="taken", words="Vi ringer i morgen")
    assert desk.status == 400
    assert "Vi ringer i morgen" in desk.page


# --- The child's own words ---


def test_the_childs_words_are_shared_apart_and_the_writer_sees_nothing_of_it(at, about_child, person, shared):
    desk = open_tab(at("maja"), about_child)
    before = person(about_child).text
    given = {**LAW_FORM, "service": "barnevern", "parts": ["words"], "reason": "Barnet er redd hjemme"}
    desk.change(about_child, "deling/hjemmel", **given)
    assert desk.status == 422
    assert "Velg hvem sine ord tjenesten skal se." in desk.text
    desk.change(
        about_child,
        "deling/hjemmel",
        **given,
        whose="child",
        withhold="y",
        withhold_reason="x",
        look_again_on="2026-12-01",
    )
    assert desk.status == 422
    desk.change(about_child, "deling/hjemmel", **{**given, "asked": "no_child"}, whose="child")
    assert desk.status == 422
    desk.change(
        about_child, "deling/hjemmel", **{**given, "basis": "fvl_13a_1", "asked": "unsure"}, whose="child"
    )
    assert "Det er barnet selv som må si ja" in desk.text
    desk.change(about_child, "deling/hjemmel", **given, whose="child")
    assert desk.status == 200
    assert "Den som skrev saken, ser aldri dette." in desk.text
    at_service = at("kari")
    at_service.get(f"/staff/delt/{about_child}")
    assert at_service.status == 404
    again = "20. november kl. 23:40 Saken ble åpnet med de fem ordene. "
    assert person(about_child).text.replace(again, "") == before.replace(again, "")


def test_the_writers_yes_gives_a_service_none_of_the_childs_words(at, about_child, shared):
    shared(about_child)
    desk = at("kari")
    desk.get(f"/staff/delt/{about_child}")
    assert "Hun sover dårlig." in desk.page
    assert CHILDS_WORDS not in desk.page
    assert "Et barn har fortalt dette" not in desk.text
    shared(about_child, "ppt", ("words",), LAW, childs=True)
    other = at("per")
    other.get(f"/staff/delt/{about_child}")
    assert CHILDS_WORDS in other.page
    assert "Hun sover dårlig." not in other.page
    assert "Et barn har fortalt dette" in other.text


# --- Broken glass ---


def reference_of(session, vault, clock, case_id):
    return cases.view_for_person(session, vault, clock, case_id).reference


def test_a_contact_person_opens_a_case_with_a_reason_for_four_hours(
    at, sent, person, session, vault, clock, people
):
    case_id = sent()
    number = reference_of(session, vault, clock, case_id)
    desk = at("tone")
    desk.get(f"/staff/sak/{case_id}")
    assert desk.status == 404
    desk.get("/staff/glass/")
    desk.post("/staff/glass/", reference=number, kind="danger", reason="kort")
    assert desk.status == 422
    desk.post("/staff/glass/", reference=number.lower(), kind="danger", reason="Mor ringte meg og var redd")
    assert desk.status == 200
    assert "Saken er åpen for deg i fire timer." in desk.text
    assert "Dei ler av meg" in desk.page
    home = person(case_id).text
    assert "Tone Hag har ikke denne saken, men åpnet den fordi noen kan være i fare." in home
    assert "Mor ringte meg og var redd" in home
    assert case_id in desk.get("/staff/")
    clock.move(hours=3, minutes=59)
    enter(desk.client, people["tone"])
    desk.get(f"/staff/sak/{case_id}")
    assert desk.status == 200
    clock.move(minutes=2)
    enter(desk.client, people["tone"])
    desk.get(f"/staff/sak/{case_id}")
    assert desk.status == 404


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("nb", "Du kan lese denne saken og skrive interne notater til"),
        ("nn", "Du kan lese denne saka og skrive interne notat til"),
    ],
)
def test_broken_glass_gives_reading_and_an_internal_note_and_nothing_else(
    at, sent, session, vault, clock, person, language, says
):
    case_id = sent()
    desk = at("tone")
    desk.get(f"/staff/glass/?lang={language}")
    number = reference_of(session, vault, clock, case_id)
    desk.post("/staff/glass/", reference=number, kind="danger", reason="Mor ringte meg og var redd")
    assert says in desk.text
    page = desk.page
    for form in ("melding", "status", "hastegrad", "behov"):
        assert f"/staff/sak/{case_id}/{form}" not in page
    assert f"/staff/sak/{case_id}/deling" not in page
    fields = {"version": desk.hidden("version"), "seen": desk.hidden("seen")}
    for path, more in (
        ("melding", {"text": "Hei fra Tone", "send": "y"}),
        ("status", {"status": "closed", "outcome": "moved_on"}),
        ("hastegrad", {"urgency": "normal"}),
        ("behov", {"needs": "sleep"}),
        ("ansvar/ta", {}),
        ("ansvar/ja", {}),
        ("deling/hjemmel", LAW_FORM),
        ("overlevering", {"service": "ppt", "parts": "words"}),
    ):
        desk.get(f"/staff/sak/{case_id}")
        desk.post(f"/staff/sak/{case_id}/{path}", **fields, **more)
        assert desk.status in (404, 409), path
    for path in ("deling", "overlevering", "bekymring"):
        desk.get(f"/staff/sak/{case_id}/{path}")
        assert desk.status == 404, path
    view = cases.view_for_person(session, vault, clock, case_id)
    assert (view.messages, view.shares, view.status, view.contact_person_name) == ((), (), "new", None)
    desk.get(f"/staff/sak/{case_id}")
    desk.change(case_id, "notat", note="Ringte vakten")
    assert desk.status == 200
    assert "Ringte vakten" in desk.text
    assert "Ringte vakten" not in person(case_id).text


def test_glass_opens_one_case_for_one_employee(at, sent, session, vault, clock, people):
    case_id, other = sent(), sent()
    number = reference_of(session, vault, clock, case_id)
    glass.break_glass(session, vault, clock, number, people["tone"].ref(), "other", "Vikar i dag")
    desk = at("tone")
    desk.get(f"/staff/sak/{other}")
    assert desk.status == 404
    colleague = at("begge")
    colleague.get(f"/staff/sak/{case_id}")
    assert colleague.status == 404


def test_wrong_numbers_look_alike_and_are_slowed(at, sent, session, vault, clock, people):
    elsewhere = replace(people["maja"].ref(), municipality="granlia")
    case_id = sent(municipality="granlia")
    number = reference_of(session, vault, clock, case_id)
    assert elsewhere.municipality == "granlia"
    desk = at("tone")
    desk.get("/staff/glass/")
    pages = []
    for wrong in (number, "ZZZZZZ", "x", "1234567890", "';--", "ZZZZZ9"):
        desk.post("/staff/glass/", reference=wrong, kind="other", reason="Jeg er vikar i dag")
        assert desk.status == 422
        assert "Jeg er vikar i dag" in desk.page
        pages.append(desk.text)
    assert len(set(pages)) == 1
    desk.post("/staff/glass/", reference="ZZZZZZ", kind="other", reason="Jeg er vikar i dag")
    assert desk.status == 429


def test_nobody_opens_many_cases_like_this_in_a_day(at, sent, session, vault, clock, people):
    number = reference_of(session, vault, clock, sent())
    for _ in range(10):
        glass.break_glass(session, vault, clock, number, people["tone"].ref(), "other", "Vikar i dag")
    desk = at("tone")
    assert "Du har åpnet mange saker slik i dag." in desk.get("/staff/glass/")
    desk.get("/staff/")
    desk.post("/staff/glass/", reference=number, kind="other", reason="Jeg er vikar i dag")
    assert desk.status == 429


def test_who_sees_every_case_needs_no_glass(at, sent, session, vault, clock):
    number = reference_of(session, vault, clock, sent())
    desk = at("maja")
    assert "Du ser allerede alle sakene i kommunen." in desk.get("/staff/glass/")
    desk.post("/staff/glass/", reference=number, kind="other", reason="Jeg er vikar i dag")
    assert desk.status == 422


def test_leaders_see_the_reason_and_look_into_it_and_privacy_officers_see_no_words(
    at, sent, session, vault, clock, people
):
    case_id = sent()
    number = reference_of(session, vault, clock, case_id)
    glass.break_glass(
        session, vault, clock, number, people["tone"].ref(), "danger", "Mor var redd", "Far leser alt"
    )
    officer = at("vern")
    officer.get("/staff/glass/brutt")
    assert number in officer.text
    assert "Mor var redd" not in officer.page
    assert "Far leser alt" not in officer.page
    leader = at("leder")
    assert "har en ansatt åpnet en sak de ikke har" in leader.get("/staff/")
    leader.get("/staff/glass/brutt")
    assert "Mor var redd" in leader.text
    (row,) = glass.broken_glass(session, "fjordvik")
    leader.post(f"/staff/glass/brutt/{row.id}")
    assert "Liv Nes" in leader.text
    assert "har en ansatt åpnet" not in leader.get("/staff/")
    leader.get("/staff/glass/brutt")
    leader.post(f"/staff/glass/fortell/{row.id}", case_id=case_id)
    session.expire_all()
    assert not glass.broken_glass(session, "fjordvik")[0].withheld
    leader.get("/staff/glass/brutt")
    leader.post("/staff/glass/brutt/finnes-ikke")
    assert leader.status == 422


# --- The log of openings ---


def test_the_log_of_openings_says_who_when_and_why_and_nothing_that_was_told(
    at, sent, shared, session, vault, clock, people
):
    case_id = sent()
    number = reference_of(session, vault, clock, case_id)
    at("maja").get(f"/staff/sak/{case_id}")
    clock.move(minutes=1)
    shared(case_id)
    at("kari").get(f"/staff/delt/{case_id}")
    glass.break_glass(session, vault, clock, number, people["tone"].ref(), "other", "Vikar i dag")
    officer = at("vern")
    officer.get("/staff/innsyn/")
    for words in (
        number,
        "Maja Vik",
        "Leste saken",
        "Kari Dale",
        "Leste i en tjeneste",
        "Tok med en tjeneste",
        "Åpnet en sak de ikke har",
    ):
        assert words in officer.text
    for words in (MARKED, "Skolehelse", "Vikar i dag", case_id):
        assert words not in officer.page
    officer.get("/staff/innsyn/?navn=kari")
    assert "Maja Vik" not in officer.text
    assert "Kari Dale" in officer.text
    officer.get(f"/staff/innsyn/?sak={number.lower()}&hvorfor=glass_broken")
    assert "Tone Hag" in officer.text
    assert "Kari Dale" not in officer.text
    assert "Ingen har åpnet noe slikt." in officer.get("/staff/innsyn/?til=2026-11-01")
    officer.get("/staff/innsyn/?fra=i+dag&sak=abc")
    assert officer.status == 422


def test_the_log_of_openings_as_a_file(at, sent, session, people):
    people["maja"].name = "=Maja"
    session.commit()
    case_id = sent()
    at("maja").get(f"/staff/sak/{case_id}")
    answer = at("vern").client.get("/staff/innsyn/fil")
    assert answer.mimetype == "text/csv"
    lines = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Når", "Ansatt", "Sak", "Hvorfor"]
    assert [lines[1][1], lines[1][3]] == ["'=Maja", "Leste saken"]
    assert MARKED not in answer.get_data(as_text=True)


def test_the_log_of_openings_pages_and_keeps_to_its_municipality(at, sent, session, vault, clock, people):
    case_id = sent()
    for number in range(130):
        clock.move(minutes=6)
        cases.read_case(
            session, vault, clock, case_id, replace(people["maja"].ref(), name=f"Ansatt {number:03}")
        )
    other = sent(municipality="granlia")
    cases.read_case(session, vault, clock, other, people["granlia"].ref())
    officer = at("vern")
    officer.get("/staff/innsyn/")
    assert officer.text.count("Leste saken") == 101  # a hundred lines and the choice above them
    assert "Granlia" not in officer.text
    following = officer.page.split("etter=")[1].split('"')[0].replace("&amp;", "&")
    officer.get(f"/staff/innsyn/?etter={following}")
    assert officer.text.count("Leste saken") == 31
    assert "Ansatt 029" in officer.text
    assert "Ansatt 030" not in officer.text


# --- A dispute beside what is withheld ---


def test_a_dispute_says_nothing_of_a_service_that_is_not_told_of_yet(
    at, sent, shared, person, session, vault, clock, people
):
    from web import cases
    from web.cases import coordination, sharing

    case_id, tone = sent(), people["tone"].ref()
    shared(case_id, "barnevern", ("words",), LAW, withheld=Withholding("Far leser alt", date(2026, 12, 1)))
    coordination.open_dispute(session, vault, clock, case_id, tone, ("barnevern",), "", "Hvem skal lede?")
    coordination.decide_dispute(session, vault, clock, case_id, tone, "barnevern", "", "De kjenner barnet.")

    def told() -> str:
        there = person(case_id)
        return there.get("/sak") + there.client.get("/sak/alt").get_data().decode("latin-1")

    assert "Barnevern" not in told()
    assert "enige" not in told()
    share_id = cases.read_case(session, vault, clock, case_id, tone).shares[0].id
    sharing.tell_now(session, vault, clock, case_id, tone, share_id)
    assert "Barnevern" in told()


# --- The person's own file ---


def test_the_persons_file_has_what_was_shared_and_nothing_of_what_is_withheld(
    at, sent, shared, person, session, vault, clock, people
):
    case_id = sent()
    shared(case_id)
    clock.move(minutes=1)
    shared(case_id, "ppt", ("words",), LAW)
    shared(case_id, "barnevern", ("words",), LAW, withheld=Withholding("Far leser alt", date(2026, 12, 1)))
    at("kari").get(f"/staff/delt/{case_id}")
    number = reference_of(session, vault, clock, case_id)
    glass.break_glass(session, vault, clock, number, people["tone"].ref(), "other", "Vikar i dag")
    answer = person(case_id).client.get("/sak/alt")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    content = json.loads(archive.read("brev.json"))
    schema = json.loads(Path(export.__file__).with_name("export.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(content)
    assert [one["service"]["id"] for one in content["shared"]] == ["skolehelse", "ppt"]
    assert content["shared"][1]["law"] == "Forvaltningsloven § 13 b første ledd nr. 2"
    assert content["opened_by_others"][0]["reason"] == "Vikar i dag"
    page = archive.read("brev.html").decode()
    assert LAW.reason in page
    for text in (page, json.dumps(content, ensure_ascii=False)):
        assert "Barnevern" not in text
        assert "Far leser alt" not in text
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)
