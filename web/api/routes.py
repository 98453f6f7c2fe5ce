"""POST /api/v1/turn and its description."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import jsonschema
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from web import csrf, current
from web.api.schema import TURN_REQUEST, openapi
from web.assistant import MOST_CHARACTERS, AssistantUnavailable, Need, Turn
from web.errors import problem
from web.matching import helplines_for
from web.security.access import access
from web.security.limits import limiter

blueprint = Blueprint("api", __name__, url_prefix="/api")
csrf.exempt(blueprint)  # no cookie is read here, so there is nothing that another page could misuse

PER_CONVERSATION = "40 per minute"
PER_CLIENT = "900 per minute"
_RANDOM, _SEAL = 22, 16
_REQUEST = jsonschema.Draft202012Validator(TURN_REQUEST)


def _seal(random: str) -> str:
    secret = current.vault().keyring.secret("session")
    return hmac.new(secret, f"api conversation {random}".encode(), hashlib.sha256).hexdigest()[:_SEAL]


def new_conversation() -> str:
    """A conversation id that only this portal can make, so that nobody can speak into a conversation by guessing."""
    random = secrets.token_urlsafe(16)
    return f"{random}-{_seal(random)}"


def is_ours(conversation: str) -> bool:
    """Whether this portal made the id."""
    random, seal = conversation[:_RANDOM], conversation[_RANDOM + 1 :]
    return hmac.compare_digest(seal, _seal(random))


def _limit_key() -> str:
    body = request.get_json(silent=True)
    conversation = body.get("conversation") if isinstance(body, dict) else None
    # a first turn has no conversation of its own to count yet; the limit per client holds for it
    return f"conversation {conversation}" if isinstance(conversation, str) else f"new {secrets.token_hex(8)}"


@blueprint.get("/openapi.json")
@access("api")
def description() -> Response:
    """The OpenAPI description."""
    return jsonify(openapi())


@blueprint.post("/v1/turn")
@access("api")
@limiter.limit(PER_CLIENT)
@limiter.limit(PER_CONVERSATION, key_func=_limit_key)
def turn() -> Response:
    """One turn: the assistant's messages and what it understood. Nothing is kept."""
    if not request.is_json:
        return problem(415, "The content type is not application/json")
    try:
        body = request.get_json()
    except BadRequest:
        return problem(400, "The body is not JSON")
    refused = _refused(body)
    if refused is not None:
        return refused
    conversation = body.get("conversation")
    if conversation is not None and not is_ours(conversation):
        return problem(404, "There is no such conversation")
    conversation = conversation or new_conversation()
    facts: dict[str, str | int | None] = {"age": body.get("age")}
    if body.get("writer") == "parent":
        facts["about"] = "my_child"
    try:
        answer = current.assistant().turn(
            conversation,
            language=body.get("language"),
            text=body.get("text"),
            payload=body.get("button"),
            facts=facts,
        )
    except AssistantUnavailable:
        return _down()
    return jsonify(_answer(conversation, answer))


def _refused(body: Any) -> Response | None:
    """A problem that says which field is wrong, never what was in it."""
    for error in sorted(_REQUEST.iter_errors(body), key=lambda error: len(error.path), reverse=True):
        field = ".".join(str(part) for part in error.path)
        if field == "text" and error.validator == "maxLength":
            return problem(422, f"text is longer than {MOST_CHARACTERS} characters", field=field)
        if error.validator == "oneOf":
            return problem(400, "Either text or button is required")
        if error.validator == "additionalProperties":
            return problem(400, "There is a field that is not in the description")
        return problem(
            400, f"{field or 'The body'} is not what the description says ({error.validator})", field=field
        )
    return None


def _down() -> Response:
    numbers = [
        {"name": line.helpline.name, "number": line.helpline.number, "open_now": line.open_now}
        for line in helplines_for(current.catalog(), at=current.clock().now())
    ]
    return problem(503, "The assistant does not answer", numbers=numbers)


def _needs(needs: tuple[Need, ...]) -> list[dict[str, Any]]:
    known = current.catalog().needs
    return [
        {"id": need.id, "confidence": need.confidence, "evidence": [list(span) for span in need.evidence]}
        for need in needs
        if need.id in known
    ]


def _answer(conversation: str, answer: Turn) -> dict[str, Any]:
    understood = answer.understanding
    return {
        "conversation": conversation,
        "messages": [
            {
                "text": message.text,
                "danger": message.danger,
                "buttons": [{"title": button.title, "payload": button.payload} for button in message.buttons],
            }
            for message in answer.messages
        ],
        "understanding": {
            "language": understood.language,
            "intent": understood.intent,
            "needs": _needs(understood.needs),
            "acute": {
                "flag": understood.acute.flag,
                "kinds": list(understood.acute.kinds),
                "confidence": understood.acute.confidence,
                "evidence": [list(span) for span in understood.acute.evidence],
            },
        },
        "so_far": {
            "needs": [{"id": need.id, "confidence": need.confidence} for need in answer.needs],
            "acute_kinds": list(answer.acute_kinds),
        },
    }
