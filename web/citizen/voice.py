"""Telling by voice, before Send and on the return page: record in the browser, or hand in a sound file.

Without JavaScript one form with a file field. With it, static/js/voice.js records and sends the sound in pieces; a piece
that is sent twice counts once, and after a lost connection the sender goes on from what has come.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse
from werkzeug.exceptions import NotFound

from web import audio, current
from web.cases import add_recording, recording_owner, recordings, seeing, view_for_person
from web.cases.recordings import Owner, TooManyRecordings, UploadRefused, UploadTooLarge
from web.cases.types import Author, CaseNotFound, NewRecording, RecordingGone, RecordingView
from web.citizen import child
from web.citizen.drafts import DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    blueprint,
    keep,
    load_draft,
    on_post_language,
    open_draft,
    render,
    to_receipt,
)
from web.db import db
from web.errors import keeps_text
from web.listening import player_answer
from web.security import sessions
from web.security.access import access
from web.security.limits import client_key, limiter
from web.security.uploads import MOST_PIECE

# In kilobytes: some three hundred recordings an hour from one address, which may be a whole school's.
_SENT_BY_CLIENT = parse("400000/hour")


# --- Whose -----------------------------------------------------------------------------------------------------


def draft_owner() -> Owner | None:
    """This browser's draft, as the owner of recordings; None when there is none yet."""
    token = sessions.draft_token()
    if token is None or load_draft() is None:
        return None
    return Owner(current.vault().draft_id(token), current.vault().for_draft(token))


def draft_recordings() -> list[RecordingView]:
    """What has been recorded in this browser and not been sent."""
    owner = draft_owner()
    return recordings.recordings_of(db(), owner) if owner else []


def to_send(author: Author) -> tuple[NewRecording, ...]:
    """What has been recorded here, as it goes into the case. author: who speaks, where that was not said."""
    owner = draft_owner()
    return recordings.to_send(db(), owner, author) if owner else ()


def remove_recording(recording_id: str) -> None:
    """Throw a recording of this browser's draft away."""
    owner = draft_owner()
    if owner is not None:
        recordings.remove(db(), owner, recording_id)


@dataclass(frozen=True)
class Place:
    """Where a recording goes: the draft, or the case that is open."""

    endpoint: str
    owner: Owner
    recordings: list[RecordingView]
    case: bool


def _draft_place(*, make: bool = False) -> Place | None:
    """The draft as a place; `make` opens one. None when there is none, or when it has been sent."""
    draft = load_draft()
    if draft is not None and draft.receipt is not None:
        return None
    if make and draft_owner() is None:
        keep(open_draft())
    owner = draft_owner()
    return Place("citizen.voice", owner, recordings.recordings_of(db(), owner), False) if owner else None


def _case_place() -> Place | None:
    """The open case as a place; None when none is open any more."""
    case_id = sessions.open_case_id()
    view = view_for_person(db(), current.vault(), current.clock(), case_id) if case_id else None
    if view is None:
        return None
    view = seeing.for_person(view)
    owner = recording_owner(db(), current.vault(), view.id)
    own = [one for one in view.recordings if not one.from_child]
    return Place("citizen.case_voice", owner, own, True)


# --- The page --------------------------------------------------------------------------------------------------


def problem_text(problem: str) -> str:
    """What to do, for what was wrong with a recording."""
    match problem:
        case "empty":
            return str(_("There is nothing to hear in it. Choose a sound file, or record once more."))
        case "not_audio":
            return str(_("This is not a sound file that can be read. Try another file, or record once more."))
        case "no_sound_track":
            return str(_("There is no sound in this file. Choose one with sound."))
        case "silent":
            return str(_("Nothing can be heard. Check that the microphone is on, and record once more."))
        case "too_long":
            return str(_("The recording is longer than five minutes. Make it shorter, or split it in two."))
        case "too_large":
            return str(_("The file is too large. It can be up to 32 MB."))
        case "busy":
            return str(_("There are many recordings just now. Wait a little and try again."))
        case "too_many":
            return str(_("There is no room for more recordings. Send what you have first."))
        case "expired":
            return str(_("The page had been open for a long time. Choose the file and try once more."))
        case _:
            return str(_("It did not work. Try once more."))


_STATUS = {"busy": 503, "too_large": 413, "too_many": 409, "expired": 400}


