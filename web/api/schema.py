"""The OpenAPI description of the interface: what is published is what requests are checked against."""

from __future__ import annotations

from typing import Any, Final

from web.api import hsds_schema
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

_WHO: Final = ["child", "youth", "parent", "other"]
_ACUTE: Final = [
    "suicide",
    "violence",
    "abuse",
    "small_child",
    "poisoning",
    "forced_journey",
    "homeless",
    "exploitation",
    "missing",
]
_NEED_ID: Final = {
    "type": "string",
    "maxLength": 60,
    "description": "The code of a term in the taxonomy «needs» of /api/hsds/taxonomy_terms.",
}

MATCH_REQUEST: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["needs"],
    "properties": {
        "needs": {
            "type": "array",
            "maxItems": 30,
            "description": "May be empty: then the doors that anybody may go to.",
            "items": {
                "anyOf": [
                    _NEED_ID,
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["id"],
                        "properties": {
                            "id": _NEED_ID,
                            "confidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
                        },
                    },
                ]
            },
        },
        "age": {
            "type": "integer",
            "minimum": 0,
            "maximum": 99,
            "description": "Age of the young person whom it concerns.",
        },
        "writer": {"enum": _WHO, "description": "Who asks; the audience of the services."},
        "about": {"enum": ["self", "my_child", "friend", "other"], "description": "Whom it is about."},
        "acute_kinds": {
            "type": "array",
            "uniqueItems": True,
            "items": {"enum": _ACUTE},
            "description": "Kinds of danger now or within a day.",
        },
        "safe_now": {"enum": ["yes", "no", "unknown"]},
    },
}


def _fields(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these fields; those that are optional are left out when they are not known."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


_STRING: Final = {"type": "string"}
_MAYBE: Final = {"type": ["string", "null"]}
_BOOLEAN: Final = {"type": "boolean"}
_BOTH: Final = _fields({"nb": _STRING, "nn": _STRING})
_NAMED: Final = _fields({"id": _STRING, "name": _BOTH})

MATCH_ANSWER: Final[dict[str, Any]] = _fields(
    {
        "services": {
            "type": "array",
            "maxItems": 5,
            "description": "Best first: as few doors as cover the needs.",
            "items": _fields(
                {
                    "id": _STRING,
                    "name": _BOTH,
                    "short_name": _BOTH,
                    "description": _BOTH,
                    "score": {"type": "number", "minimum": 0, "maximum": 1},
                    "because": {
                        "type": "array",
                        "description": "The needs that it answers, those that it answers best first.",
                        "items": _NAMED,
                    },
                    "level": {"enum": ["municipality", "county", "state", "health_trust", "voluntary"]},
                    "sector": _STRING,
                    "nearness": {"enum": ["here", "neighbour", "region", "national"]},
                    "access": _fields(
                        {
                            "ways": {"type": "array", "items": _STRING},
                            "direct": {
                                "type": "boolean",
                                "description": "One just gets in touch, without application or referral.",
                            },
                            "referral_from": {"type": "array", "items": _NAMED},
                            "how": _BOTH,
                        }
                    ),
                    "verified": {
                        "type": "boolean",
                        "description": "Whether the facts were read at their source; else say that they were not.",
                    },
                    "phones": {"type": "array", "items": _fields({"number": _STRING, "tel": _STRING})},
                    "url": _MAYBE,
                    "page": {"type": "string", "format": "uri", "description": "The service's public page."},
                }
            ),
        },
        "not_here": {
            "type": "array",
            "description": "Services that are usual for these needs, but that this municipality does not have.",
            "items": _fields(
                {
                    "id": _STRING,
                    "name": _BOTH,
                    "note": _BOTH,
                    "instead": {"type": "array", "items": _STRING},
                }
            ),
        },
        "contact_point": _fields(
            {
                "id": _STRING,
                "name": _BOTH,
                "description": _BOTH,
                "number": _STRING,
                "tel": _STRING,
                "email": _MAYBE,
                "hours": _BOTH,
            }
        ),
        "helplines": {
            "type": "array",
            "description": "Whom to ring, emergency numbers first. Show them first when there is danger.",
            "items": _fields(
                {
                    "id": _STRING,
                    "name": _BOTH,
                    "what": _BOTH,
                    "number": _MAYBE,
                    "tel": _MAYBE,
                    "chat": _MAYBE,
                    "url": _MAYBE,
                    "emergency": _BOOLEAN,
                    "hours": _BOTH,
                    "open_now": _BOOLEAN,
                    "opens_or_closes_at": {
                        "type": ["string", "null"],
                        "format": "date-time",
                        "description": "Null: never closes (then open_now), or its hours are not known.",
                    },
                }
            ),
        },
    }
)

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
            "description": "The conversation for other front ends, and the catalog of services for other systems. "
            "Nothing is kept: a conversation is forgotten within a day at the latest, and no case is made here. "
            "The assistant is a machine; say so to whoever writes.",
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
            },
            "/api/v1/match": {
                "post": {
                    "operationId": "match",
                    "summary": "From needs to services, with reasons. Nothing is kept",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": MATCH_REQUEST}},
                    },
                    "responses": {
                        "200": {
                            "description": "Services, contact point and helplines",
                            "content": {"application/json": {"schema": MATCH_ANSWER}},
                        },
                        "400": _problem("Not JSON, or not what the schema says"),
                        "413": _problem("The request is too large"),
                        "415": _problem("The content type is not application/json"),
                        "422": _problem("A need that the catalog does not have"),
                        "429": _problem("Too many requests in a short time"),
                    },
                }
            },
            **_linked_data(),
            **hsds_schema.paths(),
        },
        "components": {"schemas": hsds_schema.SCHEMAS, "parameters": hsds_schema.PARAMETERS},
    }


def _linked_data() -> dict[str, Any]:
    """The catalog as CPSV-AP-NO."""
    formats = {
        "/catalog.ttl": ("turtle", "text/turtle"),
        "/catalog.jsonld": ("jsonLd", "application/ld+json"),
    }
    etag = {"ETag": {"schema": _STRING, "description": "Send it back in If-None-Match."}}
    paths: dict[str, Any] = {
        path: {
            "get": {
                "operationId": operation,
                "summary": f"The catalog in CPSV-AP-NO 1.1 as {media}, in both languages",
                "responses": {
                    "200": {
                        "description": "The whole catalog",
                        "headers": etag,
                        "content": {
                            media: {"schema": _STRING if media == "text/turtle" else {"type": "object"}}
                        },
                    },
                    "304": {"description": "Nothing is new since that ETag", "headers": etag},
                    "429": {"description": "Too many requests in a short time"},
                },
            }
        }
        for path, (operation, media) in formats.items()
    }
    paths["/catalog"] = {
        "get": {
            "operationId": "catalog",
            "summary": "The catalog's own address: on to the format that Accept asks for",
            "responses": {
                "303": {"description": "Where it is", "headers": {"Location": {"schema": _STRING}}}
            },
        }
    }
    return paths
