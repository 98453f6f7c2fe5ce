"""The only module that knows that Rasa exists: a client with time limits, and a suspicious reading of what it answers.

The assistant runs apart (see docs/decisions/0001-assistant-apart.md). Whatever it sends is untrusted input: every field is
checked for type, length and range here, ids that the catalog does not know are dropped by the caller.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import requests

MOST_CHARACTERS = 4000
Language = Literal["nb", "nn", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""What the assistant answers in. In English it understands the answers to its questions only."""
_MOST_MESSAGES = 12
_MOST_BUTTONS = 8
_MOST_NEEDS = 45
_MOST_SPANS = 20
_BATCH = 100
_ID = re.compile(r"[a-z][a-z_]{1,40}")
_PAYLOAD = re.compile(r'/[a-z_]{2,40}(\{"(safe_now|about)": "[a-z_]{1,20}"\})?')
_CONVERSATION_ROUTE = "/webhooks/portal"

Span = tuple[int, int]


class AssistantUnavailable(Exception):
    """The assistant is down, too slow, or answered something that is not an answer. Never holds what was typed."""


@dataclass(frozen=True)
class Button:
    """A quick reply: what the person reads, and what comes back when it is pressed."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One message of the assistant. danger: it says whom to ring now."""

    text: str
    buttons: tuple[Button, ...] = ()
    danger: bool = False


@dataclass(frozen=True)
class Need:
    """A need that the assistant found: id, confidence 0..1 and the spans of characters it rests on, strongest first."""

    id: str
    confidence: float
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Acute:
    """Whether somebody must act within a day, which kinds of danger, how sure, and which characters say so."""

    flag: bool = False
    kinds: tuple[str, ...] = ()
    confidence: float = 0.0
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Understanding:
    """What the assistant made of one text; always a suggestion."""

    language: Literal["nb", "nn", "other"] = "other"
    intent: str = "unsure"
    questions: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    denied_needs: tuple[str, ...] = ()
    acute: Acute = field(default_factory=Acute)


@dataclass(frozen=True)
class Facts:
    """Answers to the four questions so far. A question that was passed over has its name in `skipped`."""

    safe_now: Literal["yes", "no", "unknown"] | None = None
    about: Literal["self", "my_child", "friend", "other"] | None = None
    age: int | None = None
    hope: str | None = None
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Turn:
    """The answer to one turn. needs and acute_kinds are those of the whole conversation as the assistant remembers it."""

    messages: tuple[Message, ...]
    understanding: Understanding
    facts: Facts
    language: Language
    asked: str | None
    needs: tuple[Need, ...] = ()
    acute_kinds: tuple[str, ...] = ()


