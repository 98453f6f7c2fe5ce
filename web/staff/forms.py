"""The forms of the front desk. They only validate; what follows is decided in routes and in web.cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, Length, Optional, Regexp

from web.cases.types import LANGUAGES, URGENCIES, CaseView
from web.i18n import URGENCY_TEXT
from web.staff.message_templates import left_open
from web.staff.models import Employee
from web.staff.passwords import too_easy, wrong_length
from web.staff.rights import ROLES

MOST_MESSAGE = 4000
BY_HAND = "other"


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value is not None else None


#: An address, in the whole of the field: what mail servers refuse is told when it is sent.
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\]+\.[^@\s<>,;:\"\\]+$")


class DayField(DateField):
    """A day; what is none is told in the reader's language."""

    data: date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day; nothing is no day."""
        if not any(value.strip() for value in valuelist):
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(gettext("Write the day as day, month and year.")) from None


class TokenForm(FlaskForm):
    """Nothing but the token: for a button, or for a form of another module to build on."""


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


class CodeForm(FlaskForm):
    """A code from the app, or one of the recovery codes."""

    code = StringField(_("Code"), validators=[DataRequired(message=_("Write the code."))])


class ConfirmForm(FlaskForm):
    """The password once more."""

    password = PasswordField(_("Password"), validators=[DataRequired(message=_("Write your password."))])


class EmailForm(FlaskForm):
    """Where one's own neutral notices go; nothing for none."""

    email = StringField(
        _("Email at work"),
        filters=[lambda text: text.strip() if text else text],
        validators=[
            Length(max=200, message=_("That is too long.")),
            Optional(),
            Regexp(_ADDRESS, message=_("That is no email address.")),
        ],
    )


class PasskeyForm(FlaskForm):
    """A new passkey: its name, and what the browser answered."""

    name = StringField(
        _("Name of the key"),
        filters=[_trimmed],
        validators=[
            DataRequired(message=_("Give the key a name, such as the name of the device.")),
            Length(max=60, message=_("The name is too long.")),
        ],
    )
    credential = HiddenField()


