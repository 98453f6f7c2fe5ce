"""What the door makes of texts: `python -m tools.understand texts.jsonl` prints one JSON line per text and nothing else.

Uses the real assistant (started on a loopback port for the purpose) and the real matcher with the demo municipality.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tools.processes import AssistantProcess
from tools.setup import ROOT
from web.assistant import Assistant, AssistantUnavailable, Facts, Understanding
from web.catalog import WRITERS, Catalog, load
from web.matching import Query, match

_BATCH = 100


class BrokenLine(ValueError):
    """A line is not what is asked for; the message says why."""


def read(line: str) -> dict[str, Any]:
    """One line's {"text", "id"?, "writer"?, "age"?}; raises BrokenLine."""
    try:
        item = json.loads(line)
    except json.JSONDecodeError as error:
        raise BrokenLine(f"not JSON: {error.msg}") from error
    if not isinstance(item, dict):
        raise BrokenLine("not an object")
    if not isinstance(item.get("text"), str):
        raise BrokenLine("text is missing or not a string")
    if item.get("writer") not in (None, *WRITERS):
        raise BrokenLine(f"writer is none of {', '.join(WRITERS)}")
    age = item.get("age")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 99):
        raise BrokenLine("age is not a number from 0 to 99")
    return item


def result(
    catalog: Catalog, item: dict[str, Any], number: int, understood: Understanding, facts: Facts
) -> dict[str, Any]:
    """The output line of one text."""
    needs = [need for need in understood.needs if need.id in catalog.needs]
    matched = match(
        catalog,
        Query(
            needs=tuple((need.id, need.confidence) for need in needs),
            writer=item.get("writer"),
            about=facts.about,
            age=item["age"] if item.get("age") is not None else facts.age,
            acute_kinds=understood.acute.kinds if understood.acute.flag else (),
        ),
    )
    return {
        "id": item.get("id", number),
        "language": understood.language,
        "intent": understood.intent,
        "needs": [
            {"id": need.id, "confidence": need.confidence, "evidence": [list(span) for span in need.evidence]}
            for need in needs
        ],
        "acute": {
            "flag": understood.acute.flag,
            "kinds": list(understood.acute.kinds),
            "confidence": understood.acute.confidence,
        },
        "services": [
            {"id": found.service.id, "score": found.score, "because": list(found.because)}
            for found in matched.services
        ],
        "contact_point": matched.contact_point.id,
    }


def understand(assistant: Assistant, catalog: Catalog, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One output line per input line, in order; {"line", "error"} for a broken one. Empty lines are passed over."""
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    while chunk := list(islice(numbered, _BATCH)):
        items: list[tuple[int, dict[str, Any] | BrokenLine]] = []
        for number, line in chunk:
            try:
                items.append((number, read(line)))
            except BrokenLine as error:
                items.append((number, error))
        answers = assistant.understand([item["text"] for _, item in items if isinstance(item, dict)])
        for number, item in items:
            if isinstance(item, BrokenLine):
                yield {"line": number, "error": str(item)}
            else:
                yield result(catalog, item, number, *next(answers))


def main() -> int:
    """0 when every line was read, also with broken lines among them; 1 when the file or the assistant fails."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("usage: make understand FILE=texts.jsonl", file=sys.stderr)
        return 1
    file = Path(sys.argv[1])
    if not file.is_file():
        print(f"{file}: there is no such file", file=sys.stderr)
        return 1
    catalog = load(
        ROOT / "services_catalog",
        (os.environ.get("PORTAL_MUNICIPALITIES") or "fjordvik").replace(",", " ").split()[0],
    )
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with (
                AssistantProcess(token, Path(folder) / "assistant.log") as process,
                file.open(encoding="utf-8", errors="replace") as lines,
            ):
                for line in understand(Assistant(process.url, token), catalog, lines):
                    print(json.dumps(line, ensure_ascii=False), flush=True)
        except (RuntimeError, AssistantUnavailable) as error:
            print(f"The assistant does not answer: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
