"""From a phone's recording to the front desk: through the real forms and pieces, sealed all the way."""

from __future__ import annotations

import io
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tests.web.voice.sounds import KINDS, TRACE, about, sound, video
from web import audio, cases
from web.cases import recordings
from web.cases.models import Case, LogEntry, Recording, RecordingChunk, Upload, UploadPiece
from web.citizen import drafts
from web.security import uploads
from web.security.chunks import CHUNK
from web.security.vault import VaultError

ID = "0f0e0d0c-1111-4222-8333-444455556666"
PIECE = 20_000


def choose(browser, content, path="/stemme", upload=ID, **more):
    """The form without JavaScript. Put together here: the test client would write a large one to disk."""
    line = "a-line-between-the-parts"
    fields = {"csrf_token": browser.token, "upload": upload, **more}
    body = "".join(
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head = 'Content-Disposition: form-data; name="sound"; filename="opptak.m4a"\r\nContent-Type: audio/mp4'
    whole = f"{body}--{line}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{line}--\r\n".encode()
    kind = f"multipart/form-data; boundary={line}"
    return browser._took(browser.client.post(path, data=whole, content_type=kind, follow_redirects=True))


def piece(browser, content, offset, upload=ID, path="/stemme"):
    answer = browser.client.post(
        f"{path}/del/{upload}?fra={offset}",
        data=content,
        headers={"X-CSRFToken": browser.token, "Content-Type": "application/octet-stream"},
    )
    return answer.status_code, answer.get_json()


def finish(browser, size, upload=ID, path="/stemme"):
    answer = browser.client.post(f"{path}/ferdig/{upload}?av={size}", headers={"X-CSRFToken": browser.token})
    return answer.status_code, answer.get_json()


def players(page):
    return [one["src"] for one in page.outline.all("audio") if one.get("src")]


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def send_it(browser):
    """From a recording to the receipt; gives the five words."""
    page = browser.get("/forstatt")
    assert "Et menneske hører på det når du sender." in page.text
    browser.get("/send")
    page = browser.send("/send", way="code", safe_now="yes", writer="youth", send="1")
    assert page.path == "/kvittering"
    words = page.html.split('<ol class="code">')[1].split("</ol>")[0]
    return " ".join(word.split("</li>")[0] for word in words.split("<li>")[1:])


# --- The form, whatever the phone made -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_every_kind_through_the_form(browser, session, kind):
    browser.get("/stemme")
    page = choose(browser, sound(kind))
    assert page.status == 200
    assert page.path == "/stemme"
    (address,) = players(page)
    answer = browser.client.get(address)
    assert answer.mimetype == "audio/mpeg"
    assert about(answer.data)[3] == pytest.approx(2, abs=0.15)
    assert answer.headers["Cache-Control"] == "no-store"
    assert TRACE.encode() not in answer.data
    assert count(session, Upload) == 0


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (lambda: b"", 422, "ingenting å høre"),
        (lambda: b"Hei, dette er en tekst." * 100, 422, "kan ikke leses som lyd"),
        (video, 422, "ikke lyd i denne filen"),
        (lambda: sound(loudness=0, seconds=3), 422, "mikrofonen"),
        (lambda: sound("3gp/amr", seconds=310), 422, "lengre enn fem minutter"),
        (lambda: bytes(audio.MOST_UPLOAD + 1), 413, "32 MB"),
    ],
    ids=["empty", "text", "video", "silent", "long", "large"],
)
def test_what_cannot_be_used_is_told_on_the_page(browser, session, content, status, said):
    browser.get("/stemme")
    page = choose(browser, content())
    assert page.status == status
    assert said in page.text
    assert players(page) == []
    assert count(session, Recording) == count(session, RecordingChunk) == 0


def test_far_too_much_is_refused_before_it_is_read(browser):
    browser.get("/stemme")
    page = choose(browser, bytes(uploads.MOST_FORM + 1000))
    assert page.status == 413


def test_other_forms_stay_small(browser):
    assert choose(browser, bytes(2_000_000), "/", text="hei", say="1").status == 413


