"""The one way in from the portal: a turn of a conversation, a batch of texts to understand, and forgetting.

Only the portal may call it (a shared token, on the loopback address). Messages and understanding are answered together.
Nothing that a citizen typed is written to a log here, also when something fails.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as answer

from bot.conversation import (
    QUESTION_SLOTS,
    facts_of,
    has_told,
    noticed_kinds,
    tells,
    told_needs,
    understanding,
    understanding_of,
    unsure_in_grave_need,
)
from bot.replies import LANGUAGES, Replies, language_of
from bot.tracker_store import VolatileTrackerStore

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 4000
MOST_TURNS = 300
MOST_TEXTS = 200
_CONVERSATION = re.compile(r"[A-Za-z0-9_-]{16,64}")
# A button: an intent and, for `answer`, one fact.
_PAYLOAD = re.compile(r'/[a-z_]{2,40}(\{"(safe_now|about)": "[a-z_]{1,20}"\})?')
_SWEEP_S = 300
# What may pass over an open question without answering it. The form then only asks; the mirror is put before that here.
_PASSES_OVER = ("tell", "unsure", "out_of_scope", "correct")


class BadRequest(ValueError):
    """The request is not one that the portal makes; the message says what is wrong, without repeating what was typed."""


class PortalChannel(InputChannel):
    """Rasa's input channel for the portal. Configured in credentials.yml with the token."""

    @classmethod
    def name(cls) -> Text:
        return "portal"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        token = str((credentials or {}).get("token") or "")
        if len(token) < 32 or token.startswith("${"):
            raise ValueError("ASSISTANT_TOKEN is missing or shorter than 32 characters; `make run` makes one")
        return cls(token)

    def __init__(self, token: Text) -> None:
        self._token = token

    @staticmethod
    def _never_log_words() -> None:
        """Rasa's debug lines hold what people typed: they stay off whatever log level somebody asks for."""
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        for name in ("rasa", "dask", "sanic.access"):
            logging.getLogger(name).setLevel(logging.INFO if name == "rasa" else logging.WARNING)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes: GET /, POST /turn, POST /understand, POST /forget."""
        self._never_log_words()
        routes = Blueprint("portal_channel", __name__)

        @routes.listener("before_server_start")
        async def keep_forgetting(app: Sanic, loop: Any) -> None:
            app.add_task(_sweep(app))

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            ready = getattr(request.app.ctx, "agent", None) is not None and request.app.ctx.agent.is_ready()
            return answer({"status": "ok" if ready else "starting"}, status=200 if ready else 503)

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            return await self._guarded(request, self._turn)

        @routes.route("/understand", methods=["POST"])
        async def understand(request: Request) -> HTTPResponse:
            return await self._guarded(request, self._understand)

        @routes.route("/forget", methods=["POST"])
        async def forget(request: Request) -> HTTPResponse:
            return await self._guarded(request, self._forget)

        return routes

    async def _guarded(
        self, request: Request, handle: Callable[[Agent, Dict[Text, Any]], Awaitable[Dict[Text, Any]]]
    ) -> HTTPResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return answer({"error": "not authorised"}, status=401)
        agent = getattr(request.app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            return answer({"error": "starting"}, status=503)
        try:
            body = json.loads(request.body)
            if not isinstance(body, dict):
                raise BadRequest("an object is expected")
            return answer(await handle(agent, body))
        except (BadRequest, json.JSONDecodeError) as error:
            reason = str(error) if isinstance(error, BadRequest) else "not JSON"
            return answer({"error": reason}, status=400)
        except Exception as error:  # the message of an error may hold what was typed: only its kind is logged
            logger.error("turn failed: %s at %s", type(error).__name__, _where(error))
            return answer({"error": "failed"}, status=500)

    async def _turn(self, agent: Agent, body: Dict[Text, Any]) -> Dict[Text, Any]:
        conversation, text = _conversation(body), _text(body)
        language = body.get("language")
        if language is not None and language not in LANGUAGES:
            raise BadRequest("language is nb, nn or en")
        processor, grave = agent.processor, _replies(agent).words.grave
        output = CollectingOutputChannel()
        async with agent.lock_store.lock(conversation):
            try:
                tracker = await processor.fetch_tracker_and_update_session(conversation, output)
                if sum(1 for event in tracker.events if event.type_name == "user") >= MOST_TURNS:
                    raise BadRequest("too many turns in this conversation")
                tracker.update_with_events(_known(tracker, language, body.get("facts")), processor.domain)
                if body.get("told") is True:
                    tracker.update(SlotSet("told", True), processor.domain)
                safe_before, asked_before = tracker.get_slot("safe_now"), tracker.get_slot("requested_slot")
                unsure_before = unsure_in_grave_need(tracker, grave)
                language = tracker.get_slot("language")
                await processor.save_tracker(tracker)
                await processor.handle_message(
                    UserMessage(
                        text,
                        output,
                        conversation,
                        input_channel=self.name(),
                        metadata={
                            "asked": asked_before,
                            "age_known": isinstance(tracker.get_slot("age"), int),
                            "told": has_told(tracker),
                            "language": language_of(tracker),
                        },
                    )
                )
                tracker = await processor.get_tracker(conversation)
                if all(tracker.get_slot(slot) is not None for slot in QUESTION_SLOTS):
                    tracker.update(SlotSet("asked_all", True), processor.domain)
                if tells(tracker):
                    tracker.update(SlotSet("told", True), processor.domain)
                if tracker.get_slot("language") is None:  # starting over empties all slots
                    tracker.update(SlotSet("language", language), processor.domain)
                await processor.save_tracker(tracker)
            except BadRequest:
                raise
            except Exception:
                # a turn that broke half-way leaves a conversation that cannot be trusted; the portal holds what was typed
                _store(agent).forget(conversation)
                raise
        understood = understanding_of(tracker)
        messages = [
            {"text": message.get("text", ""), "buttons": message.get("buttons") or []}
            for message in output.messages
            if message.get("text")
        ]
        if asked_before is not None and understood["intent"] in _PASSES_OVER and len(messages) < 2:
            messages[:0] = [{"text": text, "buttons": []} for text in _replies(agent).mirror(tracker)]
        said_unsafe = tracker.get_slot("safe_now") == "no" and safe_before != "no"
        unsure = unsure_in_grave_need(tracker, grave) and not unsure_before
        if understood["acute"]["flag"] or said_unsafe or unsure:
            messages[:0] = self._danger(agent, tracker)
        elif tracker.get_slot("safe_now") == "unknown" != safe_before:
            # who does not know gets the numbers too, calmly, before the next question
            text = _replies(agent).unsure_if_safe(language_of(tracker), tracker.get_slot("age"))
            messages.insert(0, {"text": text, "buttons": []})
        return {
            "messages": messages,
            "understanding": understood,
            "conversation": {
                "needs": told_needs(tracker),
                "acute_kinds": noticed_kinds(tracker),
                "asked_all": bool(tracker.get_slot("asked_all")),
            },
            "facts": facts_of(tracker),
            "asked": tracker.get_slot("requested_slot"),
            "language": language_of(tracker),
        }

    @staticmethod
    def _danger(agent: Agent, tracker: DialogueStateTracker) -> List[Dict[Text, Any]]:
        # what was noticed just now comes before what was noticed earlier
        kinds = [*understanding_of(tracker)["acute"]["kinds"], *noticed_kinds(tracker)]
        texts = _replies(agent).danger(language_of(tracker), kinds, tracker.get_slot("age"))
        return [{"text": text, "buttons": [], "danger": True} for text in texts]

    async def _understand(self, agent: Agent, body: Dict[Text, Any]) -> Dict[Text, Any]:
        texts = body.get("texts")
        if (
            not isinstance(texts, list)
            or not all(isinstance(text, str) for text in texts)
            or len(texts) > MOST_TEXTS
        ):
            raise BadRequest(f"texts is a list of at most {MOST_TEXTS} strings")
        found = []
        for text in texts:
            parsed = await agent.processor.parse_message(UserMessage(_as_text(text[:20_000])))
            found.append(
                {
                    **understanding(parsed),
                    "facts": {
                        e["entity"]: e["value"]
                        for e in parsed.get("entities") or ()
                        if e["entity"] in QUESTION_SLOTS
                    },
                }
            )
        return {"understood": found}

    async def _forget(self, agent: Agent, body: Dict[Text, Any]) -> Dict[Text, Any]:
        _store(agent).forget(_conversation(body))
        return {"forgotten": True}


def _store(agent: Agent) -> VolatileTrackerStore:
    store = agent.tracker_store
    store = getattr(store, "_tracker_store", store)  # Rasa may wrap it for when it fails
    if not isinstance(store, VolatileTrackerStore):
        raise TypeError("endpoints.yml does not name bot.tracker_store.VolatileTrackerStore")
    return store


def _replies(agent: Agent) -> Replies:
    replies = agent.processor.nlg
    if not isinstance(replies, Replies):
        raise TypeError("endpoints.yml does not name bot.replies.Replies")
    return replies


async def _sweep(app: Sanic) -> None:
    """Forget old conversations also when nobody writes."""
    import asyncio
    import time

    while True:
        await asyncio.sleep(_SWEEP_S)
        agent = getattr(app.ctx, "agent", None)
        if agent is not None and agent.is_ready():
            _store(agent).sweep(time.monotonic())


def _where(error: BaseException) -> Text:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"


def _conversation(body: Dict[Text, Any]) -> Text:
    conversation = body.get("conversation")
    if not isinstance(conversation, str) or not _CONVERSATION.fullmatch(conversation):
        raise BadRequest("conversation is 16 to 64 letters, digits, - or _")
    return conversation


def _text(body: Dict[Text, Any]) -> Text:
    text, payload = body.get("text"), body.get("payload")
    if (text is None) == (payload is None):
        raise BadRequest("either text or payload is expected")
    if payload is not None:
        if not isinstance(payload, str) or not _PAYLOAD.fullmatch(payload):
            raise BadRequest("payload is not one of the buttons'")
        return payload
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("text is empty")
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(f"text is longer than {MOST_CHARACTERS} characters")
    return _as_text(text)


def _as_text(text: Text) -> Text:
    """Typed words are never a button: Rasa reads a leading slash as one, so it is blanked (same length, spans stay right)."""
    lead = len(text) - len(text.lstrip("/ \t\r\n"))
    return text[:lead].replace("/", " ") + text[lead:]


def _known(tracker: DialogueStateTracker, language: Optional[Text], facts: Any) -> List[SlotSet]:
    """What the portal already knows, for a conversation that this process has no memory of (it was restarted)."""
    events = [SlotSet("language", language)] if language and tracker.get_slot("language") != language else []
    if isinstance(facts, dict):
        for slot in QUESTION_SLOTS:
            value = facts.get(slot)
            if (
                tracker.get_slot(slot) is None
                and isinstance(value, (str, int))
                and len(str(value)) <= MOST_CHARACTERS
            ):
                events.append(SlotSet(slot, value))
    return events
