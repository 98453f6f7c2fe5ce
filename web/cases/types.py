"""What goes into the core and what comes out of it: typed and frozen, no Flask, no database objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from web.cases.plan_types import Measure
from web.cases.sharing_types import GlassView, ShareView

Language = Literal["nb", "nn"]
Author = Literal["child", "youth", "parent", "other"]
About = Literal["self", "my_child", "friend", "other", "skipped", "unknown"]
SafeNow = Literal["yes", "no", "unknown", "skipped", "not_asked"]
"""skipped: asked, and not answered. unknown: answered with «I don't know»; older cases also have it for not asked."""
HurtAnswer = Literal["yes", "no", "unknown"]
"""What a small child answered to «does anyone hurt you?», which the way with pictures asks."""
ContactWay = Literal["code", "sms", "phone", "email", "school_nurse"]
AboutHome = Literal["yes", "no", "unknown"]
"""Whether it is about someone at home, asked before parents are mentioned to a child."""
ParentsAnswer = Literal["yes", "no", "ask_first"]
SafeWhen = Literal["morning", "school_hours", "afternoon", "evening"]
CallerSays = Literal["first_name", "municipality", "unit"]
"""What somebody who calls may say that they are, when another than the person answers."""
Status = Literal["new", "in_progress", "waiting_for_person", "closed"]
Outcome = Literal["got_help", "moved_on", "not_reached", "withdrawn"]
Urgency = Literal["acute", "normal"]
UnderstandingSource = Literal["assistant", "person", "employee"]
Helped = Literal["yes", "some", "no"]
NoticeWay = Literal["sms", "email"]
WhyRead = Literal["contact", "stand_in", "offered", "glass", "linked", "desk", "service"]
"""Why somebody may read a case. contact: the contact person. stand_in: in the place of one who is away. offered: asked to
take it over. glass: broken glass. linked: has another case of the same person, who said yes. desk: receives what is sent to
the municipality, or leads those who do. service: it is shared with theirs."""
ActorKind = Literal["person", "employee", "system", "child"]
NotAskedReason = Literal["too_small", "not_safe", "does_not_want", "other"]
EnteredWay = Literal["phone", "counter"]
AttachmentKind = Literal["pdf", "jpeg", "png"]
ChildStands = Literal["told", "invited", "not_asked"]
Action = Literal[
    "sent",
    "opened",
    "read",
    "looked",
    "statement_added",
    "message_from_person",
    "message_from_employee",
    "needs_confirmed",
    "contact_named",
    "status_set",
    "urgency_set",
    "consent_given",
    "consent_withdrawn",
    "recording_added",
    "listened",
    "deleted",
    "exported",
    "helped_answered",
    "notices_on",
    "notices_off",
    "child_invited",
    "child_invitation_withdrawn",
    "child_not_asked",
    "child_told",
    "home_withdrawn",
    "writer_deleted",
    "call_wished",
    "call_made",
    "entered",
    "measure_added",
    "measure_changed",
    "overlap_agreed",
    "plan_withheld",
    "linked",
    "unlinked",
    "link_words",
    "link_withheld",
    "share_made",
    "share_ended",
    "share_told",
    "share_opened",
    "share_listened",
    "share_answered",
    "share_noted",
    "glass_broken",
    "package_made",
    "package_fetched",
    "package_received",
    "concern_told",
    "training_read",
    "training_refused",
    "training_allowed",
    "handover_offered",
    "handover_accepted",
    "handover_declined",
    "handover_withdrawn",
    "wish_noted",
    "dispute_opened",
    "dispute_decided",
    "coordination_noted",
    "deletion_asked",
    "deletion_ask_withdrawn",
    "deletion_refused",
    "deletion_held",
    "deletion_let_go",
    "keep_wished",
    "unblocked",
    "archived",
]