def test_in_nynorsk_and_without_losing_what_is_kept(browser):
    browser.get("/stemme")
    choose(browser, sound())
    page = browser.send("/stemme", {"switch_language": "nn"})
    assert page.status == 200
    assert "Fortel med stemma di" in page.text
    assert len(players(page)) == 1


def test_a_form_that_has_expired_says_so(browser, session):
    browser.get("/stemme")
    page = choose(browser, sound(), csrf_token="old")
    assert page.status == 400
    assert "Velg filen og prøv en gang til" in page.text
    assert count(session, Recording) == 0


def test_a_double_press_keeps_it_once(browser, session):
    browser.get("/stemme")
    choose(browser, sound())
    page = choose(browser, sound())
    assert len(players(page)) == 1
    assert count(session, Recording) == 1


# --- In pieces -------------------------------------------------------------------------------------------------


def test_pieces_with_a_break_come_out_whole_and_once(browser, session):
    browser.get("/stemme")
    content = sound("wav")
    for offset in range(0, 100_000, PIECE):
        assert piece(browser, content[offset : offset + PIECE], offset)[0] == 200
    # The answer to the last one was lost: it is sent again, and so is an earlier one.
    assert piece(browser, content[80_000:100_000], 80_000) == (200, {"received": 100_000})
    assert piece(browser, content[20_000:40_000], 20_000) == (200, {"received": 100_000})
    # A piece is missing between: refused, with how much there is; also one that overlaps.
    status, said = piece(browser, content[120_000:140_000], 120_000)
    assert (status, said["received"]) == (409, 100_000)
    status, said = piece(browser, content[90_000:110_000], 90_000)
    assert (status, said["received"]) == (409, 100_000)
    # Not yet whole: the end is refused too.
    status, said = finish(browser, len(content))
    assert (status, said["received"]) == (409, 100_000)
    assert count(session, Recording) == 0
    for offset in range(100_000, len(content), PIECE):
        assert piece(browser, content[offset : offset + PIECE], offset)[0] == 200
    for _ in range(2):
        status, said = finish(browser, len(content))
        assert (status, said["next"]) == (200, "/stemme#kept")
    assert piece(browser, content[-1000:], len(content) - 1000) == (200, {"received": len(content)})
    assert (count(session, Recording), count(session, Upload), count(session, UploadPiece)) == (1, 0, 0)
    (address,) = players(browser.get("/stemme"))
    whole = browser.client.get(address).data
    assert whole == audio.convert(content).content


def test_the_same_piece_at_the_same_moment_counts_once(browser, app, session):
    browser.get("/stemme")
    content = sound("wav")
    assert piece(browser, content[:PIECE], 0)[0] == 200
    cookie, token, answers = browser.client.get_cookie("dor").value, browser.token, []

    def again():
        client = app.test_client()
        client.set_cookie("dor", cookie)
        answers.append(
            client.post(
                f"/stemme/del/{ID}?fra={PIECE}",
                data=content[PIECE : 2 * PIECE],
                headers={"X-CSRFToken": token, "Content-Type": "application/octet-stream"},
            ).get_json()
        )

    threads = [threading.Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"received": 2 * PIECE}] * 4
    assert count(session, UploadPiece) == 2


def test_pieces_of_what_is_no_sound_are_dropped_with_a_reason(browser, session):
    browser.get("/stemme")
    piece(browser, b"x" * 5000, 0)
    status, said = finish(browser, 5000)
    assert (status, said["problem"]) == (422, "not_audio")
    assert "kan ikke leses som lyd" in said["text"]
    assert count(session, Upload) == count(session, UploadPiece) == 0


@pytest.mark.parametrize(
    ("upload", "offset", "status"),
    [
        ("../../etc", "0", 404),
        ("ABC", "0", 400),
        (ID, "-1", 400),
        (ID, "x", 400),
        (ID, "", 400),
        (ID, "40000000", 413),
    ],
)
def test_strange_pieces_are_refused(browser, upload, offset, status):
    browser.get("/stemme")
    answer = browser.client.post(
        f"/stemme/del/{upload}?fra={offset}", data=b"x" * 10, headers={"X-CSRFToken": browser.token}
    )
    assert answer.status_code == status


