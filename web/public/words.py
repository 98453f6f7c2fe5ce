"""What the catalog says, in words for people: ages, who may get in touch, ways, hours, languages, and how it was checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from babel import Locale
from flask_babel import LazyString, gettext, lazy_gettext
from markupsafe import Markup, escape

from web import current, i18n
from web.catalog import Catalog, Need, Service
from web.matching import ADULT, open_at

GROUPS: dict[str, LazyString] = {
    "school": lazy_gettext("School, kindergarten and work"),
    "mind": lazy_gettext("Thoughts and feelings"),
    "social": lazy_gettext("Friends, free time and the internet"),
    "family": lazy_gettext("Home and family"),
    "safety": lazy_gettext("Being safe, drugs and the law"),
    "health": lazy_gettext("Body and health"),
    "living": lazy_gettext("Money, housing and being new in Norway"),
    "coordination": lazy_gettext("Many helpers, rights and complaints"),
}
AUDIENCE: dict[str, LazyString] = {
    "child": lazy_gettext("children under 13"),
    "youth": lazy_gettext("young people"),
    "parent": lazy_gettext("parents"),
    "other": lazy_gettext("others who are worried"),
}
WAYS: dict[str, LazyString] = {
    "drop_in": lazy_gettext("Come by, without an appointment"),
    "phone": lazy_gettext("Call"),
    "chat": lazy_gettext("Chat"),
    "online": lazy_gettext("Get in touch online"),
    "application": lazy_gettext("Send an application"),
    "referral": lazy_gettext("Someone must refer you"),
}

CHECKED: dict[str, LazyString] = {
    "numbers": lazy_gettext("Phone numbers"),
    "hours": lazy_gettext("Opening hours"),
    "place": lazy_gettext("Address"),
}

# Where a service belongs when its needs point elsewhere too.
_HOME = {
    "kindergarten": "school",
    "school": "school",
    "upper_secondary": "school",
    "educational_psychology": "school",
    "health": "health",
    "child_family": "family",
    "culture_leisure": "social",
    "coordination": "coordination",
}
_AT_HOME = 0.4
_SECONDARY = 0.3


def group_of(catalog: Catalog, service: Service) -> str:
    """The one group of needs that a service is listed under: the one whose needs it meets most of."""
    sizes: dict[str, int] = {}
    for need in catalog.needs.values():
        sizes[need.group] = sizes.get(need.group, 0) + 1
    points: dict[str, float] = {}
    for needs, worth in ((service.primary, 1.0), (service.secondary, _SECONDARY)):
        for need_id in needs:
            group = catalog.needs[need_id].group
            points[group] = points.get(group, 0.0) + worth / sizes[group]
    home = _HOME.get(service.sector)
    if home in points:
        points[home] += _AT_HOME
    return max(points, key=lambda group: points[group], default=home or "health")


def by_group(catalog: Catalog, services: Iterable[Service], language: str) -> list[tuple[str, list[Service]]]:
    """Services by the groups of needs in the order of the catalog, by name within each."""
    groups: dict[str, list[Service]] = {need.group: [] for need in catalog.needs.values()}
    for service in services:
        groups.setdefault(group_of(catalog, service), []).append(service)
    return [
        (str(GROUPS.get(group, group)), sorted(found, key=lambda one: one.name[language].casefold()))
        for group, found in groups.items()
        if found
    ]


def needs_by_group(catalog: Catalog) -> list[tuple[str, list[Need]]]:
    """All needs, to choose one from."""
    groups: dict[str, list[Need]] = {}
    for need in catalog.needs.values():
        groups.setdefault(need.group, []).append(need)
    return [(str(GROUPS.get(group, group)), needs) for group, needs in groups.items()]


def for_age(service: Service, age: int) -> bool:
    """Whether the service is for somebody of this age or, through a parent or another adult, about them."""
    limits = [(service.minimum_age, service.maximum_age)]
    limits += [(widening.minimum_age, widening.maximum_age) for widening in service.also_for]
    if any((low or 0) <= age and (high is None or age <= high) for low, high in limits):
        return True
    # The limits are about whoever uses it, and a parent of a child of this age may: a refuge, help with debt.
    return service.age_applies_to == "user" and "parent" in service.audience and age < ADULT


def ages(service: Service) -> str:
    """Whom it is for by age: «13–24 år», «fra 18 år», «alle aldre»."""
    low, high = service.minimum_age or 0, service.maximum_age
    if high is None:
        return gettext("from %(age)s years", age=low) if low else gettext("all ages")
    return gettext("%(low)s–%(high)s years", low=low, high=high)


def also_ages(service: Service) -> list[str]:
    """Other ages for certain needs: «barnevern, fosterhjem eller institusjon: 18–24 år»."""
    found: list[str] = []
    catalog = current.catalog()
    for widening in service.also_for:
        low, high = widening.minimum_age or 0, widening.maximum_age
        years = (
            gettext("%(low)s–%(high)s years", low=low, high=high)
            if high is not None
            else gettext("from %(age)s years", age=low)
        )
        each = [escape(i18n.in_language(catalog.needs[need].plain)) for need in widening.needs]
        sentence = escape(gettext("When it is about %(needs)s: %(years)s."))
        found.append(sentence % {"needs": Markup(enumerated(each)), "years": years})  # noqa: S704 - each is escaped
    return found


def audience(service: Service) -> str:
    """Who may get in touch: «ungdom, foreldre og andre som er bekymret»."""
    adults_only = (service.minimum_age or 0) >= ADULT
    words = [
        gettext("young adults") if adults_only and who == "youth" else str(AUDIENCE[who])
        for who in service.audience
        if who in AUDIENCE
    ]
    return enumerated(words)


def alone(service: Service) -> str | None:
    """From what age a young person may get in touch without parents; None where that is no question."""
    if not {"child", "youth"} & set(service.audience) or (service.minimum_age or 0) >= ADULT:
        return None
    age = service.self_contact_minimum_age
    if age is None or age >= ADULT:
        return gettext("If you are under 18, a parent gets in touch for you.")
    if age <= (service.minimum_age or 0):
        return gettext("You can get in touch without your parents.")
    return gettext("From the age of %(age)s you can get in touch without your parents.", age=age)


def enumerated(words: Sequence[str]) -> str:
    """«a, b og c»."""
    if len(words) < 2:
        return "".join(words)
    return gettext("%(most)s and %(last)s", most=", ".join(words[:-1]), last=words[-1])


def open_now(service: Service) -> str | None:
    """Whether it is open, and until or from when; None when its hours are not known."""
    if not service.hours.known:
        return None
    now = current.clock().now()
    is_open, change = open_at(service.hours, now)
    if change is None:
        return gettext("Open now, day and night.") if is_open else None
    time = f"{change.hour}" if change.minute == 0 else f"{change.hour}.{change.minute:02d}"
    if is_open:
        return gettext("Open now, until %(time)s.", time=time)
    return _closed(change, (change.date() - now.astimezone(change.tzinfo).date()).days, time)


def _closed(opens: datetime, days: int, time: str) -> str:
    if days == 0:
        return gettext("Closed now. Opens today at %(time)s.", time=time)
    if days == 1:
        return gettext("Closed now. Opens tomorrow at %(time)s.", time=time)
    return gettext("Closed now. Opens %(day)s at %(time)s.", day=i18n.format_day(opens), time=time)


def languages(service: Service) -> str:
    """The languages that they speak: «norsk og engelsk»."""
    names = Locale.parse(i18n.locale().code).languages
    return enumerated([names.get(code, code) for code in service.languages])


def ways(service: Service) -> str:
    """How it is reached, on one line: «Kom innom uten avtale, ring»."""
    first, *more = [str(WAYS[way]) for way in service.access.ways]
    return ", ".join([first, *(way[:1].lower() + way[1:] for way in more)])


def short_name(service: Service, language: str) -> str | None:
    """The short name where it says something that the full one does not."""
    name, short = service.name[language], service.short_name[language]
    return None if short.casefold()[:6] == name.casefold()[:6] or short in name else short


def details(service: Service, language: str) -> str:
    """What stands beside the name in a list: the short name and the ages, where they say something."""
    limited = service.minimum_age or service.maximum_age is not None
    return ", ".join(filter(None, (short_name(service, language), ages(service) if limited else None)))


def checked(service: Service) -> list[str]:
    """Which kinds of facts were checked on a day of their own: «Åpningstider: kontrollert 22. november 2026.»"""
    return [
        gettext("%(facts)s: checked on %(day)s.", facts=CHECKED[kind], day=i18n.format_date_long(day))
        for kind, day in service.checked.items()
        if kind in CHECKED
    ]


def web_name(address: str) -> str:
    """An address as people read it."""
    return address.removeprefix("https://").removeprefix("www.").rstrip("/")
