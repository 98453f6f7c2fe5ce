"""Services for needs that are known already: JSON lines in, lists of service ids out. For `make evaluate`, which runs in the
assistant's environment and asks the portal's real matcher through this."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tools.setup import ROOT
from web.catalog import Catalog, load
from web.matching import Query, match


def service_ids(catalog: Catalog, item: dict[str, Any]) -> list[str]:
    """The services for {"needs": [[id, confidence], ...], "writer", "age", "acute": [kind, ...]}, best first."""
    matched = match(
        catalog,
        Query(
            needs=tuple((str(need), float(confidence)) for need, confidence in item["needs"]),
            writer=item.get("writer"),
            age=item.get("age"),
            acute_kinds=tuple(item.get("acute") or ()),
        ),
    )
    return [found.service.id for found in matched.services]


def main() -> int:
    """Reads standard input to its end; 0."""
    catalog = load(
        ROOT / "services_catalog",
        (os.environ.get("PORTAL_MUNICIPALITIES") or "fjordvik").replace(",", " ").split()[0],
    )
    for line in sys.stdin:
        print(json.dumps(service_ids(catalog, json.loads(line))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
