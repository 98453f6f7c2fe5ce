"""The record of processing: the table of what is kept, from retention.yml, written into the page for municipalities.

`make record` after retention.yml has changed; a test holds that page and data agree. With the name of a municipality, its own
decisions are printed instead: `python -m tools.record lillevik`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta

from tools.setup import ROOT
from web.catalog import load, municipalities
from web.catalog.retention import Retention, RetentionEntry

FILE = ROOT / "docs" / "kommune" / "personvern" / "behandlingsprotokoll.md"
BEGINS, ENDS = "<!-- tabell: begynner -->", "<!-- tabell: slutter -->"
PEOPLE = {
    "children": "barn",
    "young": "unge",
    "parents": "foreldre",
    "others": "andre",
    "employees": "ansatte",
}


def _length(keep: timedelta | None) -> str:
    if keep is None:
        return "–"
    seconds = int(keep.total_seconds())
    for size, name, names in ((86400, "dag", "dager"), (3600, "time", "timer"), (1, "sekund", "sekunder")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {name if count == 1 else names}"
    return f"{seconds} sekunder"


def _law(entry: RetentionEntry) -> str:
    return (
        "; ".join(
            ", ".join(filter(None, (law.law, law.paragraph)))
            + ("" if law.verified else " (ikke kontrollert)")
            for law in entry.legal
        )
        or "–"
    )


def table(retention: Retention) -> str:
    """The table in Bokmål, as Markdown."""
    lines = [
        "| hva | opplysninger | om hvem | hvor lenge | regnes fra | hvordan det slettes | lov | tabeller | bestemt av |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in retention.entries.values():
        cells = (
            entry.name["nb"],
            entry.about["nb"],
            ", ".join(PEOPLE[one] for one in entry.people) or "ingen",
            _length(entry.keep),
            entry.counted_from["nb"],
            entry.how["nb"],
            _law(entry),
            ", ".join(f"`{name}`" for name in entry.tables) or "–",
            "kommunen" if entry.local else "prosjektets forslag",
        )
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def written(page: str, retention: Retention) -> str:
    """The page with the table as the data has it. ValueError when the page has no place for it."""
    before, begins, rest = page.partition(BEGINS)
    _old, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise ValueError(f"the page needs {BEGINS} and {ENDS}")
    return f"{before}{BEGINS}\n{table(retention)}\n{ENDS}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 when there is no such municipality."""
    names = list(sys.argv[1:] if arguments is None else arguments)
    catalog_dir = ROOT / "services_catalog"
    known = municipalities(catalog_dir)
    if names:
        if names[0] not in known:
            print(f"there is no municipality {names[0]}; there are {', '.join(known)}", file=sys.stderr)
            return 1
        print(table(load(catalog_dir, names[0]).retention))
        return 0
    page = FILE.read_text(encoding="utf-8")
    FILE.write_text(written(page, load(catalog_dir, "fjordvik").retention), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
