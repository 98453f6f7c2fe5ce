"""A year of cases without their words: what is counted, made quickly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest


@pytest.fixture
def counted(session: Any, vault: Any, new_case: Callable[..., Any], employee: Any) -> Callable[..., None]:
    """counted("2026-03", 12, age=14, …): so many cases sent in that month, read and answered by an employee.

    read_after, answered_after, named_after: hours, None for never. outcome: closed with it after a week.
    """
    from web.cases import FixedClock, name_contact, read_case, send_case, set_status
    from web.cases import write_message as write

    def make(
        month: str,
        number: int,
        *,
        read_after: float | None = 2,
        answered_after: float | None = 4,
        named_after: float | None = 3,
        outcome: str | None = None,
        needs: tuple[str, ...] = ("bullying",),
        **changes: Any,
    ) -> list[str]:
        made = []
        for one in range(number):
            # The tenth, in the morning: in the months that are used here, a working day.
            sent = datetime.fromisoformat(f"{month}-10T07:00:00+00:00") + timedelta(minutes=one)
            clock = FixedClock(sent)
            receipt = send_case(session, vault, clock, new_case(**{"needs": needs, **changes}))
            steps = {
                "read": read_after,
                "named": named_after,
                "answered": answered_after,
            }
            for step, hours in sorted(steps.items(), key=lambda pair: pair[1] or 0):
                if hours is None:
                    continue
                clock.at = sent + timedelta(hours=hours)
                if step == "read":
                    read_case(session, vault, clock, receipt.case_id, employee)
                elif step == "named":
                    name_contact(session, vault, clock, receipt.case_id, employee, employee.id, employee.name)
                else:
                    write(session, vault, clock, receipt.case_id, "Hei.", employee)
            if outcome:
                clock.at = sent + timedelta(days=7)
                set_status(session, vault, clock, receipt.case_id, employee, "closed", outcome)
            made.append(receipt.case_id)
        return made

    return make
