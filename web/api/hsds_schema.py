"""The description of the HSDS interface: which fields there are, which must be there, and what one may ask for.

Required fields and types are those of HSDS 3.0; described are the fields that this portal fills in.
"""

from __future__ import annotations

from typing import Any, Final

_UUID: Final = {"type": "string", "format": "uuid"}
_STRING: Final = {"type": "string", "minLength": 1}
_URI: Final = {"type": "string", "format": "uri"}
_EMAIL: Final = {"type": "string", "format": "email"}
_DATE: Final = {"type": "string", "format": "date"}
_AGE: Final = {"type": "number", "minimum": 0}
_BOOLEAN: Final = {"type": "boolean"}
_COUNT: Final = {"type": "integer", "minimum": 0}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _entity(description: str, required: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": ["id", *required],
        "properties": {"id": _UUID, **required, **optional},
        "additionalProperties": False,
    }


_SERVICE_FIELDS: Final = {
    "organization_id": _UUID,
    "alternate_name": _STRING,
    "description": _STRING,
    "url": _URI,
    "email": _EMAIL,
    "interpretation_services": _STRING,
    "application_process": {**_STRING, "description": "How one gets in."},
    "fees_description": _STRING,
    "wait_time": _STRING,
    "eligibility_description": _STRING,
    "minimum_age": _AGE,
    "maximum_age": _AGE,
    "assured_date": {**_DATE, "description": "When it was last checked; left out as long as nobody has."},
    "alert": {**_STRING, "description": "What is different just now, such as closed in the holidays."},
    "organization": _ref("Organization"),
}
_SERVICE_REQUIRED: Final = {
    "name": _STRING,
    "status": {"enum": ["active", "inactive", "defunct", "temporarily closed"]},
}

