"""Finding sealed values again without opening every case: keyed marks of what may be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from web.cases.deadlines import local_date
from web.security.vault import Vault


def service_mark(vault: Vault, municipality: str, created_at: datetime, service_id: str) -> str:
    """The mark of a service in cases sent in this month.

    Another one every month: how often each mark occurs in a stolen database says little in a municipality with some
    hundred cases a month, and more if the marks of years could be added up.
    """
    return vault.mark("service", municipality, f"{local_date(created_at):%Y-%m}", service_id)


def share_mark(vault: Vault, municipality: str, shared_at: datetime, service_id: str) -> str:
    """The mark of a service among what was shared in this month; another one than the same service's in cases."""
    return vault.mark("share", municipality, f"{local_date(shared_at):%Y-%m}", service_id)


def share_marks(
    vault: Vault, municipality: str, service_id: str, first: datetime, last: datetime
) -> Iterator[str]:
    """The marks of a service among what was shared in every month from first to last, both included."""
    for month in _months(first, last):
        yield vault.mark("share", municipality, month, service_id)


def _months(first: datetime, last: datetime) -> Iterator[str]:
    month, end = local_date(first).replace(day=1), local_date(last)
    while month <= end:
        yield f"{month:%Y-%m}"
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def service_marks(
    vault: Vault, municipality: str, service_id: str, first: datetime, last: datetime
) -> Iterator[str]:
    """The marks of a service in every month from first to last, both included."""
    for month in _months(first, last):
        yield vault.mark("service", municipality, month, service_id)
