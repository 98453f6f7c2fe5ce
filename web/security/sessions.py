"""The only place that touches flask.session.

What the cookie holds, and why (a data-protection record beside the code):

| key | what | why |
|---|---|---|
| csrf_token | random, by Flask-WTF | a form can only be sent from our own page |
| language | a locale's code | the reader's choice |
| written | nb or nn | which Norwegian the catalog's and the assistant's texts have on a page in a third language |
| draft | random token | one half of the key of the unsent conversation |
| case | case id, times | the case that was opened with its return code, for CASE_IDLE |
| child | random token, case and invitation id, mode, time | a child has the device: its own conversation, nothing else |
| shared | yes or nothing | the device is used by others too: nothing is kept for long |
| left | random | changed when something is left, so that «back» does not show it |
| staff | employee id, session id, epoch, times | who is logged in, for STAFF_IDLE and at most STAFF_LONGEST |
| staff_half | employee id, epoch, time | who has given the password and not yet the second factor, for HALF_LONGEST |
| asked | random, time | the question that a passkey is to answer |
| sso | random, time | what single sign-on must send back |

What concerns a person (draft, case, staff) is kept per municipality, since several may share one host name: a case or a
login of one is nothing to another.

The cookie is signed, not encrypted: nothing in it is what a person told. It ends with the browser. The times
are checked here, on the server: how long the browser keeps the cookie is only advice.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Literal, cast

from flask import g, request, session
from sqlalchemy import delete

from web import current
from web.cases.types import LANGUAGES, Language
from web.db import db
from web.staff.models import Employee, EmployeeSession

CASE_IDLE = timedelta(minutes=20)
CHILD_IDLE = timedelta(hours=2)
ChildMode = Literal["handed", "invited"]
STAFF_IDLE = timedelta(minutes=30)
STAFF_LONGEST = timedelta(hours=10)
HALF_LONGEST = timedelta(minutes=10)
ASKED_LONGEST = timedelta(minutes=5)
CONFIRMED_FOR = timedelta(minutes=10)
"""How long after a login or a password the factors may be changed."""
_NOTE_SEEN = timedelta(minutes=2)


def _now() -> int:
    return int(current.clock().now().timestamp())


def _here(key: str) -> str:
    """The key of something that belongs to this municipality."""
    return f"{key} {current.municipality()}"


def _record(key: str) -> dict[str, Any] | None:
    value = session.get(_here(key))
    return value if isinstance(value, dict) else None


def locale() -> str | None:
    """The code of the page locale that was chosen in this session. It need not exist (any more)."""
    chosen = session.get("language")
    return chosen if isinstance(chosen, str) else None


def choose_locale(code: str, written: Language | None = None) -> None:
    """Remember the reader's page locale and, where that is no written language itself, the written one beside it."""
    session["language"] = code
    if written is None:
        session.pop("written", None)
    else:
        session["written"] = written


def written_language() -> Language | None:
    """The written language beside a page locale that is none."""
    chosen = session.get("written")
    return cast(Language, chosen) if chosen in LANGUAGES else None


def _clear_but_language() -> None:
    kept = {key: session[key] for key in ("language", "written") if key in session}
    session.clear()
    session.update(kept)


def draft_token() -> str | None:
    """The token of the unsent conversation; the child's own while a child has the device."""
    record = child()
    return str(record["token"]) if record else writer_draft_token()


def writer_draft_token() -> str | None:
    """The token of the conversation of who holds the device otherwise."""
    token = session.get(_here("draft"))
    return token if isinstance(token, str) else None


def keep_draft_token(token: str) -> None:
    """Remember the token of a new conversation."""
    if child() is None:
        session[_here("draft")] = token


def drop_draft_token() -> None:
    """Forget the token; the draft itself is deleted with web.citizen.drafts.forget."""
    session.pop(_here("draft"), None)


