"""The conversation's memory forgets."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import read_endpoint_config

from bot import tracker_store
from bot.tracker_store import VolatileTrackerStore


class Clock:
    """time.monotonic, but ours."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tracker_store, "time", clock)
    return clock


def remembered(store: VolatileTrackerStore, sender: str) -> bool:
    return asyncio.run(store.retrieve(sender)) is not None


def keep(store: VolatileTrackerStore, sender: str) -> None:
    asyncio.run(store.save(store.init_tracker(sender)))


def test_silence_makes_it_forget(clock: Clock) -> None:
    store = VolatileTrackerStore(Domain.empty(), idle_s=60, oldest_s=1000)
    keep(store, "a")
    clock.now += 59
    assert remembered(store, "a")
    clock.now += 2
    assert not remembered(store, "a")


def test_within_a_day_also_when_somebody_writes_all_the_time(clock: Clock) -> None:
    store = VolatileTrackerStore(Domain.empty(), idle_s=60, oldest_s=200)
    for _ in range(5):
        keep(store, "a")
        clock.now += 45
    assert not remembered(store, "a")


def test_the_longest_silent_goes_when_there_are_too_many(clock: Clock) -> None:
    store = VolatileTrackerStore(Domain.empty(), most=2)
    for sender in ("a", "b", "a", "c"):
        keep(store, sender)
        clock.now += 1
    assert [remembered(store, sender) for sender in "abc"] == [True, False, True]


def test_forget_drops_at_once_and_knows_no_error() -> None:
    store = VolatileTrackerStore(Domain.empty())
    keep(store, "a")
    store.forget("a")
    store.forget("nobody")
    assert not remembered(store, "a")


def test_the_settings_name_it_and_keep_less_than_a_day() -> None:
    # Rasa falls back to another store without an error when the name is wrong
    store = TrackerStore.create(read_endpoint_config("bot/endpoints.yml", "tracker_store"), Domain.empty())
    assert isinstance(store, VolatileTrackerStore)
    assert store._oldest_s < 24 * 3600
