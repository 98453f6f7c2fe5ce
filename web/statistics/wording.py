"""The overview in words: names of tables and categories, and numbers of which not all are shown. The one Flask-near part."""

from __future__ import annotations

from datetime import datetime
from math import ceil, floor

from babel.dates import format_date, format_skeleton
from flask_babel import LazyString, get_locale, gettext, lazy_gettext, ngettext

from web.catalog import Catalog
from web.i18n import catalog_words
from web.statistics.periods import Period
from web.statistics.protect import FEW
from web.statistics.showing import Cell

NBSP = "\N{NO-BREAK SPACE}"
TABLE: dict[str, LazyString] = {
    "cases": lazy_gettext("Cases"),
    "deleted": lazy_gettext("Deleted before they were counted"),
    "age": lazy_gettext("Age"),
    "ages": lazy_gettext("Age of those under 18"),
    "language": lazy_gettext("Language of the words"),
    "writer": lazy_gettext("Who wrote"),
    "children": lazy_gettext("In time, under 18"),
    "in_time": lazy_gettext("In time, all"),
    "acute": lazy_gettext("Acute (overview)"),
    "needs": lazy_gettext("What it is about"),
    "pairs": lazy_gettext("What comes together"),
    "services": lazy_gettext("Services that people chose"),
    "outcome": lazy_gettext("How the municipality closed the case"),
    "helped": lazy_gettext("What people answered: Did you get help?"),
    "followed": lazy_gettext("Followed up after six weeks, under 18"),
    "brought_in": lazy_gettext("Services that were brought in"),
    "promise_by_language": lazy_gettext("Answer in time, by language"),
    "promise_by_age": lazy_gettext("Answer in time, by age"),
    "help_by_language": lazy_gettext("Did you get help?, by language"),
    "help_by_age": lazy_gettext("Did you get help?, by age"),
}
CATEGORY: dict[str, dict[str, LazyString]] = {
    "cases": {"all": lazy_gettext("All cases (overview)")},
    "deleted": {"all": lazy_gettext("Deleted by who wrote (overview)")},
    "age": {
        "under_18": lazy_gettext("Under 18 (age)"),
        "adult": lazy_gettext("18 or older (age)"),
        "unknown": lazy_gettext("Not said (age)"),
    },
    "ages": {
        "0_5": lazy_gettext("0–5 years"),
        "6_12": lazy_gettext("6–12 years"),
        "13_17": lazy_gettext("13–17 years"),
        "unknown": lazy_gettext("Not said how old"),
    },
    "language": {
        "nb": lazy_gettext("Bokmål (words)"),
        "nn": lazy_gettext("Nynorsk (words)"),
        "other": lazy_gettext("Another language"),
    },
    "writer": {
        "child": lazy_gettext("A child (overview)"),
        "youth": lazy_gettext("A young person (overview)"),
        "parent": lazy_gettext("A parent (overview)"),
        "other": lazy_gettext("Somebody else (overview)"),
    },
    "in_time": {
        "read": lazy_gettext("Read by a human in time"),
        "answered": lazy_gettext("Answered in time"),
        "contact": lazy_gettext("A named contact person within five working days"),
    },
    "acute": {"acute": lazy_gettext("Acute cases (overview)")},
    "outcome": {
        "got_help": lazy_gettext("Got help (overview)"),
        "moved_on": lazy_gettext("Handed on to another service (overview)"),
        "not_reached": lazy_gettext("Nobody was reached (overview)"),
        "withdrawn": lazy_gettext("Wanted no more (overview)"),
        "open": lazy_gettext("Not closed yet, or deleted"),
    },
    "helped": {
        "yes": lazy_gettext("Yes (helped)"),
        "some": lazy_gettext("Somewhat (helped)"),
        "no": lazy_gettext("No (helped)"),
        "none": lazy_gettext("Has not answered (helped)"),
    },
    "followed": {"followed": lazy_gettext("A plan, a service's answer or an outcome")},
    "service": {
        "got_help": lazy_gettext("Gave help (service)"),
        "waiting": lazy_gettext("Has taken it, or there is a wait (service)"),
        "refused": lazy_gettext("Said no (service)"),
        "did_not_want": lazy_gettext("The person did not want it (service)"),
        "none": lazy_gettext("Has not answered (service)"),
    },
    "kept": {"yes": lazy_gettext("In time (answer)"), "no": lazy_gettext("Too late, or not yet (answer)")},
}
CATEGORY["children"] = CATEGORY["in_time"]


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def number(cell: Cell, base: Cell = None) -> str:
    """A cell as it stands in a table."""
    if isinstance(cell, int):
        return f"{cell:,}".replace(",", NBSP)
    if cell == "few":
        return _("fewer than %(number)s", number=FEW)
    if cell == "most" and isinstance(base, int):
        return _("at least %(number)s", number=number(base - FEW + 1))
    if isinstance(cell, list):
        return f"{number(cell[0])}–{number(cell[1])}"
    return _("not shown (number)")


