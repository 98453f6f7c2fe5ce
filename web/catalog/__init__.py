"""The service catalog: which help there is, for whom, and how to reach it.

Everything comes from the YAML files under ``services_catalog/``: the national entries, changed by those of
one municipality, and by what its employees have corrected (:mod:`web.corrections`). This package knows neither Flask
nor the database. Which services fit a person is decided in :mod:`web.matching`.
"""

from web.catalog.model import (
    LANGUAGES,
    WEEKDAYS,
    WRITERS,
    Access,
    AgeRule,
    Catalog,
    CatalogError,
    Condition,
    ContactPoint,
    CoordinationRule,
    Helpline,
    Hint,
    Hours,
    Lead,
    Legal,
    LifeEvent,
    Location,
    Municipality,
    Need,
    Organization,
    Period,
    Phone,
    Replacement,
    Rules,
    Service,
    Text,
    Widening,
)
from web.catalog.reading import load, municipalities

__all__ = [
    "LANGUAGES",
    "WEEKDAYS",
    "WRITERS",
    "Access",
    "AgeRule",
    "Catalog",
    "CatalogError",
    "Condition",
    "ContactPoint",
    "CoordinationRule",
    "Helpline",
    "Hint",
    "Hours",
    "Lead",
    "Legal",
    "LifeEvent",
    "Location",
    "Municipality",
    "Need",
    "Organization",
    "Period",
    "Phone",
    "Replacement",
    "Rules",
    "Service",
    "Text",
    "Widening",
    "load",
    "municipalities",
]
