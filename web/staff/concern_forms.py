"""The forms of a draft of a concern report: its fields by the names of the national schema, from one table.

A name such as offentligBarn__0__adresse__postnummer is the way into the draft's JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    Field,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length

from web.cases.concern import VARIANTS, Variant, schema
from web.cases.deadlines import OSLO
from web.staff.forms import CaseForm

Kind = Literal["line", "text", "yes"]
MOST_CHILDREN = 3
SEPARATOR = "__"
VARIANT_TEXT: Final[Mapping[Variant, LazyString]] = {
    "public": _("In my job, for the municipality (public)"),
    "private": _("As a private person (private)"),
}


@dataclass(frozen=True)
class Part:
    """Some fields of a draft under one heading."""

    heading: LazyString
    prefix: str
    fields: tuple[tuple[str, LazyString, Kind], ...]
    folded: bool = False
    """Not always needed: closed until it is opened or filled in."""

    @property
    def names(self) -> tuple[str, ...]:
        """The form's names of the fields."""
        return tuple(f"{self.prefix}{name}" for name, _label, _kind in self.fields)


_ADDRESS: Final[tuple[tuple[str, LazyString, Kind], ...]] = (
    ("adresse__adresselinje1", _("Street address"), "line"),
    ("adresse__postnummer", _("Postal code"), "line"),
    ("adresse__poststed", _("City"), "line"),
)
_WHERE = Part(
    _("To which municipality"),
    "",
    (
        ("kommunenummer", _("Municipality number, four figures"), "line"),
        ("kommunenavn", _("Name of the municipality"), "line"),
        ("bydelsnummer", _("Number of the city district, 00 where there are none"), "line"),
        ("bydelsnavn", _("Name of the city district"), "line"),
        ("leveringskanal", _("How you will send it"), "line"),
    ),
    folded=True,
)
_CHILD_PUBLIC: Final[tuple[tuple[str, LazyString, Kind], ...]] = (
    ("personnavn", _("Name of the child"), "line"),
    ("fnr", _("National identity number, if you know it"), "line"),
    ("ufoedt", _("The child is not born yet"), "yes"),
    ("telefonnummer", _("Phone"), "line"),
    *_ADDRESS,
    ("orientert", _("The child knows that you report"), "yes"),
    ("orientertGrunn", _("Why, or why not"), "text"),
)
_CHILD_PRIVATE: Final[tuple[tuple[str, LazyString, Kind], ...]] = (
    ("personnavn", _("Name of the child"), "line"),
    ("antattAlder", _("About how old"), "line"),
    ("relasjon", _("How you know the child"), "line"),
    *_ADDRESS,
)
_GUARDIAN: Final[tuple[tuple[str, LazyString, Kind], ...]] = (
    ("personnavn", _("Name"), "line"),
    ("telefonnummer", _("Phone"), "line"),
    ("orientert", _("Knows that you report"), "yes"),
    ("orientertGrunn", _("Why, or why not"), "text"),
)
_CHILDREN = (_("The child"), _("A second child"), _("A third child"))
PARTS: Final[Mapping[Variant, tuple[Part, ...]]] = {
    "public": (
        Part(
            _("What you are worried about"),
            "melding__",
            (
                ("melding", _("What you have seen, heard and read"), "text"),
                ("historie", _("What has been before, and what has been tried"), "text"),
                ("andreSynspunkter", _("What the child and others think"), "text"),
            ),
        ),
        *(
            Part(name, f"offentligBarn__{number}__", _CHILD_PUBLIC, folded=number > 0)
            for number, name in enumerate(_CHILDREN)
        ),
        Part(_("The first parent or guardian"), "foresatte__0__", _GUARDIAN),
        Part(_("The second parent or guardian"), "foresatte__1__", _GUARDIAN, folded=True),
        Part(
            _("More that is asked for"),
            "",
            (
                ("behovForTolk", _("Is an interpreter needed? Which language?"), "line"),
                ("andreHjelpeinstanser", _("Others who help the family"), "line"),
            ),
        ),
        Part(
            _("You who report"),
            "offentligMelder__",
            (
                ("personnavn", _("Your name"), "line"),
                ("rolle", _("Your role"), "line"),
                ("telefonnummer", _("Phone"), "line"),
                ("epost", _("Email"), "line"),
                ("virksomhet__navn", _("Where you work"), "line"),
                ("virksomhet__orgnr", _("Organisation number"), "line"),
                *((f"virksomhet__{name}", label, kind) for name, label, kind in _ADDRESS),
            ),
        ),
        _WHERE,
    ),
    "private": (
        Part(
            _("What you are worried about"),
            "",
            (("melding", _("What you have seen, heard and read"), "text"),),
        ),
        *(
            Part(name, f"privatBarn__{number}__", _CHILD_PRIVATE, folded=number > 0)
            for number, name in enumerate(_CHILDREN)
        ),
        Part(
            _("You who report"),
            "privatMelder__",
            (("personnavn", _("Your name"), "line"), ("telefonnummer", _("Phone"), "line"), *_ADDRESS),
        ),
        _WHERE,
    ),
}
_LONGEST = {"line": 200, "text": 12_000}


