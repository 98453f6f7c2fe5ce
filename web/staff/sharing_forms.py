"""The forms of sharing and of broken glass. They only validate; what follows is decided in web.cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from web.cases.sharing import active_shares, child_has_told, has_consent
from web.cases.sharing_types import (
    ASKED,
    CONSENT_PARTS,
    GLASS_KINDS,
    PARTS,
    SHARE_OUTCOMES,
    Asked,
    Law,
    NewShare,
    Part,
    ShareOutcome,
    Withholding,
)
from web.cases.types import CaseView
from web.catalog import LegalBasis, Service
from web.staff.forms import CaseForm

MOST = 4000
"""Characters in one field: a reason, not a report."""
_LONG = _("The text is too long. There is room for 4,000 characters. Your text is still here.")


def _too_long(field: Field) -> None:
    if len((field.data or "").replace("\r\n", "\n")) > MOST:
        raise ValidationError(_LONG)


def _may_be_empty(_form: object, field: Field) -> None:
    """An empty date is no mistake by itself. Not Optional(), which would leave out the form's own check as well."""
    if not (field.raw_data and field.raw_data[0].strip()):
        field.errors = []


def chosen_parts(field: Field) -> tuple[Part, ...]:
    """The parts that are ticked, in their order."""
    return tuple(part for part in PARTS if part in (field.data or ()))


