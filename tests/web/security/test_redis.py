"""Counting tries in Redis: two processes of the portal, one count. Skipped where redis-server is not installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.security.limits import Slowdown


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis of our own, behind a socket in a folder of its own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed (Debian and Ubuntu: apt-get install redis-server)")
    folder = Path(tempfile.mkdtemp(prefix="portal-redis-", dir="/tmp"))
    socket = folder / "socket"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    while not socket.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    assert socket.exists(), "redis-server did not start"
    yield f"redis+unix://{socket}"
    process.terminate()
    process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def machines(make_app, redis_url):
    """Two portals that know of each other only through the database and Redis."""
    import redis

    with redis.Redis(unix_socket_path=redis_url.removeprefix("redis+unix://")) as client:
        client.flushall()
        # The limiter is one for a process; what is tested is that the count is not in it.
        yield [make_app(limits_storage=redis_url) for _ in range(2)]
        keys = client.keys("*")
    assert keys, "nothing was counted in Redis"
    assert not [key for key in keys if b"127.0.0.1" in key or b"10.0.0" in key], "no address is kept"


def at(app):
    return app.test_request_context(environ_base={"REMOTE_ADDR": "10.0.0.1"})


def test_what_one_machine_counts_the_other_knows(machines):
    tries = Slowdown("both", free=3, longest=60, free_together=100)
    one, two = machines
    for app in (one, two, one, two):
        with at(app):
            assert tries.wait("maja") == 0
            tries.failed("maja")
    for app in machines:
        with at(app):
            assert tries.wait("maja") == 1
            assert tries.wait() == 1
    with at(one):
        tries.failed("maja")
    with at(two):
        assert tries.wait("maja") == 2
        tries.succeeded("maja")
    time.sleep(2.1)
    with at(one):
        assert tries.wait("maja") == 0, "the wait is over"
        tries.failed("maja")
        assert tries.wait() > 2, "a right password does not forget the address"


def test_return_codes_are_slowed_over_both(machines):
    one, two = (app.test_client() for app in machines)
    slowed = []
    for number in range(8):
        client = (one, two)[number % 2]
        page = client.get("/svar?lang=nb").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        answer = client.post("/svar", data={"csrf_token": token, "code": "bjørk elv fjell gras hav"})
        slowed.append(answer.status_code)
    assert slowed[:6] == [422] * 6
    assert 429 in slowed[6:], "five tries are free, over both machines together"


def test_limits_of_an_address_are_shared(machines):
    body = {"needs": ["bullying"], "age": 14, "writer": "youth"}
    codes = [machines[n % 2].test_client().post("/api/v1/match", json=body).status_code for n in range(2)]
    assert codes == [200, 200]


@pytest.mark.parametrize("address", ["redis+unix:///tmp/nowhere/at/all", "redis://127.0.0.1:1/0"])
def test_a_redis_that_is_away_closes_no_door_and_guessing_is_slow_all_the_same(make_app, address):
    client = make_app(limits_storage=address, testing=False).test_client()
    page = client.get("/svar?lang=nb").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    tried = [
        client.post("/svar", data={"csrf_token": token, "code": "bjørk elv fjell gras hav"}).status_code
        for _ in range(8)
    ]
    assert tried[:6] == [422] * 6
    assert 429 in tried[6:]
    assert client.get("/api/hsds/services").status_code == 200
