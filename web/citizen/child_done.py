"""The child has told: what is sent when and to whom, the last page on this device, and what can be taken back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases import (
    child_tells,
    recordings,
    take_back_home,
)
from web.cases.recordings import Owner
from web.cases.types import (
    CaseNotFound,
    ChildTold,
    InvitationGone,
    Receipt,
    RecordingGone,
)
from web.citizen import child, drafts, journey
from web.citizen import voice as voice_pages
from web.citizen.child_adult import BACK
from web.citizen.child_pages import TAKING_BACK, childs_draft, shares_here
from web.citizen.drafts import Draft, DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    blueprint,
    keep,
    load_draft,
    page_language,
    render,
)
from web.citizen.sending import send_draft
from web.db import db
from web.security import sessions
from web.security.access import access


def _waits() -> bool:
    """Whether the child has the device of somebody who has not sent yet."""
    record = sessions.child()
    return record is not None and not record["case"]


def _finish_page(draft: Draft, problem: str = "", status: int = 200) -> ResponseReturnValue:
    small = child.is_small(draft)
    return render(
        "child_finish",
        form=EmptyForm(),
        chosen=child.sentences(draft),
        words=[text for _author, text in draft.statements if text != draft.pictures_text],
        spoken=voice_pages.draft_recordings(),
        back_url=url_for("citizen.child_step", step=child.STEPS[-1].id) if small else url_for("citizen.tell"),
        small=small,
        own=sessions.child() is None,
        waits=_waits(),
        at_once=_waits() and child.in_danger(draft),
        hear_by=journey.hear_by(current.catalog(), current.clock().now()),
        problem=problem,
    ), status


@blueprint.get("/barn/se")
@access("citizen")
def child_finish() -> ResponseReturnValue:
    """What the child has told, whether the grown-ups at home can read it, and whether it goes at once."""
    draft = childs_draft()
    if draft is None or draft.age is None:
        return redirect(url_for("citizen.child_start"), code=303)
    if not child.has_told(draft, spoken=bool(voice_pages.draft_recordings())):
        return redirect(url_for("citizen.child_first"), code=303)
    return _finish_page(draft)


@blueprint.post("/barn/se")
@access("citizen")
def child_finish_post() -> ResponseReturnValue:
    """The words go into the case, wait to be sent with it, or go at once as a case of the child's own.

    Danger waits for nobody: a grown-up who closes the page must not be able to keep it back.
    """
    draft, record = childs_draft(), sessions.child()
    if draft is None or not child.has_told(draft, spoken=bool(voice_pages.draft_recordings())):
        return redirect(url_for("citizen.child_start"), code=303)
    if "unrecord" in request.form:
        voice_pages.remove_recording(request.form["unrecord"])
        return redirect(url_for("citizen.child_finish"), code=303)
    if record is None:
        child.to_own_case(draft)
        keep(draft)
        return redirect(url_for("citizen.send"), code=303)
    if _waits() and ("alone" in request.form or child.in_danger(draft)):
        return _sends_alone(draft)
    told = child.told(
        draft,
        page_language(),
        share_at_home="share" in request.form,
        recordings=voice_pages.to_send(child.author(draft)),
        own_code=not record["invitation"],
    )
    try:
        if record["case"]:
            child_tells(
                db(), current.vault(), current.clock(), record["case"], told, record["invitation"] or None
            )
        else:
            _keep_for_sending(told)
    except (InvitationGone, CaseNotFound):
        db().rollback()
        return _goes_alone(draft)
    except DraftFull:
        db().rollback()
        return _sends_alone(draft)
    except RecordingGone:
        return _finish_page(draft, "gone", 409)  # taken away in another window: the child sees what is left
    if told.take_back or child.in_danger(draft):
        keep(child.only_done(draft, told.take_back))
        current.assistant().forget(draft.conversation)
        return redirect(url_for("citizen.child_end"), code=303)
    return _gives_back(draft, told=True)


def _sends_alone(draft: Draft) -> ResponseReturnValue:
    """At once, as a case of the child's own. Who handed the device over is not shown that there is one."""
    child.to_own_case(draft)
    draft.safe_now = draft.safe_now or "not_asked"  # the page before sending, which asks, is left out
    before = replace(draft)
    send_draft(draft)
    done = child.only_done(before)
    receipt = draft.receipt
    if receipt is not None:
        # Without the wish the five words are nowhere: nobody can find them on this device.
        done.receipt = receipt if "code" in request.form else replace(receipt, return_code=None)
        _note_alone(receipt)
    keep(done)
    return redirect(url_for("citizen.child_end"), code=303)


def _note_alone(receipt: Receipt) -> None:
    """In the draft of who handed the device over, for those who help: its case and the child's belong together."""
    token = sessions.writer_draft_token()
    waiting = drafts.load(db(), current.vault(), current.clock(), token)
    one = (receipt.case_id, receipt.reference)
    if token is None or waiting is None or one in waiting.child_alone:
        return
    waiting.child_alone.append(one)
    with contextlib.suppress(DraftFull):
        drafts.save(db(), current.vault(), current.clock(), token, waiting, _idle())


def _idle() -> timedelta | None:
    return drafts.SHARED_IDLE if sessions.shared_device() else None


