"""What a page of the overview, a file of it and the open report are made of: the same cells, put in order and into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from web.catalog import Catalog
from web.i18n import format_date_long
from web.statistics import wording
from web.statistics.periods import Period, period
from web.statistics.showing import Cell
from web.statistics.tables import ALL, BY_ID, CHILDREN, HELPED, IN_TIME, Table, service_table

MOST_LINES = 10
"""Lines of a list of needs, pairs or services on a page; all of them are in the file."""
_CHART_HEIGHT, _CHART_STEP = 120, 48


@dataclass(frozen=True)
class Line:
    """One line of a table."""

    name: str
    number: str
    share: str
    bar: int
    """Length of its bar, 0 to 100; none for a number that is not shown."""


@dataclass(frozen=True)
class TableView:
    """A table with its bars. `of`: what the shares are shares of."""

    id: str
    name: str
    of: str
    lines: tuple[Line, ...]
    more: int = 0
    """Lines that are only in the file."""


@dataclass(frozen=True)
class Grid:
    """A table with several columns of numbers."""

    id: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Bar:
    """One column of the chart over time, in the chart's own units."""

    name: str
    number: str
    x: int
    y: int
    height: int
    inner_y: int
    inner_height: int


@dataclass(frozen=True)
class Chart:
    """How many came each month; the inner part of each column is those under 18."""

    bars: tuple[Bar, ...]
    width: int
    height: int


@dataclass(frozen=True)
class Report:
    """A period in words and tables."""

    period: Period
    name: str
    children: tuple[str, ...]
    """Three sentences: are children caught and followed up in time?"""
    times: Grid | None
    in_time: tuple[TableView, ...]
    help: tuple[TableView, ...]
    needs: tuple[TableView, ...]
    who: tuple[TableView, ...]
    services: tuple[TableView, ...]
    of_services: Grid | None
    crosses: tuple[Grid, ...]
    months: Grid | None
    chart: Chart | None
    results_on: str
    """The day from which results are there; empty when they are."""


