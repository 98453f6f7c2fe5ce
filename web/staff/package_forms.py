"""The forms of hand-over packages. They only validate; what follows is decided in web.cases.package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length

from web.cases.package import PARTS, Grant, How, Order, Part
from web.cases.types import LANGUAGES
from web.i18n import LANGUAGE_NAMES
from web.staff.forms import CaseForm
from web.staff.package_files import PART_TEXT

HOW_TEXT = {
    "phone": _("by phone"),
    "service": _("in person or in a meeting"),
    "paper": _("in writing"),
    "portal": _("on their own page here"),
}
_TOLD_US: tuple[How, ...] = ("phone", "service", "paper")


class PackageForm(CaseForm):
    """Which service, which parts, which language."""

    service = RadioField(_("Which service gets it?"), validate_choice=False)
    parts = SelectMultipleField(_("What goes with it?"), validate_choice=False)
    language = RadioField(
        _("Which language is the letter written in?"),
        choices=[SelectChoice(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        validate_choice=False,
    )

    def __init__(self, grants: Mapping[str, Grant], name: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.grants = grants
        self.service.choices = [SelectChoice(one, name(one)) for one in grants]
        given = {part for grant in grants.values() for part in grant.parts}
        self.parts.choices = [SelectChoice(part, PART_TEXT[part]) for part in PARTS if part in given]

    def validate_service(self, field: Field) -> None:
        """One that may receive it now."""
        if field.data not in self.grants:
            raise ValidationError(_("Choose a service that may receive it."))

    def validate_parts(self, field: Field) -> None:
        """At least one, and none that the service may not be given."""
        grant = self.grants.get(self.service.data or "")
        if not field.data or not set(field.data) <= set(PARTS):
            raise ValidationError(_("Choose at least one part."))
        over = [PART_TEXT[part] for part in PARTS if part in field.data and grant and part not in grant.parts]
        if over:
            raise ValidationError(
                _("The service may not be given this: %(parts)s", parts=", ".join(map(str, over)))
            )

    def validate_language(self, field: Field) -> None:
        """One of the two."""
        if field.data not in LANGUAGES:
            raise ValidationError(_("Choose a language."))

    def order(self) -> Order:
        """What was chosen."""
        chosen: tuple[Part, ...] = tuple(part for part in PARTS if part in (self.parts.data or ()))
        return Order(self.service.data or "", chosen, self.language.data)


class ReceivedForm(CaseForm):
    """The service has the package: who says so, how, and the code that stands in the letter."""

    package = HiddenField()
    code = StringField(_("Code in the letter"), validators=[DataRequired(message=_("Write the code."))])
    who = StringField(
        _("Who in the service has received it?"),
        filters=[lambda value: value.strip() if value else value],
        validators=[
            DataRequired(message=_("Write the name of the person.")),
            Length(max=120, message=_("The name is too long.")),
        ],
    )
    how = RadioField(
        _("How did they say so?"),
        choices=[SelectChoice(how, HOW_TEXT[how]) for how in _TOLD_US],
        validate_choice=False,
    )

    def validate_how(self, field: Field) -> None:
        """One of them."""
        if field.data not in _TOLD_US:
            raise ValidationError(_("Choose how they said so."))

    def way(self) -> How:
        """How it was said."""
        return next(how for how in _TOLD_US if how == self.how.data)
