"""What the portal's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import String, event
from sqlalchemy.orm import Mapper, object_mapper

from web.cases import codes


@pytest.fixture(scope="session", autouse=True)
def nothing_is_longer_than_its_column() -> Iterator[None]:
    """PostgreSQL refuses it, SQLite keeps it without a word: in tests it fails on both."""

    def look(mapper: Any, _connection: Any, row: Any) -> None:
        for attribute in object_mapper(row).column_attrs:
            column, value = attribute.columns[0], row.__dict__.get(attribute.key)
            if isinstance(column.type, String) and column.type.length and isinstance(value, str):
                assert len(value) <= column.type.length, f"{column}: {len(value)} signs"

    for moment in ("before_insert", "before_update"):
        event.listen(Mapper, moment, look)
    yield
    for moment in ("before_insert", "before_update"):
        event.remove(Mapper, moment, look)


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> int:
    """The slow hash of a code is its own test's: most tests send a case, and would wait for it. Gives the real cost."""
    real = codes.SCRYPT_N
    monkeypatch.setattr(codes, "SCRYPT_N", 2**4)
    return real