class _Shown:
    """The cells of a period, as they lie in the database."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.cells: dict[str, dict[str, Cell]] = content.get("cells", {})
        self.times: dict[str, list[Any]] = content.get("times", {})
        self.stages: list[str] = content.get("stages", [])

    def cell(self, table: str, category: str) -> Cell:
        there = self.cells.get(table)
        return None if there is None else there.get(category, "few")

    def base(self, table: Table) -> Cell:
        return self.cell(*table.base) if table.base else None


def make_report(catalog: Catalog, one: Period, shown: Mapping[str, Any]) -> Report:
    """The report of a period. shown: of web.statistics.making.shown, with the months of the same year."""
    here = _Shown(shown.get(one.name, {}))

    def tables(*names: str) -> tuple[TableView, ...]:
        return tuple(view for name in names if (view := _table(catalog, here, BY_ID[name])) is not None)

    months = [month for month in Period(str(one.year)).months if month.name in shown]
    return Report(
        period=one,
        name=wording.period_name(one),
        children=_children(here, one),
        times=_times(here),
        in_time=tables("children", "in_time"),
        help=tables("outcome", "helped"),
        needs=tables("needs", "pairs"),
        who=tables("age", "ages", "writer", "language", "acute"),
        services=tables("services", "brought_in"),
        of_services=_of_services(catalog, here),
        crosses=tuple(grid for name in _CROSSES if (grid := _cross(catalog, here, BY_ID[name])) is not None),
        months=_months(months, shown),
        chart=_chart(months, shown),
        results_on="" if "results" in here.stages else format_date_long(one.counted_on("results")),
    )


_CROSSES = ("promise_by_language", "promise_by_age", "help_by_language", "help_by_age")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _children(here: _Shown, one: Period) -> tuple[str, ...]:
    """Three plain sentences with the numbers behind them."""
    children = here.cell(*CHILDREN)
    if not isinstance(children, int) or "children" not in here.cells:
        return (
            _("So few cases were about children under 18 that the numbers cannot be shown for this period."),
        )
    of = {"all": wording.number(children)}

    def said(table: str, category: str) -> dict[str, str]:
        cell = here.cell(table, category)
        part = wording.share(cell, children)
        return {**of, "number": wording.in_sentence(cell, children), "share": f" ({part})" if part else ""}

    first = _(
        "%(number)s of %(all)s cases about children under 18 were read by a human in time%(share)s.",
        **said("children", "read"),
    )
    second = _(
        "%(number)s of %(all)s had a contact person with a name within five working days%(share)s.",
        **said("children", "contact"),
    )
    if "results" not in here.stages:
        day = format_date_long(one.counted_on("results"))
        third = _("How many were followed up after six weeks is counted on %(day)s.", day=day)
    else:
        third = _(
            "%(number)s of %(all)s had a plan, a service's answer or an outcome after six weeks%(share)s.",
            **said("followed", "followed"),
        )
    return _capital(first), _capital(second), _capital(third)


def _size(cell: Cell) -> int:
    """How long a bar is drawn: for a hidden number as long as is known."""
    return cell if isinstance(cell, int) else cell[0] if isinstance(cell, list) else 0


def _table(catalog: Catalog, here: _Shown, table: Table) -> TableView | None:
    cells = here.cells.get(table.id)
    if not cells:
        return None
    base = here.base(table)
    keys = list(table.categories) or sorted(cells, key=lambda key: (-_size(cells[key]), key))
    longest = max((_size(cells.get(key, "few")) for key in keys), default=0)
    whole = base if isinstance(base, int) and table.categories else longest
    kept = keys if table.categories else keys[:MOST_LINES]
    lines = []
    for key in kept:
        cell = cells.get(key, "few")
        size = base - 4 if cell == "most" and isinstance(base, int) else _size(cell)
        lines.append(
            Line(
                wording.category_name(catalog, table.id, key),
                wording.number(cell, base),
                wording.share(cell, base),
                round(100 * size / whole) if whole else 0,
            )
        )
    of = ""
    if table.base == CHILDREN:
        of = _("of %(number)s cases about children under 18", number=wording.number(base))
    elif table.base == ALL:
        of = _("of %(number)s cases", number=wording.number(base))
    return TableView(
        table.id, wording.table_name(catalog, table.id), of, tuple(lines), max(0, len(keys) - len(kept))
    )


def _times(here: _Shown) -> Grid | None:
    """Half and nine in ten: when somebody read, answered, and had a name."""
    what = {
        "read": _("First read by a human"),
        "answered": _("First answer"),
        "contact": _("Named contact person"),
    }
    whose = {"all": _("all"), "children": _("under 18")}
    rows = []
    for step, words in what.items():
        for group, name in whose.items():
            in_hours, in_days = (here.times.get(f"{group}:{step}:{unit}") for unit in ("hours", "days"))
            if in_hours and in_days:
                row = tuple(wording.time(in_hours[n], in_days[n]) for n in (0, 1))
                rows.append((f"{words}, {name}", row))
    columns = (
        _("Half of them within"),
        _("Nine in ten within"),
    )
    return Grid("times", _("How long it took"), columns, tuple(rows)) if rows else None


def _of_services(catalog: Catalog, here: _Shown) -> Grid | None:
    """What came of it at each service that was brought in often enough."""
    every = [service_table(key.removeprefix("service:")) for key in here.cells if key.startswith("service:")]
    kept = sorted(every, key=lambda table: (-_size(here.base(table)), table.id))[:MOST_LINES]
    rows = []
    for table in kept:
        base = here.base(table)
        cells = [here.cell(table.id, category) for category in table.categories]
        name = wording.service_name(catalog, table.id.removeprefix("service:"))
        rows.append((name, (wording.number(base), *(_with_share(cell, base) for cell in cells))))
    if not rows:
        return None
    columns = (
        _("Brought in"),
        *(wording.category_name(catalog, kept[0].id, category) for category in kept[0].categories),
    )
    return Grid("of_services", _("What the services said came of it"), columns, tuple(rows))


def _with_share(cell: Cell, base: Cell) -> str:
    part = wording.share(cell, base) if isinstance(cell, int) else ""
    return f"{wording.number(cell, base)} ({part})" if part else wording.number(cell, base)


def _cross(catalog: Catalog, here: _Shown, table: Table) -> Grid | None:
    if table.id not in here.cells:
        return None
    columns = ("yes", "no") if BY_ID[table.columns].kind == "share" else HELPED
    names = wording.CATEGORY["kept" if BY_ID[table.columns].kind == "share" else "helped"]
    rows = []
    for row in BY_ID[table.rows].categories:
        base = here.cell(table.rows, row)
        cells = tuple(_with_share(here.cell(table.id, f"{row}|{column}"), base) for column in columns)
        rows.append((wording.category_name(catalog, table.rows, row), (wording.number(base), *cells)))
    heads = (_("Cases"), *(str(names[column]) for column in columns))
    return Grid(table.id, wording.table_name(catalog, table.id), heads, tuple(rows))


def _months(months: Sequence[Period], shown: Mapping[str, Any]) -> Grid | None:
    """The months of the year beside one another."""
    rows = []
    for month in months:
        one = _Shown(shown[month.name])
        cases, children = one.cell(*ALL), one.cell(*CHILDREN)
        cells = (
            wording.number(cases),
            wording.number(children, cases),
            wording.number(one.cell("acute", "acute"), cases),
            wording.share(one.cell("in_time", "answered"), cases) or wording.number(None),
            *(
                wording.share(one.cell("children", what), children) or wording.number(None)
                for what in IN_TIME[:2]
            ),
        )
        rows.append((_capital(wording.month_name(month)), cells))
    columns = (
        _("Cases"),
        _("Under 18 (age)"),
        _("Acute (overview)"),
        _("Answered in time"),
        _("Under 18, read in time"),
        _("Under 18, contact person in time"),
    )
    return (
        Grid("months", _("Month by month, %(year)s", year=months[0].year), columns, tuple(rows))
        if len(rows) > 1
        else None
    )


def _chart(months: Sequence[Period], shown: Mapping[str, Any]) -> Chart | None:
    numbers = []
    for month in months:
        one = _Shown(shown[month.name])
        numbers.append((month, one.cell(*ALL), one.cell(*CHILDREN)))
    highest = max((_size(cases) for _month, cases, _children in numbers), default=0)
    if len(numbers) < 2 or not highest:
        return None
    bars = []
    for place, (month, cases, children) in enumerate(numbers):
        height, inner = (round(_CHART_HEIGHT * _size(cell) / highest) for cell in (cases, children))
        x = place * _CHART_STEP
        name = wording.month_name(month, short=True)
        number = wording.number(cases) if isinstance(cases, int) else "–"
        y = 20 + _CHART_HEIGHT
        bars.append(Bar(name, number, x, y - height, height, y - inner, inner))
    # As wide as a whole year: a column is as thick in January as in December.
    return Chart(tuple(bars), 12 * _CHART_STEP, _CHART_HEIGHT + 44)


def compare(year: int, of_municipalities: Mapping[str, Mapping[str, Any]]) -> Grid:
    """Municipalities beside one another: what is shown of the same year in each."""
    rows = []
    for name, every in sorted(of_municipalities.items()):
        one = _Shown(every.get(str(year), {}))
        cases, children = one.cell(*ALL), one.cell(*CHILDREN)
        nothing = wording.number(None)
        cells = (
            wording.number(cases),
            wording.number(children, cases),
            wording.share(one.cell("children", "read"), children) or nothing,
            wording.share(one.cell("in_time", "answered"), cases) or nothing,
            wording.share(one.cell("outcome", "got_help"), cases) or nothing,
        )
        rows.append((name, cells))
    columns = (
        _("Cases"),
        _("Under 18 (age)"),
        _("Under 18, read in time"),
        _("Answered in time"),
        _("Closed because help came"),
    )
    return Grid("compared", _("Municipality by municipality, %(year)s", year=year), columns, tuple(rows))


def csv_lines(catalog: Catalog, shown: Mapping[str, Any]) -> list[list[str]]:
    """Every shown cell of these periods: the same as the pages have."""
    lines = [
        [
            _("Period"),
            _("Table"),
            _("Category"),
            _("Number (overview)"),
            _("At least (overview)"),
            _("At most (overview)"),
            _("Of (overview)"),
        ]
    ]
    for name in sorted(shown, key=lambda key: Period(key)):
        here = _Shown(shown[name])
        for table_id in sorted(here.cells):
            service = table_id.removeprefix("service:")
            table = service_table(service) if service != table_id else BY_ID[table_id]
            base = here.base(table)
            if table.kind == "cross":
                base = None
            for category in sorted(here.cells[table_id]):
                cell = here.cells[table_id][category]
                low, high = _limits(cell, base)
                lines.append(
                    [
                        name,
                        wording.table_name(catalog, table_id),
                        wording.category_name(catalog, table_id, category),
                        str(cell) if isinstance(cell, int) else "",
                        low,
                        high,
                        str(base) if isinstance(base, int) else "",
                    ]
                )
    return lines


def _limits(cell: Cell, base: Cell) -> tuple[str, str]:
    if isinstance(cell, int):
        return str(cell), str(cell)
    if cell == "few":
        return "0", "4"
    if cell == "most" and isinstance(base, int):
        return str(base - 4), str(base)
    return (str(cell[0]), str(cell[1])) if isinstance(cell, list) else ("", "")


def longest_first(names: Sequence[str]) -> list[Period]:
    """Periods for a choice: the newest first, and the longest of those that end together."""
    return sorted((one for name in names if (one := period(name)) is not None), reverse=True)


def first_choice(shown: Mapping[str, Any]) -> Period | None:
    """What is shown when nothing is chosen: the newest third with results, else the newest month."""
    choices = longest_first(list(shown))
    thirds = [one for one in choices if one.kind == "third" and "results" in shown[one.name]["stages"]]
    months = [one for one in choices if one.kind == "month"]
    return next(iter([*thirds, *months, *choices]), None)