LANGUAGES: tuple[Language, ...] = get_args(Language)
AUTHORS: tuple[Author, ...] = get_args(Author)
ABOUT: tuple[About, ...] = get_args(About)
SAFE_NOW: tuple[SafeNow, ...] = get_args(SafeNow)
HURT_ANSWERS: tuple[HurtAnswer, ...] = get_args(HurtAnswer)
CONTACT_WAYS: tuple[ContactWay, ...] = get_args(ContactWay)
ABOUT_HOME: tuple[AboutHome, ...] = get_args(AboutHome)
PARENTS_ANSWERS: tuple[ParentsAnswer, ...] = get_args(ParentsAnswer)
SAFE_WHEN: tuple[SafeWhen, ...] = get_args(SafeWhen)
CALLER_SAYS: tuple[CallerSays, ...] = get_args(CallerSays)
STATUSES: tuple[Status, ...] = get_args(Status)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
NOT_ASKED_REASONS: tuple[NotAskedReason, ...] = get_args(NotAskedReason)
ACTIONS: tuple[Action, ...] = get_args(Action)
HELPED: tuple[Helped, ...] = get_args(Helped)
ENTERED_WAYS: tuple[EnteredWay, ...] = get_args(EnteredWay)
NOTICE_WAYS: tuple[NoticeWay, ...] = get_args(NoticeWay)

#: Lines of the log that the person is not shown, because telling of them would tell what is kept from them for a reason.
WITHHELD_ACTIONS: frozenset[Action] = frozenset({"plan_withheld", "link_withheld", "home_withdrawn"})

#: Needs with which «I do not know» to «are you safe now?» is read as danger until a person has looked; `grave` in needs.yml.
GRAVE_NEEDS: tuple[str, ...] = (
    "self_harm",
    "suicidal_thoughts",
    "violence_home",
    "sexual_abuse",
    "exploitation",
    "neglect",
)


#: What is noticed in a yes to «does anyone hurt you?».
HURT_KINDS: tuple[str, ...] = ("violence",)


def unsure_in_grave_need(safe_now: str | None, needs: Iterable[str], hurt: str | None = None) -> bool:
    """Whether somebody who does not know if they are safe, or are hurt, tells of what can cost life or safety."""
    return "unknown" in (safe_now, hurt) and any(need in GRAVE_NEEDS for need in needs)


#: The child's own yes to the writer of the case reading one statement of the child's.
SCOPE_HOME = "home"
#: What a service may read when the person has said yes: the statements and the confirmed needs of this case.
SCOPE_CASE = "case"


class CaseError(Exception):
    """Something the core refuses. The message never holds a citizen's words."""


class InvalidCase(CaseError):
    """What was handed in breaks a rule of the core (unknown value, empty statement, too long)."""


class CaseNotFound(CaseError):
    """There is no such case, or it belongs to another municipality: the two look the same from outside."""


class CaseChanged(CaseError):
    """Somebody else changed the case in the meantime: show it again before changing it."""


class RecordingGone(CaseError):
    """There is no such recording here."""


class InvitationGone(CaseError):
    """The invitation has been used, withdrawn, or is too old. What the child told is not written."""


class CodeTaken(CaseError):
    """Another case has this return code already: make a new code and send again."""


@dataclass(frozen=True)
class Evidence:
    """The words that a need rests on: characters [start, end) of the statement with this position."""

    statement: int
    start: int
    end: int


@dataclass(frozen=True)
class NeedFound:
    """A need and why it is believed.

    A person or an employee who picks one gives confidence 1.0, no evidence.
    """

    id: str
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class UnderstandingData:
    """What the assistant made of the words, as it stood when the person pressed Send."""

    language: str
    needs: tuple[NeedFound, ...] = ()
    acute_kinds: tuple[str, ...] = ()
    acute_confidence: float = 0.0
    model: str = ""


@dataclass(frozen=True)
class ContactPointChoice:
    """The one door that takes the case, from the catalog.

    `unit_name` is its name in the language of the person.

    `working_days` is the municipality's promise: an answer by that working day.
    """

    unit: str
    unit_name: str
    working_days: int = 1
    person_name: str | None = None


@dataclass(frozen=True)
class NewRecording:
    """A recording of the draft that is sent with the case: which, and its key and length as the draft had them."""

    id: str
    draft_id: str
    author: Author
    position: int
    """How many of the statements came before it."""
    key: str
    seconds: float
    size: int
    """Bytes of sound."""


@dataclass(frozen=True)
class ChildStatement:
    """Something a child has told, as it told it."""

    text: str
    pictures: bool = False
    """Whether the child chose pictures; the sentences then say which, and are ours."""


