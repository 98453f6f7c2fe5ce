"""The forms of absence: who is away and who answers, and where neutral notices go."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice, SelectField, ValidationError

from web.staff.forms import DayField
from web.staff.models import Employee


class AbsenceForm(FlaskForm):
    """Who is away, from when until when, and who answers."""

    employee = SelectField(lazy_gettext("Who is away?"), validate_choice=False)
    first_day = DayField(lazy_gettext("First day away"))
    last_day = DayField(lazy_gettext("Last day away"))
    stand_in = SelectField(lazy_gettext("Who answers meanwhile?"), validate_choice=False)

    def __init__(self, away: list[Employee], colleagues: list[Employee], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.away = {one.id: one for one in away}
        self.colleagues = {one.id: one for one in colleagues}
        self.employee.choices = [SelectChoice(one.id, one.name) for one in away]
        self.stand_in.choices = [
            SelectChoice("", lazy_gettext("Choose a colleague")),
            *(
                SelectChoice(one.id, f"{one.name}, {one.unit}" if one.unit else one.name)
                for one in colleagues
            ),
        ]

    def validate_employee(self, field: Field) -> None:
        """One of those whom the one who writes may write for."""
        if field.data not in self.away:
            raise ValidationError(_("Choose who is away."))

    def validate_stand_in(self, field: Field) -> None:
        """Somebody always answers."""
        if field.data not in self.colleagues:
            raise ValidationError(_("Choose who answers meanwhile."))

    def validate_first_day(self, field: Field) -> None:
        """Needed."""
        if field.data is None and not field.process_errors:
            raise ValidationError(_("Write the first day."))

    def validate_last_day(self, field: Field) -> None:
        """Needed: an absence ends by itself."""
        if field.data is None and not field.process_errors:
            raise ValidationError(_("Write the last day. You can end it earlier, or write a new one."))
