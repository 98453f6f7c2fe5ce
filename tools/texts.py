"""Bring the .po files in line with the code: add what is new, drop what nothing uses, sort. `make texts` calls this.

A new text gets an empty entry, to be written, in Bokmål and Nynorsk. In English it gets its msgid, which is plain English
already; in any other locale it is left out, and shown in that plain English until somebody translates it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
CODE_DOMAINS = {
    "citizen": re.compile(r"^citizen/"),
    "staff": re.compile(r"^staff/"),
    "portal": re.compile(r"^(?!citizen/|staff/)"),
}
"""domain -> what it takes texts from, relative to web/"""
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
_MSGID = re.compile(r'^msgid (".*")$', re.MULTILINE)

Message = tuple[str, ...]
"""msgid, or msgid and its plural."""


def used() -> dict[str, set[Message]]:
    """The texts that the code uses, by domain."""
    found: dict[str, set[Message]] = {domain: set() for domain in CODE_DOMAINS}
    for file, _, message, _, _ in extract_from_dir(
        str(ROOT / "web"),
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        keywords=KEYWORDS,
        comment_tags=(),
    ):
        domain = next(name for name, pattern in CODE_DOMAINS.items() if pattern.match(file))
        found[domain].add((message,) if isinstance(message, str) else tuple(message))
    return found


def quoted(text: str) -> str:
    """As it stands in a .po file, on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def entry(message: Message, translated: Message) -> str:
    """An entry without its blank line."""
    lines = ["#, python-format"] if any("%(" in text for text in message) else []
    lines.append(f"msgid {quoted(message[0])}")
    if len(message) == 1:
        lines.append(f"msgstr {quoted(translated[0])}")
    else:
        lines.append(f"msgid_plural {quoted(message[1])}")
        lines += [f"msgstr[{i}] {quoted(text)}" for i, text in enumerate(translated)]
    return "\n".join(lines)


def held(po: Path) -> tuple[str, dict[str, str]]:
    """A file's header, and its entries by the quoted msgid."""
    header, *entries = [block for block in po.read_text("utf-8").strip().split("\n\n") if block.strip()]
    found = {}
    for block in entries:
        name = _MSGID.search(block)
        if name is None:
            raise ValueError(f"{po}: an entry without a msgid on one line:\n{block}")
        found[name.group(1)] = block
    return header, found


def write(po: Path, header: str, entries: dict[str, str]) -> None:
    """Write the entries sorted by their msgid."""
    po.write_text("\n\n".join([header, *(entries[name] for name in sorted(entries))]) + "\n", "utf-8")


def sync(po: Path, wanted: set[Message], elsewhere: set[Message]) -> tuple[list[str], list[str]]:
    """Bring one file in line; what stands elsewhere need not be added. Returns the msgids that were added and dropped."""
    header, entries = held(po)
    code = po.parent.parent.name
    by_name = {quoted(message[0]): message for message in wanted}
    new = [one for name, one in by_name.items() if name not in entries and one not in elsewhere]
    dropped = [name for name in entries if name not in by_name]
    kept = {name: block for name, block in entries.items() if name in by_name}
    for message in new if code in ("nb", "nn", "en") else []:
        kept[quoted(message[0])] = entry(message, message if code == "en" else ("",) * len(message))
    write(po, header, kept)
    return sorted(message[0] for message in new), sorted(dropped)


def main() -> int:
    """0 when every text is translated in Bokmål and Nynorsk."""
    wanted, missing = used(), 0
    for po in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        if po.stem not in wanted:
            header, entries = held(po)
            write(po, header, entries)
            continue
        elsewhere = wanted["portal"] if po.stem != "portal" else set()
        new, dropped = sync(po, wanted[po.stem], elsewhere)
        for sign, names in (("+", new), ("-", dropped)):
            for name in names:
                print(f"{po.relative_to(ROOT)}: {sign} {name}")
        _, entries = held(po)
        missing += sum(block.endswith('""') for block in entries.values())
    print(f"{missing} texts have no words yet" if missing else "Every text has words.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