class StartForm(CaseForm):
    """A new draft: as what, and what of the case goes into it."""

    variant = RadioField(
        _("How do you report?"),
        choices=[SelectChoice(one, VARIANT_TEXT[one]) for one in VARIANTS],
        validate_choice=False,
    )
    take = SelectMultipleField(_("What do you take with you from the case?"), validate_choice=False)

    def __init__(self, possible: Iterable[tuple[str, object]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.take.choices = [SelectChoice(value, label) for value, label in possible]

    def validate_variant(self, field: Field) -> None:
        """One of the two."""
        if field.data not in VARIANTS:
            raise ValidationError(_("Choose how you report."))

    def validate_take(self, field: Field) -> None:
        """Only what is there; nothing at all is fine."""
        known = {choice.value for choice in self.take.choices}
        if not set(field.data or ()) <= known:
            raise ValidationError(_("The case has changed. Choose again."))


@cache
def draft_form(variant: Variant) -> type[CaseForm]:
    """The form of a draft. Nothing is required: a draft may be half done."""
    fields: dict[str, Any] = {}
    for part in PARTS[variant]:
        for name, (_name, label, kind) in zip(part.names, part.fields, strict=True):
            if kind == "yes":
                fields[name] = BooleanField(label)
                continue
            made = TextAreaField if kind == "text" else StringField
            fields[name] = made(
                label,
                filters=[_tidy],
                validators=[Length(max=_LONGEST[kind], message=_("This is too long."))],
            )
    return type("DraftForm", (CaseForm,), fields)


def _tidy(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's JSON as the values of its form."""
    found: dict[str, Any] = {}

    def walk(value: Any, name: str) -> None:
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            way = f"{name}{SEPARATOR}{key}" if name else str(key)
            if isinstance(inner, (Mapping, list)):
                walk(inner, way)
            else:
                found[way] = inner

    walk(fields, "")
    return found


def nested(variant: Variant, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form as the draft's JSON: what is empty is left out where the schema does not ask for it."""
    found: dict[str, Any] = {}
    for part in PARTS[variant]:
        mine = {name: values.get(name) for name in part.names}
        if part.folded and part.prefix and not any(mine.values()):
            continue
        for (inner, _label, kind), value in zip(part.fields, mine.values(), strict=True):
            _put(
                found, f"{part.prefix}{inner}".split(SEPARATOR), bool(value) if kind == "yes" else value or ""
            )
    pruned = _pruned(found, schema(variant), schema(variant))
    return pruned if isinstance(pruned, dict) else {}


def _put(into: dict[str, Any], way: list[str], value: Any) -> None:
    for step in way[:-1]:
        into = into.setdefault(step, {})
    into[way[-1]] = value


def _pruned(value: Any, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    """Numbered objects become lists; empty texts that are not asked for go."""
    if "$ref" in rule:
        rule = whole["$defs"][rule["$ref"].rpartition("/")[2]]
    if rule["type"] == "array":
        return [_pruned(one, rule["items"], whole) for _number, one in sorted(value.items())]
    if rule["type"] != "object":
        return value
    required = rule.get("required", ())
    kept = {key: _pruned(inner, rule["properties"][key], whole) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner not in ("", {}) or key in required}


def label_of(variant: Variant, path: str) -> str:
    """A field's name for people, with its heading, from a path such as offentligBarn.0.personnavn."""
    name = path.replace(".", SEPARATOR)
    for part in PARTS[variant]:
        for full, (_name, label, _kind) in zip(part.names, part.fields, strict=True):
            if full == name or full.startswith(f"{name}{SEPARATOR}"):
                return f"{part.heading}: {label}"
    return path


class SentForm(CaseForm):
    """The employee has sent it: when, and whether the person is told."""

    day = DateField(_("Which day did you send it?"), validators=[InputRequired(message=_("Write the day."))])
    time = TimeField(_("At what time?"), validators=[InputRequired(message=_("Write the time."))])
    told = RadioField(
        _("Shall it stand in the person's log?"),
        choices=[
            SelectChoice("no", _("No, not now")),
            SelectChoice("yes", _("Yes: the person knows it, and it is safe that it stands there")),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(
        _("Why not?"), filters=[_tidy], validators=[Length(max=1000, message=_("This is too long."))]
    )

    def __init__(self, now: datetime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.now = now

    def validate_told(self, field: Field) -> None:
        """One of the two; nothing is chosen beforehand."""
        if field.data not in ("yes", "no"):
            raise ValidationError(_("Choose whether it shall stand in the person's log."))

    def validate_reason(self, field: Field) -> None:
        """Who is not told has a right to know why later."""
        if self.told.data == "no" and not field.data:
            raise ValidationError(_("Write why the person is not told now."))

    def validate_time(self, field: Field) -> None:
        """Not ahead of now."""
        if self.day.data and field.data and self.when() > self.now:
            raise ValidationError(_("That time has not been yet."))

    def when(self) -> datetime:
        """The moment, in Norway."""
        return datetime.combine(self.day.data, self.time.data, OSLO)
