"""From needs to services, and to the one contact point; and from danger to the numbers to call.

The rules (weights, who leads, who never leads) are data in ``services_catalog/matching.yml``. Here is how
they are applied: what a person cannot use is left out, then doors are chosen one by one, each time the one
that adds most to what is not met yet. So few doors cover many needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from web.catalog import (
    WRITERS,
    Catalog,
    Condition,
    ContactPoint,
    Helpline,
    Hours,
    Lead,
    Replacement,
    Rules,
    Service,
)

OSLO: Final = ZoneInfo("Europe/Oslo")
CHILD_LINE: Final = "alarmtelefonen"
"""The helpline that comes right after the emergency numbers for everybody under 18."""
ADULT: Final = 18

_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Query:
    """What is known. ``age`` is the age of the young person whom it concerns, ``None`` when not told."""

    needs: tuple[tuple[str, float], ...] = ()
    writer: str | None = None
    about: str | None = None
    age: int | None = None
    acute_kinds: tuple[str, ...] = ()
    safe_now: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service, how much of all the needs it adds to meet (0 to 1), which of the needs it answers, and whether it is there
    because somebody may be in danger."""

    service: Service
    score: float
    because: tuple[str, ...]
    for_danger: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """At most five services, best first, the municipality's one contact point, and what is usual elsewhere but not here."""

    services: tuple[Suggestion, ...]
    contact_point: ContactPoint
    not_here: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True)
class HelplineNow:
    """A helpline and the clock.

    ``opens_or_closes_at`` is ``None`` when it never closes (then ``open_now``) or its hours are not known.
    """

    helpline: Helpline
    open_now: bool
    opens_or_closes_at: datetime | None
    chat_open: bool | None = None
    """Whether chat and text messages are answered now; None when their hours are not known."""
    chat_changes_at: datetime | None = None

    @property
    def later(self) -> bool:
        """Whether one can only ask and get an answer later, not talk with anybody."""
        return not (self.helpline.tel or self.helpline.chat)


@dataclass(frozen=True, slots=True)
class _Person:
    """Who asks, as far as it can be told."""

    writer: str
    audience: frozenset[str]
    about_self: bool
    age: int | None
    ages: tuple[int, int]
    """The ages to reckon with, first and last: the age itself, or the likely ones."""
    needs: frozenset[str]
    acute: bool

    @property
    def may_be_minor(self) -> bool:
        return self.ages[0] < ADULT

    @property
    def typical(self) -> tuple[int, int]:
        """The one age in the middle, for rules about what is usual."""
        middle = (self.ages[0] + self.ages[1]) // 2
        return middle, middle


def match(catalog: Catalog, query: Query) -> Match:
    """Rank the services that meet the needs of this person; always name the contact point.

    Deterministic and free of side effects. Needs and kinds of danger that the catalog does not know are
    ignored: they come from the assistant, whose answers are not trusted.
    """
    rules = catalog.rules
    demand = _demand(catalog, query.needs)
    person = _person(rules, query, demand)
    danger = _danger_bonus(catalog, person, query)

    candidates: dict[str, Service] = {s.id: s for need in demand for s in catalog.by_need[need]}
    leading = {need: _leads(rules.leads.get(need, ()), person) for need in demand}
    for service_id in (*danger, *(i for services in leading.values() for i in catalog.standing(services))):
        candidates.setdefault(service_id, catalog.services[service_id])
    fits = {i: fit for i, service in candidates.items() if (fit := _fit(rules, person, service)) > 0}
    leads = _lead_bonus(catalog, leading, fits)
    values = {
        i: _values(rules, person, candidates[i], demand, leads.get(i, {}), fit) for i, fit in fits.items()
    }

    whole = sum(demand.values()) * (rules.primary + rules.lead[0])
    suggestions: list[Suggestion] = []
    ceiling = 1.0
    always = [i for need in demand for i in catalog.standing(_leads(rules.always.get(need, ()), person))]
    for service_id, gain in _choose(rules, values, danger, list(dict.fromkeys(always)), demand):
        ceiling = min(ceiling, round(gain / whole, 4) if whole else 1.0)
        suggestions.append(
            Suggestion(
                candidates[service_id],
                ceiling,
                _because(candidates[service_id], demand, leads),
                service_id in danger,
            )
        )
    not_here = [
        replacement
        for replacement in catalog.replacements.values()
        if _fit(rules, person, replacement.missing) > 0
        and any(
            need in replacement.missing.primary or replacement.service_id in leading[need] for need in demand
        )
    ]
    return Match(
        tuple(_completed(catalog, person, suggestions)),
        catalog.contact_point,
        tuple(not_here),
    )


