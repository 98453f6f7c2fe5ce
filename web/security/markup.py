"""Simple formatting where it is allowed (employees' messages, catalog notices): bleach decides what stays."""

from __future__ import annotations

import re

import bleach
from markupsafe import Markup

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a"})
ATTRIBUTES = {"a": ["href"]}
PROTOCOLS = frozenset({"https", "tel", "mailto"})


def simple_markup(text: str) -> Markup:
    """Text with simple formatting as safe HTML. A blank line makes a paragraph, a line break stays one, and
    lines that begin with «- » are a list.

    Template filter: {{ message.text | simple_markup }}.
    """
    clean = bleach.clean(
        text.replace("\r\n", "\n").strip(), tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS
    )
    if not re.search(r"<(p|ul|ol)\b", clean):
        blocks = [block.strip() for block in re.split(r"\n\s*\n", clean) if block.strip()]
        clean = "".join(map(_block, blocks))
    # bleach has decided already: every tag left is in TAGS, every attribute in ATTRIBUTES.
    return Markup(clean)  # noqa: S704


def _block(block: str) -> str:
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{line[2:].strip()}</li>" for line in lines) + "</ul>"
    return "<p>" + "<br>".join(lines) + "</p>"