def in_sentence(cell: Cell, base: Cell = None) -> str:
    """A cell as it stands in a sentence."""
    if isinstance(cell, list):
        return _("between %(low)s and %(high)s", low=number(cell[0]), high=number(cell[1]))
    return number(cell, base)


def share(cell: Cell, base: Cell) -> str:
    """Which part of the base it is, never more exact than the cell; nothing when that cannot be said."""
    if not isinstance(base, int) or base == 0 or cell is None:
        return ""
    if isinstance(cell, int):
        return percent(cell, base)
    if cell == "few":
        return _("under %(share)s", share=f"{ceil(100 * FEW / base)}{NBSP}%")
    if cell == "most":
        return _("over %(share)s", share=f"{floor(100 * (base - FEW) / base)}{NBSP}%")
    low, high = (percent(part, base) for part in cell if isinstance(part, int))
    return low if low == high else f"{low.removesuffix('%').strip()}–{high}"


def percent(part: int, base: int) -> str:
    """Whole per cent; not 100 unless it is all of them."""
    return f"{min(round(100 * part / base), 100 if part == base else 99)}{NBSP}%"


def period_name(one: Period) -> str:
    """A period as people say it."""
    if one.kind == "year":
        return one.name
    if one.kind == "third":
        return _("%(number)s. third of %(year)s", number=one.name[-1], year=one.year)
    return str(format_skeleton("yMMMM", _middle(one), locale=get_locale()))


def month_name(one: Period, short: bool = False) -> str:
    """A month without its year."""
    return str(format_date(_middle(one), "LLL" if short else "LLLL", locale=get_locale())).removesuffix(".")


def _middle(one: Period) -> datetime:
    return one.begins + (one.ends - one.begins) / 2


def category_name(catalog: Catalog, table: str, category: str) -> str:
    """A category as people say it."""
    if table == "pairs":
        return " + ".join(category_name(catalog, "needs", need) for need in category.split("|"))
    if table == "needs":
        need = catalog.needs.get(category)
        return catalog_words(need.name) if need else category
    if table in ("services", "brought_in"):
        return service_name(catalog, category)
    if table.startswith("service:"):
        return str(CATEGORY["service"].get(category, category))
    if "|" in category:
        row, _bar, column = category.partition("|")
        rows = table.removeprefix("promise_by_").removeprefix("help_by_")
        columns = "kept" if table.startswith("promise") else "helped"
        return f"{CATEGORY[rows].get(row, row)}: {CATEGORY[columns].get(column, column)}"
    return str(CATEGORY.get(table, {}).get(category, category))


def service_name(catalog: Catalog, service: str) -> str:
    """The name of a service; its id when the catalog has it no more."""
    found = catalog.services.get(service)
    return catalog_words(found.name) if found else service


def table_name(catalog: Catalog, table: str) -> str:
    """A table as people say it."""
    if table.startswith("service:"):
        return _(
            "What %(service)s said came of it", service=service_name(catalog, table.removeprefix("service:"))
        )
    return str(TABLE[table])


def time(hours: int | str | None, days: int | str | None) -> str:
    """A time in hours, and in working days when it is more than the same day."""
    if hours is None:
        return _("not reached when counted")
    if not isinstance(hours, int) or not isinstance(days, int):
        return _("too few (time)")
    if days == 0:
        return _("%(number)s h, the same day", number=number(hours))
    return str(
        ngettext(
            "%(hours)s h, %(num)s working day", "%(hours)s h, %(num)s working days", days, hours=number(hours)
        )
    )
