"""The forms of the citizen's way. They only validate; what follows from an answer is decided in turns and journey.

Every answer but the words themselves can be left open. A contact detail that looks wrong is asked about once, not refused:
people abroad have other numbers, and a refused form at night is a door closed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

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
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as May

from web.cases.types import HELPED
from web.citizen.turns import MOST_CHARACTERS, plain

MOST_SHORT = 200
ODD_NUMBER = _(
    "Is the number right? Norwegian numbers have eight digits. If it is right, just send once more."
)
_KEY = re.compile(r"[\w-]{16,64}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

SAFE_CHOICES = [("yes", _("Yes, I am safe")), ("no", _("No")), ("unknown", _("I don't know"))]
ABOUT_CHOICES = [
    ("self", _("Me")),
    ("my_child", _("My child")),
    ("friend", _("A friend")),
    ("other", _("Somebody else")),
]
WRITER_CHOICES = [
    ("child", _("A child under 13")),
    ("youth", _("A young person, 13 to 24")),
    ("parent", _("A mother, a father or another parent")),
    ("other", _("Someone else, for example a friend, a relative or a teacher")),
]
WAY_CHOICES = [
    ("code", _("Only here, with five words that I get")),
    ("sms", _("Text message")),
    ("phone", _("Phone call")),
    ("email", _("Email")),
    ("school_nurse", _("Through the school nurse")),
]
HELPED_CHOICES = [
    ("yes", _("Yes, I got help")),
    ("some", _("A little")),
    ("no", _("No")),
]
MAY_KNOW_YOUNG = [
    ("parents", _("My parents")),
    ("school", _("Someone at school")),
    ("friend", _("A friend of mine")),
]
MAY_KNOW_GROWN = [
    ("child", _("The child or the young person")),
    ("other_parent", _("The other parent")),
    ("school", _("The school or the kindergarten")),
]
HOME_CHOICES = [("yes", _("Yes, someone at home")), ("no", _("No")), ("unknown", _("I don't know"))]
PARENTS_CHOICES = [
    ("no", _("No. They are not to know")),
    ("yes", _("Yes, you may talk with them")),
    ("ask_first", _("Ask me first")),
]
WHEN_CHOICES = [
    ("morning", _("In the morning")),
    ("school_hours", _("While I am at school or work")),
    ("afternoon", _("In the afternoon")),
    ("evening", _("In the evening")),
]
MAY_KNOW = dict(MAY_KNOW_YOUNG + MAY_KNOW_GROWN)

DETAILS_OF = {"sms": "phone_number", "phone": "phone_number", "email": "email", "school_nurse": "school"}
"""Which field holds the details of a way of contact."""


def _choices(pairs: Sequence[tuple[str, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _without_breaks(value: str | None) -> str | None:
    return plain(value) if value is not None else None


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value is not None else None


class EmptyForm(FlaskForm):
    """A button; the token is all there is to check."""


class CodeForm(FlaskForm):
    """The five words. What is typed is not kept: see errors._NOT_KEPT."""

    code = StringField(
        _("The five words"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("That is longer than five words."))],
    )

    def validate_code(self, field: Field) -> None:
        """Ask for the words when there are none."""
        if not field.data:
            raise ValidationError(_("Write the five words that you got when you sent."))


class WriteForm(FlaskForm):
    """A message to the municipality, or more of one's own words."""

    text = TextAreaField(_("Your message"), filters=[_without_breaks])
    sending = HiddenField(default=lambda: secrets.token_urlsafe(16))
    """The form's own key: what it sends is written once, also when it is sent again after an answer was lost."""

    @property
    def key(self) -> str:
        """The key, when it is one that our page has made."""
        key = self.sending.data or ""
        return key if _KEY.fullmatch(key) else ""

    def validate_text(self, field: Field) -> None:
        """Neither nothing nor more than can be kept."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write something first. Short is fine."))
        if len(field.data) > MOST_CHARACTERS:
            raise ValidationError(
                _("The text is too long. There is room for 4,000 characters. Your text is still here.")
            )


class DisputeForm(FlaskForm):
    """What is not right in a line of the plan."""

    text = TextAreaField(_("What is not right?"), filters=[_without_breaks])

    def validate_text(self, field: Field) -> None:
        """Neither nothing nor more than can be kept."""
        if not (field.data or "").strip():
            raise ValidationError(_("Write what is not right."))
        if len(field.data) > MOST_CHARACTERS:
            raise ValidationError(
                _("The text is too long. There is room for 4,000 characters. Your text is still here.")
            )


class HelpedForm(FlaskForm):
    """Whether help came, with or without words."""

    answer = RadioField(_("Did you get help?"), choices=_choices(HELPED_CHOICES), validate_choice=False)
    more = TextAreaField(_("Do you want to say more?"), filters=[_without_breaks])

    def validate_answer(self, field: Field) -> None:
        """One of the three."""
        if field.data not in HELPED:
            raise ValidationError(_("Choose one of the answers."))

    def validate_more(self, field: Field) -> None:
        """Not more than can be kept."""
        if len(field.data or "") > MOST_CHARACTERS:
            raise ValidationError(
                _("The text is too long. There is room for 4,000 characters. Your text is still here.")
            )


class SavedForm(FlaskForm):
    """The words of the return code are written down."""

    saved = BooleanField(_("I have written down the five words"))

    def validate_saved(self, field: Field) -> None:
        """Ask first: without the words nobody finds the answer again."""
        if not field.data:
            raise ValidationError(
                _("Have you written down the words? Tick here first. Without them you cannot see the answer.")
            )


class SendForm(FlaskForm):
    """What is sent and to whom. Statements are fields of their own, made by the page: words-0, words-1 …"""

    safe_now = RadioField(
        _("Are you safe where you are now?"), choices=_choices(SAFE_CHOICES), validators=[May()]
    )
    about = RadioField(_("Who is it about?"), choices=_choices(ABOUT_CHOICES), validators=[May()])
    age = IntegerField(
        _("How old is the person it is about?"),
        validators=[
            May(),
            NumberRange(min=0, max=99, message=_("Write the age as a number, for example 14.")),
        ],
    )
    writer = RadioField(_("Who has written this?"), choices=_choices(WRITER_CHOICES), validators=[May()])
    way = RadioField(
        _("How can you be reached safely?"), choices=_choices(WAY_CHOICES), default="code", validators=[May()]
    )
    phone_number = StringField(
        _("Phone number"),
        filters=[_trimmed],
        validators=[Length(max=40, message=_("The phone number is too long."))],
    )
    email = StringField(
        _("Email address"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("The address is too long."))],
    )
    school = StringField(
        _("Your first name, school and class"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("Write it a little shorter."))],
    )
    voicemail_ok = BooleanField(_("It is fine to leave a message if I don't answer"))
    notices_ok = BooleanField(_("Send me a notice when there is an answer"))
    safe_times = StringField(
        _("When is it safe to contact you?"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("Write it a little shorter."))],
    )
    may_know = SelectMultipleField(
        _("Who may know that you have written?"), choices=_choices(list(MAY_KNOW.items()))
    )
    consents = SelectMultipleField(_("Who may read what you have written?"))
    safe_when = SelectMultipleField(_("Which times are safe?"), choices=_choices(WHEN_CHOICES))
    caller_says = RadioField(
        _("What may the one who calls say, if somebody else answers?"),
        default="first_name",
        validators=[May()],
    )
    safe_word = StringField(
        _("A secret word"),
        filters=[_trimmed],
        validators=[Length(max=40, message=_("Write it a little shorter."))],
    )
    home = RadioField(_("Is it about someone at home?"), choices=_choices(HOME_CHOICES), validators=[May()])
    parents = RadioField(
        _("May they talk with your parents?"), choices=_choices(PARENTS_CHOICES), validators=[May()]
    )
    prefers = StringField(
        _("I would like help from"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("Write it a little shorter."))],
    )
    avoids = StringField(
        _("I would rather not have help from"),
        filters=[_trimmed],
        validators=[Length(max=MOST_SHORT, message=_("Write it a little shorter."))],
    )
    safe_asked = HiddenField()
    """Whether sending has waited once for the answer to «are you safe?»."""
    asked_about = HiddenField()
    """The contact detail that was asked about the last time: sent again unchanged, it is taken as it is."""

    def __init__(self, services: list[tuple[str, str]], unit: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.consents.choices = _choices(services)
        self.caller_says.choices = _choices(
            [
                ("first_name", _("Only their own first name")),
                ("municipality", _("That they call from the municipality")),
                ("unit", _("That they call from %(unit)s", unit=unit)),
            ]
        )

    @property
    def details(self) -> str:
        """The contact detail that belongs to the chosen way."""
        name = DETAILS_OF.get(self.way.data or "")
        return (self[name].data or "") if name else ""

    def validate_age(self, field: Field) -> None:
        """A word instead of a number is asked about; WTForms' own message would be in English."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(_("Write the age as a number, for example 14."))

    def validate_phone_number(self, field: Field) -> None:
        """Needed for text message and phone; eight digits in Norway."""
        if self.way.data not in ("sms", "phone"):
            return
        if not field.data:
            raise ValidationError(_("Write the number you can be reached at, or choose another way."))
        if not looks_like_a_number(field.data):
            self._ask_once(field, ODD_NUMBER)

    def validate_email(self, field: Field) -> None:
        """Needed for email; something before and after the @."""
        if self.way.data != "email":
            return
        if not field.data:
            raise ValidationError(_("Write your email address, or choose another way."))
        if not _EMAIL.fullmatch(field.data):
            self._ask_once(
                field,
                _(
                    "Is the address right? It usually looks like name@example.no. If it is right, just send once more."
                ),
            )

    def validate_school(self, field: Field) -> None:
        """The nurse must know whom to look for."""
        if self.way.data == "school_nurse" and not field.data:
            raise ValidationError(
                _("The school nurse needs your first name, school and class, or choose another way.")
            )

    def safe_was_asked(self) -> bool:
        """Whether «are you safe?» was asked for before this was sent. If not, ask for it."""
        if self.safe_asked.data:
            return True
        self.safe_asked.data = "1"
        self.safe_asked.raw_data = ["1"]
        self.safe_now.errors = [
            _(
                "The computer does not hear recordings. Are you safe now? Choose an answer, or press Send once more."
            )
        ]
        return False

    def _ask_once(self, field: Field, text: Any) -> None:
        ask_once(self.asked_about, field, text)


class CallForm(FlaskForm):
    """One field: the number to be called on today."""

    call_number = StringField(
        _("Your phone number"),
        filters=[_trimmed],
        validators=[Length(max=40, message=_("The phone number is too long."))],
    )
    call_asked = HiddenField()

    def validate_call_number(self, field: Field) -> None:
        """Needed; one that looks wrong is asked about once."""
        if not field.data:
            raise ValidationError(_("Write the number that they can call."))
        if not looks_like_a_number(field.data):
            ask_once(self.call_asked, field, ODD_NUMBER)


def looks_like_a_number(text: str) -> bool:
    """Eight Norwegian digits, written as people write them."""
    digits = re.sub(r"^(\+47|0047)(?=\d{8}$)", "", re.sub(r"[\s().-]", "", text))
    return re.fullmatch(r"[2-9]\d{7}", digits) is not None


def ask_once(asked: HiddenField, field: Field, text: Any) -> None:
    """ValidationError the first time this value comes; sent again unchanged, it is taken as it is."""
    if asked.data == field.data:
        return
    asked.data = field.data
    asked.raw_data = [field.data]
    raise ValidationError(text)