def _page(endpoint: str, kept: list[RecordingView], problem: str = "") -> ResponseReturnValue:
    in_case = endpoint == "citizen.case_voice"
    handed = sessions.child() is not None
    draft = None if in_case else load_draft()
    small = child.goes_small(draft, handed=handed)
    from_send = draft is not None and draft.speaks_from_send and not (small or handed)
    on_url = url_for("citizen.child_finish" if small or handed else "citizen.mirror")
    if small:
        back_url = url_for("citizen.child_step", step=child.STEPS[-1].id)
    elif from_send:
        back_url = on_url = url_for("citizen.send")
    else:
        back_url = url_for("citizen.case" if in_case else "citizen.tell")
    page = render(
        "voice",
        None if in_case else "tell",
        endpoint=endpoint,
        in_case=in_case,
        small=small,
        childs=small or handed,
        back_url=back_url,
        on_url=on_url,
        to_write=not (in_case or small or from_send),
        form=EmptyForm(),
        kept=kept,
        upload=str(uuid.uuid4()),
        problem=problem_text(problem) if problem else "",
        most_seconds=audio.MOST_SECONDS,
        most_bytes=audio.MOST_UPLOAD,
        # Half of what is allowed: a form's token and a slow network's patience stand beside it.
        piece=MOST_PIECE // 4,
        full=len(kept) >= recordings.MOST_RECORDINGS,
    )
    return page, _STATUS.get(problem, 422) if problem else 200


def _voice_again() -> ResponseReturnValue:
    return _page("citizen.voice", draft_recordings(), "expired")


def _case_voice_again() -> ResponseReturnValue:
    place = _case_place()
    return _page(place.endpoint, place.recordings, "expired") if place else _to_code()


def _to_code() -> ResponseReturnValue:
    sessions.close_case()
    return redirect(url_for("citizen.enter_code"), code=303)


@blueprint.get("/stemme")
@access("citizen")
def voice() -> ResponseReturnValue:
    """Record, listen, keep or throw away."""
    return to_receipt(load_draft()) or _page("citizen.voice", draft_recordings())


@blueprint.get("/sak/stemme")
@access("code")
def case_voice() -> ResponseReturnValue:
    """The same for a case that has been sent."""
    place = _case_place()
    return _page(place.endpoint, place.recordings) if place else _to_code()


@blueprint.post("/stemme")
@access("citizen")
@keeps_text(_voice_again)
def voice_post() -> ResponseReturnValue:
    """A sound file, whole."""
    answer = to_receipt(load_draft())
    if answer is not None:
        return answer
    if on_post_language():
        return _page("citizen.voice", draft_recordings())
    return _take_form(_draft_place(make=True))


@blueprint.post("/sak/stemme")
@access("code")
@keeps_text(_case_voice_again)
def case_voice_post() -> ResponseReturnValue:
    """A sound file, whole, into the case."""
    place = _case_place()
    if place is not None and on_post_language():
        return _page(place.endpoint, place.recordings)
    return _take_form(place)


def _take_form(place: Place | None) -> ResponseReturnValue:
    if place is None:
        return _to_code()
    file = request.files.get("sound")
    content = file.stream.read() if file else b""
    upload = request.form.get("upload", "")
    problem = "" if may_send(len(content)) else "busy"
    try:
        problem = problem or _take(place, upload, content)
    except ValueError:
        problem = "broken"
    if problem:
        return _page(place.endpoint, place.recordings, problem)
    return redirect(_after(place), code=303)


def _after(place: Place) -> str:
    if place.case:
        return url_for("citizen.case", gjort="spoken", _anchor="done")
    return url_for("citizen.voice", _anchor="kept")


