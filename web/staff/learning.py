"""Learning: statements whose needs people have confirmed, one at a time, made into training text by a person.

Two pages: one to take out every name and detail, one to look at before and after and approve. Off, with a page that says so,
where the municipality has not decided that it may be done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectMultipleField, TextAreaField
from wtforms import ValidationError as Wrong

from web import current
from web.cases.anonymity import pieces, reaches_somebody
from web.cases.learning import (
    DIALECTS,
    MAX_EXAMPLE,
    Dialect,
    Example,
    NotReviewable,
    Reviewed,
    approve,
    open_for_review,
    reject,
    waiting,
)
from web.cases.types import LANGUAGES
from web.db import db
from web.errors import keeps_text
from web.i18n import ACUTE_TEXT, LANGUAGE_NAMES
from web.security.access import access
from web.staff.case_frame import need_name
from web.staff.forms import TokenForm
from web.staff.pages import me, render

blueprint = Blueprint("staff_learning", __name__, url_prefix="/staff/laering")
DIALECT_TEXT: dict[Dialect, LazyString] = {
    "": lazy_gettext("None, as the written language"),
    "north": lazy_gettext("Northern Norway (dialect)"),
    "trondelag": lazy_gettext("Trøndelag (dialect)"),
    "west": lazy_gettext("Western Norway (dialect)"),
    "sor": lazy_gettext("Southern Norway (dialect)"),
    "east": lazy_gettext("Eastern Norway (dialect)"),
    "oslo": lazy_gettext("Oslo (dialect)"),
    "l2": lazy_gettext("Somebody who learns Norwegian"),
}
KIND_TEXT: dict[str, LazyString] = {
    "contact": lazy_gettext("a number or an address"),
    "number": lazy_gettext("a number"),
    "age": lazy_gettext("an age or a school year"),
    "date": lazy_gettext("a day or a time"),
    "place": lazy_gettext("a place"),
    "name": lazy_gettext("a name"),
}


class ReviewForm(TokenForm):
    """The new text, and what is to be learned from it."""

    text = TextAreaField(lazy_gettext("The text without names and details"))
    language = RadioField(
        lazy_gettext("Written in"),
        choices=[SelectChoice(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        validate_choice=False,
    )
    dialect = RadioField(
        lazy_gettext("Dialect"),
        choices=[SelectChoice(one, DIALECT_TEXT[one]) for one in DIALECTS],
        validate_choice=False,
    )
    needs = SelectMultipleField(lazy_gettext("Which needs are in the text?"), validate_choice=False)
    acute = SelectMultipleField(
        lazy_gettext("Does it tell of danger now?"),
        choices=[SelectChoice(kind, text) for kind, text in ACUTE_TEXT.items()],
        validate_choice=False,
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.needs.choices = [SelectChoice(need, need_name(need)) for need in current.catalog().needs]

    def validate_text(self, field: Field) -> None:
        """Something, not too much, and nothing that leads to somebody."""
        text = (field.data or "").replace("\r\n", "\n").strip()
        field.data = text
        if not text:
            raise Wrong(_("Write the text, or reject it."))
        if len(text) > MAX_EXAMPLE:
            raise Wrong(_("The text is too long. There is room for 2,000 characters."))
        if reaches_somebody(text):
            raise Wrong(
                _("There is still a phone number, an address or a user name in the text. Take it out.")
            )

    def validate_language(self, field: Field) -> None:
        """One of the two."""
        if field.data not in LANGUAGES:
            raise Wrong(_("Choose a language."))

    def validate_dialect(self, field: Field) -> None:
        """One of them, or none."""
        if field.data not in DIALECTS:
            raise Wrong(_("Choose a dialect, or none."))

    def validate_needs(self, field: Field) -> None:
        """At least one: without a need there is nothing to learn."""
        if not field.data or not set(field.data) <= set(current.catalog().needs):
            raise Wrong(_("Choose at least one."))

    def validate_acute(self, field: Field) -> None:
        """Kinds that there are."""
        if not set(field.data or ()) <= set(ACUTE_TEXT):
            raise Wrong(_("Choose from the list."))

    def example(self, reviewed: Reviewed) -> Example:
        """What was chosen."""
        return Example(
            text=self.text.data,
            language=next(code for code in LANGUAGES if code == self.language.data),
            needs=tuple(self.needs.data),
            who=reviewed.author,
            acute=tuple(self.acute.data or ()),
            dialect=next(one for one in DIALECTS if one == self.dialect.data),
        )


class ApproveForm(ReviewForm):
    """The second look: the same once more, and a tick."""

    sure = BooleanField(
        lazy_gettext("I have read every word. Nobody can be recognised, not by those who know them either.")
    )

    def validate_sure(self, field: Field) -> None:
        """Nobody approves by accident."""
        if not field.data:
            raise Wrong(_("Tick that you have read every word, or go back and change the text."))


def _when_open(statement_id: str, shown: Callable[[Reviewed], ResponseReturnValue]) -> ResponseReturnValue:
    """The statement, if the municipality has opened for learning and it is still for review."""
    if current.catalog().municipality.training is None:
        return _off()
    try:
        return shown(open_for_review(db(), current.vault(), current.clock(), statement_id, me().ref()))
    except NotReviewable:
        return render("learning_gone", status=404)


def _off() -> Response:
    return render("learning", decision=None, waiting=())


@blueprint.get("")
@access("staff", right="review_training")
def overview() -> ResponseReturnValue:
    """What can be reviewed; none of its words."""
    decision = current.catalog().municipality.training
    if decision is None:
        return _off()
    return render("learning", decision=decision, waiting=waiting(db(), current.vault(), me().municipality))


def _page(reviewed: Reviewed, form: ReviewForm, status: int = 200, expired: bool = False) -> Response:
    return render(
        "learning_review",
        status=status,
        reviewed=reviewed,
        form=form,
        pieces=pieces(reviewed.text),
        kind_text=KIND_TEXT,
        need_name=need_name,
        expired=expired,
    )


def _first_form(reviewed: Reviewed) -> ReviewForm:
    known = current.catalog().needs
    return ReviewForm(
        formdata=None,
        text=reviewed.text,
        language=reviewed.language,
        dialect="",
        needs=[need for need in reviewed.confirmed if need in known],
        acute=[kind for kind in reviewed.acute_kinds if kind in ACUTE_TEXT],
    )


@blueprint.get("/<statement_id>")
@access("staff", right="review_training")
def review(statement_id: str) -> ResponseReturnValue:
    """One statement, with what may tell who somebody is marked."""
    return _when_open(statement_id, lambda reviewed: _page(reviewed, _first_form(reviewed)))


def _again() -> ResponseReturnValue:
    statement_id = (request.view_args or {})["statement_id"]
    return _when_open(statement_id, lambda reviewed: _page(reviewed, ReviewForm(), status=400, expired=True))


@blueprint.post("/<statement_id>")
@access("staff", right="review_training")
@keeps_text(_again)
def look(statement_id: str) -> ResponseReturnValue:
    """The second look: before and after, side by side. Nothing is kept yet."""

    def looked(reviewed: Reviewed) -> ResponseReturnValue:
        form = ReviewForm()
        if not form.validate_on_submit():
            return _page(reviewed, form, status=422)
        return _second(reviewed, ApproveForm(sure=False))

    return _when_open(statement_id, looked)


def _second(reviewed: Reviewed, form: ApproveForm, status: int = 200) -> Response:
    after = pieces(form.text.data)
    return render(
        "learning_look",
        status=status,
        reviewed=reviewed,
        form=form,
        before=pieces(reviewed.text),
        after=after,
        left=[(text, KIND_TEXT[kind]) for text, kind in after if kind],
        kind_text=KIND_TEXT,
        need_name=need_name,
        dialect_text=DIALECT_TEXT,
        acute_text=ACUTE_TEXT,
    )


@blueprint.post("/<statement_id>/godkjenn")
@access("staff", right="review_training")
@keeps_text(_again)
def approved(statement_id: str) -> ResponseReturnValue:
    """Keep the new text, or go back to it."""

    def decided(reviewed: Reviewed) -> ResponseReturnValue:
        form = ApproveForm()
        if "back" in request.form:
            return _page(reviewed, form)
        if not form.validate_on_submit():
            if set(form.errors) - {"sure"}:
                return _page(reviewed, form, status=422)
            return _second(reviewed, form, status=422)
        approve(db(), current.vault(), current.clock(), statement_id, me().ref(), form.example(reviewed))
        return redirect(url_for("staff_learning.overview", gjort="learned"), code=303)

    return _when_open(statement_id, decided)


@blueprint.post("/<statement_id>/avvis")
@access("staff", right="review_training")
def rejected(statement_id: str) -> ResponseReturnValue:
    """Never again for review; nothing of it is kept."""

    def decided(_reviewed: Reviewed) -> ResponseReturnValue:
        if not TokenForm().validate_on_submit():
            return redirect(url_for("staff_learning.review", statement_id=statement_id), code=303)
        reject(db(), statement_id, me().ref())
        return redirect(url_for("staff_learning.overview", gjort="rejected"), code=303)

    return _when_open(statement_id, decided)