SCHEMAS: Final[dict[str, Any]] = {
    "Metadata": {
        "type": "object",
        "required": ["version", "profile", "openapi_url"],
        "properties": {
            "version": _STRING,
            "profile": _URI,
            "openapi_url": _URI,
            "description": _STRING,
            "modified": _DATE,
            "publisher": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": _STRING, "email": _EMAIL, "website": _URI},
            },
        },
    },
    "Page": {
        "type": "object",
        "required": [
            "total_items",
            "total_pages",
            "page_number",
            "size",
            "first_page",
            "last_page",
            "empty",
            "contents",
        ],
        "properties": {
            "total_items": {**_COUNT, "description": "In all pages together."},
            "total_pages": _COUNT,
            "page_number": {**_COUNT, "minimum": 1},
            "size": {**_COUNT, "description": "On this page."},
            "first_page": _BOOLEAN,
            "last_page": _BOOLEAN,
            "empty": _BOOLEAN,
            "contents": {"type": "array"},
        },
    },
    "Service": _entity("A service in a list: fields with one value.", _SERVICE_REQUIRED, _SERVICE_FIELDS),
    "WholeService": _entity(
        "A service with all that belongs to it. Its id in this catalog is the attribute with the link type «identifier».",
        _SERVICE_REQUIRED,
        {
            **_SERVICE_FIELDS,
            "phones": _list("Phone"),
            "schedules": _list("Schedule"),
            "service_areas": _list("ServiceArea"),
            "service_at_locations": _list("ServiceAtLocation"),
            "languages": _list("Language"),
            "attributes": _list("Attribute"),
        },
    ),
    "MinimalService": {
        "type": "object",
        "description": "Just enough to see what is new.",
        "required": ["id", "modified_date"],
        "properties": {"id": _UUID, "modified_date": {"type": "string", "format": "date-time"}},
        "additionalProperties": False,
    },
    "ServiceReference": _entity("A service inside an organization.", _SERVICE_REQUIRED, {}),
    "Organization": _entity(
        "Who offers services.",
        {"name": _STRING, "description": _STRING},
        {"email": _EMAIL, "website": _URI},
    ),
    "WholeOrganization": _entity(
        "An organization with its numbers, places and services.",
        {"name": _STRING, "description": _STRING},
        {
            "email": _EMAIL,
            "website": _URI,
            "organization_identifiers": _list("OrganizationIdentifier"),
            "phones": _list("Phone"),
            "locations": _list("Location"),
            "services": {
                "type": "array",
                "items": {"anyOf": [_ref("ServiceReference"), _ref("WholeService")]},
            },
        },
    ),
    "OrganizationIdentifier": _entity(
        "What an organization is called elsewhere; the scheme is one of org-id.guide.",
        {"identifier_type": _STRING, "identifier": _STRING},
        {"organization_id": _UUID, "identifier_scheme": _STRING},
    ),
    "ServiceAtLocation": _entity(
        "That a service is at a location.",
        {"service_id": _UUID, "location_id": _UUID},
        {"location": _ref("Location"), "service": _ref("Service")},
    ),
    "WholeServiceAtLocation": _entity(
        "The same with all that belongs to the service.",
        {"service_id": _UUID, "location_id": _UUID},
        {
            "location": _ref("Location"),
            "service": _ref("WholeService"),
            "phones": _list("Phone"),
            "schedules": _list("Schedule"),
            "service_areas": _list("ServiceArea"),
        },
    ),
    "Location": _entity(
        "A place.",
        {"location_type": {"enum": ["physical", "postal", "virtual"]}},
        {"name": _STRING, "addresses": _list("Address")},
    ),
    "Address": _entity(
        "An address. Counties are not in the catalog: state_province is the municipality.",
        {
            "address_1": _STRING,
            "city": _STRING,
            "state_province": _STRING,
            "postal_code": _STRING,
            "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "address_type": {"enum": ["physical", "postal", "virtual"]},
        },
        {"location_id": _UUID},
    ),
    "Phone": _entity(
        "A phone number.",
        {"number": _STRING},
        {"service_id": _UUID, "organization_id": _UUID, "type": _STRING, "description": _STRING},
    ),
    "Schedule": _entity(
        "When it is open, as weekly rules; only the description where no more is known.",
        {},
        {
            "service_id": _UUID,
            "freq": {"enum": ["WEEKLY", "MONTHLY"]},
            "interval": {"type": "number"},
            "byday": {"type": "string", "pattern": "^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*$"},
            "opens_at": {
                "type": "string",
                "pattern": r"^\d\d:\d\d[+-]\d\d:\d\d$",
                "description": "Norwegian time, with the offset that holds when the answer is given.",
            },
            "closes_at": {
                "type": "string",
                "pattern": r"^\d\d:\d\d[+-]\d\d:\d\d$",
                "description": "Not later than opens_at: on the next day.",
            },
            "description": _STRING,
        },
    ),
    "ServiceArea": _entity(
        "Where a service is for people.", {}, {"service_id": _UUID, "name": _STRING, "uri": _URI}
    ),
    "Language": _entity(
        "A language that is spoken without an interpreter.",
        {},
        {"service_id": _UUID, "code": {"type": "string", "pattern": "^[a-z]{2,3}$"}},
    ),
    "Attribute": _entity(
        "Ties a service to a term, or to its id in this catalog.",
        {},
        {
            "link_id": _UUID,
            "taxonomy_term_id": _UUID,
            "link_type": _STRING,
            "link_entity": _STRING,
            "value": _STRING,
            "taxonomy_term": _ref("TaxonomyTerm"),
        },
    ),
    "Taxonomy": _entity("A vocabulary.", {"name": _STRING, "description": _STRING}, {"uri": _URI}),
    "TaxonomyTerm": _entity(
        "A term of a vocabulary.",
        {"name": _STRING, "description": _STRING},
        {
            "code": {**_STRING, "description": "The term's id in this catalog."},
            "parent_id": _UUID,
            "taxonomy": _STRING,
            "taxonomy_id": _UUID,
            "language": {"enum": ["nb", "nn"]},
            "term_uri": _URI,
        },
    ),
}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_WORD: Final = {"type": "string"}
PARAMETERS: Final[dict[str, Any]] = {
    "lang": _parameter(
        "lang",
        {"enum": ["nb", "nn"]},
        "What the texts are in. Without it Accept-Language decides, else the municipality.",
    ),
    "search": _parameter("search", _WORD, "Words that must all stand in the texts, in either language."),
    "page": _parameter("page", {"type": "integer", "minimum": 1, "default": 1}, "Which page."),
    "per_page": _parameter(
        "per_page",
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        "How many on a page.",
    ),
    "format": _parameter(
        "format",
        {"enum": ["json", "ndjson"], "default": "json"},
        "ndjson: everything at once, one object a line, without pages.",
    ),
    "taxonomy_term_id": _parameter("taxonomy_term_id", _WORD, "Only what has this term."),
    "taxonomy_id": _parameter("taxonomy_id", _WORD, "Only what has a term of this taxonomy."),
    "organization_id": _parameter("organization_id", _WORD, "Only what this organization offers."),
    "modified_after": _parameter(
        "modified_after",
        {"type": "string"},
        "Only what was checked or corrected on or after this date or time.",
    ),
    "minimal": _parameter(
        "minimal", {"type": "boolean", "default": False}, "Only id and modified_date, all on one page."
    ),
    "full": _parameter("full", {"type": "boolean", "default": False}, "With all that belongs to it."),
    "full_service": _parameter("full_service", {"type": "boolean", "default": False}, "With whole services."),
    "top_only": _parameter("top_only", {"type": "boolean", "default": False}, "Only terms without a parent."),
    "parent_id": _parameter("parent_id", _WORD, "Only terms with this parent."),
}

