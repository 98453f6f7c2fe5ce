"""Guessing gets slow; typing does not."""

from __future__ import annotations

import time

import pytest

from web.security.limits import Slowdown


@pytest.fixture
def tries():
    return Slowdown("test", free=3, longest=60, free_together=100)


def at(app, address="10.0.0.1"):
    return app.test_request_context(environ_base={"REMOTE_ADDR": address})


def test_a_few_wrong_tries_cost_nothing(app, tries):
    with at(app):
        for _ in range(3):
            assert tries.wait() == 0
            tries.failed()
        assert tries.wait() == 0


def test_then_the_wait_doubles_up_to_the_longest(app, tries):
    waits = []
    with at(app):
        for _ in range(12):
            tries.failed()
            waits.append(tries.wait())
    assert waits[:3] == [0, 0, 0]
    assert waits[3:8] == [1, 2, 4, 8, 16]
    assert waits[-1] == 60


def test_the_wait_ends(app, tries):
    with at(app):
        for _ in range(4):
            tries.failed()
        assert tries.wait() == 1
        time.sleep(1.1)
        assert tries.wait() == 0


def test_another_client_is_not_slowed(app, tries):
    with at(app):
        for _ in range(10):
            tries.failed()
        assert tries.wait() > 0
    with at(app, "10.0.0.2"):
        assert tries.wait() == 0


def test_a_name_is_slowed_from_every_address(app, tries):
    for number in range(6):
        with at(app, f"10.0.1.{number}"):
            tries.failed("maja")
    with at(app, "10.0.2.1"):
        assert tries.wait("maja") > 0
        assert tries.wait("ola") == 0
        assert tries.wait() == 0


def test_success_forgets_the_name_but_not_the_client(app, tries):
    with at(app):
        for _ in range(3):
            tries.failed("maja")
        tries.succeeded("maja")
        tries.failed("ola")  # the client's fourth
        assert tries.wait() == 1
    with at(app, "10.0.3.1"):
        tries.failed("maja")
        assert tries.wait("maja") == 0


def test_many_clients_together_slow_everyone_who_fails_but_not_for_long(app, tries):
    for number in range(160):
        with at(app, f"10.1.{number // 250}.{number % 250}"):
            tries.failed()
    with at(app, "10.9.9.9"):
        assert tries.wait() == 0  # a first try is always free
        tries.failed()
        assert 1 <= tries.wait() <= 8


def test_the_counters_hold_no_addresses_or_names(app, tries):
    with at(app, "203.0.113.77"):
        tries.failed("maja")
        from web.security.limits import _storage

        keys = str(vars(_storage()).get("storage", {}))
    assert "test/failed" in keys
    assert "203.0.113.77" not in keys
    assert "maja" not in keys