def test_a_piece_needs_the_pages_token(browser, session):
    browser.get("/stemme")
    answer = browser.client.post(f"/stemme/del/{ID}?fra=0", data=b"x" * 10)
    assert answer.status_code == 400
    assert count(session, Upload) == 0


def test_nobody_else_reaches_a_draft_s_recording(browser, browser_of, app):
    browser.get("/stemme")
    (address,) = players(choose(browser, sound()))
    other = browser_of(app)
    assert other.get(address).status == 404
    other.get("/stemme")
    choose(other, sound(pitch=200))
    assert other.get(address).status == 404
    other.get("/stemme")
    other.send("/stemme/fjern", recording=address.split("/")[2])
    assert browser.client.get(address).status_code == 200


def test_there_is_room_for_ten(browser, session, monkeypatch):
    monkeypatch.setattr(recordings, "MOST_RECORDINGS", 2)
    browser.get("/stemme")
    for number in range(2):
        choose(browser, sound(), upload=ID[:-1] + str(number))
    page = choose(browser, sound(), upload=ID[:-1] + "9")
    assert page.status == 409
    assert "ikke plass til flere" in page.text
    assert piece(browser, b"x", 0, upload=ID[:-1] + "8")[0] == 409
    assert count(session, Recording) == 2


# --- Nothing plain on disk -------------------------------------------------------------------------------------


class Watch:
    """Looks at every file under some folders, again and again, for a stretch of bytes."""

    def __init__(self, folders, wanted):
        self.folders, self.wanted, self.found, self.rounds = folders, wanted, [], 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._once()

    def _look(self):
        while not self._stop.is_set():
            self._once()

    def _once(self):
        self.rounds += 1
        for folder in self.folders:
            for file in Path(folder).rglob("*"):
                try:
                    content = file.read_bytes() if file.is_file() else b""
                except OSError:
                    continue
                self.found += [str(file) for one in self.wanted if one in content]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where this portal may write: its own folder, and the place of temporary files, which is watched as well."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    return [tmp_path]


def test_neither_the_upload_nor_what_is_kept_is_ever_on_disk_in_plain(browser, session, folders):
    upload = sound("wav", seconds=20)
    kept = audio.convert(upload).content
    wanted = [TRACE.encode(), upload[100_000:100_064], kept[40_000:40_064], kept[-64:]]
    browser.get("/stemme")
    with Watch(folders, wanted) as watch:
        for offset in range(0, len(upload), 200_000):
            assert piece(browser, upload[offset : offset + 200_000], offset)[0] == 200
        assert finish(browser, len(upload))[0] == 200
        page = choose(browser, upload, upload=ID[:-1] + "7")
        assert len(players(page)) == 2
        send_it(browser)
    assert count(session, Recording) == 2
    assert watch.rounds > 3
    assert watch.found == []


def test_the_watch_would_find_it(folders):
    """The test before this one can fail."""
    content = sound("wav", seconds=20)
    with Watch(folders, [content[100_000:100_064]]) as watch:
        (folders[0] / "temporary" / "upload").write_bytes(content)
    assert watch.found


def test_a_form_s_file_never_leaves_memory(app, browser):
    """Werkzeug by itself opens a temporary file for a file of this size, one that has no name to be found by."""
    seen = []
    whole = app.request_class._get_file_stream

    def spy(*asked, **named):
        seen.append(whole(*asked, **named))
        return seen[-1]

    app.request_class._get_file_stream = spy
    try:
        browser.get("/stemme")
        choose(browser, sound("wav", seconds=20))
    finally:
        app.request_class._get_file_stream = whole
    assert [type(one) for one in seen] == [io.BytesIO]


# --- Sealed ----------------------------------------------------------------------------------------------------


def owner_of(session, vault, case_id):
    return cases.recording_owner(session, vault, case_id)


