"""POST /api/v1/match: from needs to services, with the reasons. Nothing is kept.

There is no GET with the same in the address: needs and age of somebody would stand in logs and histories.
"""

from __future__ import annotations

from typing import Any, Final

import jsonschema
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from web import csrf, current
from web.api.addresses import page
from web.api.schema import MATCH_REQUEST
from web.catalog import Catalog, ContactPoint, Replacement
from web.errors import problem
from web.matching import HelplineNow, Query, Suggestion, helplines_for, match
from web.security.access import access
from web.security.limits import limiter

blueprint = Blueprint("match", __name__, url_prefix="/api")
csrf.exempt(blueprint)  # no cookie is read here, so there is nothing that another page could misuse

PER_CLIENT = "300 per minute"
_REQUEST: Final = jsonschema.Draft202012Validator(MATCH_REQUEST)


@blueprint.post("/v1/match")
@access("api")
@limiter.limit(PER_CLIENT)
def matched() -> Response:
    """Which services meet these needs, why, and whom to ring."""
    if not request.is_json:
        return problem(415, "The content type is not application/json")
    try:
        body = request.get_json()
    except BadRequest:
        return problem(400, "The body is not JSON")
    catalog, now = current.catalog(), current.clock().now()
    refused = _refused(body, catalog)
    if refused is not None:
        return refused
    writer = body.get("writer")
    query = Query(
        needs=tuple(
            (need, 1.0) if isinstance(need, str) else (need["id"], float(need.get("confidence", 1.0)))
            for need in body["needs"]
        ),
        writer=writer,
        about=body.get("about"),
        age=body.get("age"),
        acute_kinds=tuple(body.get("acute_kinds", ())),
        safe_now=body.get("safe_now"),
    )
    found = match(catalog, query)
    lines = helplines_for(
        catalog,
        query.acute_kinds,
        [need for need, _ in query.needs],
        query.age,
        writer or ("parent" if query.about == "my_child" else None),
        now,
    )
    return jsonify(
        {
            "services": [_service(catalog, suggestion) for suggestion in found.services],
            "not_here": [_not_here(replacement) for replacement in found.not_here],
            "contact_point": _contact_point(found.contact_point),
            "helplines": [_helpline(line) for line in lines],
        }
    )


def _refused(body: Any, catalog: Catalog) -> Response | None:
    """A problem that says which field is wrong, never what was in it."""
    for error in sorted(_REQUEST.iter_errors(body), key=lambda error: len(error.path), reverse=True):
        field = ".".join(str(part) for part in error.path)
        if error.validator == "additionalProperties":
            return problem(400, "There is a field that is not in the description")
        return problem(
            400, f"{field or 'The body'} is not what the description says ({error.validator})", field=field
        )
    for index, need in enumerate(body["needs"]):
        if (need if isinstance(need, str) else need["id"]) not in catalog.needs:
            return problem(
                422,
                f"needs.{index} is not a need of this catalog",
                "The needs are the terms of the taxonomy «needs» in /api/hsds/taxonomy_terms, by their code.",
                field=f"needs.{index}",
            )
    return None


def _named(catalog: Catalog, service_id: str) -> dict[str, Any]:
    service = catalog.service(service_id)
    name = service.name if service else catalog.replacements[service_id].name
    return {"id": service_id, "name": dict(name)}


def _service(catalog: Catalog, suggestion: Suggestion) -> dict[str, Any]:
    service = suggestion.service
    return {
        "id": service.id,
        "name": dict(service.name),
        "short_name": dict(service.short_name),
        "description": dict(service.description),
        "score": suggestion.score,
        "because": [{"id": need, "name": dict(catalog.needs[need].name)} for need in suggestion.because],
        "level": service.level,
        "sector": service.sector,
        "nearness": service.nearness,
        "access": {
            "ways": list(service.access.ways),
            "direct": service.access.direct,
            "referral_from": [
                _named(catalog, referrer)
                for referrer in service.access.referral_from
                if catalog.service(referrer) or referrer in catalog.replacements
            ],
            "how": dict(service.how),
        },
        "verified": service.verified,
        "phones": [{"number": phone.number, "tel": phone.tel} for phone in service.phones],
        "url": service.url,
        "page": page(service.id),
    }


def _not_here(replacement: Replacement) -> dict[str, Any]:
    return {
        "id": replacement.service_id,
        "name": dict(replacement.name),
        "note": dict(replacement.note),
        "instead": list(replacement.services),
    }


def _contact_point(point: ContactPoint) -> dict[str, Any]:
    return {
        "id": point.id,
        "name": dict(point.name),
        "description": dict(point.description),
        "number": point.number,
        "tel": point.tel,
        "email": point.email,
        "hours": dict(point.hours_text),
    }


def _helpline(line: HelplineNow) -> dict[str, Any]:
    helpline, change = line.helpline, line.opens_or_closes_at
    return {
        "id": helpline.id,
        "name": dict(helpline.name),
        "what": dict(helpline.what),
        "number": helpline.number,
        "tel": helpline.tel,
        "chat": helpline.chat,
        "url": helpline.url,
        "emergency": helpline.emergency,
        "hours": dict(helpline.hours_text),
        "open_now": line.open_now,
        "opens_or_closes_at": change.isoformat() if change else None,
    }
