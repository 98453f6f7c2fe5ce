"""The core: statement, understanding, consent, contact, messages, log. Without Flask and without HTML."""

from web.cases.clock import Clock, FixedClock, SystemClock
from web.cases.core import (
    add_statement,
    confirm_needs,
    delete_case,
    give_consent,
    name_contact,
    news_since,
    open_with_code,
    queue,
    read_case,
    send_case,
    set_status,
    set_urgency,
    view_for_person,
    withdraw_consent,
    write_message,
)

__all__ = [
    "Clock",
    "FixedClock",
    "SystemClock",
    "add_statement",
    "confirm_needs",
    "delete_case",
    "give_consent",
    "name_contact",
    "news_since",
    "open_with_code",
    "queue",
    "read_case",
    "send_case",
    "set_status",
    "set_urgency",
    "view_for_person",
    "withdraw_consent",
    "write_message",
]
