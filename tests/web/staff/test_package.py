"""Hand-over packages through the pages: who may receive one, what is in it, that it is the same each time, and who sees it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import MARKED
from web import cases
from web.cases import sharing
from web.cases.sharing_types import Law, NewShare, Withholding
from web.cases.types import ChildStatement, ChildTold

SCHEMA = json.loads(Path("web/staff/handover.schema.json").read_text("utf-8"))
LAW = Law("law_test", f"Nødvendig. {MARKED}", "agreed", "Ja, det er greit.")


def make(desk, case_id, service="helsesykepleier", parts=("words", "needs"), language="nb"):
    desk.get(f"/staff/sak/{case_id}/overlevering")
    return desk.change(case_id, "overlevering", service=service, parts=list(parts), language=language)


def fetched(desk):
    """The files of the newest package on the page."""
    address = re.search(r'href="([^"]+\.zip)"', desk.page)[1]
    answer = desk.client.get(address)
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="brev-\w{6}\.zip"', answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.data, files_of(answer.data)


def files_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def content_of(files):
    content = json.loads(files["brev.json"])
    jsonschema.validate(content, SCHEMA, format_checker=jsonschema.FormatChecker())
    return content


def test_a_package_holds_the_own_words_and_what_people_confirmed(desk, send, session, vault, clock, employee):
    case_id = send().case_id
    cases.confirm_needs(session, vault, clock, case_id, employee, ["loneliness"])
    page = make(desk, case_id, language="nn")
    assert "Pakken er laget" in page
    _data, files = fetched(desk)
    content = content_of(files)
    assert set(files) == {"brev.json", "brev.pdf"}
    assert [one["text"] for one in content["voice"]] == [
        f"{MARKED}. Dei ler av meg kvar dag.",
        f"Eg orkar ikkje meir. {MARKED}",
    ]
    assert content["language"] == "nn"
    assert content["to"]["id"] == "helsesykepleier"
    # The machine said bullying and low mood; the person took low mood away, a colleague says loneliness.
    assert {need["id"] for need in content["needs"]} == {"bullying", "loneliness"}
    assert content["needs"][0]["said_by"][0] == {"who": "employee", "name": employee.name}
    assert content["basis"] == [{"kind": "consent", "since": content["case"]["sent_at"]}]
    assert content["reach"] is None
    assert content["messages"] is None
    assert "900 00 000" not in files["brev.json"].decode()


def test_the_pdf_is_tagged_has_a_title_a_language_and_says_the_code(desk, send):
    make(desk, send().case_id, language="nn")
    _data, files = fetched(desk)
    raw = files["brev.pdf"]
    assert raw.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in raw
    assert b"/Marked true" in raw
    assert b"(nn-NO)" in raw
    assert b"pdfuaid:part" in raw
    code = sha256(files["brev.json"]).hexdigest()[:8]
    assert f"{code[:4]} {code[4:]}" in desk.page


def test_only_a_service_with_a_yes_or_a_recorded_basis_is_offered(desk, send):
    case_id = send().case_id
    page = desk.get(f"/staff/sak/{case_id}/overlevering")
    assert 'value="helsesykepleier"' in page
    assert 'value="ppt"' not in page
    page = make(desk, case_id, service="ppt")
    assert desk.status == 422
    assert "Velg en tjeneste som kan få pakken" in page
    page = make(desk, case_id, parts=("words", "contact"))
    assert desk.status == 422
    assert "Tjenesten kan ikke få dette: Hvordan personen kan nås" in page


def test_a_yes_that_is_taken_back_closes_the_way(desk, send, session, vault, clock):
    case_id = send().case_id
    desk.get(f"/staff/sak/{case_id}/overlevering")
    cases.withdraw_consent(session, vault, clock, case_id, "helsesykepleier")
    desk.change(case_id, "overlevering", service="helsesykepleier", parts=["words"], language="nb")
    assert desk.status == 422
    assert "Ingen tjeneste kan få noe fra denne saken nå" in desk.page


def test_a_yes_taken_back_in_the_same_moment_is_told(desk, send, session, vault, clock, employee):
    from web.cases import package

    case_id = send().case_id
    cases.withdraw_consent(session, vault, clock, case_id, "helsesykepleier")
    order = package.Order("helsesykepleier", ("words",), "nb")
    with pytest.raises(package.NotAllowed):
        package.make_package(session, vault, clock, case_id, employee, order, lambda _contents: None)
    assert package.packages_of(session, vault, case_id) == ()


def test_the_same_package_has_the_same_bytes_every_time(desk, send, clock, session, vault, employee):
    case_id = send().case_id
    make(desk, case_id)
    first, files = fetched(desk)
    clock.move(days=40)
    cases.write_message(session, vault, clock, case_id, "Noko nytt", employee)
    desk.log_in()
    desk.get(f"/staff/sak/{case_id}/overlevering")
    again, _files = fetched(desk)
    assert again == first
    for name, content in files.items():
        assert sha256(content).hexdigest() in desk.page, name


def test_the_files_are_made_alike_twice(app, send, session, vault, clock, employee):
    from web.cases import package
    from web.db import db
    from web.staff import package_files

    case_id, made = send().case_id, []

    def write(contents):
        made.append((package_files.write(contents), package_files.write(contents)))
        return made[0][0]

    with app.test_request_context("/staff/"):
        order = package.Order("helsesykepleier", ("words", "recordings", "needs"), "nb")
        package.make_package(db(), vault, clock, case_id, employee, order, write)
    one, two = made[0]
    assert one == two


def test_recordings_lie_beside_and_are_listed(desk, send, session, vault, clock):
    case_id = send().case_id
    sound = b"ID3" + bytes(range(256)) * 300
    cases.add_recording(session, vault, clock, case_id, "0" * 32, "youth", sound, 12.0)
    make(desk, case_id, parts=("words", "recordings"))
    _data, files = fetched(desk)
    content = content_of(files)
    assert files["lyd-1.mp3"] == sound
    assert content["files"][0]["sha256"] == sha256(sound).hexdigest()
    assert content["voice"][-1]["file"] == "lyd-1.mp3"
    clock.move(minutes=1)
    make(desk, case_id, parts=("words",))
    _data, files = fetched(desk)
    assert "lyd-1.mp3" not in files
    assert content_of(files)["files"] == []


def test_it_stands_in_the_log_and_the_person_can_fetch_the_same(desk, app, send, new_case):
    words = new_case().return_code
    case_id = send(return_code=words).case_id
    make(desk, case_id)
    data, _files = fetched(desk)
    person = app.test_client()
    page = person.get("/svar?lang=nb").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
    page = person.post("/svar", data={"csrf_token": token, "code": words}, follow_redirects=True).get_data(
        as_text=True
    )
    assert "Maja Vik laget en pakke til" in page
    assert "Du kan se hva som ble sendt" in page
    address = re.search(r'href="(/sak/pakke/[^"]+)"', page)[1]
    answer = person.get(address)
    assert answer.data == data
    assert answer.headers["Content-Disposition"] == 'attachment; filename="brev.zip"'
    # Without the five words, or with those of another case, it is not there.
    assert app.test_client().get(address).status_code in (302, 303)
    other_words = new_case().return_code
    send(return_code=other_words)
    person.post("/svar", data={"csrf_token": token, "code": other_words})
    assert person.get(address).data != data


def test_what_is_withheld_is_not_shown_until_the_person_is_told(desk, send, session, vault, clock, employee):
    from web.cases import package

    case_id = send(consents={}).case_id
    until = Withholding("Fare for barnet", clock.now().date() + timedelta(days=7))
    law = Law("law_test", "Nødvendig", "not_asked", "For farlig nå.")
    sharing.share_with(
        session,
        vault,
        clock,
        case_id,
        employee,
        NewShare("barnevern", ("words", "contact"), law, withheld=until),
    )
    page = make(desk, case_id, service="barnevern", parts=("words", "contact", "messages"))
    assert "Personen får ikke vite om den" in page
    _data, files = fetched(desk)
    content = content_of(files)
    assert content["basis"][0]["kind"] == "law"
    assert content["reach"]["details"].startswith("900 00 000")
    (made,) = package.packages_of(session, vault, case_id)
    assert package.packages_of(session, vault, case_id, person=True) == ()
    with pytest.raises(package.PackageGone):
        package.package_zip(session, vault, case_id, made.id, person=True)
    view = cases.view_for_person(session, vault, clock, case_id)
    assert "package_made" not in [line.action for line in view.log]
    (share,) = view_of(session, vault, clock, case_id, employee).shares
    sharing.tell_now(session, vault, clock, case_id, employee, share.id)
    assert len(package.packages_of(session, vault, case_id, person=True)) == 1
    view = cases.view_for_person(session, vault, clock, case_id)
    assert "package_made" in [line.action for line in view.log]


def view_of(session, vault, clock, case_id, employee):
    return cases.read_case(session, vault, clock, case_id, employee)


def test_what_a_child_has_told_for_itself_needs_a_basis_of_its_own_and_is_hidden_from_who_wrote(
    desk, send, session, vault, clock, employee
):
    from web.cases import package

    case_id = send(
        writer="parent", about="my_child", statements=(("parent", "Mora skriv."),), age=9, hope=None
    ).case_id
    told = ChildTold("key-of-a-telling-1", "child", "nn", (ChildStatement(f"Eg er redd. {MARKED}"),), age=9)
    cases.child_tells(session, vault, clock, case_id, told)
    page = make(desk, case_id, parts=("words", "childs_words"))
    assert desk.status == 422
    assert "Det barnet har fortalt selv" in page
    make(desk, case_id, parts=("words",))
    _data, files = fetched(desk)
    assert [one["author"] for one in content_of(files)["voice"]] == ["parent"]
    assert MARKED not in files["brev.json"].decode()

    law = Law("law_test", "Barnet ba om det", "agreed", "Ja", consent=True)
    sharing.share_with(
        session,
        vault,
        clock,
        case_id,
        employee,
        NewShare("helsesykepleier", ("words",), law, childs=True),
    )
    clock.move(minutes=1)
    make(desk, case_id, parts=("words", "childs_words"))
    _data, files = fetched(desk)
    content = content_of(files)
    assert [one["author"] for one in content["voice"]] == ["child", "parent"]
    assert content["voice"][0]["told_apart"]
    assert {one["kind"] for one in content["basis"]} == {"consent", "spoken_consent"}
    shown = package.packages_of(session, vault, case_id, person=True)
    assert [one.parts for one in shown] == [("words",)]
    view = cases.view_for_person(session, vault, clock, case_id)
    assert [line.action for line in view.log].count("package_made") == 1

    # Who wrote the case deletes their part: the copies of their words go, the receipt of the child's package stays.
    cases.delete_case(session, vault, clock, case_id)
    (left,) = package.packages_of(session, vault, case_id)
    assert "childs_words" in left.parts
    assert not left.kept


def test_the_service_confirms_with_the_code_in_the_letter(desk, send, session, vault):
    from web.cases import package

    case_id = send().case_id
    make(desk, case_id)
    (made,) = package.packages_of(session, vault, case_id)
    values = {"package": made.id, "who": "Kari i skolehelsetjenesten", "how": "phone"}
    page = desk.change(case_id, "overlevering/mottatt", code="00000000", **values)
    assert desk.status == 422
    assert "Det er ikke koden til denne pakken" in page
    assert "Kari i skolehelsetjenesten" in page
    page = desk.change(
        case_id, "overlevering/mottatt", code=f"{made.code[:4].upper()} {made.code[4:]}", **values
    )
    assert "Kari i skolehelsetjenesten bekreftet på telefon" in page
    assert "har fått pakken" in desk.get(f"/staff/sak/{case_id}")
    page = desk.change(case_id, "overlevering/mottatt", code=made.code, **{**values, "package": "nobody"})
    assert desk.status == 404


def test_deleting_the_case_deletes_its_packages(desk, send, session, vault, clock):
    from sqlalchemy import func, select

    from web.cases.package_models import PackageRow

    case_id = send().case_id
    make(desk, case_id)
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalar(select(func.count()).select_from(PackageRow)) == 0


def test_signs_that_people_use_are_there_and_nothing_is_read_as_markup(desk, send):
    odd = "đŋšŧžčá 😀 مرحبا ትግርኛ #let x = 1 $y$ *z* \\ @a <b> 你\n" + "x" * 400
    case_id = send(statements=(("youth", odd),)).case_id
    make(desk, case_id)
    _data, files = fetched(desk)
    assert content_of(files)["voice"][0]["text"] == odd
    assert files["brev.pdf"].startswith(b"%PDF-")


# The service that it was made for.


@pytest.fixture
def service_user(app, session, quick_argon2):
    """service_user("helsesykepleier"): somebody in the service, logged in."""
    from tests.web.staff.conftest import Desk
    from tests.web.staff.everywhere import enter
    from web.staff.models import create_employee

    def make_one(service, name="Siv Moen", language="nb"):
        who, _ = create_employee(session, "fjordvik", service, name, "Enheten", ["service_user"], service)
        who.set_password("fire rare ord på rad")
        session.commit()
        desk = Desk(app.test_client())
        desk.get(f"/staff/logg-inn?lang={language}")
        enter(desk.client, who)
        return desk

    return make_one


@pytest.mark.parametrize(
    ("language", "says", "confirmed"),
    [
        ("nb", "Kontrollnummer:", "Siv Moen bekreftet på sin egen side her"),
        ("nn", "Kontrollnummer:", "Siv Moen stadfesta på si eiga side her"),
    ],
)
def test_a_service_fetches_and_confirms_its_own_package(
    desk, send, session, vault, clock, employee, service_user, language, says, confirmed
):
    case_id = send().case_id
    share = NewShare("helsesykepleier", ("words", "needs"))
    sharing.share_with(session, vault, clock, case_id, employee, share)
    make(desk, case_id)
    own, _files = fetched(desk)
    service = service_user("helsesykepleier", language=language)
    service.get(f"/staff/delt/{case_id}?lang={language}")
    assert f"/staff/delt/{case_id}/pakker" in service.page
    service.get(f"/staff/delt/{case_id}/pakker?lang={language}")
    assert says in service.text
    address = re.search(r'href="([^"]+\.zip)"', service.page)[1]
    answer = service.client.get(address)
    assert (answer.status_code, answer.data) == (200, own)
    assert answer.headers["Cache-Control"] == "no-store"
    service.post(address.replace(".zip", "/mottatt"))
    assert service.status == 200
    assert confirmed in service.text
    lines = [line.action for line in cases.view_for_person(session, vault, clock, case_id).log]
    assert lines[-2:] == ["package_fetched", "package_received"]
    assert "Siv Moen bekreftet på sin egen side her" in desk.get(f"/staff/sak/{case_id}/overlevering")


def test_another_service_and_one_whose_sharing_has_ended_fetch_nothing(
    desk, send, session, vault, clock, employee, service_user
):
    case_id = send().case_id
    for service in ("helsesykepleier", "ppt"):
        share = NewShare(service, ("words",), LAW)
        view = sharing.share_with(session, vault, clock, case_id, employee, share)
    make(desk, case_id, parts=("words",))
    mine, other = service_user("helsesykepleier"), service_user("ppt", "Per Lund")
    mine.get(f"/staff/delt/{case_id}/pakker")
    address = re.search(r'href="([^"]+\.zip)"', mine.page)[1]
    other.get(f"/staff/delt/{case_id}/pakker")
    assert (other.status, "zip" in other.page) == (200, False)
    assert other.client.get(address).status_code == 404
    other.post(address.replace(".zip", "/mottatt"))
    assert other.status == 404
    sharing.end_share(session, vault, clock, case_id, employee, view.shares[0].id)
    assert mine.client.get(address).status_code == 404
    mine.post(address.replace(".zip", "/mottatt"))
    assert mine.status == 404
    assert "package_fetched" not in [
        line.action for line in cases.view_for_person(session, vault, clock, case_id).log
    ]


def test_a_package_with_more_than_the_service_may_still_be_given_is_not_there(
    desk, send, session, vault, clock, employee, service_user
):
    case_id = send(consents={}).case_id
    for parts in (("words",), ("contact",)):
        view = sharing.share_with(session, vault, clock, case_id, employee, NewShare("ppt", parts, LAW))
    make(desk, case_id, service="ppt", parts=("words", "contact"))
    service = service_user("ppt")
    service.get(f"/staff/delt/{case_id}/pakker")
    assert ".zip" in service.page
    sharing.end_share(session, vault, clock, case_id, employee, view.shares[-1].id)
    service.get(f"/staff/delt/{case_id}/pakker")
    assert (service.status, ".zip" in service.page) == (200, False)
