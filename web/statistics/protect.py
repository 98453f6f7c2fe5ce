"""Hiding small numbers so that nobody can work them out from the ones that are shown.

The numbers of a table and all its totals (over categories, months, thirds and the year) are the edges of a network in
which as much flows into each node as out of it: a total is what flows in, its parts are what flows out. What a reader
who has every published number can know about a hidden one is then exactly how far its edge can be raised and lowered
without breaking a sum, and that is a question of maximal flows; the answers are whole numbers, and neither too wide
nor too narrow. No number under FEW may be known more closely than to ROOM + 1 possible values.

The reader modelled here knows all rules of this file, sees which hidden numbers are small, and has all that was
published before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

FEW = 5
"""Numbers under this are not shown."""
ROOM = 2
"""A small number that is hidden must be able to lie this much apart: never fewer than ROOM + 1 possible values."""
MANY = 10**9


@dataclass
class Edge:
    """One number of a table: from its total to its parts."""

    key: Hashable
    tail: Hashable
    head: Hashable
    value: int
    low: int = 0
    high: int = MANY
    """Between these a reader knows it to lie before any sum is looked at, when it is hidden."""
    shown: bool = True
    new: bool = False
    """Published now, so that it can still be hidden. What was published before stays as it was."""
    label: str = ""
    """What is said of it when it is hidden: «few», «most» or nothing."""
    guarded: bool = False
    """Small, or small in what is left of its whole: must not be known closely."""
    kept: tuple[int, int] | None = field(default=None)
    """A hidden number of another table: this one must not tell more of it than (low, high)."""


class Network:
    """Numbers that are sums of one another."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.edges: list[Edge] = list(edges)
        nodes = {
            node: number for number, node in enumerate({n for e in self.edges for n in (e.tail, e.head)})
        }
        self._ends = [(nodes[edge.tail], nodes[edge.head]) for edge in self.edges]
        self._at: list[list[int]] = [[] for _ in nodes]
        for number, (tail, head) in enumerate(self._ends):
            self._at[tail].append(number)
            if head != tail:
                self._at[head].append(number)
        balance = [0] * len(nodes)
        for edge, (tail, head) in zip(self.edges, self._ends, strict=True):
            balance[tail] -= edge.value
            balance[head] += edge.value
        if any(balance):
            raise ValueError("the numbers of this table do not add up")

    def known(self, edge: Edge) -> tuple[int, int]:
        """The smallest and largest value that the edge can have for who knows everything that is shown."""
        number = self.edges.index(edge)
        return edge.value - self._moves(number, down=True), edge.value + self._moves(number, down=False)

    def _span(self, number: int) -> tuple[int, int]:
        """How far it can be lowered and raised; no further than is asked about."""
        down = self._moves(number, down=True, enough=ROOM)
        return down, self._moves(number, down=False, enough=ROOM - down)

    def _moves(self, number: int, *, down: bool, enough: int = MANY) -> int:
        """How far this one can be lowered or raised while all sums hold and all others stay within what is known."""
        edge = self.edges[number]
        if edge.shown:
            return 0
        limit = min(enough, edge.value - edge.low if down else edge.high - edge.value)
        tail, head = self._ends[number]
        # Raising tail→head by one needs one more to flow back from head to tail through the others.
        start, goal = (tail, head) if down else (head, tail)
        flow, moved = [one.value for one in self.edges], 0
        while moved < limit:
            path = self._path(start, goal, flow, number)
            if path is None:
                break
            step = min([limit - moved, *(self._room(one, way, flow) for one, way in path)])
            for one, way in path:
                flow[one] += way * step
            moved += step
        return max(moved, 0)

    def _room(self, number: int, way: int, flow: list[int]) -> int:
        edge = self.edges[number]
        if edge.shown:
            return 0
        return edge.high - flow[number] if way > 0 else flow[number] - edge.low

    def _path(self, start: int, goal: int, flow: list[int], without: int) -> list[tuple[int, int]] | None:
        """A shortest way along which something can be moved: edges, with 1 for raising and -1 for lowering."""
        if start == goal:
            return []
        came: dict[int, tuple[int, int, int]] = {start: (-1, 0, 0)}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for number in self._at[node]:
                tail, head = self._ends[number]
                way, there = (1, head) if tail == node else (-1, tail)
                if number == without or there in came or self._room(number, way, flow) <= 0:
                    continue
                came[there] = (node, number, way)
                if there == goal:
                    path = []
                    while there != start:
                        there, number, way = came[there]
                        path.append((number, way))
                    return path
                waiting.append(there)
        return None

    def _told(self) -> int | None:
        """The first number that would be known too closely; None when all is well."""
        for number, edge in enumerate(self.edges):
            if edge.shown:
                continue
            if edge.guarded and sum(self._span(number)) < ROOM:
                return number
            if edge.kept is not None and self.known(edge) != edge.kept:
                return number
        return None

    def protect(self, widen: Callable[[Edge], None]) -> None:
        """Hide more of what is new until nothing is told; then show again what need not be hidden.

        widen: makes a hidden number's low and high as wide as for who is not even told whether it is small. Only used
        when nothing is left to hide.
        """
        hidden: list[Edge] = []
        while (told := self._told()) is not None:
            found = self._to_hide(told)
            if found is None:
                # Then not even which of them are small is said.
                for edge in self.edges:
                    if edge.new:
                        edge.shown = False
                        widen(edge)
                return
            found.shown = False
            hidden.append(found)
        for edge in sorted(hidden, key=lambda one: -one.value):
            edge.shown = True
            if self._told() is not None:
                edge.shown = False

    def _to_hide(self, told: int) -> Edge | None:
        """The next to hide: near the one that is told, the smallest that is large enough to move, as far as there is any."""
        near = set(self._ends[told])
        open_ = [
            (not near & set(self._ends[number]), edge.value, number)
            for number, edge in enumerate(self.edges)
            if edge.new and edge.shown
        ]
        return self.edges[min(open_)[2]] if open_ else None


def keep(network: Network, edges: Sequence[Edge]) -> None:
    """Remember what these hidden numbers of other tables are known as, before anything new is shown."""
    fresh = [(edge, edge.shown, edge.low, edge.high) for edge in network.edges if edge.new]
    for edge, *_ in fresh:
        edge.shown, edge.low, edge.high = False, 0, MANY
    for edge in edges:
        if not edge.shown:
            edge.kept = network.known(edge)
    for edge, shown, low, high in fresh:
        edge.shown, edge.low, edge.high = shown, low, high
