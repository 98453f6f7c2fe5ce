"""The forms of the plan: a new line, how a line stands, and that services have talked together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length

from web.cases.checks import MAX_SHORT
from web.cases.plan import FURTHEST
from web.cases.plan_types import MEASURE_STATES, Measure, MeasureChange, NewMeasure
from web.cases.types import CaseView
from web.staff.forms import BY_HAND, CaseForm, DayField
from web.staff.models import Employee

MOST_MEETINGS = 7
STATE_TEXT = {
    "planned": lazy_gettext("Planned (measure)"),
    "started": lazy_gettext("Started (measure)"),
    "done": lazy_gettext("Done (measure)"),
    "stopped": lazy_gettext("Stopped (measure)"),
}
_TOO_LONG = _("The text is too long. There is room for 500 characters.")


def _trimmed(value: str | None) -> str:
    return (value or "").strip()


class _WithResponsible(CaseForm):
    """Who has it: a colleague, or somebody written by hand."""

    responsible = SelectField(_("Who has it?"), validate_choice=False)
    responsible_name = StringField(
        _("Name and unit, when it is someone else"),
        filters=[_trimmed],
        validators=[Length(max=120, message=_("The name is too long."))],
    )

    def offer(self, colleagues: Iterable[Employee]) -> None:
        """Who can be chosen."""
        self.colleagues = {colleague.id: colleague for colleague in colleagues}
        self.responsible.choices = [
            SelectChoice("", _("Choose")),
            *(
                SelectChoice(one.id, f"{one.name}, {one.unit}" if one.unit else one.name)
                for one in self.colleagues.values()
            ),
            SelectChoice(BY_HAND, _("Someone else, written by hand")),
        ]

    def validate_responsible(self, field: Field) -> None:
        """One person; a name written by hand counts as the choice."""
        if not field.data and self.responsible_name.data:
            field.data = BY_HAND
        if field.data not in (*self.colleagues, BY_HAND):
            raise ValidationError(_("Choose who has it. A service alone is not enough."))

    def validate_responsible_name(self, field: Field) -> None:
        """A person, not only an office."""
        if self.responsible.data == BY_HAND and not field.data:
            raise ValidationError(_("Write the name of the one who has it."))

    def chosen(self) -> tuple[str | None, str]:
        """Id (None when written by hand), and name."""
        colleague = self.colleagues.get(self.responsible.data or "")
        return (colleague.id, colleague.name) if colleague else (None, self.responsible_name.data or "")


class MeasureForm(_WithResponsible):
    """A new line of the plan."""

    what = TextAreaField(
        _("What is to happen?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )
    service = SelectField(_("Which service does it?"), validate_choice=False)
    need = SelectField(_("For which need?"), validate_choice=False)
    goal = TextAreaField(
        _("What the person wants, in the person's own words"),
        filters=[_trimmed],
        validators=[Length(max=MAX_SHORT, message=_TOO_LONG)],
    )
    starts_on = DayField(_("Begins on"))
    due_on = DayField(_("Done by"))
    meetings = SelectField(
        _("How many times a week does the person go to it?"),
        choices=[SelectChoice(str(number), str(number)) for number in range(MOST_MEETINGS + 1)],
        default="0",
        validate_choice=False,
    )
    withheld = BooleanField(_("The person is not to see this line"))
    withheld_reason = TextAreaField(
        _("Why not?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )

    def __init__(
        self,
        view: CaseView,
        colleagues: Iterable[Employee],
        services: Iterable[tuple[str, str]],
        needs: Iterable[tuple[str, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.today = today
        self.offer(colleagues)
        self.service.choices = [
            SelectChoice("", _("The contact person's own unit")),
            *(SelectChoice(*one) for one in services),
        ]
        known = dict(needs)
        mine = [(need, known.pop(need)) for need in view.needs if need in known]
        self.need.choices = [
            SelectChoice("", _("No need in particular")),
            *(SelectChoice(*one) for one in [*mine, *known.items()]),
        ]

    def validate_what(self, field: Field) -> None:
        """Something."""
        if not field.data:
            raise ValidationError(_("Write what is to happen."))

    def validate_service(self, field: Field) -> None:
        """One that the catalog has."""
        if field.data not in {choice.value for choice in self.service.choices}:
            raise ValidationError(_("Choose a service."))

    def validate_need(self, field: Field) -> None:
        """One that the catalog has."""
        if field.data not in {choice.value for choice in self.need.choices}:
            raise ValidationError(_("Choose a need."))

    def validate_due_on(self, field: Field) -> None:
        """A promise has a day."""
        if field.process_errors:
            return
        if field.data is None:
            raise ValidationError(_("Choose the day by which it is done."))
        if not self.today <= field.data <= self.today + FURTHEST:
            raise ValidationError(_("The day must be today or later, at most three years ahead."))

    def validate_starts_on(self, field: Field) -> None:
        """Before it is done."""
        if field.data and self.due_on.data and field.data > self.due_on.data:
            raise ValidationError(_("It must begin before it is done."))
        if field.data and abs(field.data - self.today) > FURTHEST:
            raise ValidationError(_("The day is too far away."))

    def validate_meetings(self, field: Field) -> None:
        """A number of the list."""
        if field.data not in {choice.value for choice in self.meetings.choices}:
            raise ValidationError(_("Choose how many times a week."))

    def validate_withheld_reason(self, field: Field) -> None:
        """Nothing is kept from a person without a reason."""
        if self.withheld.data and not field.data:
            raise ValidationError(_("Write why the person is not to see it."))

    def new_measure(self) -> NewMeasure:
        """For the core."""
        person_id, name = self.chosen()
        if self.due_on.data is None:
            raise ValueError("the form was not checked")
        return NewMeasure(
            what=self.what.data or "",
            due_on=self.due_on.data,
            responsible_name=name,
            responsible_id=person_id,
            service=self.service.data or None,
            need=self.need.data or None,
            goal=self.goal.data or None,
            starts_on=self.starts_on.data,
            meetings=int(self.meetings.data or 0),
            withheld=self.withheld_reason.data if self.withheld.data else None,
        )


class MeasureChangeForm(_WithResponsible):
    """How a line of the plan stands."""

    measure = HiddenField()
    state = RadioField(
        _("How does it stand?"),
        choices=[SelectChoice(state, STATE_TEXT[state]) for state in MEASURE_STATES],
        validate_choice=False,
    )
    due_on = DayField(_("Done by"))
    reason = TextAreaField(
        _("Why?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )
    withheld = BooleanField(_("The person is not to see this line"))
    withheld_reason = TextAreaField(
        _("Why not?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )

    def __init__(self, line: Measure, colleagues: list[Employee], today: date, **kwargs: Any) -> None:
        known = line.responsible_id in {colleague.id for colleague in colleagues}
        super().__init__(
            measure=line.id,
            state=line.state,
            due_on=line.due_on,
            responsible=line.responsible_id if known else BY_HAND,
            responsible_name="" if known else line.responsible_name,
            withheld=line.withheld is not None,
            withheld_reason=line.withheld or "",
            **kwargs,
        )
        self.line, self.today = line, today
        self.offer(colleagues)
        # One page has a form for each line: their fields need ids of their own.
        for field in self:
            field.id = f"{field.id}-{line.id[:8]}"
            field.label.field_id = field.id

    def validate_state(self, field: Field) -> None:
        """One of them."""
        if field.data not in MEASURE_STATES:
            raise ValidationError(_("Choose how it stands."))

    def validate_due_on(self, field: Field) -> None:
        """A new day lies ahead; the day that it had may have passed."""
        if field.process_errors:
            return
        if field.data is None:
            raise ValidationError(_("Choose the day by which it is done."))
        if field.data != self.line.due_on and not self.today <= field.data <= self.today + FURTHEST:
            raise ValidationError(_("The day must be today or later, at most three years ahead."))

    def validate_reason(self, field: Field) -> None:
        """What was promised is not changed without saying why."""
        if field.data:
            return
        if self.due_on.data and self.due_on.data != self.line.due_on:
            raise ValidationError(_("Write why the day is another now."))
        if self.state.data == "stopped" and self.line.state != "stopped":
            raise ValidationError(_("Write why it is stopped."))

    def validate_withheld_reason(self, field: Field) -> None:
        """Nothing is kept from a person without a reason."""
        if self.withheld.data and not field.data:
            raise ValidationError(_("Write why the person is not to see it."))

    def wanted(self) -> MeasureChange:
        """For the core."""
        person_id, name = self.chosen()
        return MeasureChange(
            state=self.state.data,
            due_on=self.due_on.data,
            responsible_name=name,
            responsible_id=person_id,
            reason=self.reason.data or "",
            shown=not self.withheld.data,
            withheld=self.withheld_reason.data or "",
        )


class OverlapForm(CaseForm):
    """That services which work at the same time have talked together."""

    overlap = HiddenField()
    note = TextAreaField(
        _("What is agreed?"), filters=[_trimmed], validators=[Length(max=MAX_SHORT, message=_TOO_LONG)]
    )

    def __init__(self, key: str, number: int, **kwargs: Any) -> None:
        super().__init__(overlap=key, **kwargs)
        for field in self:
            field.id = f"{field.id}-{number}"
            field.label.field_id = field.id
