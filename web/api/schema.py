"""The OpenAPI description of the interface: what is published is what requests are checked against."""

from __future__ import annotations

from typing import Any, Final

from web.assistant import MOST_CHARACTERS

_SPANS: Final = {
    "type": "array",
    "description": "Where in the text the words stand that this rests on: [start, end) in characters.",
    "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
}

TURN_REQUEST: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["text"]}, {"required": ["button"]}],
    "properties": {
        "conversation": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{39}$",
            "description": "The id from the first answer; left out in the first turn.",
        },
        "text": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS, "pattern": r"\S"},
        "button": {
            "type": "string",
            "maxLength": 100,
            "description": "The payload of a button from an answer.",
        },
        "language": {
            "enum": ["nb", "nn"],
            "description": "What to answer in. Left out: as in the turn before; nb in the first.",
        },
        "writer": {"enum": ["child", "youth", "parent", "other"]},
        "age": {
            "type": "integer",
            "minimum": 0,
            "maximum": 99,
            "description": "Age of the young person whom it concerns.",
        },
    },
}

_NEED: Final = {
    "type": "object",
    "required": ["id", "confidence", "evidence"],
    "properties": {
        "id": {"type": "string"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "evidence": _SPANS,
    },
}

TURN_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["conversation", "messages", "understanding", "so_far"],
    "properties": {
        "conversation": {"type": "string"},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["text", "buttons", "danger"],
                "properties": {
                    "text": {"type": "string"},
                    "danger": {
                        "type": "boolean",
                        "description": "It says whom to ring now; show it first and clearly.",
                    },
                    "buttons": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["title", "payload"],
                            "properties": {"title": {"type": "string"}, "payload": {"type": "string"}},
                        },
                    },
                },
            },
        },
        "understanding": {
            "type": "object",
            "description": "What the assistant made of this turn's text. Always a suggestion.",
            "required": ["language", "needs", "acute"],
            "properties": {
                "language": {"enum": ["nb", "nn", "other"]},
                "intent": {"type": "string"},
                "needs": {"type": "array", "items": _NEED},
                "acute": {
                    "type": "object",
                    "required": ["flag", "kinds", "confidence"],
                    "properties": {
                        "flag": {"type": "boolean"},
                        "kinds": {"type": "array", "items": {"type": "string"}},
                        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                        "evidence": _SPANS,
                    },
                },
            },
        },
        "so_far": {
            "type": "object",
            "description": "Needs and kinds of danger in the whole conversation.",
            "properties": {
                "needs": {"type": "array", "items": {"type": "object"}},
                "acute_kinds": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}

_PROBLEM: Final = {
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
            }
        }
    }
}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, **_PROBLEM}


def openapi() -> dict[str, Any]:
    """The whole description, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Én dør inn",
            "version": "1.0.0",
            "description": "The conversation for other front ends. Nothing is kept: a conversation is forgotten within "
            "a day at the latest, and no case is made here. The assistant is a machine; say so to whoever writes.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "paths": {
            "/api/v1/turn": {
                "post": {
                    "operationId": "turn",
                    "summary": "One turn of a conversation",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": TURN_REQUEST}},
                    },
                    "responses": {
                        "200": {
                            "description": "The assistant's answer",
                            "content": {"application/json": {"schema": TURN_ANSWER}},
                        },
                        "400": _problem("Not JSON, or not what the schema says"),
                        "404": _problem("There is no such conversation"),
                        "413": _problem("The request is too large"),
                        "415": _problem("The content type is not application/json"),
                        "422": _problem("The text is longer than the limit"),
                        "429": _problem("Too many turns in a short time"),
                        "503": _problem("The assistant does not answer; `numbers` says whom to ring"),
                    },
                }
            }
        },
    }
