"""The form that says where a case stands, and what is still open when it is closed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, RadioField, SelectChoice, TextAreaField, ValidationError

from web.cases.checks import MAX_SHORT
from web.cases.closing import OpenEnd, open_ends
from web.cases.following import silent_in
from web.cases.types import OUTCOMES, STATUSES, CaseView
from web.i18n import OUTCOME_FOR_STAFF, STATUS_FOR_STAFF, format_day
from web.staff import texts
from web.staff.case_frame import service_name
from web.staff.forms import CaseForm

_LONG = _("The text is too long. There is room for 500 characters.")


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def end_name(end: OpenEnd) -> str:
    """What is open, in words."""
    if end.kind == "answer":
        return gettext("Nobody has written to the person")
    if end.kind == "plan":
        day = format_day(end.due_on) if end.due_on else ""
        return gettext("In the plan: %(what)s, by %(day)s", what=end.what, day=day)
    if end.hurt is not None:
        return gettext(
            "The child, asked «%(asked)s»: %(answer)s", asked=texts.HURT_ASKED, answer=texts.HURT[end.hurt]
        )
    if end.who == "child":
        return gettext("Safe now? The child: %(answer)s", answer=texts.SAFE_NOW[end.answer])
    return gettext("Safe now? The writer: %(answer)s", answer=texts.SAFE_NOW[end.answer])


class StatusForm(CaseForm):
    """Where the case stands; a closed one says how it ended. Made by `status_form`."""

    status = RadioField(
        _("Status"),
        choices=[SelectChoice(status, STATUS_FOR_STAFF[status]) for status in STATUSES],
        validate_choice=False,
    )
    outcome = RadioField(
        _("How did it end?"),
        choices=[SelectChoice(outcome, OUTCOME_FOR_STAFF[outcome]) for outcome in OUTCOMES],
        validate_choice=False,
    )
    reason = TextAreaField(_("Why close before they have answered?"), filters=[_trimmed])

    def __init__(self, view: CaseView, **kwargs: Any) -> None:
        super().__init__(status=view.status, outcome=view.outcome, **kwargs)
        self.silent = tuple(map(service_name, silent_in(view)))
        """Names of the services that were brought in and have not answered."""
        self.ends = open_ends(view)
        self._before = (view.status, view.outcome)

    def field_of(self, end: OpenEnd) -> Field:
        """Why this is set aside."""
        return self[f"aside-{end.key}"]

    @property
    def aside(self) -> dict[str, str]:
        """What was set aside and why, as it is noted, by the keys of what is open."""
        return {
            one.key: f"{end_name(one)}. {self.field_of(one).data}"
            for one in self.ends
            if self.field_of(one).data
        }

    @property
    def _closes(self) -> bool:
        return self.status.data == "closed" and self._before != ("closed", self.outcome.data)

    def validate_status(self, field: Field) -> None:
        """One of them."""
        if field.data not in STATUSES:
            raise ValidationError(_("Choose a status."))

    def validate_outcome(self, field: Field) -> None:
        """Nobody disappears without an ending."""
        if self.status.data == "closed" and field.data not in OUTCOMES:
            raise ValidationError(_("Choose how it ended before you close the case."))
        if self._closes and field.data == "got_help" and self.silent:
            raise ValidationError(
                _(
                    "Not closed as helped: %(services)s has not answered. Write down under «Following up» what they say, or"
                    " choose another ending.",
                    services=", ".join(self.silent),
                )
            )

    def validate_reason(self, field: Field) -> None:
        """Whoever closes it before the services have answered says why."""
        if len(field.data or "") > MAX_SHORT:
            raise ValidationError(_LONG)
        if self._closes and self.outcome.data != "got_help" and self.silent and not field.data:
            raise ValidationError(
                _(
                    "Write why the case is closed before %(services)s has answered.",
                    services=", ".join(self.silent),
                )
            )

    def check_aside(self, field: Field) -> None:
        """Nothing is closed as helped over what is open."""
        if len(field.data or "") > MAX_SHORT:
            raise ValidationError(_LONG)
        if self._closes and self.outcome.data == "got_help" and not field.data:
            raise ValidationError(
                _("Not closed as helped while this is open. Finish it, or write why it is set aside.")
            )


def status_form(view: CaseView, **kwargs: Any) -> StatusForm:
    """The form with a field for each thing that is open in the case."""

    class Own(StatusForm):
        """With the fields of this case."""

    for one in open_ends(view):
        setattr(
            Own,
            f"aside-{one.key}",
            TextAreaField(
                end_name(one), filters=[_trimmed], validators=[lambda form, field: form.check_aside(field)]
            ),
        )
    return Own(view, **kwargs)