@dataclass(frozen=True)
class ChildTold:
    """What a child has told for itself in a case that somebody else has written, or is about to send."""

    key: str
    """16 to 64 random characters: the same telling sent twice is written once."""
    author: Author
    language: Language
    statements: tuple[ChildStatement, ...]
    age: int | None = None
    understanding: UnderstandingData | None = None
    """What the assistant made of the words; evidence counts from position 0 of these statements."""
    acute_kinds: tuple[str, ...] = ()
    safe: SafeNow = "skipped"
    hurt: HurtAnswer | None = None
    share_at_home: bool = False
    """Whether the child lets the writer of the case read and hear it."""
    recordings: tuple[NewRecording, ...] = ()
    """What it has said with its voice; positions count from 0 = before the first of these statements."""
    take_back: str = ""
    """A code of the child's own with which it takes `share_at_home` back; none when it came with an invitation."""


@dataclass(frozen=True)
class NotAsked:
    """Why the child has not been asked to tell, in the words of who wrote the case."""

    reason: NotAskedReason
    text: str = ""
    """Own words, with the reason «other»."""


@dataclass(frozen=True)
class Entered:
    """That an employee wrote the case down for somebody on the phone or at the counter. It stays with the case."""

    by: str
    """The employee's name."""
    way: EnteredWay
    read_back: bool
    """The words were read aloud, and the person said that they are right."""
    why_not: str = ""
    """Why they were not, in the employee's words."""
    spoken: str = ""
    """The language that was spoken, when it was another than the written one."""


@dataclass(frozen=True)
class NewCase:
    """Everything the person sends, at once."""

    municipality: str
    language: Language
    statements: tuple[tuple[Author, str], ...]
    writer: Author
    contact_point: ContactPointChoice
    return_code: str
    submission_key: str
    understanding: UnderstandingData | None = None
    needs: tuple[str, ...] = ()
    """What the person let stand: the assistant's needs without the removed, with the added."""
    needs_added: tuple[str, ...] = ()
    needs_removed: tuple[str, ...] = ()
    about: About = "unknown"
    age: int | None = None
    safe_now: SafeNow = "not_asked"
    hope: str | None = None
    services: tuple[str, ...] = ()
    consents: Mapping[str, bool] = field(default_factory=dict)
    may_know: tuple[str, ...] = ()
    way: ContactWay = "code"
    details: str | None = None
    safe_times: str | None = None
    voicemail_ok: bool = False
    acute_kinds: tuple[str, ...] = ()
    notices_ok: bool = False
    """A short notice by text message or email is fine; only with one of these ways."""
    recordings: tuple[NewRecording, ...] = ()
    pictures: tuple[int, ...] = ()
    """Positions of statements that say which pictures a child has chosen."""
    child_told: tuple[ChildTold, ...] = ()
    child_not_asked: NotAsked | None = None
    child_alone: tuple[tuple[str, str], ...] = ()
    """Id and reference of each case of its own that a child has sent from this device: for those who help only."""
    home: AboutHome | None = None
    parents: ParentsAnswer | None = None
    """Whether the parents may be talked with; None: not asked at this age, or not answered, which is a no."""
    prefers: str | None = None
    """A service or person the writer would rather have, in own words."""
    avoids: str | None = None
    """A service or person the writer would rather not have."""
    safe_when: tuple[SafeWhen, ...] = ()
    caller_says: CallerSays | None = None
    safe_word: str | None = None
    """A word that whoever calls or writes says first, so that the person knows who it is."""
    hurt: HurtAnswer | None = None
    """What a small child who writes for itself answered; None: not asked, or not answered."""
    call_today: bool = False
    """The person is in danger and wishes to be called today; the case is acute by it."""
    entered: Entered | None = None
    entered_by: EmployeeRef | None = None
    """Who has written it down; goes together with `entered`."""


@dataclass(frozen=True)
class Receipt:
    """What the person is told after the commit."""

    case_id: str
    reference: str
    created_at: datetime
    hear_by: date
    contact_unit: str
    """The unit's name, for people."""
    contact_person_name: str | None
    urgency: Urgency
    return_code: str | None
    """None only for a repeated submission with another code than the first, which alone opens the case."""
    repeated: bool = False
    """True when the same submission had come in before: this is that case's receipt."""
    about_child: bool = False
    """Whether somebody else has written about a child, who can be asked to tell for itself."""
    child_told: bool = False
    """Whether a child told on the writer's device, and what it told is sent."""
    spoken: bool = False
    """Whether the person has recorded something, which nobody has heard until somebody listens."""


