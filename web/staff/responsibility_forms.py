"""The forms of «Responsibility»: they only validate. Several stand on one page, so each names its fields with its own ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length

from web.cases.coordination import ANSWERS
from web.i18n import COORDINATION_ANSWER
from web.staff.forms import CaseForm, DayField
from web.staff.models import Employee

MOST = 1000
_TOO_LONG = _("The text is too long. There is room for 1,000 characters.")


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value is not None else None


def _long(hint: Any) -> TextAreaField:
    return TextAreaField(hint, filters=[_trimmed], validators=[Length(max=MOST, message=_TOO_LONG)])


def _short(label: Any, most: int = 120) -> StringField:
    return StringField(
        label, filters=[_trimmed], validators=[Length(max=most, message=_("That is too long."))]
    )


class RoomForm(CaseForm):
    """A form among others on a page."""

    def own_ids(self, prefix: str) -> None:
        """Give the fields ids that no other form of the page has; their names stay."""
        for field in self:
            field.id = f"{prefix}-{field.name}"
            field.label.field_id = field.id


class ChosenForm(RoomForm):
    """Somebody is chosen, and the person may have wished for another: then it is said why."""

    follows = RadioField(
        _("Is this what the person wishes?"),
        choices=[
            SelectChoice("yes", _("Yes, or it does not go against it")),
            SelectChoice("no", _("No, it goes against the wish")),
        ],
        validate_choice=False,
    )
    against = _long(_("Why is it another?"))

    def __init__(self, wished: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wished = wished

    def validate_follows(self, field: Field) -> None:
        """Asked only when there is a wish; then it must be answered."""
        if self.wished and field.data not in ("yes", "no"):
            raise ValidationError(_("Say whether this is what the person wishes."))

    def validate_against(self, field: Field) -> None:
        """A wish is not passed over without a word."""
        if self.wished and self.follows.data == "no" and not field.data:
            raise ValidationError(_("Write why. The person has a right to know."))

    def reason(self) -> str:
        """Why it goes against the wish; empty when it does not."""
        return (self.against.data or "") if self.wished and self.follows.data == "no" else ""


class TakeForm(ChosenForm):
    """Take the case oneself."""


class OfferForm(ChosenForm):
    """Ask a colleague to take over."""

    person = SelectField(_("Colleague"), validate_choice=False)
    note = _long(_("To your colleague"))

    def __init__(self, colleagues: Iterable[tuple[Employee, str]], wished: bool, **kwargs: Any) -> None:
        """colleagues: with what stands behind the name, such as until when they are away."""
        super().__init__(wished, **kwargs)
        found = list(colleagues)
        self.colleagues = {one.id: one for one, _more in found}
        self.person.choices = [
            SelectChoice("", _("Choose a colleague")),
            *(
                SelectChoice(one.id, ", ".join(part for part in (one.name, one.unit, more) if part))
                for one, more in found
            ),
        ]

    def validate_person(self, field: Field) -> None:
        """One must be chosen."""
        if field.data not in self.colleagues:
            raise ValidationError(_("Choose who you ask."))


class ByHandForm(ChosenForm):
    """Somebody without an account here, who has said yes."""

    name = _short(_("Full name"))
    unit = _short(_("Unit"))
    phone = _short(_("Direct phone"), 30)
    agreed = BooleanField(_("I have talked with this person, who has said yes to the responsibility"))
    agreed_on = DayField(_("When was it agreed?"))

    def __init__(self, today: date, wished: bool, **kwargs: Any) -> None:
        super().__init__(wished, **kwargs)
        self.today = today

    def validate_name(self, field: Field) -> None:
        """A person, not only an office."""
        if not field.data:
            raise ValidationError(_("Write the name of the person. An office alone is not enough."))

    def validate_unit(self, field: Field) -> None:
        """Where this person is to be found."""
        if not field.data:
            raise ValidationError(_("Write which unit the person belongs to."))

    def validate_agreed(self, field: Field) -> None:
        """Nobody becomes responsible without knowing it."""
        if not field.data:
            raise ValidationError(
                _("Talk with the person first. Nobody becomes responsible without knowing it.")
            )

    def validate_agreed_on(self, field: Field) -> None:
        """A day that has come."""
        _a_day_that_has_come(field, self.today)


class DeclineForm(RoomForm):
    """Say no to a case, and why."""

    reason = _long(_("Why can you not take it?"))

    def validate_reason(self, field: Field) -> None:
        """Who asked must know what to do next."""
        if not field.data:
            raise ValidationError(_("Write why. Your colleague must know what to do next."))


class WordForm(RoomForm):
    """What the child, or the person, says about who should coordinate."""

    words = _long(_("In their own words"))
    asked_on = DayField(_("When did you ask?"))

    def __init__(self, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    def validate_words(self, field: Field) -> None:
        """Something must have been said, also «does not know»."""
        if not field.data:
            raise ValidationError(_("Write what was said, also when it was «I do not know»."))

    def validate_asked_on(self, field: Field) -> None:
        """A day that has come."""
        _a_day_that_has_come(field, self.today)


class DisputeForm(RoomForm):
    """Which services disagree about who coordinates, and why."""

    services = SelectMultipleField(_("Which services disagree?"), validate_choice=False)
    others = _short(_("Others, by name"), 300)
    why = _long(_("What do they disagree about?"))

    def __init__(self, services: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.services.choices = [SelectChoice(*pair) for pair in services]

    def validate_services(self, field: Field) -> None:
        """At least one, here or by name."""
        known = {choice.value for choice in field.choices}
        if not set(field.data or ()) <= known or not (field.data or self.others.data):
            raise ValidationError(_("Choose at least one service, or write its name."))

    def validate_why(self, field: Field) -> None:
        """Who decides must know what it is about."""
        if not field.data:
            raise ValidationError(_("Write what they disagree about."))


class DecideForm(RoomForm):
    """Who coordinates, and why."""

    coordinator = RadioField(_("Who coordinates?"), validate_choice=False)
    name = _short(_("Name of the service or the person"), 200)
    reason = _long(_("Why?"))

    def __init__(self, services: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = dict(services)
        self.coordinator.choices = [
            *(SelectChoice(*pair) for pair in self.known.items()),
            SelectChoice("other", _("Another, by name")),
        ]

    def validate_coordinator(self, field: Field) -> None:
        """One must be chosen; a name counts as the choice."""
        if not field.data and self.name.data:
            field.data = "other"
        if field.data not in (*self.known, "other"):
            raise ValidationError(_("Choose who coordinates."))

    def validate_name(self, field: Field) -> None:
        """Needed when it is none of the services."""
        if self.coordinator.data == "other" and not field.data:
            raise ValidationError(_("Write who coordinates."))

    def validate_reason(self, field: Field) -> None:
        """A decision has a reason."""
        if not field.data:
            raise ValidationError(_("Write why it is decided so."))


class ChoiceForm(RoomForm):
    """How it stands with a coordinator, a child coordinator or an individual plan."""

    answer = RadioField(
        _("How does it stand?"),
        choices=[SelectChoice(answer, COORDINATION_ANSWER[answer]) for answer in ANSWERS],
        validate_choice=False,
    )
    on = DayField(_("On which day?"))
    next_step = _long(_("Next step"))

    def __init__(self, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    def validate_answer(self, field: Field) -> None:
        """One of them."""
        if field.data not in ANSWERS:
            raise ValidationError(_("Choose how it stands."))

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        _a_day_that_has_come(field, self.today)


def _a_day_that_has_come(field: Field, today: date) -> None:
    if field.process_errors:
        return
    if field.data is None:
        raise ValidationError(_("Write the day."))
    if field.data > today:
        raise ValidationError(_("That day has not come yet."))
