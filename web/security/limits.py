"""Slowing down who guesses, without punishing who types.

Addresses are shared (a school, a library, a phone network), so nobody is locked out: after a few wrong tries
there is a wait that doubles, and it is forgotten after an hour. Whether a code or a name exists changes
nothing. A wait is told, not slept: a sleeping worker would be the attacker's best tool.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits.storage import MemoryStorage, Storage

from web import current

FORGET_AFTER = 3600
T = TypeVar("T")
log = logging.getLogger(__name__)


def client_key() -> str:
    """Who asks, as a keyed hash: the counters, which may lie in Redis, hold no addresses."""
    address = request.remote_addr or "unknown"
    secret = current.vault().keyring.secret("session")
    return hmac.new(secret, f"client {address}".encode(), hashlib.sha256).hexdigest()[:32]


#: For @limiter.limit("…") on views. No default limit: it would hit a whole school at once.
limiter = Limiter(key_func=client_key, default_limits=[], headers_enabled=False)


@dataclass(frozen=True)
class Slowdown:
    """A growing wait after wrong tries, per client and for everyone together."""

    name: str
    free: int
    """Wrong tries of one client before the first wait."""
    longest: int
    """Longest wait of one client, in seconds."""
    free_together: int
    """Wrong tries of all clients together within an hour before everyone waits between tries."""
    longest_together: int = 8
    by_client: bool = True
    """False: only what is handed in as `who` counts, for offices in which everybody has the same address."""

    def wait(self, *who: str) -> int:
        """Seconds until the next try is looked at; 0 when it may be now.

        Call before looking at the code or password. who: keys beside the client's own, for example the username.
        """
        keys = self._keys(who)
        return _counting(lambda store: max((self._left(store, key) for key in keys), default=0))

    def failed(self, *who: str) -> None:
        """Count a wrong try."""
        keys = self._keys(who)
        _counting(lambda store: self._count(store, keys))

    def _count(self, store: Storage, keys: list[str]) -> None:
        for key in keys:
            count = store.incr(f"{self.name}/failed/{key}", FORGET_AFTER)
            seconds = _growing(count - self.free, self.longest)
            if seconds:
                self._start(store, key, seconds)
        together = store.incr(f"{self.name}/failed-together", FORGET_AFTER)
        # Together the wait grows slowly and stays short: an attacker must not be able to close the door for
        # all.
        seconds = min(self.longest_together, max(0, together - self.free_together) // 50)
        if seconds:
            for key in keys:
                self._start(store, key, max(seconds, self._left(store, key)))

    def succeeded(self, *who: str) -> None:
        """Forget the wrong tries of this name.

        Not of the client: a right code must not reset guessing at others.
        """
        keys = [f"{self.name}/failed/{key}" for key in self._named(who)]

        def forget(store: Storage) -> None:
            for key in keys:
                store.clear(key)

        _counting(forget)

    def _keys(self, who: tuple[str, ...]) -> list[str]:
        return [*([client_key()] if self.by_client else []), *self._named(who)]

    @staticmethod
    def _named(who: tuple[str, ...]) -> list[str]:
        secret = current.vault().keyring.secret("session")
        return [hmac.new(secret, f"name {name}".encode(), hashlib.sha256).hexdigest()[:32] for name in who]

    def _left(self, store: Storage, key: str) -> int:
        waiting = f"{self.name}/wait/{key}"
        if not store.get(waiting):
            return 0
        return max(0, math.ceil(store.get_expiry(waiting) - time.time()))

    def _start(self, store: Storage, key: str, seconds: int) -> None:
        waiting = f"{self.name}/wait/{key}"
        store.clear(waiting)
        store.incr(waiting, seconds)


def _growing(over: int, longest: int) -> int:
    """1, 2, 4, 8 … seconds, up to the longest."""
    return 0 if over <= 0 else min(longest, 2 ** min(over - 1, 20))


#: Return codes: five tries are free (words are easily mistyped), then 1, 2, 4 … seconds up to ten minutes.
code_tries = Slowdown("code", free=5, longest=600, free_together=300)
#: Invitations for a child: the same as return codes, counted for themselves.
child_tries = Slowdown("child", free=5, longest=600, free_together=300)
#: Staff: three tries are free for one name from one address (hand in both as one), then up to 15 minutes.
login_tries = Slowdown("login", free=3, longest=900, free_together=100, by_client=False)
#: Codes of the second factor: who tries knows the password already.
factor_tries = Slowdown("factor", free=5, longest=900, free_together=1000, by_client=False)
#: The name from wherever: the wait stays short, so that nobody can keep a colleague out from elsewhere.
login_names = Slowdown("login-name", free=10, longest=20, free_together=1000, by_client=False)
#: Reference numbers of cases that one does not have: by employee, so that a colleague's mistakes do not count.
glass_tries = Slowdown("glass", free=5, longest=900, free_together=1000, by_client=False)
#: One address with many names: a whole office may mistype on a Monday morning, a machine tries more.
login_clients = Slowdown("login-client", free=30, longest=60, free_together=1000)


def _storage() -> Storage:
    limiter_of_app = next(iter(current_app.extensions["limiter"]))
    return cast(Storage, limiter_of_app.storage)


def _counting(work: Callable[[Storage], T]) -> T:
    """Do it where tries are counted; while that cannot be reached, in this process: slower guessing, and no closed door."""
    store = _storage()
    try:
        return work(store)
    except store.base_exceptions as error:
        log.error("tries are counted in this process alone: %s", type(error).__name__)
        return work(current_app.extensions["portal-tries-here"])


def init_limits(app: Flask, storage: str) -> None:
    """Connect the limiter with its storage (memory:// for one process, redis://… for several)."""
    app.config["RATELIMIT_STORAGE_URI"] = storage
    app.config["RATELIMIT_STORAGE_OPTIONS"] = _impatient() if storage.startswith("redis") else {}
    app.extensions["portal-tries-here"] = MemoryStorage()
    # A counter that cannot be reached must not close the door.
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    limiter.init_app(app)


def _impatient() -> dict[str, Any]:
    """Nobody at the door waits long for a Redis that is away: a second, and once more for a connection that has gone stale."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 1)}
