"""Files of the catalog as they are written: YAML whose fields know their lines, and what their schemas say is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import jsonschema_rs
import yaml

from web.catalog.model import CatalogError

_SCHEMA_DIR: Final = Path(__file__).resolve().parents[2] / "services_catalog" / "schema"
_Path = tuple[str | int, ...]


if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _FastestLoader
else:
    from yaml import CSafeLoader as _FastestLoader


class _StandsTwice(yaml.MarkedYAMLError):
    """A field stands twice in one mapping: YAML would silently keep the last."""

    def __init__(self, field: str, mark: yaml.Mark) -> None:
        super().__init__(problem="stands twice", problem_mark=mark)
        self.field = field


class _Loader(_FastestLoader):
    """Safe YAML that keeps dates as text, so that the schema can check how they are written, and refuses doubles."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; _StandsTwice when a field does."""
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            seen: set[str] = set()
            for key, _value in node.value:
                if key.value in seen:
                    raise _StandsTwice(key.value, key.start_mark)
                seen.add(key.value)
        return found


def _as_written(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True)
class Document:
    """A parsed file: its data, and the text that it and what lies under it (a changed national entry) were read from."""

    name: str
    data: Any
    texts: tuple[str, ...]

    @cached_property
    def lines(self) -> Mapping[_Path, int]:
        """The line of every field. Only problems need it, and it takes longer than reading: so not before it is asked for."""
        lines: dict[_Path, int] = {}
        for text in self.texts:
            node = yaml.compose(text, Loader=_Loader)
            if node is not None:
                lines |= _lines(node)
        return lines

    def at(self, path: Sequence[str | int]) -> str:
        """``file:line: field`` for a path into the data; for a missing field, the line of what holds it."""
        place = tuple(path)
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        label = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        return f"{self.name}:{self.lines.get(known, 1)}: {label or '(file)'}"


def read(path: Path, name: str) -> Document:
    """Parse one file. Raises :class:`CatalogError` when it is missing or not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError([f"{name}:1: (file): cannot be read: {error}"]) from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with two changes
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        reason = getattr(error, "problem", None) or error
        if not isinstance(error, _StandsTwice):
            reason = f"not valid YAML: {reason}"
        field = getattr(error, "field", "(file)")
        raise CatalogError([f"{name}:{line}: {field}: {reason}"]) from None
    return Document(name, data, (text,))


def _lines(node: yaml.Node, path: _Path = ()) -> dict[_Path, int]:
    lines = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            lines |= _lines(value, here)
            lines[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines |= _lines(value, (*path, index))
    return lines


CHANGE = "service.schema.json#change"
"""A municipality's change of a national service: the same fields, none of them required."""


def _as_change(schema: Any) -> Any:
    """The service's schema with nothing required but who says so and when; a text stays whole, in both languages."""
    parts = {
        name: {key: value for key, value in schema["properties"][name].items() if key != "required"}
        for name in ("needs", "access")
    }
    return {
        **schema,
        "properties": {**schema["properties"], **parts},
        "required": ["id", "verified", "checked_on", "source"],
    }


@cache
def validator(schema: str) -> jsonschema.Draft202012Validator:
    """The checker for one kind of file, whose messages name what is wrong."""
    return jsonschema.Draft202012Validator(
        _content(schema), format_checker=jsonschema.FormatChecker(["date"])
    )


def _content(schema: str) -> Any:
    """Schemas belong to the program, not to a catalog folder."""
    content = json.loads((_SCHEMA_DIR / schema.partition("#")[0]).read_text(encoding="utf-8"))
    if schema == CHANGE:
        content = _as_change(content)
    return content


@cache
def _quick_validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """The same checker in machine code; it says only whether all is well."""
    return jsonschema_rs.Draft202012Validator(_content(schema), validate_formats=True)


def schema_problems(document: Document, schema: str) -> list[str]:
    """What the schema says is wrong, each with file, line and field."""
    if _quick_validator(schema).is_valid(document.data):
        return []
    return [
        f"{document.at(blamed(error))}: {error.message[:200]}"
        for error in sorted(
            validator(schema).iter_errors(document.data), key=lambda e: [str(p) for p in e.path]
        )
    ]


def blamed(error: jsonschema.ValidationError) -> list[str | int]:
    """The path of the field at fault; for a missing or unknown field, that field rather than its holder."""
    path = list(error.absolute_path)
    if error.validator in ("required", "additionalProperties"):
        named = re.search(r"'([^']+)'", error.message)
        if named:
            path.append(named.group(1))
    return path


@lru_cache(maxsize=1000)
def read_and_checked(path: Path, name: str, schema: str, _written: int) -> tuple[Document, tuple[str, ...]]:
    """A file and what is wrong with it. Several municipalities read the same national files: each is checked once."""
    try:
        document = read(path, name)
    except CatalogError as error:
        return Document(name, None, ()), error.problems
    return document, tuple(schema_problems(document, schema))