def open_child(
    token: str, mode: ChildMode, *, back: str = "", case_id: str = "", invitation: str = ""
) -> None:
    """From now on a child has the device, until close_child.

    token: of the child's own draft. mode: handed over by who writes here, or come with an invitation. back: where
    who handed it over goes on. case_id: where the words go; empty while the case is not sent.
    """
    session[_here("child")] = {
        "token": token,
        "mode": mode,
        "back": back,
        "case": case_id,
        "invitation": invitation,
        "seen": _now(),
    }


def child() -> dict[str, Any] | None:
    """What open_child has noted; None when no child has the device, or nothing has been done for CHILD_IDLE."""
    record = _record("child")
    if record is None:
        return None
    now = _now()
    if not 0 <= now - int(record.get("seen", 0)) < CHILD_IDLE.total_seconds():
        session.pop(_here("child"), None)
        return None
    if now != record["seen"]:
        session[_here("child")] = {**record, "seen": now}
    return record


def close_child() -> None:
    """The child gives the device back."""
    session.pop(_here("child"), None)


def shared_device() -> bool:
    """Whether the person has said that others use this device too."""
    return session.get("shared") is True


def set_shared_device(shared: bool) -> None:
    """Remember it until the browser closes or the way out is used."""
    if shared:
        session["shared"] = True
    else:
        session.pop("shared", None)


def case_seconds_left() -> int | None:
    """Seconds until the open case closes unless something happens; None when none is open. Does not lengthen it."""
    record = _record("case")
    if record is None:
        return None
    left = int(CASE_IDLE.total_seconds()) - (_now() - int(record.get("seen", 0)))
    return left if left > 0 else None


def leave_case(wait: timedelta) -> None:
    """The page of the open case was left: it closes after this wait unless a page asks for it again."""
    record = _record("case")
    if record is not None:
        seen = _now() - int((CASE_IDLE - wait).total_seconds())
        session[_here("case")] = {**record, "seen": seen}


def open_case(case_id: str) -> None:
    """After the right return code: this case is open in this browser for a while."""
    session[_here("case")] = {"id": case_id, "seen": _now()}


def open_case_id() -> str | None:
    """The case that is open now; None when none is, or when nothing has been done for CASE_IDLE."""
    record = _record("case")
    if record is None:
        return None
    now = _now()
    if not 0 <= now - int(record.get("seen", 0)) < CASE_IDLE.total_seconds():
        session.pop(_here("case"), None)
        return None
    if now != record["seen"]:
        session[_here("case")] = {**record, "seen": now}
    return str(record["id"])


def close_case() -> None:
    """The return page is left."""
    session.pop(_here("case"), None)


def log_in(employee: Employee, factor: str = "password") -> None:
    """A new session for the employee, committed: nothing that was in the old one, so no one can have prepared it."""
    _clear_but_language()
    at, now = current.clock().now(), _now()
    oldest = at - STAFF_LONGEST
    db().execute(
        delete(EmployeeSession).where(
            EmployeeSession.employee_id == employee.id, EmployeeSession.began_at < oldest
        )
    )
    row = EmployeeSession(
        employee_id=employee.id,
        epoch=employee.session_epoch,
        began_at=at,
        seen_at=at,
        confirmed_at=at,
        device=device_name(request.user_agent.string),
        factor=factor,
    )
    db().add(row)
    db().commit()
    session[_here("staff")] = {
        "id": employee.id,
        "session": row.id,
        "epoch": employee.session_epoch,
        "since": now,
        "seen": now,
    }
    g.pop("portal_employee", None)
    g.pop("portal_employee_session", None)


