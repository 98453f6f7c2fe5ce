"""The form for a case that an employee writes down for somebody on the phone or at the counter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import TextInput

from web.cases.types import AUTHORS, LANGUAGES, Author
from web.i18n import AUTHOR_TEXT, WAY_TEXT
from web.staff.texts import MAY_KNOW, SAFE_NOW

MOST_SPEAKERS = 4
MOST_WORDS = 4000
MOST_SHORT = 200
YOUNG: Final = ("child", "youth")
NEEDS_DETAILS: Final = ("sms", "phone", "email", "school_nurse")


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value is not None else None


def _choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _short(label: Any) -> StringField:
    return StringField(
        label,
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("Write it a little shorter (field)."))],
    )


class EnterForm(FlaskForm):
    """Everything that is asked. What each speaker said are fields of their own: author-0, words-0, author-1 …"""

    ticket = HiddenField()
    """Key and return codes, made when the page was opened and signed: sending twice gives one case."""
    suggested = HiddenField()
    """Set when the second half, needs and services, has been shown."""
    channel = RadioField(
        _("How did the person make contact?"),
        choices=_choices([("phone", _("On the phone")), ("counter", _("Came in person"))]),
        validate_choice=False,
    )
    writer = RadioField(
        _("Who makes contact, and gets the five words?"),
        choices=_choices(AUTHOR_TEXT.items()),
        validate_choice=False,
    )
    language = RadioField(
        _("Which language will the person be answered in?"),
        choices=_choices([("nb", "Bokmål"), ("nn", "Nynorsk")]),
        validate_choice=False,
    )
    spoken = _short(_("Another language that the person speaks"))
    about = RadioField(
        _("Whom is it about?"),
        choices=_choices(
            [
                ("self", _("The one who makes contact")),
                ("my_child", _("Their child")),
                ("friend", _("A friend of theirs")),
                ("other", _("Somebody else (about)")),
            ]
        ),
        validate_choice=False,
    )
    age = IntegerField(
        _("Age of the young person"),
        validators=[Optional(), NumberRange(min=0, max=99, message=_("Write the age as a number."))],
        # Not type=number: its arrows and wheel change what was written, and letters vanish unread.
        widget=TextInput(),
    )
    safe_now = RadioField(
        _("Is the person safe now?"),
        choices=_choices(
            (value, SAFE_NOW[value]) for value in ("yes", "no", "unknown", "skipped", "not_asked")
        ),
        validate_choice=False,
    )
    read_back = BooleanField(_("I have read it aloud, and the person said that it is right"))
    why_not = _short(_("Not read aloud? Why?"))
    reach = RadioField(
        _("How can the person be reached safely?"), choices=_choices(WAY_TEXT.items()), validate_choice=False
    )
    details = _short(_("Number, address, or school and class"))
    safe_times = _short(_("When is it safe?"))
    voicemail_ok = BooleanField(_("It is fine to leave a message"))
    safe_word = _short(_("A word that the caller says first"))
    may_know = SelectMultipleField(
        _("Who may know that the person has made contact?"),
        choices=_choices((value, label) for value, label in MAY_KNOW.items() if value != "nobody"),
        validate_choice=False,
    )
    home = RadioField(
        _("Is it about someone at home?"),
        choices=_choices(
            [("yes", _("Yes (home)")), ("no", _("No (home)")), ("unknown", SAFE_NOW["unknown"])]
        ),
        validate_choice=False,
    )
    parents = RadioField(
        _("May the parents be talked with?"),
        choices=_choices(
            [
                ("no", _("No (parents)")),
                ("yes", _("Yes (parents)")),
                ("ask_first", _("Ask the person first")),
            ]
        ),
        validate_choice=False,
    )
    needs = SelectMultipleField(_("What is it about?"), validate_choice=False)
    consents = SelectMultipleField(_("Who may read it?"), validate_choice=False)

    def statements(self) -> list[tuple[str, str]]:
        """Who said what, as it stands in the page, empty ones too."""
        return [
            (
                request.form.get(f"author-{place}", ""),
                request.form.get(f"words-{place}", "").replace("\r\n", "\n"),
            )
            for place in range(MOST_SPEAKERS)
            if f"words-{place}" in request.form
        ]

    def told(self) -> list[tuple[Author, str]]:
        """What was said, of those who said something; who did not say otherwise is the one who makes contact."""
        default = self.writer.data if self.writer.data in AUTHORS else "other"
        return [
            (author if author in AUTHORS else default, words)  # type: ignore[misc]
            for author, words in self.statements()
            if words.strip()
        ]

    def validate_ticket(self, field: Field) -> None:
        """Words first: without any there is no case. Told at the top, since the fields are not WTForms' own."""
        told = self.told()
        if not told:
            raise ValidationError(_("Write what the person said."))
        if any(len(words) > MOST_WORDS for _author, words in told):
            raise ValidationError(
                _("There is room for 4,000 characters for each. Everything still stands here.")
            )
        if self.writer.data not in YOUNG and all(author in YOUNG for author, _words in told):
            raise ValidationError(
                _("Only a child has said something. Then the child makes contact and gets the five words.")
            )

    def validate_channel(self, field: Field) -> None:
        """It stands with the case for good."""
        self._one_of(field, ("phone", "counter"), _("Choose how the person made contact."))

    def validate_writer(self, field: Field) -> None:
        """Who the case belongs to."""
        self._one_of(field, AUTHORS, _("Choose who makes contact."))

    def validate_language(self, field: Field) -> None:
        """Answers are written in it."""
        self._one_of(field, LANGUAGES, _("Choose the language of the answers."))

    def validate_safe_now(self, field: Field) -> None:
        """«Not asked» is an answer too, but one that somebody has to stand for."""
        self._one_of(
            field,
            ("yes", "no", "unknown", "skipped", "not_asked"),
            _("Choose what the person answered, or that it was not asked."),
        )

    def validate_age(self, field: Field) -> None:
        """A word instead of a number is told in our own words."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(_("Write the age as a number."))

    def validate_why_not(self, field: Field) -> None:
        """Either read aloud, or a reason."""
        if not self.read_back.data and not field.data:
            raise ValidationError(_("Read it aloud and tick for it, or write why it was not done."))

    def validate_reach(self, field: Field) -> None:
        """The answer must find its way."""
        self._one_of(field, tuple(WAY_TEXT), _("Choose how the person can be reached."))

    def validate_details(self, field: Field) -> None:
        """A call needs a number."""
        if self.reach.data in NEEDS_DETAILS and not field.data:
            raise ValidationError(_("Write the number or the address, or choose another way."))

    def _one_of(self, field: Field, values: tuple[str, ...], problem: Any) -> None:
        if field.data not in values:
            raise ValidationError(problem)
