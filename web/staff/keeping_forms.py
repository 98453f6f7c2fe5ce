"""The forms of deleting, keeping and the archive."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from web.catalog.retention import Ground
from web.staff.forms import MOST_MESSAGE


class HoldForm(FlaskForm):
    """Put a deletion off: until when, and why."""

    until = DateField(
        _("Put off until"), validators=[DataRequired(message=_("Write a date, such as 31.12.2026."))]
    )
    reason = TextAreaField(
        _("Why it must be kept longer"),
        validators=[
            DataRequired(message=_("Write why it must be kept longer.")),
            Length(max=MOST_MESSAGE, message=_("That is too long.")),
        ],
    )


class NoForm(FlaskForm):
    """No to a wish to delete: the ground, and words to the person."""

    ground = RadioField(_("The ground in the law"), validators=[DataRequired(message=_("Choose a ground."))])
    text = TextAreaField(
        _("Your words to the person"),
        validators=[
            DataRequired(message=_("Write to the person why.")),
            Length(max=MOST_MESSAGE, message=_("That is too long.")),
        ],
    )

    def __init__(self, grounds: Iterable[Ground], language: str, **given: object) -> None:
        super().__init__(**given)
        self.ground.choices = [
            (one.id, f"{one.text[language]} ({', '.join(filter(None, (one.law, one.paragraph)))})")
            for one in grounds
        ]


class ReceiptForm(FlaskForm):
    """The archive has received a package: its own number of it."""

    reference = StringField(
        _("The archive's number of the package"),
        validators=[
            DataRequired(message=_("Write the archive's number.")),
            Length(max=60, message=_("That is too long.")),
            Regexp(r"^[\w./ -]+$", message=_("Only letters, figures, dots, hyphens and slashes.")),
        ],
    )