def _demand(catalog: Catalog, needs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """How much each need counts: confidence times weight, the greatest being 1."""
    rules = catalog.rules
    demand: dict[str, float] = {}
    for need, confidence in needs:
        # `not >=` refuses NaN too.
        if need not in catalog.needs or not confidence >= rules.minimum_confidence:
            continue
        weight = min(confidence, 1.0) * rules.need_weight.get(need, 1.0)
        demand[need] = max(weight, demand.get(need, 0.0))
    greatest = max(demand.values(), default=1.0)
    ordered = sorted(demand.items(), key=lambda item: -item[1])
    return {need: weight / greatest for need, weight in ordered}


def _person(rules: Rules, query: Query, demand: Mapping[str, float]) -> _Person:
    age = query.age if query.age is not None and 0 <= query.age <= 130 else None
    writer = _writer(rules, query, age, demand)
    for_another = writer in ("child", "youth") and query.about in ("friend", "other")
    about_self = writer in ("child", "youth", _UNKNOWN) and not for_another
    if writer == _UNKNOWN:
        audience = frozenset(("youth", "other"))
    elif for_another:
        audience = frozenset((writer, "other"))
    else:
        audience = frozenset((writer,))
    return _Person(
        writer=writer,
        audience=audience,
        about_self=about_self,
        age=age,
        ages=(age, age) if age is not None else _likely_ages(rules, writer, demand),
        needs=frozenset(demand),
        acute=bool(query.acute_kinds) or query.safe_now == "no",
    )


def _writer(rules: Rules, query: Query, age: int | None, demand: Mapping[str, float]) -> str:
    """Who writes; where it is not said, what follows from whom it is about, the age and the needs."""
    about = query.about
    if about == "my_child":
        return "parent"
    writer = query.writer if query.writer in WRITERS else None
    if writer in ("parent", "other"):
        return writer
    if about in ("friend", "other"):
        return writer or "other"
    if age is not None and age < rules.youngest_writer:
        return "parent"
    if writer is None and about != "self":
        if any(need in rules.parent_needs for need in demand) and (age is None or age < 13):
            return "parent"
        if age is None:
            return _UNKNOWN
    if age is None:
        return writer or _UNKNOWN
    return "child" if age < 13 else "youth"


def _likely_ages(rules: Rules, writer: str, demand: Mapping[str, float]) -> tuple[int, int]:
    """The ages to reckon with when none is told: those usual for the writer, narrowed by what it is about."""
    low, high = rules.assumed_ages_by_writer[writer]
    for need in demand:
        if need in rules.assumed_ages_by_need:
            need_low, need_high = rules.assumed_ages_by_need[need]
            if max(low, need_low) <= min(high, need_high):
                low, high = max(low, need_low), min(high, need_high)
    return low, high


def _holds(condition: Condition, person: _Person, ages: tuple[int, int]) -> bool:
    """Whether a condition holds for somebody whose age lies somewhere in ``ages``."""
    if condition.needs and person.needs.isdisjoint(condition.needs):
        return False
    if condition.writers:
        writer = "youth" if person.writer == _UNKNOWN else person.writer
        if writer not in condition.writers:
            return False
    if condition.minimum_age is not None and ages[1] < condition.minimum_age:
        return False
    if condition.maximum_age is not None and ages[0] > condition.maximum_age:
        return False
    return condition.acute is None or condition.acute == person.acute


def _fit(rules: Rules, person: _Person, service: Service) -> float:
    """How well the age fits, 0 to 1; 0 when the person cannot use the service or should not be shown it."""
    if not service.for_citizens:
        return 0.0
    # Here every age that it may be counts: what could do harm is hidden while the age is not known.
    for condition in (*service.hide_when, *rules.exclusions.get(service.id, ())):
        if _holds(condition, person, person.ages):
            return 0.0
    fit = 0.0
    if not person.audience.isdisjoint(service.audience):
        fit = _age_fit(rules, person, service, service.minimum_age, service.maximum_age)
    for widening in service.also_for:
        if person.needs.isdisjoint(widening.needs) or person.audience.isdisjoint(widening.writers):
            continue
        fit = max(fit, _age_fit(rules, person, service, widening.minimum_age, widening.maximum_age))
    return fit


def _age_fit(rules: Rules, person: _Person, service: Service, low: int | None, high: int | None) -> float:
    if service.age_applies_to == "user" and not person.about_self:
        # The age of whoever writes is not known. Parents are grown up; where others may get in touch about
        # somebody, the audience says so. A friend's age is told: the friend is the one who would use it.
        if person.writer in ("child", "youth") and person.age is not None:
            return _share(person.ages, low or 0, high)
        return 1.0 if person.writer in ("parent", "other") or (low or 0) < ADULT else 0.0
    lowest = low or 0
    if person.about_self and person.may_be_minor:
        alone = service.self_contact_minimum_age
        lowest = max(lowest, ADULT if alone is None else alone)
    share = _share(person.ages, lowest, high)
    return share if share >= (1.0 if person.age is not None else rules.usable_share[person.writer]) else 0.0


def _share(ages: tuple[int, int], low: int, high: int | None) -> float:
    """How much of the ages lies within the limits."""
    first, last = ages
    inside = min(last, last if high is None else high) - max(first, low) + 1
    return max(0, inside) / (last - first + 1)


def _leads(leads: Sequence[Lead], person: _Person) -> tuple[str, ...]:
    """The services of the first lead whose condition holds for the usual age."""
    return next((lead.services for lead in leads if _holds(lead.condition, person, person.typical)), ())


def _lead_bonus(
    catalog: Catalog, leading: Mapping[str, Sequence[str]], usable: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Per service and need, what it gains by being among the first for that need."""
    rules = catalog.rules
    bonus: dict[str, dict[str, float]] = {}
    for need, services in leading.items():
        leads = [service_id for service_id in catalog.standing(services) if service_id in usable]
        for service_id, extra in zip(leads, rules.lead, strict=False):
            bonus.setdefault(service_id, {})[need] = extra
        if leads:
            safety = rules.safety_lead if need in rules.safety_needs else 0.0
            bonus[leads[0]][need] += safety + rules.first_lead.get(need, 0.0)
    return bonus


def _danger_bonus(catalog: Catalog, person: _Person, query: Query) -> dict[str, float]:
    """What services gain because somebody is in danger; the first named gains most."""
    rules = catalog.rules
    named = [_leads(rules.acute_leads.get(kind, ()), person) for kind in query.acute_kinds]
    if query.safe_now == "no":
        named.append(_leads(rules.unsafe_leads, person))
    bonus: dict[str, float] = {}
    for services in named:
        for place, service_id in enumerate(catalog.standing(services)):
            bonus[service_id] = max(bonus.get(service_id, 0.0), rules.danger_lead / (1 + place))
    return bonus


def _values(
    rules: Rules,
    person: _Person,
    service: Service,
    demand: Mapping[str, float],
    leads: Mapping[str, float],
    fit: float,
) -> dict[str, tuple[float, float]]:
    """Per need that the service meets: how well (0 to 1), and what that is worth from here."""
    factor = rules.level[service.level] * rules.nearness[service.nearness] * fit**0.5
    if service.access.direct:
        factor *= rules.access["direct"]
    else:
        factor *= rules.access["application" if "application" in service.access.ways else "referral"]
    if person.acute and service.urgent:
        factor *= rules.urgent_when_acute
    values: dict[str, tuple[float, float]] = {}
    for need, weight in demand.items():
        if need in service.primary or need in leads:
            strength = rules.primary
        elif need in service.secondary:
            strength = rules.secondary
        else:
            continue
        values[need] = (strength, weight * (strength * factor + leads.get(need, 0.0)))
    return values


def _choose(
    rules: Rules,
    values: Mapping[str, Mapping[str, tuple[float, float]]],
    danger: Mapping[str, float],
    always: Sequence[str],
    demand: Mapping[str, float],
) -> list[tuple[str, float]]:
    """Pick doors one by one, each time the one that adds most to what is not met yet.

    Doors in ``always`` are among the chosen, wherever they come in the order.
    """
    unmet = dict.fromkeys(demand, 1.0)
    left = dict.fromkeys(values)
    owed = [service_id for service_id in always if service_id in values][: rules.service_limit]
    least = rules.minimum_share * sum(demand.values()) * (rules.primary + rules.lead[0])
    chosen: list[tuple[str, float]] = []
    while left and len(chosen) < rules.service_limit:
        only_owed = len(owed) == rules.service_limit - len(chosen)
        best, best_gain = "", least
        for service_id in owed if only_owed else left:
            if not chosen and service_id in rules.never_first:
                continue
            gain = danger.get(service_id, 0.0)
            for need, (_, worth) in values[service_id].items():
                gain += unmet[need] * worth
            if gain > best_gain:
                best, best_gain = service_id, gain
        if not best:
            if not owed:
                break
            best = owed[0]
        del left[best]
        if best in owed:
            owed.remove(best)
        chosen.append((best, best_gain))
        for need, (strength, _) in values[best].items():
            unmet[need] *= 1.0 - rules.satisfied * strength
    return chosen


def _because(
    service: Service, demand: Mapping[str, float], leads: Mapping[str, Mapping[str, float]]
) -> tuple[str, ...]:
    """The needs that the service answers, those that it answers best first."""
    led = leads.get(service.id, {})
    best = [need for need in demand if need in service.primary or need in led]
    return (*best, *(need for need in demand if need in service.secondary and need not in best))


def _completed(catalog: Catalog, person: _Person, suggestions: list[Suggestion]) -> list[Suggestion]:
    """Add the first doors that anybody may go to when there are no or too few suggestions."""
    rules = catalog.rules
    shown = {suggestion.service.id for suggestion in suggestions}
    wanted = rules.fewest if suggestions else rules.service_limit
    for service_id in catalog.standing(_leads(rules.first_doors, person)):
        if len(suggestions) >= wanted:
            break
        service = catalog.services[service_id]
        if service_id not in shown and _fit(rules, person, service) > 0:
            suggestions.append(Suggestion(service, 0.0, ()))
    return suggestions


# --- Helplines ----------------------------------------------------------------------------------------------


def helplines_for(
    catalog: Catalog,
    acute_kinds: Sequence[str] = (),
    needs: Sequence[str] = (),
    age: int | None = None,
    writer: str | None = None,
    at: datetime | None = None,
) -> list[HelplineNow]:
    """The numbers to show, at most six.

    Emergency numbers first, for everybody under 18 the child line next, then by kind of danger and need. A
    line only for adults is never shown to somebody who is, or may be, under 18.
    """
    now = _in_oslo(at)
    wanted = set(needs)
    minor = age < ADULT if age is not None else writer != "parent"
    anything = bool(acute_kinds) or bool(wanted)
    found: list[tuple[tuple[bool, bool, bool, int, int, bool, int], HelplineNow]] = []
    spare: list[tuple[int, HelplineNow]] = []
    for line in catalog.helplines.values():
        if not _may_call(line, age, writer):
            continue
        entry = line_at(line, now)
        rank = min((line.acute[kind] for kind in acute_kinds if kind in line.acute), default=99)
        hits = sum(1 for need in line.needs if need in wanted)
        child_line = minor and line.id == CHILD_LINE
        if rank < 99 or hits or child_line or (line.general and not anything):
            key = (
                not line.emergency,
                not child_line,
                entry.later,
                rank,
                -hits,
                not entry.open_now,
                line.rank,
            )
            found.append((key, entry))
        elif line.general and not line.emergency:
            spare.append((line.rank, entry))
    found.sort(key=lambda item: item[0])
    # Who can be talked with now comes before where one only gets an answer later.
    lines = [entry for _, entry in found if not entry.later]
    if len(lines) < 3:
        lines += [entry for _, entry in sorted(spare, key=lambda item: item[0])][: 3 - len(lines)]
    lines += [entry for _, entry in found if entry.later]
    numbers: set[str] = set()
    shown = []
    for entry in lines:
        # The same number under two names is one number: the first stands.
        if entry.helpline.tel is None or entry.helpline.tel not in numbers:
            shown.append(entry)
            numbers.add(entry.helpline.tel or "")
    return shown[: catalog.rules.helpline_limit]


def line_at(line: Helpline, at: datetime) -> HelplineNow:
    """A helpline and whether it answers then, by phone and in writing."""
    now = _in_oslo(at)
    open_now, change = _clock(line.hours, now)
    written = line.hours if line.chat_hours is None else line.chat_hours
    chat_open, chat_change = _clock(written, now)
    return HelplineNow(line, open_now, change, chat_open if written.known else None, chat_change)


def _may_call(line: Helpline, age: int | None, writer: str | None) -> bool:
    """Lower limits are about whoever calls, upper limits about the young person whom it concerns."""
    if writer in WRITERS and writer not in line.audience:
        return False
    if writer != "parent" and line.minimum_age is not None:
        # Not told: think of a child of the age that is usual, so that no adults' line is shown by mistake.
        likely = age if age is not None else (9 if writer == "child" else 15)
        if likely < line.minimum_age:
            return False
    return line.maximum_age is None or age is None or age <= line.maximum_age


def open_at(hours: Hours, at: datetime) -> tuple[bool, datetime | None]:
    """Whether something with these hours is open, and when that changes; ``None`` when never, or when not known."""
    return _clock(hours, _in_oslo(at))


def _in_oslo(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(OSLO)
    return at.replace(tzinfo=OSLO) if at.tzinfo is None else at.astimezone(OSLO)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=year))


def _clock(hours: Hours, now: datetime) -> tuple[bool, datetime | None]:
    """Whether it is open, and when that changes. Adjoining periods count as one."""
    if hours.always or not hours.periods:
        return hours.always, None
    opened: datetime | None = None
    until: datetime | None = None
    for start, end in _openings(hours, now.date()):
        if until is not None and start <= until:
            until = max(until, end)
        elif until is not None and until > now:
            break
        else:
            opened, until = start, end
    if opened is None or until is None or until <= now:
        return False, None
    return (True, until) if opened <= now else (False, opened)


def _openings(hours: Hours, today: date) -> list[tuple[datetime, datetime]]:
    """All openings from yesterday on, long enough to see past Christmas and Easter."""
    openings = []
    for offset in range(-1, 16):
        day = today + timedelta(days=offset)
        for period in hours.periods:
            if day.weekday() not in period.days:
                continue
            if period.closed_on_public_holidays and day in _public_holidays(day.year):
                continue
            midnight = datetime.combine(day, time(), OSLO)
            # Wall-clock arithmetic: ten o'clock is ten o'clock on the days when the clocks change, too.
            openings.append(
                (midnight + timedelta(minutes=period.start), midnight + timedelta(minutes=period.end))
            )
    return sorted(openings)