def add(session, vault, clock, case_id, content=None, upload=ID):
    content = content if content is not None else os.urandom(3 * CHUNK + 1000)
    return cases.add_recording(session, vault, clock, case_id, upload, "youth", content, 40.0), content


def test_seeking_opens_only_the_pieces_asked_for(session, vault, clock, new_case):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    view, content = add(session, vault, clock, case_id)
    sounding = recordings.sounding(session, owner_of(session, vault, case_id), view.recordings[0].id)
    assert sounding.read(0, len(content)) == content
    # All pieces but one are spoiled; that one still plays.
    session.execute(
        text("UPDATE recording_chunks SET content_sealed = :x WHERE number <> 2"), {"x": b"v1.spoiled"}
    )
    session.commit()
    assert sounding.read(2 * CHUNK + 5, 2 * CHUNK + 900) == content[2 * CHUNK + 5 : 2 * CHUNK + 900]
    with pytest.raises(VaultError):
        sounding.read(2 * CHUNK - 1, 2 * CHUNK + 5)


def test_a_piece_elsewhere_swapped_or_left_out_does_not_play(session, vault, clock, new_case):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    view, _content = add(session, vault, clock, case_id)
    sounding = recordings.sounding(session, owner_of(session, vault, case_id), view.recordings[0].id)
    for old, new in ((0, 9), (1, 0), (9, 1)):
        session.execute(
            text("UPDATE recording_chunks SET number = :new WHERE number = :old"), {"old": old, "new": new}
        )
    session.commit()
    with pytest.raises(VaultError):
        sounding.read(0, 10)
    session.execute(text("DELETE FROM recording_chunks WHERE number = 3"))
    session.commit()
    with pytest.raises(cases.types.RecordingGone):
        sounding.read(3 * CHUNK, 3 * CHUNK + 10)


def test_a_recording_moved_into_another_case_does_not_open(session, vault, clock, new_case):
    victim = cases.send_case(session, vault, clock, new_case()).case_id
    own = cases.send_case(session, vault, clock, new_case()).case_id
    view, _content = add(session, vault, clock, victim)
    session.execute(text("UPDATE recordings SET case_id = :own"), {"own": own})
    session.commit()
    with pytest.raises(VaultError):
        recordings.sounding(session, owner_of(session, vault, own), view.recordings[0].id)


# --- The whole way ---------------------------------------------------------------------------------------------


