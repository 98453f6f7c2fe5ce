"""When something goes wrong: a page in the reader's language with the numbers on it, or a problem
description.

A text that somebody has typed is never lost to an error: the view's own way of showing it again
(@keeps_text) comes first, else the error page shows the text in a field that can be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests

from web.security.access import mark_of

View = TypeVar("View", bound=Callable[..., Any])

TEXTS: dict[int, tuple[LazyString, LazyString]] = {
    400: (
        lazy_gettext("Something in the form was not right"),
        lazy_gettext("Go back and try once more."),
    ),
    403: (
        lazy_gettext("You cannot open this page"),
        lazy_gettext("It may belong to someone else, or you may need to log in first."),
    ),
    404: (
        lazy_gettext("This page does not exist"),
        lazy_gettext("The address may be misspelt, or the page may have been moved or deleted."),
    ),
    405: (
        lazy_gettext("The page cannot be opened like this"),
        lazy_gettext("Go to the first page and start from there."),
    ),
    413: (
        lazy_gettext("The text is too long"),
        lazy_gettext("Go back and make it shorter, or send it in two parts."),
    ),
    429: (
        lazy_gettext("Wait a little before you try again"),
        lazy_gettext("There have been many tries in a short time. Nothing you have sent is lost."),
    ),
    503: (
        lazy_gettext("There are many here just now"),
        lazy_gettext("Wait a little and try once more. Nothing you have sent is lost."),
    ),
    500: (
        lazy_gettext("Something went wrong in the portal"),
        lazy_gettext("The fault is not yours. Try again in a little while."),
    ),
}
TOO_LARGE_FILE = (
    lazy_gettext("The file is too large"),
    lazy_gettext("Go back and choose a smaller one. What you wrote is still there."),
)
CSRF_TEXT = (
    lazy_gettext("The page had been open for too long"),
    lazy_gettext("Your text is still here. Try once more."),
)
#: How a part of the portal shows an error in its own frame: status, title, advice, seconds to wait; None: it does not.
Shown = Callable[[int, LazyString, LazyString, int | None], Response | None]
_FRAMES: dict[str, Shown] = {}
# Never shown again on an error page: secrets of the form, and what may be chosen again without loss.
_NOT_KEPT = {"csrf_token", "password", "new_password", "code"}


def keeps_text(show_again: Callable[[], ResponseReturnValue]) -> Callable[[View], View]:
    """Mark a view with how its page is shown again with the posted text when the form has expired (CSRF).

    show_again takes nothing, reads request.form, and returns the page; it is answered with status 400.
    """

    def mark(view: View) -> View:
        view.__keeps_text__ = show_again  # type: ignore[attr-defined]
        return view

    return mark


def frame_for(path: str) -> Callable[[Shown], Shown]:
    """Mark what shows the errors of every address under this path, with a form or without."""

    def mark(shown: Shown) -> Shown:
        _FRAMES[path] = shown
        return shown

    return mark


def problem(status: int, title: str, detail: str | None = None, **more: Any) -> Response:
    """A problem description (RFC 9457) for other programs. Never with what was sent in it."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        **({"detail": detail} if detail else {}),
        **more,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def wants_problem() -> bool:
    """Whether the answer goes to a program."""
    mark = mark_of(current_app, request.endpoint)
    return request.path.startswith("/api/") or (mark is not None and mark.level == "api")


def _kept_form() -> dict[str, list[str]]:
    """The posted fields of a citizen's form, to be shown and sent again."""
    mark = mark_of(current_app, request.endpoint)
    if request.method != "POST" or mark is None or mark.level not in ("citizen", "code"):
        return {}
    try:
        fields = {name: values for name, values in request.form.lists() if name not in _NOT_KEPT}
    except HTTPException:
        return {}  # the body itself could not be read (413)
    return fields if any(value.strip() for value in fields.get("text", [])) else {}


def error_page(
    status: int, texts: tuple[LazyString, LazyString] | None = None, retry_after: int | None = None
) -> tuple[str, int] | Response:
    """The error page for a status. retry_after: seconds until it is worth trying again."""
    if status == 413 and request.mimetype == "multipart/form-data":
        texts = texts or TOO_LARGE_FILE
    title, advice = texts or TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    framed = next((shown for path, shown in _FRAMES.items() if request.path.startswith(path)), None)
    # What broke the page may break the frame too: then it is the plain page.
    answer = framed(status, title, advice, retry_after) if framed and status < 500 else None
    if answer is not None:
        return answer
    kept = _kept_form()
    page = render_template(
        "error.html",
        status=status,
        error_title=title,
        error_advice=advice,
        retry_after=retry_after,
        kept_text="\n\n".join(kept.get("text", [])),
        kept_fields={name: values for name, values in kept.items() if name != "text"},
    )
    return page, status


def init_errors(app: Flask) -> None:
    """Every error of every address goes through here."""

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> ResponseReturnValue:
        if wants_problem():
            return problem(400, "Bad Request", "the form has expired")
        view = app.view_functions.get(request.endpoint or "")
        show_again = getattr(view, "__keeps_text__", None)
        if show_again is not None:
            response = app.make_response(show_again())
            if response.status_code == 200:
                response.status_code = 400
            return response
        return error_page(400, CSRF_TEXT)

    @app.errorhandler(TooManyRequests)
    def _too_many(error: TooManyRequests) -> ResponseReturnValue:
        seconds = error.retry_after if isinstance(error.retry_after, int) else None
        answer = (
            problem(429, "Too Many Requests", "try again later")
            if wants_problem()
            else app.make_response(error_page(429, retry_after=seconds))
        )
        answer.headers["Retry-After"] = str(seconds or 30)
        return answer

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error
        title = HTTPStatus(status).phrase
        answer = problem(status, title) if wants_problem() else app.make_response(error_page(status))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(InternalServerError)
    def _broken(error: InternalServerError) -> ResponseReturnValue:
        if wants_problem():
            return problem(500, "Internal Server Error")
        return error_page(500)
