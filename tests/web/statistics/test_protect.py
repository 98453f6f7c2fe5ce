"""Small numbers cannot be found: tried by a reader who writes down every table that fits what is shown."""

from __future__ import annotations

import random
from itertools import product

import pytest

from web.statistics.periods import Period
from web.statistics.protect import FEW, MANY, ROOM, Edge, Network
from web.statistics.showing import Past, Showing, bounds
from web.statistics.tables import BY_ID, TABLES, Table

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")


def parts(total: int, count: int):
    """Every way of splitting a number into so many parts."""
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in parts(total - first, count - 1):
            yield (first, *rest)


def fits(cell, value: int, base: int) -> bool:
    """Whether a value agrees with what a page says of it. A reader knows that an unmarked hidden number is not small."""
    if isinstance(cell, int):
        return cell == value
    if cell == "few":
        return value < FEW
    if cell == "most":
        return base - value < FEW
    if isinstance(cell, list):
        return max(cell[0], 0) <= value <= cell[1]
    return True


def show(one: str, counts: dict, past_counts: dict, past_shown: dict, tables) -> dict:
    showing = Showing(Period(one), counts, Past(past_counts, past_shown))
    return showing.make(tables)


def test_a_network_knows_how_far_a_number_can_move():
    # 12 is 3 + 4 + 5, and only the 5 is shown: 3 and 4 are 0 to 4, and together 7.
    edges = [
        Edge("all", "x", "top", 12),
        Edge("a", "top", "x", 3, 0, 4, shown=False, guarded=True),
        Edge("b", "top", "x", 4, 0, 4, shown=False, guarded=True),
        Edge("c", "top", "x", 5, 5, 12, new=True),
    ]
    network = Network(edges)
    assert network.known(edges[1]) == (3, 4)
    network.protect(lambda edge: None)
    assert not edges[3].shown
    assert network.known(edges[1]) == (0, 4)
    assert network.known(edges[3]) == (5, 12)


def test_numbers_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="add up"):
        Network([Edge("all", "x", "top", 5), Edge("a", "top", "x", 4)])


def test_what_need_not_be_hidden_is_shown_again():
    edges = [
        Edge("all", "x", "top", 100),
        Edge("a", "top", "x", 4, 0, 4, shown=False, guarded=True),
        Edge("b", "top", "x", 36, 5, 100, new=True),
        Edge("c", "top", "x", 60, 5, 100, new=True),
    ]
    network = Network(edges)
    network.protect(lambda edge: None)
    assert [edge.shown for edge in edges] == [True, False, False, True]


@pytest.mark.parametrize("seed", range(150))
def test_nobody_finds_a_small_number_in_a_split_of_one_month(seed):
    chance = random.Random(seed)
    values = [chance.choice((0, 1, 2, 3, 4, 4, 5, 6, 9, 14)) for _ in range(3)]
    total = sum(values)
    counts = {
        "cases": {"all": total},
        "age": dict(zip(("under_18", "adult", "unknown"), values, strict=True)),
    }
    cells = show(MONTHS[0], counts, {}, {}, [BY_ID["cases"], BY_ID["age"]])
    assert cells["cases"]["all"] == (total if total >= FEW else "few")
    if total < 3 * FEW:
        assert "age" not in cells
        return
    shown = [cells["age"][name] for name in ("under_18", "adult", "unknown")]
    possible = [
        table
        for table in parts(total, 3)
        if all(
            fits(cell, value, total) and (cell == "few" or value >= FEW)
            for cell, value in zip(shown, table, strict=True)
        )
    ]
    assert tuple(values) in possible
    for position, value in enumerate(values):
        could = {table[position] for table in possible}
        if value < FEW:
            assert len(could) > ROOM, (values, shown)
        if isinstance(shown[position], list):
            assert [min(could), max(could)] == shown[position]