class Assistant:
    """Talks with the assistant over loopback.

    Args:
        url: where it listens, e.g. http://127.0.0.1:5005.
        token: the shared secret.
        timeout_s: seconds to wait for one turn.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 3.0) -> None:
        self._url = url.rstrip("/") + _CONVERSATION_ROUTE
        self._token = token
        self._timeout_s = timeout_s
        self._local = threading.local()

    def turn(
        self,
        conversation: str,
        *,
        language: Language | None = None,
        text: str | None = None,
        payload: str | None = None,
        facts: Mapping[str, str | int | None] | None = None,
        told: bool = False,
    ) -> Turn:
        """One turn of a conversation: either words or a button that was pressed.

        Args:
            conversation: 16 to 64 letters, digits, - and _; random, minted by the portal.
            language: what the assistant shall answer in; None: as in the turn before, Bokmål in the first. To who writes
                English it answers in English.
            text: the person's words, 1 to 4,000 characters.
            payload: a button's payload.
            facts: answers already known, for when the assistant was restarted in between.
            told: whether something has been told already, for the same.

        Raises:
            AssistantUnavailable: it is down, slower than the limit, or its answer is not one.
        """
        body: dict[str, Any] = {
            "conversation": conversation,
            "language": language,
            "facts": dict(facts or {}),
            "told": told,
        }
        body["payload" if payload is not None else "text"] = payload if payload is not None else text
        return _turn(self._post("/turn", body, self._timeout_s), len(text or ""))

    def understand(
        self, texts: Iterable[str], timeout_s: float = 60.0
    ) -> Iterator[tuple[Understanding, Facts]]:
        """What the assistant makes of texts without a conversation, in order, and the facts that each tells.

        Raises:
            AssistantUnavailable: as for `turn`.
        """
        batch: list[str] = []
        for text in texts:
            batch.append(text)
            if len(batch) == _BATCH:
                yield from self._understand(batch, timeout_s)
                batch = []
        if batch:
            yield from self._understand(batch, timeout_s)

    def _understand(self, texts: Sequence[str], timeout_s: float) -> list[tuple[Understanding, Facts]]:
        found = _list(self._post("/understand", {"texts": list(texts)}, timeout_s).get("understood"), _BATCH)
        if len(found) != len(texts):
            raise AssistantUnavailable("fewer answers than texts")
        return [
            (_understanding(one, len(text)), _facts(one.get("facts")))
            for one, text in zip(found, texts, strict=True)
        ]

    def forget(self, conversation: str) -> None:
        """Ask the assistant to drop a conversation. Best effort: it forgets by itself, and its memory is never on disk."""
        try:
            self._post("/forget", {"conversation": conversation}, 1.0)
        except AssistantUnavailable:
            return

    def healthy(self) -> bool:
        """Whether it answers within a second and has its model loaded."""
        try:
            return bool(self._session().get(self._url + "/", timeout=1.0).ok)
        except requests.RequestException:
            return False

    def _session(self) -> requests.Session:
        # one per thread: requests' sessions are not made for sharing, and a kept connection saves a millisecond a turn
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.trust_env = False  # no proxy from the environment between us and loopback
            session.headers["Authorization"] = f"Bearer {self._token}"
            self._local.session = session
        found: requests.Session = self._local.session
        return found

    def _post(self, path: str, body: Mapping[str, Any], timeout_s: float) -> Mapping[str, Any]:
        try:
            response = self._session().post(self._url + path, json=body, timeout=timeout_s)
            answer = response.json() if response.ok else None
        except (requests.RequestException, ValueError) as error:
            raise AssistantUnavailable(type(error).__name__) from None
        if not isinstance(answer, dict):
            raise AssistantUnavailable(f"status {response.status_code}")
        return answer


def _turn(answer: Mapping[str, Any], length: int) -> Turn:
    messages = tuple(_message(one) for one in _list(answer.get("messages"), _MOST_MESSAGES))
    conversation = answer.get("conversation")
    whole = conversation if isinstance(conversation, dict) else {}
    language = answer.get("language")
    if language not in LANGUAGES:
        raise AssistantUnavailable("answer without language")
    asked = answer.get("asked")
    return Turn(
        messages=messages,
        understanding=_understanding(answer.get("understanding"), length),
        facts=_facts(answer.get("facts")),
        language=cast(Language, language),
        asked=asked if asked in ("safe_now", "about", "age", "hope") else None,
        needs=tuple(_need(one, 0) for one in _list(whole.get("needs"), _MOST_NEEDS)),
        acute_kinds=_ids(whole.get("acute_kinds")),
    )


def _message(value: Any) -> Message:
    if not isinstance(value, dict):
        raise AssistantUnavailable("a message is not an object")
    buttons = []
    for one in _list(value.get("buttons"), _MOST_BUTTONS):
        payload = one.get("payload") if isinstance(one, dict) else None
        if not isinstance(payload, str) or not _PAYLOAD.fullmatch(payload):
            raise AssistantUnavailable("a button is not one")
        buttons.append(Button(_text(one.get("title"), 100), payload))
    return Message(_text(value.get("text"), 2000), tuple(buttons), value.get("danger") is True)


def _understanding(value: Any, length: int) -> Understanding:
    if not isinstance(value, dict):
        raise AssistantUnavailable("no understanding")
    given_acute = value.get("acute")
    acute: Mapping[str, Any] = given_acute if isinstance(given_acute, dict) else {}
    language = value.get("language")
    return Understanding(
        language="nb" if language == "nb" else "nn" if language == "nn" else "other",
        intent=(_ids([value.get("intent")]) or ("unsure",))[0],
        questions=_ids(value.get("questions")),
        needs=tuple(_need(one, length) for one in _list(value.get("needs"), _MOST_NEEDS)),
        denied_needs=_ids(value.get("denied_needs")),
        acute=Acute(
            flag=acute.get("flag") is True,
            kinds=_ids(acute.get("kinds")),
            confidence=_share(acute.get("confidence")),
            evidence=_spans(acute.get("evidence"), length),
        ),
    )


def _need(value: Any, length: int) -> Need:
    if not isinstance(value, dict) or not _ids([value.get("id")]):
        raise AssistantUnavailable("a need is not one")
    return Need(value["id"], _share(value.get("confidence")), _spans(value.get("evidence"), length))


def _facts(value: Any) -> Facts:
    given = value if isinstance(value, dict) else {}
    age, hope = given.get("age"), given.get("hope")
    return Facts(
        safe_now=given["safe_now"] if given.get("safe_now") in ("yes", "no", "unknown") else None,
        about=given["about"] if given.get("about") in ("self", "my_child", "friend", "other") else None,
        age=age if isinstance(age, int) and not isinstance(age, bool) and 0 <= age <= 99 else None,
        hope=hope if isinstance(hope, str) and hope != "skipped" and len(hope) <= MOST_CHARACTERS else None,
        skipped=frozenset(
            name for name in ("safe_now", "about", "age", "hope") if given.get(name) == "skipped"
        ),
    )


def _list(value: Any, most: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        raise AssistantUnavailable("a list is missing or too long")
    return value


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or not value or len(value) > most:
        raise AssistantUnavailable("a text is missing or too long")
    return value


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(one for one in _list(value, _MOST_NEEDS) if isinstance(one, str) and _ID.fullmatch(one))


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise AssistantUnavailable("a confidence is not between 0 and 1")
    return float(value)


def _spans(value: Any, length: int) -> tuple[Span, ...]:
    spans = []
    for one in _list(value, _MOST_SPANS):
        if isinstance(one, list) and len(one) == 2 and all(type(place) is int for place in one):
            start, end = one
            if 0 <= start < end <= length:
                spans.append((start, end))
    return tuple(spans)