@dataclass(frozen=True)
class EmployeeRef:
    """The employee who acts. web.staff.models.Employee.ref() makes one."""

    id: str
    name: str
    municipality: str
    unit: str = ""


@dataclass(frozen=True)
class StatementView:
    """One statement, opened."""

    id: str
    position: int
    author: Author
    language: str
    text: str
    created_at: datetime
    from_child: bool = False
    """Told by the child itself, apart from who wrote the case."""
    pictures: bool = False
    """The child chose pictures; the text says which."""
    shared_at_home: bool = False
    """The child has said that the grown-ups at home can read it."""


@dataclass(frozen=True)
class RecordingView:
    """One recording, as a page lists it; the sound is read with web.cases.recordings."""

    id: str
    position: int
    """How many statements came before it."""
    author: Author | None
    seconds: float
    created_at: datetime
    from_child: bool = False
    """Told by the child itself, apart from who wrote the case."""
    shared_at_home: bool = False
    """The child has said that the grown-ups at home can hear it."""


@dataclass(frozen=True)
class UnderstandingView:
    """One understanding, opened: whose, and which needs."""

    source: UnderstandingSource
    by: str | None
    language: str
    needs: tuple[NeedFound, ...]
    needs_added: tuple[str, ...]
    needs_removed: tuple[str, ...]
    acute_kinds: tuple[str, ...]
    model: str
    created_at: datetime
    from_child: bool = False


@dataclass(frozen=True)
class ConsentView:
    """One consent, opened."""

    service_id: str
    scope: str
    given_by: str
    given_at: datetime
    withdrawn_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether the service may read now."""
        return self.withdrawn_at is None


@dataclass(frozen=True)
class ContactView:
    """How the person may be reached."""

    way: ContactWay
    details: str | None
    safe_times: str | None
    voicemail_ok: bool
    notices_ok: bool = False
    safe_when: tuple[SafeWhen, ...] = ()
    caller_says: CallerSays | None = None
    safe_word: str | None = None


@dataclass(frozen=True)
class FollowUpView:
    """An answer to «did you get help?», opened."""

    round: str
    answer: Helped
    words: str | None
    created_at: datetime


@dataclass(frozen=True)
class AttachmentView:
    """A file that came with a message; its content is read with web.cases.attachments."""

    id: str
    number: int
    """Counted from 1 through the whole case; 0 while it has not been sent."""
    kind: AttachmentKind
    about: str
    """What it is, in the employee's words."""
    size: int
    """Bytes."""
    created_at: datetime

    @property
    def name(self) -> str:
        """A neutral file name: it says nothing to who sees it on a phone."""
        return f"vedlegg-{self.number or 1}.{'jpg' if self.kind == 'jpeg' else self.kind}"

    @property
    def media_type(self) -> str:
        """As the content is, whatever the file was called."""
        return "application/pdf" if self.kind == "pdf" else f"image/{self.kind}"


@dataclass(frozen=True)
class MessageView:
    """One message, opened."""

    id: str
    from_person: bool
    author_name: str | None
    text: str
    created_at: datetime
    read_at: datetime | None
    attachments: tuple[AttachmentView, ...] = ()
    about_id: str | None = None
    """The line of the plan that it is about."""


@dataclass(frozen=True)
class Unseen:
    """That a line of the log is not shown to the person: why, and until when."""

    why: Literal["withheld", "danger", "childs", "plan"]
    """withheld: a service they are not told of. danger: the case was opened in danger. childs: the child's own, never shown
    to whoever wrote the case. plan: a line of the plan, or a link, that is kept from them."""
    look_again_on: date | None = None


@dataclass(frozen=True)
class LogLine:
    """One line of the log that the person and the employee both see.

    `detail` is an id or a name that belongs to the action (a status, a service id, a contact person's name),
    never a citizen's words. web.i18n.log_text(line) says it in words.
    """

    at: datetime
    actor_kind: ActorKind
    actor_name: str | None
    action: Action
    detail: str | None
    unseen: Unseen | None = None
    """For employees: why the person does not see this line."""
    why: WhyRead | None = None
    """Of an opening: why the employee may."""


