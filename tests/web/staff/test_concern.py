"""A concern for a child: the checklist, one's own draft in the national fields, and what the person's log says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import MARKED
from web import cases
from web.cases import concern

FORBIDDEN = re.compile(r"(?:bekymrings|uro)?melding", re.IGNORECASE)


def begin(desk, case_id, variant="public", take=("words-0",)):
    desk.get(f"/staff/sak/{case_id}/bekymring")
    desk.change(case_id, "bekymring", variant=variant, take=list(take))
    return re.search(r"/bekymring/([0-9a-f-]{36})", desk.redirected_to)[1]


def fill(desk, case_id, draft, **values):
    """Save the draft's form with some fields changed, as a browser does."""
    kept = {}
    for tag, name in re.findall(
        r'<(input|textarea)[^>]*?name="((?:offentlig|privat|foresatte|melding|kommune|bydel|behov|andre|lever)\w*)"',
        desk.page,
    ):
        found = re.search(
            rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>'
            if tag == "textarea"
            else rf'<input(?=[^>]*name="{name}")(?=[^>]*value="([^"]*)")',
            desk.page,
            re.DOTALL,
        )
        if tag == "textarea":
            kept[name] = found[1].strip() if found else ""
        elif not re.search(rf'<input(?=[^>]*name="{name}")(?=[^>]*type="checkbox")', desk.page):
            kept[name] = found[1] if found else ""
    return desk.change(case_id, f"bekymring/{draft}", **{**kept, **values})


WHOLE = {
    "kommunenummer": "9999",
    "offentligBarn__0__personnavn": "Ola Nordmann",
    "offentligBarn__0__adresse__adresselinje1": "Storgata 1",
    "foresatte__0__personnavn": "Kari Nordmann",
    "offentligMelder__rolle": "Helsesykepleier",
    "offentligMelder__epost": "maja@fjordvik.example.no",
}


def test_the_page_says_whose_duty_it_is_and_whom_to_call(desk, send):
    page = desk.get(f"/staff/sak/{send().case_id}/bekymring")
    assert "Meldeplikten er din, ikke maskinens" in page
    assert "Portalen melder ingen og sender ingenting" in page
    assert 'href="tel:112"' in page
    assert "Barnevernvakta i Fjordvik" in page
    assert "Barnevernsloven § 13-2" in page
    assert "ikke kontrollert i selve loven" in page
    desk.get(desk.answer.request.path + "?lang=nn")
    assert "Meldeplikta er di, ikkje maskina si" in desk.page


def test_the_checklist_has_both_languages_and_a_source():
    points = concern.checklist()
    assert len(points) >= 6
    for point in points:
        assert point.source
        for code in ("nb", "nn"):
            assert len(point.title[code]) > 5
            assert len(point.text[code]) > 40


def test_a_draft_holds_only_what_was_ticked(desk, send, session, vault):
    case_id = send().case_id
    draft = begin(desk, case_id, take=("words-1",))
    assert "Eg orkar ikkje meir" in desk.page
    assert "Dei ler av meg" not in desk.page
    assert "900 00 000" not in desk.page
    second = begin(desk, case_id, variant="private", take=())
    assert draft != second
    assert MARKED not in desk.page
    assert 'value="Maja Vik"' in desk.page


