"""The core: statement, understanding, consent, contact, messages, log. Without Flask and without HTML."""

from web.cases import attachments, notes
from web.cases.answering import answer_share, note_answer
from web.cases.changing import mark_services
from web.cases.childs_turn import (
    child_tells,
    find_child_invitation,
    find_take_back,
    invite_child,
    set_child_not_asked,
    take_back_home,
    withdraw_child_invitation,
)
from web.cases.clock import Clock, FixedClock, SystemClock
from web.cases.deleting import delete_case
from web.cases.employee import (
    confirm_needs,
    listen,
    note_call,
    read_case,
    recording_owner,
    set_status,
    set_urgency,
)
from web.cases.messages import write_message
from web.cases.person import (
    add_recording,
    add_statement,
    answer_helped,
    give_consent,
    log_export,
    open_with_code,
    set_notices,
    view_for_person,
    wish_call,
    withdraw_consent,
)
from web.cases.queueing import (
    leave_case,
    look_at_case,
    looking_at,
    news_since,
    queue,
    queue_counts,
    queue_page,
    queue_stamp,
)
from web.cases.receiving import open_share
from web.cases.responsibility import (
    accept_offer,
    decline_offer,
    name_contact,
    offer_case,
    withdraw_offer,
)
from web.cases.sending import is_sent, send_case
from web.cases.sharing import end_share, may_receive, share_with

__all__ = [
    "Clock",
    "FixedClock",
    "SystemClock",
    "accept_offer",
    "add_recording",
    "add_statement",
    "answer_helped",
    "answer_share",
    "attachments",
    "child_tells",
    "confirm_needs",
    "decline_offer",
    "delete_case",
    "end_share",
    "find_child_invitation",
    "find_take_back",
    "give_consent",
    "invite_child",
    "is_sent",
    "leave_case",
    "listen",
    "log_export",
    "look_at_case",
    "looking_at",
    "mark_services",
    "may_receive",
    "name_contact",
    "news_since",
    "note_answer",
    "note_call",
    "notes",
    "offer_case",
    "open_share",
    "open_with_code",
    "queue",
    "queue_counts",
    "queue_page",
    "queue_stamp",
    "read_case",
    "recording_owner",
    "send_case",
    "set_child_not_asked",
    "set_notices",
    "set_status",
    "set_urgency",
    "share_with",
    "take_back_home",
    "view_for_person",
    "wish_call",
    "withdraw_child_invitation",
    "withdraw_consent",
    "withdraw_offer",
    "write_message",
]