@dataclass(frozen=True)
class CallWish:
    """A person in danger wishes to be called on this day."""

    on: date
    made_by: str | None = None
    """Who called, once somebody has."""

    @property
    def waits(self) -> bool:
        """Whether nobody has called yet."""
        return self.made_by is None


@dataclass(frozen=True)
class Facts:
    """The few answers beside the words."""

    writer: Author
    about: About
    age: int | None
    safe_now: SafeNow
    hope: str | None
    may_know: tuple[str, ...]
    services: tuple[str, ...]
    home: AboutHome | None = None
    parents: ParentsAnswer | None = None
    prefers: str | None = None
    avoids: str | None = None
    call: CallWish | None = None
    entered: Entered | None = None
    hurt: HurtAnswer | None = None


@dataclass(frozen=True)
class InvitationView:
    """An invitation to the child, for a link and to write down."""

    id: str
    code: str | None
    """Only for who has made it: an employee never sees it."""
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class ChildView:
    """How it stands with the child's own words in a case that somebody else has written."""

    concerned: bool = False
    """Whether the case is written by somebody else about a child."""
    told_on: tuple[datetime, ...] = ()
    """When the child has told, first to last."""
    age: int | None = None
    """The age that the child itself has said."""
    safe: SafeNow | None = None
    """What the child answered to «safe now?»; None: it has not told, or it is not for the reader to see."""
    hurt: HurtAnswer | None = None
    """What it answered to «does anyone hurt you?»; None: not asked, not answered, or not for the reader to see."""
    not_asked: NotAsked | None = None
    not_asked_at: datetime | None = None
    invitation: InvitationView | None = None
    """The invitation that can be used now."""
    alone: tuple[tuple[str, str], ...] = ()
    """Id and reference of each case of the child's own, sent from the same device; nothing for the writer of the case."""

    @property
    def stands(self) -> ChildStands | None:
        """In one word, for the queue; None when there is no child to ask."""
        if self.told_on:
            return "told"
        if not self.concerned:
            return None
        return "invited" if self.invitation else "not_asked"


@dataclass(frozen=True)
class CaseView:
    """A whole case, opened. The person and the employee get the same."""

    id: str
    reference: str
    municipality: str
    language: Language
    created_at: datetime
    status: Status
    outcome: Outcome | None
    urgency: Urgency
    acute_kinds: tuple[str, ...]
    due_on: date
    version: int
    waiting_since: datetime | None
    contact_unit: str
    contact_unit_name: str
    contact_person_id: str | None
    contact_person_name: str | None
    facts: Facts
    statements: tuple[StatementView, ...]
    understandings: tuple[UnderstandingView, ...]
    consents: tuple[ConsentView, ...]
    contact: ContactView
    messages: tuple[MessageView, ...]
    log: tuple[LogLine, ...]
    follow_ups: tuple[FollowUpView, ...] = ()
    unread: frozenset[str] = frozenset()
    """Ids of the messages to the person that nobody had opened before this view of it."""
    recordings: tuple[RecordingView, ...] = ()
    child: ChildView = ChildView()
    plan: tuple[Measure, ...] = ()
    """What is to happen, and who does it."""
    shares: tuple[ShareView, ...] = ()
    """The services that were brought in, first to last; of those that were withheld the person sees nothing."""
    glass: tuple[GlassView, ...] = ()
    acute_since: datetime | None = None
    unseen_since: datetime | None = None
    """Since when something of the person's is neither read nor heard; this and the next two are not for the writer."""
    unheard: int = 0
    """How many recordings nobody has listened to."""

    @property
    def assistant_understanding(self) -> UnderstandingView | None:
        """What the assistant suggested, with the words it rests on."""
        return next((view for view in self.understandings if view.source == "assistant"), None)

    @property
    def needs(self) -> tuple[str, ...]:
        """The needs that count now: the employee's last word, else the person's, else the assistant's."""
        sources: tuple[UnderstandingSource, ...] = ("employee", "person", "assistant")
        for source in sources:
            of_source = [view for view in self.understandings if view.source == source]
            if of_source:
                return tuple(need.id for need in of_source[-1].needs)
        return ()

    @property
    def readers(self) -> tuple[LogLine, ...]:
        """Who has read it, newest first."""
        return tuple(line for line in reversed(self.log) if line.action == "read")
