"""Which numbers of a period are shown: from exact counts, and all that was shown before, to cells anybody may have.

A cell is a number, «few» (under FEW), «most» (all but fewer than FEW of the base), [low, high] (hidden, and so much follows
from what is shown anyway), or None (not shown at all).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from web.statistics.periods import Period
from web.statistics.protect import FEW, MANY, ROOM, Edge, Network, keep
from web.statistics.tables import ALL, BY_ID, Counts, Table

Cell = int | str | list[int] | None
Cells = dict[str, dict[str, Cell]]
"""Table -> category -> cell. A table that is not here is not shown for the period."""


@dataclass(frozen=True)
class Past:
    """The periods that a new one must be seen together with: exact counts, and what of them is shown already."""

    counts: Mapping[str, Counts]
    shown: Mapping[str, Cells]


def bounds(cell: Cell, base: tuple[int, int]) -> tuple[int, int]:
    """Between what a reader knows this cell to lie; `base` the same of what it is a part of."""
    if isinstance(cell, int):
        return cell, cell
    if cell == "few":
        return 0, FEW - 1
    if cell == "most":
        return max(FEW, base[0] - FEW + 1), base[1]
    if cell == "":
        return FEW, base[1]
    return (FEW, base[1]) if isinstance(cell, list) and cell[0] >= FEW else (0, base[1])


class Showing:
    """The numbers of one new period, table by table; each sees those before it."""

    def __init__(self, new: Period, counts: Counts, past: Past) -> None:
        self.new = new
        self.counts = {**past.counts, new.name: counts}
        self.cells: Cells = dict(past.shown.get(new.name, {}))
        self._shown = {**past.shown, new.name: self.cells}
        inside = {
            name
            for name in past.counts
            if Period(name) != new and set(Period(name).months) <= set(new.months)
        }
        self._family = [Period(name) for name in sorted(inside)] + [new]

    def value(self, where: tuple[str, str], one: Period) -> int:
        """The exact number."""
        return self.counts[one.name].get(where[0], {}).get(where[1], 0)

    def cell(self, where: tuple[str, str], one: Period) -> Cell:
        """What is shown of it."""
        table = self._shown.get(one.name, {}).get(where[0])
        if table is None:
            return None
        # A category that is not listed is hidden as few: which needs nobody has is not said.
        return table.get(where[1], "few")

    def known(self, where: tuple[str, str] | None, one: Period) -> tuple[int, int]:
        """Between what a reader knows the number to lie, before sums are looked at."""
        if where is None:
            return 0, MANY
        table = BY_ID.get(where[0])
        base = self.known(table.base if table else ALL, one)
        return bounds(self.cell(where, one), base)

    def _parent(self, one: Period) -> Period | None:
        return one.parent if one.parent in self._family else None

    def _is_sum(self, one: Period) -> bool:
        return any(part in self._family for part in one.parts)

    # One number over time: totals, and shares of a base.

    def share(self, table: Table, category: str) -> None:
        """Show or hide one number of a total or a share."""
        where = (table.id, category)
        edges = []
        for one in self._family:
            if table.longer_only and one.kind == "month":
                continue
            parent = self._parent(one)
            tail = ("sum", parent.name) if parent else "all"
            head = ("sum", one.name) if self._is_sum(one) and self._counted(table, one) else "all"
            edges.append(self._share_edge(table, where, one, tail, head))
        network = Network(edges)
        self._settle(table, network, {edge.key: edge for edge in edges})

    def _counted(self, table: Table, one: Period) -> bool:
        """Whether the parts of this period have numbers of their own in this table."""
        return not table.longer_only or any(part.kind != "month" for part in one.parts)

    def _share_edge(self, table: Table, where: tuple[str, str], one: Period, tail: Any, head: Any) -> Edge:
        value, base = self.value(where, one), self.known(table.base, one)
        whole = base[0] if base[0] == base[1] else None
        rest = (
            whole - value
            if whole is not None
            else self.value(table.base, one) - value
            if table.base
            else MANY
        )
        edge = Edge((where[1], one.name), tail, head, value)
        edge.guarded = value < FEW or rest < FEW
        if one == self.new:
            edge.new = True
            edge.label = "few" if value < FEW else "most" if whole is not None and rest < FEW else ""
            edge.shown = value >= FEW and rest >= FEW
            edge.low, edge.high = bounds(edge.label, base)
        else:
            cell = self.cell(where, one)
            edge.shown = isinstance(cell, int)
            edge.low, edge.high = bounds(cell, base)
        if table.part or table.id == "pairs":
            self._within(table, where[1], one, edge)
        return edge

    def _within(self, table: Table, category: str, one: Period, edge: Edge) -> None:
        """What other tables say about this number; guarded also for what would follow from it and them."""
        if table.part:
            # The children among them are known: then so are the others.
            part = BY_ID[table.part]
            some, of = (part.id, category), cast("tuple[str, str]", part.base)
            others = self.value(ALL, one) - self.value(of, one)
            theirs = edge.value - self.value(some, one)
            low, high = self.known(some, one)
            most = self.known(ALL, one)[1] - self.known(of, one)[0]
            tight = theirs < FEW or others - theirs < FEW
        else:
            first, second = (("needs", need) for need in category.split("|"))
            every = self.value(ALL, one)
            one_only, other_only = self.value(first, one) - edge.value, self.value(second, one) - edge.value
            tight = min(one_only, other_only, every - edge.value - one_only - other_only) < FEW
            firsts, seconds = self.known(first, one), self.known(second, one)
            low = max(0, firsts[0] + seconds[0] - self.known(ALL, one)[1])
            high, most = min(firsts[1], seconds[1]), 0
            if one == self.new and any(not isinstance(self.cell(need, one), int) for need in (first, second)):
                tight = True
        edge.low, edge.high = max(edge.low, low), min(edge.high, max(high + most, edge.value))
        edge.low = min(edge.low, edge.value)
        if tight:
            edge.guarded = True
            if edge.new:
                edge.shown = False

    # Categories that add up to a base.

    def split(self, table: Table) -> None:
        """Show or hide the numbers of a split."""
        base = cast("tuple[str, str]", table.base)
        edges, bases = [], []
        for one in self._family:
            parent, whole = self._parent(one), self._is_sum(one)
            for category in table.categories:
                tail = (category, parent.name) if parent else "all"
                head = (category, one.name) if whole else ("base", one.name)
                edges.append(self._split_edge((table.id, category), base, one, tail, head))
            bases.append(
                self._given(base, one, ("base", one.name), ("base", parent.name) if parent else "all")
            )
        network = Network([*edges, *bases])
        keep(network, bases)
        self._settle(table, network, {edge.key: edge for edge in edges})

    def _split_edge(
        self, where: tuple[str, str], base: tuple[str, str], one: Period, tail: Any, head: Any
    ) -> Edge:
        edge = Edge((where[1], one.name), tail, head, self.value(where, one))
        edge.guarded = edge.value < FEW
        if one == self.new:
            edge.new, edge.shown, edge.label = True, edge.value >= FEW, "few" if edge.value < FEW else ""
            edge.low, edge.high = bounds(edge.label, self.known(base, one))
        else:
            cell = self.cell(where, one)
            edge.shown = isinstance(cell, int)
            edge.low, edge.high = bounds(cell, self.known(base, one))
        return edge

    def _given(self, where: tuple[str, str], one: Period, tail: Any, head: Any) -> Edge:
        """A number of a table that has been decided about already."""
        edge = Edge((where, one.name), tail, head, self.value(where, one))
        edge.low, edge.high = self.known(where, one)
        edge.shown = edge.low == edge.high
        return edge

    # Two splits at once, for a year only: then there is nothing over time to think of.

    def cross(self, table: Table) -> None:
        """Show or hide the numbers of a cross."""
        rows, columns = BY_ID[table.rows], BY_ID[table.columns]
        kept = columns.kind == "share"
        names = ("yes", "no") if kept else columns.categories
        edges, given = [], []
        for row in rows.categories:
            given.append(self._given((rows.id, row), self.new, "all", ("row", row)))
            for name in names:
                key = (table.id, f"{row}|{name}")
                edges.append(self._split_edge(key, (rows.id, row), self.new, ("row", row), ("column", name)))
        for name in names:
            edge = self._given((columns.id, "answered" if kept else name), self.new, ("column", name), "all")
            if kept and name == "no":
                whole, (low, high) = self.value(ALL, self.new), self.known(ALL, self.new)
                edge.value, edge.low, edge.high = whole - edge.value, max(0, low - edge.high), high - edge.low
                edge.shown = edge.low == edge.high
            given.append(edge)
        network = Network([*edges, *given])
        keep(network, given)
        self._settle(table, network, {edge.key: edge for edge in edges})

    def _settle(self, table: Table, network: Network, edges: Mapping[Any, Edge]) -> None:
        new = [edge for edge in edges.values() if edge.new]
        base = self.known(table.base, self.new)

        def widen(edge: Edge) -> None:
            edge.low, edge.high, edge.label = 0, max(edge.value, base[1]), ""

        network.protect(widen)
        mine = self.cells.setdefault(table.id, {})
        for edge in new:
            category = cast("tuple[str, str]", edge.key)[0]
            if edge.shown:
                mine[category] = edge.value
            elif edge.label:
                mine[category] = edge.label
            else:
                low, high = network.known(edge)
                mine[category] = [low, high] if high < MANY // 2 else None

    def possible(self, table: Table) -> bool:
        """Whether a table is shown for this period: a rule about its base only, which tells nothing of its parts.

        With so many cases not all categories can be small, and there is always one large enough to hide the small among.
        """
        if table.kind == "total":
            return True
        if table.kind == "cross":
            cells = len(BY_ID[table.rows].categories) * len(
                ("yes", "no") if BY_ID[table.columns].kind == "share" else BY_ID[table.columns].categories
            )
            if self.new.kind != "year" or self.known(ALL, self.new)[0] < FEW * cells:
                return False
            return self._adds_up(table)
        if table.longer_only and self.new.kind == "month":
            return False
        return self.known(table.base, self.new)[0] >= FEW * max(
            2, len(table.categories) if table.kind == "split" else 2
        )

    def _adds_up(self, table: Table) -> bool:
        """Whether the rows of a cross are those of its split: a case may have been put right in between."""
        counts = self.counts[self.new.name].get(table.id, {})
        sums: dict[str, int] = {}
        for key, number in counts.items():
            row = key.split("|")[0]
            sums[row] = sums.get(row, 0) + number
        rows = BY_ID[table.rows].categories
        return min(counts.values(), default=-1) >= 0 and all(
            sums.get(row, 0) == self.value((table.rows, row), self.new) for row in rows
        )

    def make(self, tables: Iterable[Table]) -> Cells:
        """The cells of these tables, in this order: bases before what is a part of them."""
        tables = list(tables)
        for table in tables:
            if not self.possible(table):
                continue
            if table.kind == "split":
                self.split(table)
            elif table.kind == "cross":
                self.cross(table)
            else:
                self.cells.setdefault(table.id, {})
                for category in table.categories or self._found(table):
                    self.share(table, category)
                if not table.categories:
                    self.cells[table.id] = {k: c for k, c in self.cells[table.id].items() if c != "few"}
        return {table.id: self.cells[table.id] for table in tables if table.id in self.cells}

    def _found(self, table: Table) -> list[str]:
        """The categories of an open table that can be shown at all: large enough here."""
        counts = self.counts[self.new.name].get(table.id, {})
        return sorted(category for category, number in counts.items() if number >= FEW)


__all__ = ["FEW", "ROOM", "Cell", "Cells", "Past", "Showing", "bounds"]
