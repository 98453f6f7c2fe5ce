"""The forms of the front desk. They only validate; what follows is decided in routes and in web.cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, Length

from web.cases.types import OUTCOMES, STATUSES, URGENCIES, CaseView
from web.i18n import OUTCOME_FOR_STAFF, STATUS_FOR_STAFF, URGENCY_TEXT
from web.staff.models import Employee
from web.staff.passwords import too_easy, wrong_length

MOST_MESSAGE = 4000
BY_HAND = "other"


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value is not None else None


class LoginForm(FlaskForm):
    """Who, and the password."""

    username = StringField(_("Username"), validators=[DataRequired(message=_("Write your username."))])
    password = PasswordField(_("Password"), validators=[DataRequired(message=_("Write your password."))])


class NewPasswordForm(FlaskForm):
    """A new password, twice. The one from before is asked for only when it is not the one-time password."""

    password = PasswordField(_("The password you have now"))
    new_password = PasswordField(
        _("New password"), validators=[DataRequired(message=_("Write a new password."))]
    )
    again = PasswordField(
        _("The new password once more"),
        validators=[EqualTo("new_password", message=_("The two new passwords are not alike."))],
    )

    def __init__(self, employee: Employee, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.employee = employee

    def validate_password(self, field: Field) -> None:
        """So that nobody else can change it on a screen left open."""
        if not self.employee.must_change_password and not self.employee.check_password(field.data or ""):
            raise ValidationError(_("That is not the password you have now."))

    def validate_new_password(self, field: Field) -> None:
        """Long enough, not what others would try first, not the one from before."""
        new = field.data or ""
        if wrong_length(new):
            raise ValidationError(_("The password must have at least 12 characters."))
        if too_easy(new, self.employee.username, self.employee.name, self.employee.unit):
            raise ValidationError(
                _("That password is easy to guess. Choose for example four words that are not a saying.")
            )
        if self.employee.check_password(new):
            raise ValidationError(_("That is the password you have already. Choose a new one."))


class CaseForm(FlaskForm):
    """A change to a case: which version of it the employee has seen."""

    version = HiddenField()
    seen = HiddenField()
    """How many lines the log had then."""

    def seen_version(self) -> int:
        """The version seen; -1, which no case has, when it is not a number."""
        return _number(self.version.data)

    def seen_lines(self) -> int:
        """The lines of the log seen."""
        return _number(self.seen.data)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


class NeedsForm(CaseForm):
    """Which needs there are, according to the employee."""

    needs = SelectMultipleField(_("What the case is about"), validate_choice=False)

    def __init__(self, known: Iterable[str], view: CaseView, **kwargs: Any) -> None:
        super().__init__(needs=list(view.needs), **kwargs)
        # Ids that the catalog no longer has can still be kept.
        self.needs.choices = [SelectChoice(need) for need in dict.fromkeys([*known, *view.needs])]

    def validate_needs(self, field: Field) -> None:
        """At least one: «nothing» is no understanding."""
        if not field.data or not set(field.data) <= {choice.value for choice in field.choices}:
            raise ValidationError(_("Choose at least one."))


class ContactForm(CaseForm):
    """Who takes responsibility: a colleague with an account, or somebody written by hand."""

    person = RadioField(_("Contact person"), validate_choice=False)
    name = StringField(
        _("Full name"), filters=[_trimmed], validators=[Length(max=120, message=_("The name is too long."))]
    )
    unit = StringField(
        _("Unit"), filters=[_trimmed], validators=[Length(max=120, message=_("The unit is too long."))]
    )
    phone = StringField(
        _("Direct phone"),
        filters=[_trimmed],
        validators=[Length(max=30, message=_("The number is too long."))],
    )

    def __init__(self, colleagues: list[Employee], view: CaseView, **kwargs: Any) -> None:
        known = view.contact_person_id in {colleague.id for colleague in colleagues}
        named = view.contact_person_name and not known
        super().__init__(
            person=view.contact_person_id if known else BY_HAND if named else None,
            name=view.contact_person_name if named else "",
            unit=view.contact_unit_name if named else "",
            **kwargs,
        )
        self.colleagues = {colleague.id: colleague for colleague in colleagues}
        self.person.choices = [
            *(SelectChoice(c.id, f"{c.name}, {c.unit}" if c.unit else c.name) for c in colleagues),
            SelectChoice(BY_HAND, _("Someone else, written by hand")),
        ]

    def validate_person(self, field: Field) -> None:
        """One must be chosen; a name written by hand counts as the choice."""
        if not field.data and self.name.data:
            field.data = BY_HAND
        if field.data not in (*self.colleagues, BY_HAND):
            raise ValidationError(_("Choose who takes responsibility."))

    def validate_name(self, field: Field) -> None:
        """A person, not only an office."""
        if self.person.data == BY_HAND and not field.data:
            raise ValidationError(_("Write the name of the person. An office alone is not enough."))

    def validate_unit(self, field: Field) -> None:
        """Where this person is to be found."""
        if self.person.data == BY_HAND and not field.data:
            raise ValidationError(_("Write which unit the person belongs to."))

    def chosen(self) -> tuple[str, str, str]:
        """Id (empty when written by hand), name and unit."""
        colleague = self.colleagues.get(self.person.data or "")
        if colleague is not None:
            return colleague.id, colleague.name, colleague.unit
        return "", self.name.data or "", self.unit.data or ""


class MessageForm(CaseForm):
    """A message to the person."""

    text = TextAreaField(_("Message to the person"))

    def validate_text(self, field: Field) -> None:
        """Neither nothing nor more than a person reads on a phone."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write the message first."))
        if len((field.data or "").replace("\r\n", "\n")) > MOST_MESSAGE:
            raise ValidationError(
                _("The message is too long. There is room for 4,000 characters. Your text is still here.")
            )


class StatusForm(CaseForm):
    """Where the case stands; a closed one says how it ended."""

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

    def validate_status(self, field: Field) -> None:
        """One of them."""
        if field.data not in STATUSES:
            raise ValidationError(_("Choose a status."))

    def validate_outcome(self, field: Field) -> None:
        """Nobody disappears without an ending."""
        if self.status.data == "closed" and field.data not in OUTCOMES:
            raise ValidationError(_("Choose how it ended before you close the case."))


class UrgencyForm(CaseForm):
    """A person decides how urgent it is."""

    urgency = RadioField(
        _("How urgent is it?"),
        choices=[SelectChoice(urgency, URGENCY_TEXT[urgency]) for urgency in URGENCIES],
        validate_choice=False,
    )

    def validate_urgency(self, field: Field) -> None:
        """One of them."""
        if field.data not in URGENCIES:
            raise ValidationError(_("Choose how urgent it is."))
