"""Who may do what at the front desk: one table of roles and rights, without Flask and without a database.

Every view of the front desk names the right it needs (`@access("staff", right=…)`); web.security.access enforces it in
one place. Which cases an employee sees at all is a second question, answered by SCOPES and web.security.separation.
Why the roles are cut like this: docs/decisions/0012-accounts.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

Role = Literal[
    "front_desk",
    "contact_person",
    "service_user",
    "leader",
    "catalog_editor",
    "administrator",
    "privacy_officer",
]
Right = Literal[
    "inside",  # be logged in: own password, own factors, own sessions, help
    "queue",  # see who waits: nothing of what was told
    "read_case",  # open a case and read it
    "work_case",  # confirm needs, status, urgency, internal notes
    "note_case",  # write an internal note
    "answer_offer",  # say yes or no to a case that one is asked to take over
    "write_message",  # write to the person
    "enter_case",  # enter a case for somebody on the phone or at the counter
    "name_contact",  # say who is responsible, hand over
    "share",  # bring a service in, hand-over package, draft of a concern report
    "service_part",  # see and answer the part of a case that one's own service was given
    "break_glass",  # open what one is not meant to see, with a reason that the leader gets
    "glass_log",  # see who has done that, and look into it
    "withheld_log",  # see what persons are not told yet, why, and who looks at it again
    "decide_dispute",  # decide when services disagree about who is responsible
    "statistics",  # numbers, no cases
    "publish_report",  # make the report of a year open to everybody
    "review_training",  # review what may become training data
    "edit_catalog",  # correct local facts of the catalog
    "accounts",  # make, change and close accounts
    "account_log",  # who changed whose rights
    "access_log",  # who has opened which case, without its words
    "retention",  # what is deleted when, deletion requests, archive
]
#: Which cases an employee sees: all of the municipality, those they are the contact person of, those shared with
#: their service, none.
Scope = Literal["all", "own", "shared", "none"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

MATRIX: Final[Mapping[Role, frozenset[Right]]] = {
    "front_desk": frozenset(
        {
            "inside",
            "queue",
            "read_case",
            "work_case",
            "note_case",
            "answer_offer",
            "write_message",
            "enter_case",
            "name_contact",
            "share",
            "break_glass",
            "withheld_log",
            "review_training",
        }
    ),
    "contact_person": frozenset(
        {
            "inside",
            "queue",
            "read_case",
            "work_case",
            "note_case",
            "answer_offer",
            "write_message",
            "name_contact",
            "share",
            "break_glass",
            "withheld_log",
        }
    ),
    "service_user": frozenset({"inside", "service_part"}),
    "leader": frozenset(
        {
            "inside",
            "queue",
            "read_case",
            "name_contact",
            "break_glass",
            "glass_log",
            "withheld_log",
            "decide_dispute",
            "statistics",
            "publish_report",
            "retention",
        }
    ),
    "catalog_editor": frozenset({"inside", "edit_catalog"}),
    "administrator": frozenset({"inside", "accounts", "account_log"}),
    "privacy_officer": frozenset(
        {"inside", "statistics", "account_log", "access_log", "glass_log", "withheld_log", "retention"}
    ),
}

SCOPES: Final[Mapping[Role, Scope]] = {
    "front_desk": "all",
    "contact_person": "own",
    "service_user": "shared",
    "leader": "all",
    "catalog_editor": "none",
    "administrator": "none",
    "privacy_officer": "none",
}

#: Rights that open what people have told. An administrator has none of them.
WORDS: Final[frozenset[Right]] = frozenset(
    {
        "queue",
        "read_case",
        "work_case",
        "write_message",
        "enter_case",
        "name_contact",
        "share",
        "service_part",
        "break_glass",
        "decide_dispute",
        "review_training",
    }
)

#: What only who has a case may do in it: not who is asked to take it over, nor who has broken its glass. They read, and note.
NEEDS_THE_CASE: Final[frozenset[Right]] = frozenset({"work_case", "write_message", "name_contact", "share"})

#: Roles that are opened by a password alone; all others need a second factor (see Config.second_factor).
PASSWORD_IS_ENOUGH: Final[frozenset[Role]] = frozenset({"catalog_editor"})

#: What an employee gets when nothing else is said.
DEFAULT_ROLES: Final[tuple[Role, ...]] = ("front_desk", "contact_person")


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All rights that these roles give together."""
    return frozenset().union(*(MATRIX[role] for role in roles))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Which cases these roles show; «all» makes the others needless."""
    return frozenset(SCOPES[role] for role in roles) - {"none"}


def needs_second_factor(roles: Iterable[Role]) -> bool:
    """Whether one of these roles must not be opened by a password alone."""
    return not set(roles) <= PASSWORD_IS_ENOUGH


def checked_roles(names: Iterable[str]) -> tuple[Role, ...]:
    """The roles with these names, in the order of ROLES, each once. ValueError for a name that is no role."""
    wanted = set(names)
    unknown = wanted - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}; roles are {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in wanted)
