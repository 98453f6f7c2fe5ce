"""What the catalog is made of: needs, services, helplines, the municipality and its door, and the rules of matching.

Field names are those of Open Referral HSDS where it has one. Everything is frozen; a changed catalog is a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from web.catalog.retention import Retention

Text = Mapping[str, str]
"""One text in both written languages: ``{"nb": …, "nn": …}``."""

LANGUAGES: Final = ("nb", "nn")
WRITERS: Final = ("child", "youth", "parent", "other")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CatalogError(Exception):
    """The catalog cannot be used. Each problem names file, line and field."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems: tuple[str, ...] = tuple(problems)


@dataclass(frozen=True, slots=True)
class Need:
    """One kind of need, as in needs.yml."""

    id: str
    group: str
    name: Text
    plain: Text
    covers: str
    excludes: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How a service is reached: ``direct``: one just gets in touch, without application or referral."""

    ways: tuple[str, ...]
    direct: bool
    referral_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when all its parts hold; an empty part asks nothing."""

    needs: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    acute: bool | None = None


@dataclass(frozen=True, slots=True)
class Widening:
    """Other age limits of a service for certain needs, such as child welfare's aftercare."""

    needs: tuple[str, ...]
    writers: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None


@dataclass(frozen=True, slots=True)
class Legal:
    """A legal basis. ``verified`` is true only if the paragraph was read in the law itself."""

    law: str
    paragraph: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number: ``number`` to read, ``tel`` for the link."""

    number: str
    tel: str
    description: Text | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where to go."""

    address_1: str
    postal_code: str | None = None
    city: str | None = None
    name: Text | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Opening hours on some weekdays (0 is Monday), in minutes after midnight; ``end`` may pass midnight."""

    days: tuple[int, ...]
    start: int
    end: int
    closed_on_public_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody answers. Neither ``always`` nor any period: the hours are not known."""

    always: bool = False
    periods: tuple[Period, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the clock can say if it is open."""
        return self.always or bool(self.periods)


@dataclass(frozen=True, slots=True, eq=False)
class Organization:
    """Who offers services: the municipality itself, or another body."""

    id: str
    name: Text
    description: Text
    level: str
    url: str | None
    organization_number: str | None


@dataclass(frozen=True, slots=True, eq=False)
class LifeEvent:
    """A moment in life in which people need several services."""

    id: str
    name: Text
    description: Text
    uri: str | None
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One kind of help. ``minimum_age`` and ``maximum_age`` are inclusive, ``None`` is no limit."""

    id: str
    alternate_ids: tuple[str, ...]
    name: Text
    short_name: Text
    alternate_names: Mapping[str, tuple[str, ...]]
    description: Text
    for_parents: Text | None
    """The description for a grown-up who writes about a child; None: it says the same to everybody."""
    level: str
    sector: str
    organization: str
    """An id among the catalog's organizations."""
    responsible_unit: Text | None
    nearness: str
    """Where one meets it: here, neighbour, region, national."""
    los: tuple[str, ...]
    """URIs of concepts in the national vocabulary Los."""
    life_events: tuple[str, ...]
    audience: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None
    age_applies_to: str
    self_contact_minimum_age: int | None
    also_for: tuple[Widening, ...]
    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    access: Access
    how: Text
    fees: Text
    secrecy: Text
    schedules: Text | None
    hours: Hours
    wait_time: Text | None
    languages: tuple[str, ...]
    interpretation: bool
    meanwhile: Text
    urgent: bool
    hide_when: tuple[Condition, ...]
    legal: tuple[Legal, ...]
    phones: tuple[Phone, ...]
    locations: tuple[Location, ...]
    url: str | None
    email: str | None
    alert: Text | None
    verified: bool
    checked_on: date
    checked: Mapping[str, date]
    """Kinds of facts (numbers, hours, law, place) that were checked at another time than the rest."""
    source: str
    local: bool
    """Whether the municipality has added to or changed the national entry."""

    @property
    def needs(self) -> tuple[str, ...]:
        """All needs it meets, primary first."""
        return self.primary + self.secondary

    @property
    def for_citizens(self) -> bool:
        """Whether people may see it; system bodies are there for staff only."""
        return self.audience != ("staff",)


@dataclass(frozen=True, slots=True, eq=False)
class Replacement:
    """What stands in the place of a service that this municipality does not have, and what people are told."""

    missing: Service
    """The service as the nation has it."""
    services: tuple[str, ...]
    note: Text

    @property
    def service_id(self) -> str:
        """The id of the missing service."""
        return self.missing.id

    @property
    def name(self) -> Text:
        """The name of the missing service."""
        return self.missing.name


@dataclass(frozen=True, slots=True, eq=False)
class Helpline:
    """An emergency number or helpline. It has a number, a chat, a web address, or several of them."""

    id: str
    name: Text
    number: str | None
    tel: str | None
    sms: str | None
    chat: str | None
    url: str | None
    what: Text
    hours: Hours
    hours_text: Text
    chat_hours: Hours | None
    """Of chat and text messages; None: the same as the phone's."""
    minimum_age: int | None
    maximum_age: int | None
    audience: tuple[str, ...]
    acute: Mapping[str, int]
    needs: tuple[str, ...]
    emergency: bool
    general: bool
    rank: int
    verified: bool
    checked_on: date
    checked: Mapping[str, date]
    """Kinds of facts that were checked at another time than the rest."""
    source: str
    local: bool
    """Whether it is the municipality's own, or changed by it."""


@dataclass(frozen=True, slots=True, eq=False)
class ContactPoint:
    """The one door of the municipality."""

    id: str
    name: Text
    description: Text
    number: str
    tel: str
    email: str | None
    location: Location
    hours: Hours
    hours_text: Text
    promise_working_days: int
    next_steps: Text
    alert: Text | None = None
    checked: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """The municipality has decided that staff may make training texts of what people write."""

    decision: Text
    """Who decided, where it stands, and on which legal basis."""
    decided_on: date


@dataclass(frozen=True, slots=True, eq=False)
class Municipality:
    """Whose catalog it is."""

    id: str
    name: Text
    written_language: str
    fictional: bool
    notice: Text | None
    municipality_number: str | None
    hosts: tuple[str, ...]
    accessibility_statement: str | None
    """Where the statement that the law asks for is published; None until it is."""
    verified: bool
    checked_on: date
    training: Training | None = None
    """None until it has: nothing is reviewed, and nothing learned."""


@dataclass(frozen=True, slots=True)
class Lead:
    """These services come first, in this order, when the condition holds."""

    services: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """matching.yml, typed."""

    service_limit: int
    fewest: int
    helpline_limit: int
    minimum_share: float
    minimum_confidence: float
    primary: float
    secondary: float
    satisfied: float
    access: Mapping[str, float]
    level: Mapping[str, float]
    nearness: Mapping[str, float]
    urgent_when_acute: float
    lead: tuple[float, ...]
    safety_lead: float
    first_lead: Mapping[str, float]
    danger_lead: float
    safety_needs: frozenset[str]
    need_weight: Mapping[str, float]
    assumed_ages_by_writer: Mapping[str, tuple[int, int]]
    assumed_ages_by_need: Mapping[str, tuple[int, int]]
    usable_share: Mapping[str, float]
    youngest_writer: int
    parent_needs: frozenset[str]
    never_first: frozenset[str]
    leads: Mapping[str, tuple[Lead, ...]]
    always: Mapping[str, tuple[Lead, ...]]
    acute_leads: Mapping[str, tuple[Lead, ...]]
    unsafe_leads: tuple[Lead, ...]
    exclusions: Mapping[str, tuple[Condition, ...]]
    first_doors: tuple[Lead, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AgeRule:
    """What a young person may decide or know at some ages, both inclusive; ``None`` is no limit. See web.age_rules."""

    id: str
    topic: str
    ask: str | None
    """How parents are asked about: home_first, ask or own_choice; only with the topic «parents»."""
    minimum_age: int | None
    maximum_age: int | None
    text: Text
    about_child: Text | None
    """For a grown-up who writes about a child of this age."""
    staff: Text
    law: str
    paragraph: str | None
    source: str
    verified: bool
    checked_on: date


@dataclass(frozen=True, slots=True)
class Hint:
    """When an employee is reminded to consider something; everything in it must hold."""

    any_need: frozenset[str]
    least_needs: int
    least_services: int


@dataclass(frozen=True, slots=True, eq=False)
class CoordinationRule:
    """A coordinator, a child coordinator or an individual plan: what it is and when the law gives a right to it."""

    id: str
    name: Text
    what: Text
    right: Text
    suggest: tuple[Hint, ...]
    maximum_age: int | None
    law: str
    paragraph: str | None
    source: str
    verified: bool
    checked_on: date

    def fits(self, needs: Iterable[str], services: int, age: int | None) -> bool:
        """Whether an employee is reminded of it in a case with these needs and so many services."""
        known = set(needs)
        if self.maximum_age is not None and age is not None and age > self.maximum_age:
            return False
        return any(
            len(known) >= hint.least_needs
            and services >= hint.least_services
            and (not hint.any_need or bool(known & hint.any_need))
            for hint in self.suggest
        )


@dataclass(frozen=True, slots=True, eq=False)
class LegalBasis:
    """What lets a service be brought into a case without the person's yes in the portal. See web.staff.sharing."""

    id: str
    law: str
    paragraph: str | None
    when: str
    """The group it stands under: consent, need, duty, danger, other."""
    consent: bool
    """Whether it is itself a yes, said aloud or on paper, that can be taken back."""
    receivers: frozenset[str]
    """Ids of the only services it is for; empty: any."""
    first_for: frozenset[str]
    """Sectors of services for which it stands first; any: for all."""
    name: Text
    staff: Text
    text: Text
    """For the person."""
    source: str
    verified: bool
    checked_on: date

    @property
    def title(self) -> str:
        """Law and paragraph."""
        return f"{self.law} {self.paragraph}" if self.paragraph else self.law

    def fits(self, service: Service) -> bool:
        """Whether it stands first when this service is brought in."""
        return service.id in self.receivers or not self.first_for.isdisjoint({"any", service.sector})


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All that one municipality offers. Needs, services and helplines are ordered mappings by id."""

    municipality: Municipality
    needs: Mapping[str, Need]
    services: Mapping[str, Service]
    helplines: Mapping[str, Helpline]
    contact_point: ContactPoint
    organizations: Mapping[str, Organization]
    life_events: Mapping[str, LifeEvent]
    replacements: Mapping[str, Replacement]
    """By the id of the service that is not here."""
    limits: Mapping[str, int]
    """Days after which each kind of fact must be checked again."""
    rules: Rules
    age_rules: tuple[AgeRule, ...]
    retention: Retention
    coordination: tuple[CoordinationRule, ...]
    legal_bases: Mapping[str, LegalBasis]
    by_need: Mapping[str, tuple[Service, ...]] = field(repr=False)
    """Services that people may see, by the needs they meet."""
    _aliases: Mapping[str, str] = field(repr=False)

    def service(self, service_id: str) -> Service | None:
        """The service with this id, or with this as one of its alternate ids."""
        return self.services.get(self._aliases.get(service_id, service_id))

    def standing(self, service_ids: Iterable[str]) -> tuple[str, ...]:
        """These services, or what this municipality has in place of those it does not have; each once."""
        found: dict[str, None] = {}
        for service_id in service_ids:
            replacement = self.replacements.get(service_id)
            here = (service_id,) if replacement is None else replacement.services
            found.update(dict.fromkeys(i for i in here if i in self.services))
        return tuple(found)

    def citizen_services(self) -> Iterator[Service]:
        """The services that people may see."""
        return (service for service in self.services.values() if service.for_citizens)
