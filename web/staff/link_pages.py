"""Cases that are linked: what the readers of one know of the other, and what no person is told by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length

from web import current
from web.cases.checks import MAX_SHORT
from web.cases.linking import (
    LinkedAlready,
    NoSuchReference,
    NotTheSamePerson,
    link_cases,
    linked_words,
    links_of,
    unlink_cases,
    words_told,
)
from web.cases.plan_types import LINK_RELATIONS, LinkView
from web.cases.types import CaseChanged, CaseError, CaseNotFound, CaseView, InvalidCase
from web.db import db
from web.errors import keeps_text
from web.security.access import access
from web.staff import case_frame
from web.staff.case_frame import act
from web.staff.forms import CaseForm
from web.staff.pages import form_page, login_and_go_on, me

blueprint = Blueprint("staff_links", __name__, url_prefix="/staff", template_folder="templates")

for _endpoint in ("link", "unlink", "words_said"):
    form_page(f"staff_links.{_endpoint}", "staff_links.page")

RELATION_TEXT = {
    "same_person": lazy_gettext("The same person has written both"),
    "others": lazy_gettext("Different people have written, about the same child or family"),
}
_TOO_LONG = _("The text is too long. There is room for 500 characters.")


def _trimmed(value: str | None) -> str:
    return (value or "").strip()


class LinkForm(CaseForm):
    """Which case, and why."""

    reference = StringField(_("The other case's number"), filters=[_trimmed])
    relation = RadioField(
        _("Who has written?"),
        choices=[SelectChoice(one, RELATION_TEXT[one]) for one in LINK_RELATIONS],
        validate_choice=False,
    )
    reason = TextAreaField(
        _("Why are they connected?"),
        filters=[_trimmed],
        validators=[Length(max=MAX_SHORT, message=_TOO_LONG)],
    )
    withheld = BooleanField(_("Do not show the connection to anyone outside"))
    withheld_reason = TextAreaField(
        _("Why not?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )

    def validate_reference(self, field: Field) -> None:
        """Six signs, read aloud or copied."""
        field.data = "".join((field.data or "").split()).upper()
        if not field.data:
            raise ValidationError(_("Write the number of the other case."))
        if len(field.data) > 8:
            raise ValidationError(_("A case's number has six letters and figures."))

    def validate_relation(self, field: Field) -> None:
        """What is shown to whom hangs on it."""
        if field.data not in LINK_RELATIONS:
            raise ValidationError(_("Choose who has written."))

    def validate_reason(self, field: Field) -> None:
        """A colleague must be able to judge it."""
        if not field.data:
            raise ValidationError(_("Write why they are connected."))

    def validate_withheld_reason(self, field: Field) -> None:
        """Nothing is kept from a person without a reason."""
        if self.withheld.data and not field.data:
            raise ValidationError(_("Write why it is not to be shown."))


class LinkIdForm(CaseForm):
    """One of the links of the case."""

    link = HiddenField()


class WordsToldForm(LinkIdForm):
    """What the person has said about the words."""

    answer = RadioField(
        _("What did the person say?"),
        choices=[
            SelectChoice("yes", _("Yes, they may read it (said on the phone)")),
            SelectChoice("no", _("No, they may not read it (said on the phone)")),
        ],
        validate_choice=False,
    )

    def validate_answer(self, field: Field) -> None:
        """One of the two."""
        if field.data not in ("yes", "no"):
            raise ValidationError(_("Choose what the person said."))


def _with_ids(form: CaseForm, link_id: str) -> CaseForm:
    """One page has a form for each link: their fields need ids of their own."""
    for field in form:
        field.id = f"{field.id}-{link_id[:8]}"
        field.label.field_id = field.id
    return form


def _links(case_id: str) -> tuple[LinkView, ...]:
    return links_of(db(), current.vault(), case_id, me().ref())


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    found = _links(view.id)
    forms: dict[str, CaseForm] = {"link": LinkForm(formdata=None)}
    for one in found:
        forms[f"unlink-{one.id}"] = LinkIdForm(formdata=None)
        forms[f"words-{one.id}"] = _with_ids(WordsToldForm(formdata=None), one.id)
    name = ""
    if posted:
        name, form = posted
        if name != "link":
            name = f"{'words' if name == 'link_words' else name}-{request.form.get('link', '')[:36]}"
        forms[name] = form
    return case_frame.show(
        "linked",
        view,
        tab="linked",
        forms=forms,
        posted=name,
        links=found,
        relation_text=RELATION_TEXT,
        **frame,
    )


@blueprint.get("/sak/<case_id>/koblet")
@access("staff", right="read_case")
def page(case_id: str) -> ResponseReturnValue:
    """The cases that this one is linked with."""
    return case_frame.page(case_id, _page)


@blueprint.get("/sak/<case_id>/koblet/<link_id>")
@access("staff", right="read_case")
def words(case_id: str, link_id: str) -> ResponseReturnValue:
    """The words of the other case, when its own person has said yes. Its log tells who read them."""
    try:
        view = case_frame.read(case_id)
        found = linked_words(db(), current.vault(), current.clock(), case_id, link_id, me().ref())
        link = next(one for one in _links(case_id) if one.id == link_id)
    except (CaseNotFound, StopIteration):
        return case_frame.missing()
    return case_frame.show("linked_words", view, tab="linked", forms={}, statements=found, link=link)


def _again(name: str, form_of: Callable[[CaseView], CaseForm]) -> Callable[[], ResponseReturnValue]:
    return lambda: case_frame.again(name, form_of, _page)()


def _link_form(_view: CaseView) -> LinkForm:
    return LinkForm()


def _id_form(_view: CaseView) -> LinkIdForm:
    return LinkIdForm()


def _words_form(_view: CaseView) -> CaseForm:
    return _with_ids(WordsToldForm(), request.form.get("link", ""))


@blueprint.post("/sak/<case_id>/koblet")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("link", _link_form))
def link(case_id: str) -> ResponseReturnValue:
    """Link the case with another one."""
    form = LinkForm()

    def change(_view: CaseView, form: LinkForm) -> None:
        link_cases(
            db(),
            current.vault(),
            current.clock(),
            case_id,
            me().ref(),
            form.reference.data or "",
            form.relation.data,
            form.reason.data or "",
            form.withheld_reason.data if form.withheld.data else None,
            form.seen_version(),
        )

    try:
        return act("link", case_id, lambda _view: form, change, _page)
    except CaseError as error:
        _say_why(form, error)
        return case_frame.page(case_id, _page, posted=("link", form), status=422)


def _say_why(form: LinkForm, error: CaseError) -> None:
    """What the core refuses, at the field it is about."""
    match error:
        case NoSuchReference():
            text = gettext(
                "You see no case with this number. Check it, or ask the front desk to connect them."
            )
            form.reference.errors = [text]
        case LinkedAlready():
            form.reference.errors = [gettext("These cases are connected already, or it is the same case.")]
        case NotTheSamePerson():
            form.relation.errors = [
                gettext(
                    "A child has written one of them and a grown-up the other: that is not the same person."
                )
            ]
        case _:
            form.reference.errors = [gettext("This case has as many connections as it can have.")]


@blueprint.post("/sak/<case_id>/koblet/fjern")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("unlink", _id_form))
def unlink(case_id: str) -> ResponseReturnValue:
    """Undo a link, in both cases."""

    def change(_view: CaseView, form: LinkIdForm) -> None:
        unlink_cases(
            db(),
            current.vault(),
            current.clock(),
            case_id,
            me().ref(),
            form.link.data or "",
            form.seen_version(),
        )

    return act("unlink", case_id, _id_form, change, _page)


@blueprint.post("/sak/<case_id>/koblet/svar")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("link_words", _words_form))
def words_said(case_id: str) -> ResponseReturnValue:
    """The person has said on the phone whether the words may be read from the other case."""

    def change(_view: CaseView, form: WordsToldForm) -> None:
        try:
            words_told(
                db(),
                current.vault(),
                current.clock(),
                case_id,
                me().ref(),
                form.link.data or "",
                form.answer.data == "yes",
                form.seen_version(),
            )
        except InvalidCase:
            raise CaseChanged("the link is not shown to the person") from None

    return act("link_words", case_id, _words_form, change, _page)
