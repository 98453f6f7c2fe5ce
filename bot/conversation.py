"""What a conversation has come to so far, read from its messages: needs, danger, facts, what is understood together."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Text

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

# A message that tells something: after one of these nobody is turned away for what else they write.
_TELLS = ("tell", "other_language", "correct")
QUESTION_SLOTS = ("safe_now", "about", "age", "hope")


def _message_events(tracker: DialogueStateTracker) -> List[UserUttered]:
    return [event for event in tracker.events_after_latest_restart() if isinstance(event, UserUttered)]


def told_needs(tracker: DialogueStateTracker) -> List[Dict[Text, Any]]:
    """Needs of the whole conversation, surest first: [{"id", "confidence"}]. What was denied in a correction is left out."""
    needs: Dict[Text, float] = {}
    for event in _message_events(tracker):
        data = event.parse_data
        if event.intent.get("name") == "correct":
            for denied in data.get("denied_needs") or ():
                needs.pop(denied, None)
        denied_now = set(data.get("denied_needs") or ()) if event.intent.get("name") == "correct" else set()
        for need in data.get("needs") or ():
            if need["id"] not in denied_now:
                needs[need["id"]] = max(needs.get(need["id"], 0.0), need["confidence"])
    return [{"id": need, "confidence": needs[need]} for need in sorted(needs, key=lambda need: -needs[need])]


def noticed_kinds(tracker: DialogueStateTracker) -> List[Text]:
    """Kinds of acute danger noticed anywhere in the conversation, in the order they came."""
    kinds: List[Text] = []
    for event in _message_events(tracker):
        kinds += [
            kind for kind in (event.parse_data.get("acute") or {}).get("kinds", ()) if kind not in kinds
        ]
    return kinds


def tells(tracker: DialogueStateTracker) -> bool:
    """Whether the latest message tells something."""
    return understanding_of(tracker)["intent"] in _TELLS


def has_told(tracker: DialogueStateTracker) -> bool:
    """Whether something had been told before the latest message, here or as the portal knows."""
    return tracker.get_slot("told") is True


def in_english(event: UserUttered) -> bool:
    """Whether a message is in English."""
    return (event.parse_data.get("language") or {}).get("code") == "en"


def writes_english(tracker: DialogueStateTracker) -> bool:
    """Whether what was told or asked last is in English; short answers do not say."""
    for event in reversed(_message_events(tracker)):
        intent = event.intent.get("name") or ""
        if intent in _TELLS or intent.startswith(("ask_", "switch_to_")):
            return in_english(event)
    return False


def unsure_in_grave_need(tracker: DialogueStateTracker, grave: Collection[Text]) -> bool:
    """Whether somebody who does not know if they are safe has told of something that can cost life or safety."""
    return tracker.get_slot("safe_now") == "unknown" and any(
        need["id"] in grave for need in told_needs(tracker)
    )


def understanding_of(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """The understanding of the latest message, in the shape that the channel answers; also of one that starts over."""
    latest = next((event for event in reversed(tracker.events) if isinstance(event, UserUttered)), None)
    return understanding((latest.parse_data if latest else None) or {})


def understanding(parse_data: Dict[Text, Any]) -> Dict[Text, Any]:
    """{language, intent, questions, needs, denied_needs, acute} of one parsed message; buttons have no words to understand."""
    return {
        "language": (parse_data.get("language") or {}).get("id", "other"),
        "intent": (parse_data.get("intent") or {}).get("name") or "unsure",
        "questions": list(parse_data.get("questions") or ()),
        "needs": list(parse_data.get("needs") or ()),
        "denied_needs": list(parse_data.get("denied_needs") or ()),
        "acute": parse_data.get("acute") or {"flag": False, "kinds": [], "confidence": 0.0, "evidence": []},
    }


def facts_of(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """Answers so far: each of the four questions -> its answer, "skipped", or None when it is still open."""
    return {slot: tracker.get_slot(slot) for slot in QUESTION_SLOTS}
