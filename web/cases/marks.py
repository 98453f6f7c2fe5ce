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


def service_marks(
    vault: Vault, municipality: str, service_id: str, first: datetime, last: datetime
) -> Iterator[str]:
    """The marks of a service in every month from first to last, both included."""
    month, end = local_date(first).replace(day=1), local_date(last)
    while month <= end:
        yield vault.mark("service", municipality, f"{month:%Y-%m}", service_id)
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