def _keep_for_sending(told: ChildTold) -> None:
    """Into the draft of who handed the phone over, which shows nothing of it."""
    token = sessions.writer_draft_token()
    waiting = drafts.load(db(), current.vault(), current.clock(), token)
    if token is None or waiting is None:
        raise CaseNotFound("no such case")  # deleted in the meantime
    if told.key not in [one.key for one in waiting.child_told]:
        owner = Owner(current.vault().draft_id(token), current.vault().for_draft(token))
        waits = recordings.wait_beside(db(), owner, told.recordings)
        waiting.child_told.append(replace(told, recordings=waits))
    waiting.child_not_asked = None
    drafts.save(db(), current.vault(), current.clock(), token, waiting, _idle())


def _goes_alone(draft: Draft) -> ResponseReturnValue:
    """There is nothing to add it to any more. The child's words are not lost: it can send them by itself."""
    token = sessions.draft_token()
    sessions.close_child()
    sessions.drop_draft_token()
    if token is not None:
        sessions.keep_draft_token(token)
    g.pop("citizen_draft", None)
    child.to_own_case(draft)
    keep(draft)
    return redirect(url_for("citizen.send"), code=303)


def _gives_back(draft: Draft | None, *, told: bool) -> ResponseReturnValue:
    record = sessions.child()
    token = sessions.draft_token() if record else None
    drafts.forget(db(), current.vault(), token)
    sessions.close_child()
    g.pop("citizen_draft", None)
    if draft is not None and draft.conversation:
        current.assistant().forget(draft.conversation)
    mode = record["mode"] if record else "invited"
    return redirect(
        url_for(
            "citizen.child_end",
            til=record["back"] if record and mode == "handed" else None,
            fortalt=1 if told else None,
            # Without a draft nobody knows any more whether something was told: then nothing is said of it.
            slettet=1 if draft is not None and not told else None,
        ),
        code=303,
    )


@blueprint.post("/barn/slutt")
@access("citizen")
def child_stop() -> ResponseReturnValue:
    """The child does not want to tell, or takes it back: nothing of it is kept."""
    if (record := sessions.child()) is not None:
        draft = load_draft()
        if record["back"] == TAKING_BACK:
            drafts.forget(db(), current.vault(), record["token"])
            sessions.close_child()
            return redirect(url_for("citizen.tell"), code=303)
        return _gives_back(draft, told=draft is not None and draft.child_done)
    draft = childs_draft()
    if draft is not None:
        drafts.forget(db(), current.vault(), sessions.draft_token())
        sessions.drop_draft_token()
        g.pop("citizen_draft", None)
        current.assistant().forget(draft.conversation)
    return redirect(url_for("citizen.child_end", slettet=1 if draft is not None else None), code=303)


@blueprint.get("/barn/ferdig")
@access("citizen")
def child_end() -> ResponseReturnValue:
    """Done. What comes after it on this device is the grown-up's; nothing the child told is left on it.

    While the child has it still: the numbers if somebody may be in danger, and its codes. They go when it presses on.
    Come back to later, with «back», the page says nothing of what was told: nothing here knows it any more.
    """
    draft = load_draft() if sessions.child() is not None else None
    if draft is not None and draft.child_done:
        return render(
            "child_sent",
            form=EmptyForm(),
            receipt=draft.receipt,
            take_back=draft.take_back,
            waits=_waits() and draft.receipt is None,
            handed=(sessions.child() or {}).get("mode") == "handed",
            hear_by=journey.hear_by(current.catalog(), current.clock().now()),
        )
    back = request.args.get("til", "")
    return render(
        "child_end",
        told="fortalt" in request.args,
        deleted="slettet" in request.args,
        back_url=url_for(BACK[back]) if back in BACK else None,
        waits=back == "send",
        hear_by=journey.hear_by(current.catalog(), current.clock().now()),
    )


# --- The child takes back that they can read it at home ---------------------------------------------------------


@blueprint.get("/barn/angre")
@access("citizen")
def child_take_back() -> ResponseReturnValue:
    """Whether the grown-ups at home can read it still, and a button to take it back."""
    if sessions.child() is None:
        return redirect(url_for("citizen.child_start"), code=303)
    return render("child_take_back", form=EmptyForm(), shares=shares_here(), done="gjort" in request.args)


@blueprint.post("/barn/angre")
@access("citizen")
def child_take_back_post() -> ResponseReturnValue:
    """From now on they cannot read it."""
    record = sessions.child()
    if record is None:
        return redirect(url_for("citizen.child_start"), code=303)
    with contextlib.suppress(CaseNotFound):
        if record["case"]:
            take_back_home(db(), current.vault(), current.clock(), record["case"])
        else:
            _keep_from_home()
    return redirect(url_for("citizen.child_take_back", gjort=1), code=303)


def _keep_from_home() -> None:
    token = sessions.writer_draft_token()
    waiting = drafts.load(db(), current.vault(), current.clock(), token)
    if token is None or waiting is None:
        return
    waiting.child_told = [replace(told, share_at_home=False, take_back="") for told in waiting.child_told]
    drafts.save(db(), current.vault(), current.clock(), token, waiting, _idle())