def test_a_case_with_only_a_voice_is_complete(browser, session, desk, vault, clock):
    browser.get("/")
    page = browser.send("/", text="", speak="1")
    assert page.path == "/stemme"
    assert "Datamaskinen leser ikke lydopptak. Et menneske hører på det når du sender." in page.text
    kept = players(choose(browser, sound("mp4/aac")))
    plain = browser.client.get(kept[0]).data
    page = browser.get("/send")
    assert players(page) == kept
    code = send_it(browser)
    case = session.scalars(select(Case)).one()
    assert case.statements == []
    (row,) = session.scalars(select(Recording)).all()
    assert (row.case_id, row.draft_id, row.author) == (case.id, None, "youth")
    # The front desk: in the queue, in the case, with a player that seeks, and in the log.
    assert "Lyd som ingen har hørt" in desk.get("/staff/")
    desk.get(f"/staff/sak/{case.id}")
    assert "lydopptak, 2 sekunder" in desk.text
    assert "Personen skrev ingen ord" not in desk.text
    address = f"/staff/sak/{case.id}/lyd/{row.id}"
    assert f'src="{address}"' in desk.page
    answer = desk.client.get(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, plain, "audio/mpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    part = desk.client.get(address, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.data) == (206, plain[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(plain)}"
    listened = session.scalars(select(LogEntry).where(LogEntry.action == "listened")).all()
    assert [line.actor_name for line in listened] == ["Maja Vik"]
    assert "Maja Vik hørte på et lydopptak." in desk.get(f"/staff/sak/{case.id}")
    # The person comes back, hears it, and adds one more.
    browser.send("/kvittering", saved="y")
    browser.get("/svar")
    page = browser.send("/svar", code=code)
    (address,) = players(page)
    assert browser.client.get(address).data == plain
    assert "Maja Vik hørte på et lydopptak." in page.text
    clock.move(minutes=1)
    browser.get("/sak/stemme")
    page = choose(browser, sound(pitch=300), "/sak/stemme")
    assert page.path == "/sak"
    assert "Opptaket er sendt" in page.text
    assert len(players(page)) == 2
    assert "1 ny" in desk.get("/staff/")
    desk.get(f"/staff/sak/{case.id}")
    assert desk.page.count("<audio") == 2


def test_more_is_added_in_pieces_too(browser, session, vault, clock, new_case):
    new = new_case()
    cases.send_case(session, vault, clock, new)
    browser.get("/svar")
    browser.send("/svar", code=new.return_code)
    browser.get("/sak/stemme")
    content = sound("webm/opus", seconds=6)
    for offset in range(0, len(content), PIECE):
        assert piece(browser, content[offset : offset + PIECE], offset, path="/sak/stemme")[0] == 200
    for _ in range(2):
        status, said = finish(browser, len(content), path="/sak/stemme")
        assert (status, said["next"]) == (200, "/sak?gjort=spoken#done")
    assert len(players(browser.get("/sak"))) == 1
    case = session.scalars(select(Case)).one()
    session.refresh(case)
    assert case.waiting_since is not None


def test_voice_stands_among_the_words_in_the_order_of_telling(browser, session, desk):
    browser.tell("Først dette.")
    browser.get("/stemme")
    choose(browser, sound())
    browser.get("/")
    browser.tell("Så dette.")
    send_it_with_words(browser)
    case = session.scalars(select(Case)).one()
    page = desk.get(f"/staff/sak/{case.id}")
    assert page.index("Først dette.") < page.index("<audio") < page.index("Så dette.")


def send_it_with_words(browser):
    browser.get("/send")
    page = browser.send("/send", way="code", safe_now="yes", writer="youth", send="1")
    assert page.path == "/kvittering"


def test_one_is_taken_away_before_sending(browser, session):
    browser.get("/stemme")
    choose(browser, sound())
    choose(browser, sound(pitch=300), upload=ID[:-1] + "1")
    page = browser.get("/send")
    first, second = (address.split("/")[2] for address in players(page))
    page = browser.send("/send", unrecord=first, safe_now="no", way="phone", phone_number="900 00 001")
    assert [address.split("/")[2] for address in players(page)] == [second]
    assert page.value("phone_number") == "900 00 001"
    page = browser.get("/stemme")
    page = browser.send("/stemme/fjern", recording=second)
    assert players(page) == []
    assert count(session, Recording) == count(session, RecordingChunk) == 0
    assert browser.get("/send").path == "/"


def test_two_presses_on_send_give_one_case_with_its_recording(browser, session, app):
    browser.get("/stemme")
    choose(browser, sound())
    browser.get("/send")
    cookie, token = browser.client.get_cookie("dor").value, browser.token
    answers = []

    def press():
        client = app.test_client()
        client.set_cookie("dor", cookie)
        answers.append(
            client.post(
                "/send",
                data={"csrf_token": token, "way": "code", "safe_now": "yes", "writer": "youth", "send": "1"},
            ).location
        )

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["/kvittering"] * 3
    assert (count(session, Case), count(session, Recording)) == (1, 1)
    assert session.scalars(select(Recording.case_id)).one() is not None


# --- Who may listen --------------------------------------------------------------------------------------------


def test_only_the_municipality_of_the_case_may_listen(session, vault, clock, new_case, employee):
    case_id = cases.send_case(session, vault, clock, new_case(municipality="lauvdal")).case_id
    view, _content = add(session, vault, clock, case_id)
    with pytest.raises(cases.types.CaseNotFound):
        cases.listen(session, vault, clock, case_id, view.recordings[0].id, employee)
    assert count(session, LogEntry) == 2  # sent, added


def test_the_front_desk_must_be_logged_in(app, session, vault, clock, new_case, desk):
    case_id = cases.send_case(session, vault, clock, new_case(municipality="lauvdal")).case_id
    view, _content = add(session, vault, clock, case_id)
    address = f"/staff/sak/{case_id}/lyd/{view.recordings[0].id}"
    assert app.test_client().get(address).status_code == 302
    assert desk.client.get(address).status_code == 404
    assert desk.client.get(f"/staff/sak/nope/lyd/{view.recordings[0].id}").status_code == 404


def test_listening_is_logged_once_for_all_the_parts_a_player_asks_for(
    session, vault, clock, new_case, employee
):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    view, _content = add(session, vault, clock, case_id)

    def lines():
        return session.scalar(select(func.count()).where(LogEntry.action == "listened"))

    for expected in (1, 1, 2):
        cases.listen(session, vault, clock, case_id, view.recordings[0].id, employee)
        assert lines() == expected
        clock.move(minutes=3)


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-", 206, (0, None)),
        ("bytes=0-0", 206, (0, 1)),
        ("bytes=-500", 206, (-500, None)),
        ("bytes=100-99999999", 206, (100, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=5-2", 416, None),
        ("bytes=0-1,5-6", 200, (0, None)),
        ("items=0-1", 200, (0, None)),
        ("bytes=-", 200, (0, None)),
    ],
)
def test_what_a_player_may_ask_for(browser, asked, status, span):
    browser.get("/stemme")
    (address,) = players(choose(browser, sound()))
    whole = browser.client.get(address).data
    answer = browser.client.get(address, headers={"Range": asked})
    assert answer.status_code == status
    if span:
        assert answer.data == whole[span[0] : span[1]]
        assert answer.headers["Accept-Ranges"] == "bytes"


# --- Deleting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/avslutt", "purge"])
def test_what_was_not_sent_goes_with_the_draft(browser, session, clock, way):
    browser.get("/stemme")
    choose(browser, sound())
    piece(browser, b"half a recording", 0, upload=ID[:-1] + "1")
    assert (count(session, Recording), count(session, Upload)) == (1, 1)
    session.rollback()
    if way == "purge":
        clock.move(hours=12)
        drafts.purge(session, clock.now())
    else:
        browser.send(way)
    session.rollback()
    for table in (Recording, RecordingChunk, Upload, UploadPiece):
        assert count(session, table) == 0, table


def test_an_upload_that_was_given_up_goes_after_two_hours(browser, session, clock):
    browser.get("/stemme")
    choose(browser, sound())
    piece(browser, b"half a recording", 0, upload=ID[:-1] + "1")
    drafts.purge(session, clock.now() + timedelta(hours=2))
    assert (count(session, Recording), count(session, Upload), count(session, UploadPiece)) == (1, 0, 0)


def test_a_draft_that_is_too_old_takes_its_recordings_along(browser, session, clock):
    browser.get("/stemme")
    choose(browser, sound())
    clock.move(hours=12)
    browser.get("/")
    browser.tell("Ny samtale.")
    assert players(browser.get("/stemme")) == []
    assert count(session, Recording) == 0


def test_deleting_the_case_deletes_its_sound(session, stored, vault, clock, new_case):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    add(session, vault, clock, case_id)
    sealed = session.scalars(select(RecordingChunk.content_sealed).limit(1)).one()[50:114]
    cases.recordings.add_piece(
        session, clock, owner_of(session, vault, case_id), ID[:-1] + "1", 0, b"abc", 10
    )
    session.rollback()
    assert sealed in stored()
    cases.delete_case(session, vault, clock, case_id)
    for table in (Recording, RecordingChunk, Upload, UploadPiece):
        assert count(session, table) == 0, table
    session.close()
    assert sealed not in stored()


def test_the_desk_sees_what_has_come_since(session, vault, clock, new_case, employee):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    cases.read_case(session, vault, clock, case_id, employee)
    clock.move(minutes=1)
    since = clock.now()
    clock.move(minutes=1)
    add(session, vault, clock, case_id)
    (row,) = cases.queue(session, vault, clock, "fjordvik")
    assert (row.recordings, row.unread) == (1, 1)
    assert cases.news_since(session, "fjordvik", since).cases_with_more == 1