@pytest.mark.parametrize(
    ("variant", "fields"),
    [
        ("public", WHOLE),
        (
            "private",
            {
                "kommunenummer": "9999",
                "privatBarn__0__personnavn": "Ola Nordmann",
                "privatBarn__0__adresse__adresselinje1": "Storgata 1",
                "privatMelder__adresse__adresselinje1": "Lia 2",
            },
        ),
    ],
)
def test_a_whole_draft_is_right_by_the_schema(desk, send, variant, fields):
    case_id = send().case_id
    draft = begin(desk, case_id, variant)
    assert "Dette mangler i det nasjonale skjemaet" in desk.page
    assert desk.client.get(f"/staff/sak/{case_id}/bekymring/{draft}/brev.json").status_code == 422
    page = fill(desk, case_id, draft, **fields)
    assert "Utkastet er lagret. Ingenting er sendt." in page
    assert "Dette mangler" not in page
    answer = desk.client.get(f"/staff/sak/{case_id}/bekymring/{draft}/brev.json")
    assert answer.status_code == 200
    made = json.loads(answer.data)
    schema = json.loads(Path(f"web/cases/rules/concern_{variant}.schema.json").read_text("utf-8"))
    jsonschema.validate(made, schema, format_checker=jsonschema.FormatChecker())
    assert made["kommunenavn"] == "Fjordvik kommune"
    assert "Dei ler av meg" in json.dumps(made["melding"], ensure_ascii=False)
    answer = desk.client.get(f"/staff/sak/{case_id}/bekymring/{draft}/brev.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert re.search(r'filename="brev-\w{6}\.pdf"', answer.headers["Content-Disposition"])


def test_a_half_done_draft_is_kept_and_can_be_a_pdf(desk, send):
    case_id = send().case_id
    draft = begin(desk, case_id)
    page = fill(
        desk, case_id, draft, offentligBarn__0__personnavn="Ola", offentligMelder__epost="ikke en adresse"
    )
    assert 'value="ikke en adresse"' in page
    assert "Du som sier fra: E-post" in desk.text
    assert desk.client.get(f"/staff/sak/{case_id}/bekymring/{draft}/brev.pdf").status_code == 200


def test_what_is_written_is_not_lost_when_it_is_too_long(desk, send):
    case_id = send().case_id
    draft = begin(desk, case_id)
    page = fill(
        desk, case_id, draft, melding__historie="a" * 13_000, foresatte__0__personnavn="Kari Nordmann"
    )
    assert desk.status == 422
    assert "Dette er for langt" in page
    assert 'value="Kari Nordmann"' in page


def test_a_draft_is_its_writers_and_a_colleague_sees_that_there_is_one(desk, open_desk, send):
    case_id = send().case_id
    draft = begin(desk, case_id)
    other = open_desk("ola")
    page = other.get(f"/staff/sak/{case_id}/bekymring")
    assert "Maja Vik begynte på et utkast" in page
    assert draft not in page
    for path in (draft, f"{draft}/brev.pdf", f"{draft}/brev.json"):
        other.get(f"/staff/sak/{case_id}/bekymring/{path}")
        assert other.status == 404, path
    for path in (draft, f"{draft}/slett", f"{draft}/sendt"):
        other.get(f"/staff/sak/{case_id}/bekymring")
        other.change(case_id, f"bekymring/{path}", day="2026-11-20", time="12:00", told="yes")
        assert other.status == 404, path
    desk.get(f"/staff/sak/{case_id}/bekymring/{draft}")
    assert desk.status == 200


def sent(desk, case_id, draft, **fields):
    return desk.change(
        case_id, f"bekymring/{draft}/sendt", **{"day": "2026-11-20", "time": "21:00", **fields}
    )


def test_the_person_is_told_only_when_the_employee_has_chosen_so(desk, send, session, vault, clock):
    told = send().case_id
    draft = begin(desk, told)
    page = sent(desk, told, draft)
    assert desk.status == 422
    assert "Velg om det skal stå i loggen" in page
    page = sent(desk, told, draft, told="yes")
    assert "Det er notert at du har sendt den" in page
    view = cases.view_for_person(session, vault, clock, told)
    assert [line.action for line in view.log][-1] == "concern_told"

    hidden = send().case_id
    draft = begin(desk, hidden)
    before = cases.view_for_person(session, vault, clock, hidden)
    sent(desk, hidden, draft, told="no")
    assert "Skriv hvorfor personen ikke får vite det nå" in desk.page
    sent(desk, hidden, draft, told="no", reason="Fare for barnet")
    assert "Det står ikke i loggen til personen: Fare for barnet" in desk.page
    after = cases.view_for_person(session, vault, clock, hidden)
    # Neither a line nor a new version tells that anything was done; reading is told as any reading.
    assert {line.action for line in after.log} - {line.action for line in before.log} <= {"read"}
    assert after.version == before.version


def test_the_word_is_nowhere_in_the_persons_log(desk, app, send, new_case):
    words = new_case().return_code
    case_id = send(return_code=words).case_id
    draft = begin(desk, case_id)
    sent(desk, case_id, draft, told="yes")
    for code in ("nb", "nn"):
        person = app.test_client()
        page = person.get(f"/svar?lang={code}").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
        page = person.post(
            "/svar", data={"csrf_token": token, "code": words}, follow_redirects=True
        ).get_data(as_text=True)
        lines = [
            line for line in re.findall(r"<li[^>]*>(.*?)</li>", page, re.DOTALL) if "barnevernet" in line
        ]
        assert len(lines) == 1
        assert not FORBIDDEN.search(lines[0])


def test_a_time_ahead_is_refused_and_what_is_sent_is_no_draft(desk, send):
    case_id = send().case_id
    draft = begin(desk, case_id)
    assert "Det tidspunktet har ikke vært ennå" in sent(desk, case_id, draft, day="2026-11-22", told="yes")
    sent(desk, case_id, draft, told="yes")
    desk.get(f"/staff/sak/{case_id}/bekymring")
    desk.change(case_id, f"bekymring/{draft}/slett")
    assert desk.status == 404
    desk.get(f"/staff/sak/{case_id}/bekymring")
    desk.change(case_id, f"bekymring/{draft}", melding__melding="Noe annet")
    assert desk.status == 404
    assert "Dei ler av meg" in desk.get(f"/staff/sak/{case_id}/bekymring/{draft}")


def test_a_draft_can_be_deleted_and_goes_with_the_case(desk, send, session, vault, clock):
    from sqlalchemy import func, select

    from web.cases.package_models import ConcernRow

    case_id = send().case_id
    draft = begin(desk, case_id)
    assert "Utkastet er slettet" in desk.change(case_id, f"bekymring/{draft}/slett")
    begin(desk, case_id)
    assert session.scalar(select(func.count()).select_from(ConcernRow)) == 1
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalar(select(func.count()).select_from(ConcernRow)) == 0


def test_a_draft_does_not_stop_a_colleague_who_is_writing(desk, open_desk, send):
    case_id = send().case_id
    other = open_desk("ola")
    other.get(f"/staff/sak/{case_id}")
    begin(desk, case_id)
    other.change(case_id, "melding", text="Vi ringer deg i morgen.")
    assert "Meldingen er sendt" in other.page