class AccountForm(FlaskForm):
    """An account: who, where, and which roles."""

    username = StringField(_("Username"), filters=[_trimmed], validators=[Length(max=80)])
    name = StringField(
        _("Full name"),
        filters=[_trimmed],
        validators=[
            DataRequired(message=_("Write the name of the person.")),
            Length(max=120, message=_("The name is too long.")),
        ],
    )
    unit = StringField(
        _("Unit"), filters=[_trimmed], validators=[Length(max=120, message=_("The unit is too long."))]
    )
    roles = SelectMultipleField(
        _("Roles"), choices=[SelectChoice(role) for role in ROLES], validate_choice=False
    )
    service = SelectField(_("Service (for an employee in a service)"), validate_choice=False)
    sso = BooleanField(_("Logs in with the municipality's own login"))

    def __init__(self, services: Iterable[tuple[str, str]], new: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.new = new
        self.service.choices = [
            SelectChoice("", _("No service")),
            *(SelectChoice(*pair) for pair in services),
        ]

    def validate_username(self, field: Field) -> None:
        """Needed once; it cannot be changed later."""
        if self.new and (not field.data or " " in field.data):
            raise ValidationError(_("Write a username without spaces."))

    def validate_roles(self, field: Field) -> None:
        """At least one."""
        if not field.data or not set(field.data) <= set(ROLES):
            raise ValidationError(_("Choose at least one role."))

    def validate_service(self, field: Field) -> None:
        """Who answers for a service must have one."""
        known = {choice.value for choice in field.choices}
        if "service_user" in (self.roles.data or ()) and (not field.data or field.data not in known):
            raise ValidationError(_("Choose which service the employee answers for."))


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


class MessageForm(CaseForm):
    """A message to the person, perhaps with a file; the file itself is taken by web.staff.writing."""

    text = TextAreaField(_("Message to the person"))
    template = SelectField(_("Begin with a template"), validate_choice=False)
    file = FileField(_("File (PDF, JPEG or PNG)"))
    about = StringField(_("What is the file?"), filters=[_trimmed])

    def __init__(self, file_problem: LazyString | str = "", *, preview: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file_problem = file_problem
        self.preview = preview
        """Only to be looked at: what is not filled in yet is no mistake."""

    def validate_file(self, field: Field) -> None:
        """What was wrong with it when it was read."""
        if self.file_problem:
            raise ValidationError(self.file_problem)

    def validate_text(self, field: Field) -> None:
        """Neither nothing, nor more than a person reads on a phone, nor a template with holes in it."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write the message first."))
        if len((field.data or "").replace("\r\n", "\n")) > MOST_MESSAGE:
            raise ValidationError(
                _("The message is too long. There is room for 4,000 characters. Your text is still here.")
            )
        left = left_open(field.data or "")
        if left and not self.preview:
            raise ValidationError(
                _("Fill in what stands in square brackets first: %(parts)s", parts=", ".join(left))
            )


class NoteForm(CaseForm):
    """An internal note, or a corrected version of one's own."""

    note = TextAreaField(_("Internal note"))
    replaces = HiddenField()

    def validate_note(self, field: Field) -> None:
        """Neither nothing nor a novel."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write the note first."))
        if len((field.data or "").replace("\r\n", "\n")) > MOST_MESSAGE:
            raise ValidationError(
                _("The note is too long. There is room for 4,000 characters. Your text is still here.")
            )


class StrikeForm(CaseForm):
    """Strike out one's own note."""

    struck = HiddenField()


class HomeBackForm(CaseForm):
    """The child says that the grown-ups at home may no longer read what it has told."""

    childs_words = TextAreaField(_("What did the child say about it?"), filters=[_trimmed])

    def validate_childs_words(self, field: Field) -> None:
        """It is the child's to say: no words of its own, no taking back."""
        if not field.data:
            raise ValidationError(_("Write what the child said."))
        if len(field.data) > MOST_MESSAGE:
            raise ValidationError(
                _("The note is too long. There is room for 4,000 characters. Your text is still here.")
            )


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


_PARTS: Final = {"address": ("address_1", "postal_code", "city")}
_TEXTS: Final = ("schedules", "wait_time", "alert")


class CatalogForm(FlaskForm):
    """The local facts of one entry. What is right is decided in web.catalog.changes."""

    seen = HiddenField()
    phone = StringField(_("Phone"))
    email = StringField(_("Email (catalog)"))
    url = StringField(_("Web address"))
    address_1 = StringField(_("Street address"))
    postal_code = StringField(_("Postal code"))
    city = StringField(_("City"))
    schedules_nb = StringField(_("Opening hours in Bokmål"))
    schedules_nn = StringField(_("Opening hours in Nynorsk"))
    wait_time_nb = StringField(_("Waiting time in Bokmål"))
    wait_time_nn = StringField(_("Waiting time in Nynorsk"))
    alert_nb = TextAreaField(_("Notice in Bokmål"), validators=[Length(max=400)])
    alert_nn = TextAreaField(_("Notice in Nynorsk"), validators=[Length(max=400)])
    alert_until = DateField(_("Show the notice until and with"), validators=[Optional()])

    def names(self, field: str) -> tuple[str, ...]:
        """The form's inputs of one field."""
        if field in _TEXTS:
            more = ("alert_until",) if field == "alert" else ()
            return (*(f"{field}_{language}" for language in LANGUAGES), *more)
        return _PARTS.get(field, (field,))

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show the values as they stand."""
        self.seen.data = json.dumps(values, ensure_ascii=False, sort_keys=True)
        for field, value in values.items():
            if field in _TEXTS or field == "address":
                for name in self.names(field):
                    part = name.removeprefix(f"{field}_") if field in _TEXTS else name
                    found = (value or {}).get(part)
                    self[name].data = date.fromisoformat(found) if found and part == "until" else found
            else:
                self[field].data = value

    def values(self, fields: tuple[str, ...]) -> dict[str, Any]:
        """What was written, in the form that changes have."""
        found: dict[str, Any] = {}
        for field in fields:
            if field in _TEXTS:
                value: dict[str, Any] = {language: self[f"{field}_{language}"].data for language in LANGUAGES}
                if field == "alert" and self.alert_until.data:
                    value["until"] = self.alert_until.data.isoformat()
                found[field] = value
            elif field == "address":
                found[field] = {name: self[name].data for name in _PARTS["address"]}
            else:
                found[field] = self[field].data
        return found

    def what_was_seen(self) -> dict[str, Any]:
        """The values that the page showed; nothing when the field was tampered with."""
        try:
            seen = json.loads(self.seen.data or "")
        except json.JSONDecodeError:
            return {}
        return seen if isinstance(seen, dict) else {}