def may_send(size: int) -> bool:
    """Whether this address may send so many bytes now. A counter that cannot be reached does not close the door."""
    try:
        return limiter.limiter.hit(_SENT_BY_CLIENT, "sound", client_key(), cost=max(1, size // 1024))
    except Exception:
        return True


def _take(place: Place, upload: str, content: bytes) -> str:
    """Make the sound into what is kept, and keep it. What was wrong with it, or nothing."""
    if recordings.row_id(place.owner, upload) in {kept.id for kept in place.recordings}:
        return ""  # a second press: it is here already
    if len(place.recordings) >= recordings.MOST_RECORDINGS:
        return "too_many"
    # No transaction is open while the sound is worked on.
    db().rollback()
    try:
        sound = audio.convert(content)
        if place.case:
            view = view_for_person(db(), current.vault(), current.clock(), place.owner.id)
            if view is None:
                return "broken"
            add_recording(
                db(),
                current.vault(),
                current.clock(),
                view.id,
                upload,
                view.facts.writer,
                sound.content,
                sound.seconds,
            )
        else:
            draft = load_draft()
            told = len(draft.statements) if draft else 0
            recordings.keep_in_draft(
                db(), current.clock(), place.owner, upload, sound.content, sound.seconds, told
            )
    except audio.AudioProblem as error:
        return error.problem
    except TooManyRecordings:
        return "too_many"
    except CaseNotFound:
        return "broken"
    return ""


# --- In pieces -------------------------------------------------------------------------------------------------


def _refused(problem: str, status: int, **more: object) -> ResponseReturnValue:
    return {"problem": problem, "text": problem_text(problem), **more}, status


def _piece(place: Place | None, upload: str) -> ResponseReturnValue:
    """One piece. Taken already: counts once. Not the next one: 409 with how much there is."""
    if place is None:
        return _refused("broken", 409)
    offset = request.args.get("fra", "")
    if not offset.isdigit() or len(offset) > 9:
        return _refused("broken", 400)
    content = request.get_data()
    if not may_send(len(content)):
        return _refused("busy", 429)
    try:
        received = recordings.add_piece(
            db(), current.clock(), place.owner, upload, int(offset), content, audio.MOST_UPLOAD
        )
    except UploadRefused as error:
        return _refused("gap", 409, received=error.received)
    except UploadTooLarge:
        return _refused("too_large", 413)
    except TooManyRecordings:
        return _refused("too_many", 409)
    except ValueError:
        return _refused("broken", 400)
    return {"received": received}


def _finish(place: Place | None, upload: str) -> ResponseReturnValue:
    """All pieces have come: make them into a recording. Asked twice, it is one recording."""
    if place is None:
        return _refused("broken", 409)
    size = request.args.get("av", "")
    if not size.isdigit() or len(size) > 9:
        return _refused("broken", 400)
    try:
        content = recordings.whole(db(), place.owner, upload, int(size))
        if content is not None:
            problem = _take(place, upload, content)
            if problem:
                if problem != "busy":
                    recordings.drop_upload(db(), place.owner, upload)
                return _refused(problem, _STATUS.get(problem, 422))
    except UploadRefused as error:
        return _refused("gap", 409, received=error.received)
    except ValueError:
        return _refused("broken", 400)
    return {"next": _after(place)}


@blueprint.post("/stemme/del/<upload>")
@access("citizen")
def voice_piece(upload: str) -> ResponseReturnValue:
    """A piece of a recording on its way into the draft."""
    try:
        return _piece(_draft_place(make=True), upload)
    except DraftFull:
        return _refused("too_many", 409)


@blueprint.post("/stemme/ferdig/<upload>")
@access("citizen")
def voice_finish(upload: str) -> ResponseReturnValue:
    """The recording has come whole."""
    return _finish(_draft_place(), upload)


@blueprint.post("/sak/stemme/del/<upload>")
@access("code")
def case_voice_piece(upload: str) -> ResponseReturnValue:
    """A piece of a recording on its way into the case."""
    return _piece(_case_place(), upload)


@blueprint.post("/sak/stemme/ferdig/<upload>")
@access("code")
def case_voice_finish(upload: str) -> ResponseReturnValue:
    """The recording has come whole."""
    return _finish(_case_place(), upload)


# --- Listening and removing ------------------------------------------------------------------------------------


def _listen(owner: Owner | None, recording_id: str) -> ResponseReturnValue:
    if owner is None:
        raise NotFound
    try:
        return player_answer(recordings.sounding(db(), owner, recording_id))
    except RecordingGone:
        raise NotFound from None


@blueprint.get("/stemme/<recording_id>/lyd")
@access("citizen")
def voice_sound(recording_id: str) -> ResponseReturnValue:
    """One's own recording, before it is sent."""
    return _listen(draft_owner(), recording_id)


@blueprint.get("/sak/stemme/<recording_id>/lyd")
@access("code")
def case_voice_sound(recording_id: str) -> ResponseReturnValue:
    """One's own recording, after it was sent; and what a child lets the grown-ups at home hear."""
    case_id = sessions.open_case_id()
    view = view_for_person(db(), current.vault(), current.clock(), case_id, shown=False) if case_id else None
    # A parent who holds the code does not hear what else a child has told (web.cases.seeing).
    if view is None or recording_id not in {one.id for one in seeing.for_person(view).recordings}:
        raise NotFound
    return _listen(recording_owner(db(), current.vault(), view.id), recording_id)


@blueprint.post("/stemme/fjern")
@access("citizen")
def voice_remove() -> ResponseReturnValue:
    """Throw a recording away that was not sent."""
    if EmptyForm().validate_on_submit():
        remove_recording(request.form.get("recording", ""))
    return redirect(url_for("citizen.voice", _anchor="kept"), code=303)