@pytest.mark.parametrize("seed", range(60))
def test_nobody_finds_a_small_number_over_months_and_their_sum(seed):
    """Two months and their sum, two categories and theirs; the months are published first, one at a time."""
    chance = random.Random(seed)
    names = ("under_18", "adult", "unknown")
    months = MONTHS[:2]
    counts = {}
    for month in months:
        values = [chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 8)) for _ in names]
        counts[month] = {"cases": {"all": sum(values)}, "age": dict(zip(names, values, strict=True))}
    shown: dict = {}
    tables = [BY_ID["cases"], BY_ID["age"]]
    for month in months:
        past = {name: counts[name] for name in shown}
        shown[month] = show(month, counts[month], past, shown, tables)
    whole = {
        "cases": {"all": sum(counts[month]["cases"]["all"] for month in months)},
        "age": {name: sum(counts[month]["age"][name] for month in months) for name in names},
    }
    shown["2026-T1"] = show("2026-T1", whole, counts, shown, tables)

    def agrees(period: str, values: tuple[int, ...]) -> bool:
        total = sum(values)
        cells = shown[period]
        if not fits(cells["cases"]["all"], total, MANY):
            return False
        ages = cells.get("age")
        return ages is None or all(
            fits(ages[name], value, total) for name, value in zip(names, values, strict=True)
        )

    def candidates(month: str):
        cell = shown[month]["cases"]["all"]
        totals = [cell] if isinstance(cell, int) else range(FEW)
        return [table for total in totals for table in parts(total, 3) if agrees(month, table)]

    possible = [
        both
        for both in product(*(candidates(month) for month in months))
        if agrees("2026-T1", tuple(map(sum, zip(*both, strict=True))))
    ]
    truth = tuple(tuple(counts[month]["age"][name] for name in names) for month in months)
    assert truth in possible
    for number, month in enumerate(months):
        for position, name in enumerate(names):
            could = {both[number][position] for both in possible}
            if counts[month]["age"][name] < FEW:
                assert len(could) > ROOM, (counts, shown, month, name)
        if counts[month]["cases"]["all"] < FEW:
            assert len({sum(both[number]) for both in possible}) > ROOM, (counts, shown)
    for position, name in enumerate(names):
        if whole["age"][name] < FEW:
            assert len({sum(month[position] for month in both) for both in possible}) > ROOM


@pytest.mark.parametrize("seed", range(60))
def test_nobody_finds_a_small_number_in_the_rest_of_a_share(seed):
    """Of all and of the children among them: not those in time, not those too late, and not what the two leave over."""
    chance = random.Random(seed)
    children, others = chance.randint(8, 30), chance.randint(6, 30)
    late_children, late_others = chance.choice((0, 1, 3, 6)), chance.choice((0, 2, 4, 5))
    counts = {
        "cases": {"all": children + others},
        "age": {"under_18": children, "adult": others, "unknown": 0},
        "children": {"read": children - late_children},
        "in_time": {"read": children + others - late_children - late_others},
    }
    tables = [
        BY_ID["cases"],
        Table("age", "arrivals", "split", ("under_18", "adult"), ("cases", "all")),
        Table("children", "arrivals", "share", ("read",), ("age", "under_18")),
        Table("in_time", "arrivals", "share", ("read",), ("cases", "all"), part="children"),
    ]
    cells = show(MONTHS[0], counts, {}, {}, tables)
    assert cells["cases"]["all"] == children + others
    if cells["age"]["under_18"] != children or "children" not in cells:
        return
    possible = [
        (mine, theirs)
        for mine in range(children + 1)
        for theirs in range(others + 1)
        if fits(cells["children"]["read"], mine, children)
        and fits(cells["in_time"]["read"], mine + theirs, children + others)
    ]
    assert (children - late_children, others - late_others) in possible
    for value, whole, position in (
        (children - late_children, children, 0),
        (others - late_others, others, 1),
    ):
        if value < FEW or whole - value < FEW:
            assert len({pair[position] for pair in possible}) > ROOM, (counts, cells)
    both = counts["in_time"]["read"]
    if both < FEW or children + others - both < FEW:
        assert len({sum(pair) for pair in possible}) > ROOM