class ConsentShareForm(CaseForm):
    """A service that the person has said yes to is brought in."""

    service = HiddenField()
    parts = SelectMultipleField(_("What the service sees"), validate_choice=False)

    def __init__(self, view: CaseView, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.view = view

    def validate_service(self, field: Field) -> None:
        """A yes that holds now, and something the service does not have already."""
        if not has_consent(self.view, field.data or ""):
            raise ValidationError(_("The person has not said yes to this service, or has taken it back."))
        shared = {
            part for one in active_shares(self.view, field.data) if not one.childs for part in one.parts
        }
        if self.parts.data and set(self.parts.data) <= shared:
            raise ValidationError(_("The service sees this already."))

    def validate_parts(self, field: Field) -> None:
        """Something, and no more than the yes reaches."""
        if not field.data or not set(field.data) <= set(CONSENT_PARTS):
            raise ValidationError(_("Choose what the service is to see."))

    def new_share(self) -> NewShare:
        """For the core."""
        return NewShare(self.service.data or "", chosen_parts(self.parts))


_WAS_ASKED = ("agreed", "disagreed", "unsure")


def chosen_service(services: Mapping[str, Service], service_id: str, name: str) -> str:
    """The id of the service that was chosen, or whose name was written; empty for none of the catalog's."""
    if service_id in services:
        return service_id
    wanted = name.strip().casefold()
    return next(
        (
            one.id
            for one in services.values()
            if wanted
            and wanted in {text.casefold() for names in (one.name, one.short_name) for text in names.values()}
        ),
        "",
    )


class LawShareForm(CaseForm):
    """A service is brought in without a yes in the portal: on which legal basis, why, and what the child said."""

    service = StringField(_("Service to bring in"))
    service_name = StringField(_("Another service (bring in)"))
    whose = RadioField(
        _("Whose words?"),
        choices=[
            SelectChoice("writer", _("What the writer has told")),
            SelectChoice("child", _("What the child has told itself")),
        ],
        validate_choice=False,
    )
    parts = SelectMultipleField(_("What the service needs to see"), validate_choice=False)
    basis = RadioField(_("Legal basis"), validate_choice=False)
    reason = TextAreaField(_("Why is it needed?"))
    asked = RadioField(
        _("Was the child asked?"),
        choices=[
            SelectChoice("agreed", _("Yes, and the child said yes")),
            SelectChoice("disagreed", _("Yes, and the child said no")),
            SelectChoice("unsure", _("Yes, and the child was unsure")),
            SelectChoice("not_asked", _("No, not asked")),
            SelectChoice("no_child", _("It is not about a child")),
        ],
        validate_choice=False,
    )
    said = TextAreaField(_("What did the child say?"))
    why_not = TextAreaField(_("Why was the child not asked?"))
    withhold = BooleanField(_("Do not tell the person yet"))
    withhold_reason = TextAreaField(_("Why is the person not told yet?"))
    look_again_on = DateField(_("Look at it again on"), validators=[_may_be_empty])

    def __init__(
        self,
        view: CaseView,
        bases: Mapping[str, LegalBasis],
        services: Mapping[str, Service],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.view, self.bases, self.services, self.today = view, bases, services, today
        self.service.data = chosen_service(services, self.service.data or "", self.service_name.data or "")

    @property
    def childs(self) -> bool:
        """Whether it is about what the child has told itself."""
        return self.whose.data == "child" and child_has_told(self.view)

    def validate_service(self, field: Field) -> None:
        """A service of the catalog that does not see this already."""
        if field.data not in self.services:
            raise ValidationError(_("Choose a service."))
        shared = {
            part
            for one in active_shares(self.view, field.data)
            if one.childs is self.childs
            for part in one.parts
        }
        if self.parts.data and set(self.parts.data) <= shared:
            raise ValidationError(_("The service sees this already."))
        if (
            not self.childs
            and has_consent(self.view, field.data)
            and set(self.parts.data or ()) <= set(CONSENT_PARTS)
        ):
            raise ValidationError(_("The person has said yes to this service. Bring it in with that yes."))

    def validate_whose(self, field: Field) -> None:
        """Asked only where there is a difference."""
        if child_has_told(self.view) and field.data not in ("writer", "child"):
            raise ValidationError(_("Choose whose words the service is to see."))

    def validate_parts(self, field: Field) -> None:
        """Something; how to reach the writer is not the child's to share."""
        if not field.data or not set(field.data) <= set(PARTS):
            raise ValidationError(_("Choose what the service is to see."))
        if self.childs and "contact" in field.data:
            raise ValidationError(
                _("How to reach the one who wrote does not belong to what the child has told.")
            )

    def validate_basis(self, field: Field) -> None:
        """One of the data's, and one that reaches this service."""
        basis = self.bases.get(field.data or "")
        if basis is None:
            raise ValidationError(_("Choose the legal basis."))
        if basis.receivers and self.service.data not in basis.receivers:
            raise ValidationError(_("This legal basis does not cover the service you have chosen."))

    def validate_reason(self, field: Field) -> None:
        """A paragraph alone is no reason."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write why it is needed. The person reads it."))
        _too_long(field)

    def validate_asked(self, field: Field) -> None:
        """An answer; the child's own words need the child's own."""
        if field.data not in ASKED:
            raise ValidationError(_("Choose whether the child was asked."))
        basis = self.bases.get(self.basis.data or "")
        if self.childs and field.data == "no_child":
            raise ValidationError(_("The child has told in this case. Say whether it was asked."))
        if self.childs and basis is not None and basis.consent and field.data != "agreed":
            raise ValidationError(_("It is the child itself that must say yes to sharing what it has told."))

    def validate_said(self, field: Field) -> None:
        """Needed when the child was asked."""
        if self.asked.data in _WAS_ASKED and not (field.data or "").strip():
            raise ValidationError(_("Write what the child said."))
        _too_long(field)

    def validate_why_not(self, field: Field) -> None:
        """Needed when the child was not asked."""
        if self.asked.data == "not_asked" and not (field.data or "").strip():
            raise ValidationError(_("Write why the child was not asked."))
        _too_long(field)

    def validate_withhold(self, field: Field) -> None:
        """Nothing is kept from somebody who has said yes; what is the child's is never shown to the writer at all."""
        basis = self.bases.get(self.basis.data or "")
        if field.data and basis is not None and basis.consent:
            raise ValidationError(_("Who has said yes must be able to see it."))
        if field.data and self.childs:
            raise ValidationError(
                _("The one who wrote never sees this. There is nothing to keep from anybody.")
            )

    def validate_withhold_reason(self, field: Field) -> None:
        """Needed when the person is not told."""
        if self.withhold.data and not (field.data or "").strip():
            raise ValidationError(_("Write why the person is not told yet."))
        _too_long(field)

    def validate_look_again_on(self, field: Field) -> None:
        """Withholding has a day on which somebody looks again."""
        if self.withhold.data:
            check_look_again(field, self.today)

    def new_share(self) -> NewShare:
        """For the core."""
        why = None
        if self.withhold.data:
            why = Withholding(self.withhold_reason.data or "", cast(date, self.look_again_on.data))
        law = Law(
            self.basis.data or "",
            self.reason.data or "",
            cast(Asked, self.asked.data),
            (self.said if self.asked.data in _WAS_ASKED else self.why_not).data or ""
            if self.asked.data != "no_child"
            else "",
            self.bases[self.basis.data or ""].consent,
        )
        return NewShare(self.service.data or "", chosen_parts(self.parts), law, self.childs, why)


def check_look_again(field: Field, today: date) -> None:
    """A day that has not been, and is not so far off that it is forgotten."""
    if field.data is None:
        raise ValidationError(_("Choose the day on which somebody looks at it again."))
    if not 0 <= (field.data - today).days <= 92:
        raise ValidationError(_("Choose a day from today and at most three months ahead."))


class ShareIdForm(CaseForm):
    """Something about one of the shares."""

    share = HiddenField()


class LongerForm(ShareIdForm):
    """It is still not told: why, and when somebody looks again."""

    longer_reason = TextAreaField(_("Why is the person still not told?"))
    longer_until = DateField(_("Look at it again on"), validators=[_may_be_empty])

    def __init__(self, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    def validate_longer_reason(self, field: Field) -> None:
        """The reason of last time is not enough."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write why the person is still not told."))
        _too_long(field)

    def validate_longer_until(self, field: Field) -> None:
        """A new day."""
        check_look_again(field, self.today)


class AnswerForm(FlaskForm):
    """What the service answers."""

    seen = HiddenField()
    """When the answer that the page showed was given; empty for none."""
    outcome = RadioField(
        _("What do you answer?"),
        choices=[
            SelectChoice("taken", _("We take it")),
            SelectChoice("waiting", _("There is a wait with us")),
            SelectChoice("under_way", _("The help is under way (answer)")),
            SelectChoice("got_help", _("The help has been given (answer)")),
            SelectChoice("refused", _("We cannot take it")),
            SelectChoice("did_not_want", _("The person did not want this help")),
        ],
        validate_choice=False,
    )
    words = TextAreaField(_("To the contact person"))

    def validate_outcome(self, field: Field) -> None:
        """One of them."""
        if field.data not in SHARE_OUTCOMES:
            raise ValidationError(_("Choose an answer."))

    def validate_words(self, field: Field) -> None:
        """A no and a wait must say why and how long: the contact person has to go on from there."""
        if self.outcome.data in ("refused", "waiting") and not (field.data or "").strip():
            raise ValidationError(
                _("Write why, or how long the wait is, so that the contact person can go on.")
            )
        _too_long(field)

    @property
    def chosen(self) -> ShareOutcome:
        """The answer, when the form holds."""
        return cast(ShareOutcome, self.outcome.data)


class GlassForm(FlaskForm):
    """The reference number, and why."""

    reference = StringField(_("Number of the case"))
    kind = RadioField(
        _("Why do you need to see it?"),
        choices=[
            SelectChoice("danger", _("Somebody may be in danger")),
            SelectChoice("other", _("Another reason")),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(_("Write the reason"))
    withhold = TextAreaField(_("Danger in telling? Write why the person is not told yet"))

    def validate_reference(self, field: Field) -> None:
        """Something."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write the number of the case."))

    def validate_kind(self, field: Field) -> None:
        """One of them."""
        if field.data not in GLASS_KINDS:
            raise ValidationError(_("Choose why you need to see it."))

    def validate_reason(self, field: Field) -> None:
        """Enough for a leader to judge."""
        if len((field.data or "").strip()) < 10:
            raise ValidationError(_("Write the reason in a sentence. Your leader and the person read it."))
        _too_long(field)

    def validate_withhold(self, field: Field) -> None:
        """Only a danger keeps it from the person."""
        if (field.data or "").strip() and self.kind.data != "danger":
            raise ValidationError(_("It can be kept from the person only when somebody may be in danger."))
        _too_long(field)