_PROBLEM: Final = {
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["title", "status"],
                "properties": {
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "parameter": {"type": "string"},
                },
            }
        }
    }
}
_REFUSED: Final = {"description": "A parameter cannot be used; `parameter` says which", **_PROBLEM}
_TOO_MANY: Final = {"description": "Too many requests in a short time", **_PROBLEM}
_LIST: Final = ("search", "page", "per_page", "format")
_ABOUT_SERVICES: Final = ("taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after")


def _parameters(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in ("lang", *names)]


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "What was asked for", "content": {"application/json": {"schema": schema}}}


def _listing(name: str, summary: str, items: list[str], *parameters: str) -> dict[str, Any]:
    inside = _ref(items[0]) if len(items) == 1 else {"anyOf": [_ref(item) for item in items]}
    page = {
        "allOf": [_ref("Page")],
        "properties": {"contents": {"type": "array", "items": inside}},
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["HSDS"],
            "parameters": _parameters(*_LIST, *parameters),
            "responses": {"200": _answer(page), "400": _REFUSED, "429": _TOO_MANY},
        }
    }


def _detail(name: str, summary: str, schema: str, *parameters: str) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        ],
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["HSDS"],
            "parameters": _parameters(*parameters),
            "responses": {
                "200": _answer(_ref(schema)),
                "400": _REFUSED,
                "404": {"description": "There is nothing with this id", **_PROBLEM},
                "429": _TOO_MANY,
            },
        },
    }


def paths() -> dict[str, Any]:
    """The addresses under /api/hsds."""
    root = "/api/hsds"
    return {
        f"{root}/": {
            "get": {
                "operationId": "hsds",
                "summary": "Open Referral HSDS 3.0: what this is",
                "tags": ["HSDS"],
                "parameters": _parameters(),
                "responses": {"200": _answer(_ref("Metadata")), "400": _REFUSED, "429": _TOO_MANY},
            }
        },
        f"{root}/services": _listing(
            "services",
            "Services",
            ["Service", "WholeService", "MinimalService"],
            *_ABOUT_SERVICES,
            "minimal",
            "full",
        ),
        f"{root}/services/{{id}}": _detail(
            "service", "One service; the catalog's own id will do too", "WholeService"
        ),
        f"{root}/organizations": _listing(
            "organizations",
            "Organizations",
            ["Organization", "WholeOrganization"],
            "taxonomy_term_id",
            "taxonomy_id",
            "full",
            "full_service",
        ),
        f"{root}/organizations/{{id}}": _detail(
            "organization", "One organization", "WholeOrganization", "full_service"
        ),
        f"{root}/service_at_locations": _listing(
            "serviceAtLocations",
            "Services at their locations",
            ["ServiceAtLocation", "WholeServiceAtLocation"],
            *_ABOUT_SERVICES,
            "full",
        ),
        f"{root}/service_at_locations/{{id}}": _detail(
            "serviceAtLocation", "One service at one location", "WholeServiceAtLocation"
        ),
        f"{root}/taxonomies": _listing("taxonomies", "Vocabularies", ["Taxonomy"]),
        f"{root}/taxonomies/{{id}}": _detail("taxonomy", "One vocabulary", "Taxonomy"),
        f"{root}/taxonomy_terms": _listing(
            "taxonomyTerms", "Terms", ["TaxonomyTerm"], "taxonomy_id", "top_only", "parent_id"
        ),
        f"{root}/taxonomy_terms/{{id}}": _detail("taxonomyTerm", "One term", "TaxonomyTerm"),
    }