@pytest.mark.parametrize("seed", range(80))
def test_nobody_finds_a_small_number_in_needs_that_come_together(seed):
    chance = random.Random(seed)
    numbers = [chance.choice((0, 1, 3, 5, 6, 9, 12)) for _ in range(4)]
    both, first, second, _neither = numbers
    total = sum(numbers)
    counts = {
        "cases": {"all": total},
        "needs": {"anxiety": both + first, "sleep": both + second},
        "pairs": {"anxiety|sleep": both},
    }
    tables = [BY_ID["cases"], BY_ID["needs"], BY_ID["pairs"]]
    cells = show("2026-T1", counts, {}, {}, tables)
    pair = cells.get("pairs", {}).get("anxiety|sleep")
    if not isinstance(pair, int):
        return
    # It is shown: then so are the other three, by subtraction.
    assert min(numbers) >= FEW
    assert cells["needs"] == counts["needs"]


@pytest.mark.parametrize("seed", range(12))
def test_a_whole_year_hides_enough_for_a_reader_who_solves_all_sums(seed):
    """Twelve months, their thirds and the year: what is known of every small number is still wide when all is shown.

    Too large to write down every table: the reader's sums are narrowed again and again instead, until nothing moves.
    """
    chance = random.Random(seed)
    level = chance.choice((3, 8, 20, 60))
    split = BY_ID["language"]
    counts, shown = {}, {}
    year = Period("2026")

    def make(one: Period) -> None:
        if one.kind == "month":
            values = [round(level * share * chance.uniform(0.5, 1.5)) for share in (1.0, 0.4, 0.1)]
            counts[one.name] = {
                "cases": {"all": sum(values)},
                "language": dict(zip(split.categories, values, strict=True)),
                "needs": {need: chance.randint(0, sum(values)) for need in ("anxiety", "sleep")},
            }
        else:
            whole: dict = {}
            for month in one.months:
                for table, numbers in counts[month.name].items():
                    for category, number in numbers.items():
                        whole.setdefault(table, {}).setdefault(category, 0)
                        whole[table][category] += number
            counts[one.name] = whole
        past = {name: counts[name] for name in shown}
        shown[one.name] = show(
            one.name, counts[one.name], past, shown, [BY_ID["cases"], split, BY_ID["needs"]]
        )

    for third in year.parts:
        for month in third.months:
            make(month)
        make(third)
    make(year)
    every = [*year.months, *year.parts, year]
    known: dict = {}

    def cell(one: Period, table: str, category: str):
        there = shown[one.name].get(table)
        return None if there is None else there.get(category, "few")

    keys = [
        ("cases", "all"),
        *(("language", c) for c in split.categories),
        ("needs", "anxiety"),
        ("needs", "sleep"),
    ]
    for one in every:
        total = bounds(cell(one, "cases", "all"), (0, MANY))
        for table, category in keys:
            found = total if table == "cases" else bounds(cell(one, table, category), total)
            known[one.name, table, category] = found

    def narrow(whole, pieces) -> bool:
        """whole = sum(pieces): each side limits the other."""
        moved = False
        lows, highs = sum(known[p][0] for p in pieces), sum(known[p][1] for p in pieces)
        low, high = max(known[whole][0], lows), min(known[whole][1], highs)
        if (low, high) != known[whole]:
            known[whole], moved = (low, high), True
        for piece in pieces:
            low = max(known[piece][0], known[whole][0] - (highs - known[piece][1]))
            high = min(known[piece][1], known[whole][1] - (lows - known[piece][0]))
            if (low, high) != known[piece]:
                known[piece], moved = (low, high), True
                lows, highs = sum(known[p][0] for p in pieces), sum(known[p][1] for p in pieces)
        return moved

    moved = True
    while moved:
        moved = False
        for one in every:
            moved |= narrow((one.name, "cases", "all"), [(one.name, "language", c) for c in split.categories])
            for table, category in keys:
                if one.parts:
                    moved |= narrow(
                        (one.name, table, category), [(part.name, table, category) for part in one.parts]
                    )
    hidden = 0
    for one in every:
        for table, category in keys:
            low, high = known[one.name, table, category]
            value = counts[one.name][table][category]
            assert low <= value <= high
            whole = counts[one.name]["cases"]["all"]
            if value < FEW or (table == "needs" and whole - value < FEW):
                hidden += 1
                assert high - low >= ROOM, (one, table, category, value, (low, high))
    assert hidden or level > 8


def test_the_tables_come_after_what_they_are_a_part_of():
    seen = set()
    for table in TABLES:
        if table.base:
            assert table.base[0] in seen
        assert table.part is None or table.part in seen
        seen.add(table.id)