def device_name(user_agent: str) -> str:
    """Browser and system in two words; empty when neither is known."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)


# The order matters: Edge calls itself Chrome too, Chrome calls itself Safari, an iPhone a Mac, Android a Linux.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def half_log_in(employee: Employee) -> None:
    """The password was right; the second factor is still to come."""
    _clear_but_language()
    session[_here("staff_half")] = {"id": employee.id, "epoch": employee.session_epoch, "since": _now()}


def half_employee() -> Employee | None:
    """Who has given the password a moment ago and not yet the second factor."""
    record = _record("staff_half")
    if record is None or not 0 <= _now() - int(record.get("since", 0)) < HALF_LONGEST.total_seconds():
        session.pop(_here("staff_half"), None)
        return None
    found = db().get(Employee, str(record.get("id")))
    if found is None or not found.active or found.municipality != current.municipality():
        return None
    return found if found.session_epoch == record.get("epoch") else None


def keep_asked(kind: str, value: str) -> None:
    """Remember what was asked: kind «asked» for a passkey, «sso» for single sign-on."""
    session[_here(kind)] = {"value": value, "since": _now()}


def take_asked(kind: str, longest: timedelta = ASKED_LONGEST) -> str | None:
    """What was asked, once; None when nothing was or too long ago."""
    record = _record(kind)
    session.pop(_here(kind), None)
    if record is None or not 0 <= _now() - int(record.get("since", 0)) < longest.total_seconds():
        return None
    return str(record.get("value"))


def employee_session() -> EmployeeSession | None:
    """The session of this browser; None when nobody is logged in."""
    return cast("EmployeeSession | None", g.get("portal_employee_session")) if employee() else None


def recently_confirmed() -> bool:
    """Whether the employee has proved who they are within CONFIRMED_FOR."""
    row = employee_session()
    return row is not None and current.clock().now() - row.confirmed_at < CONFIRMED_FOR


def confirm() -> None:
    """The employee has just proved who they are; committed."""
    row = employee_session()
    if row is not None:
        row.confirmed_at = current.clock().now()
        db().commit()


def employee(*, stay: bool = True) -> Employee | None:
    """The employee who is logged in.

    None after STAFF_IDLE, STAFF_LONGEST, a logout, or a change of password. stay=False: a page that asks by
    itself in the background is no sign that somebody is there, and does not lengthen the session.
    """
    if "portal_employee" not in g:
        g.portal_employee = _employee(stay)
    return cast("Employee | None", g.portal_employee)


def _employee(stay: bool) -> Employee | None:
    record = _record("staff")
    if record is None:
        return None
    now = _now()
    idle, age = now - int(record.get("seen", 0)), now - int(record.get("since", 0))
    if 0 <= idle < STAFF_IDLE.total_seconds() and 0 <= age < STAFF_LONGEST.total_seconds():
        found = db().get(Employee, str(record.get("id")))
        if (
            found is not None
            and found.active
            and found.session_epoch == record.get("epoch")
            and found.municipality == current.municipality()
        ):
            row = db().get(EmployeeSession, str(record.get("session")))
            if row is not None and row.employee_id == found.id and row.epoch == found.session_epoch:
                g.portal_employee_session = row
                if stay and now != record["seen"]:
                    session[_here("staff")] = {**record, "seen": now}
                    if current.clock().now() - row.seen_at >= _NOTE_SEEN:
                        row.seen_at = current.clock().now()
                        db().commit()
                return found
    session.pop(_here("staff"), None)
    return None


def log_out() -> None:
    """End this session here and wherever a copy of the cookie may be, and commit."""
    row = employee_session()
    if row is not None:
        db().delete(row)
        db().commit()
    forget_everything()


def change_cookie() -> None:
    """Change the cookie and nothing else: then browsers let go of the pages they have kept for «back».

    Chromium keeps even a page with no-store as it was, unless a cookie changes after the page was left. The answer
    that leaves it comes too early for that, so the page that follows asks for this with its style sheet.
    """
    session["left"] = secrets.token_hex(4)


def forget_everything() -> None:
    """Quick exit: nothing stays in the cookie but the language."""
    _clear_but_language()
    g.pop("portal_employee", None)
