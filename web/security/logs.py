"""Logs that cannot hold what a person told.

The formatter writes the message's own template and only such arguments as cannot be prose: numbers, and
short strings without spaces. Of an exception it writes the type and the places in the code: neither the
exception's text, nor local variables. What comes after «?» in an address is cut off.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

_WORDLIKE = re.compile(r"[\w.,:;/@+*=<>()\[\]{}|%#&'\"-]{0,160}\Z")
_QUERY = re.compile(r"\?[^\s\"']*")
_ROOT = str(Path(__file__).resolve().parents[2]) + "/"


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    text = _QUERY.sub("", value if isinstance(value, str) else str(type(value).__name__))
    # Not even a short word is passed on when it is not plain ASCII or has a space: identifiers have neither.
    return text if text.isascii() and _WORDLIKE.match(text) else f"[{len(text)} characters]"


class SafeFormatter(logging.Formatter):
    """The one formatter of the portal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """One record without prose from anywhere but our own templates."""
        safe = logging.makeLogRecord({**record.__dict__, "args": None, "exc_info": None, "exc_text": None})
        safe.stack_info = None
        safe.msg = self._message(record)
        lines = [super().format(safe)]
        if record.exc_info and record.exc_info[0] is not None:
            lines += describe(record.exc_info[1])
        return "\n".join(lines)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        args = record.args
        try:
            if isinstance(args, Mapping):
                filled = template % {key: _safe(value) for key, value in args.items()}
            elif args:
                filled = template % tuple(_safe(value) for value in args)
            else:
                filled = template
        except (TypeError, ValueError, KeyError):
            # A placeholder for a number that became a type name: the template alone says where it came from.
            filled = template
        return _QUERY.sub("", filled).replace("\n", " ")


def describe(error: BaseException | None) -> list[str]:
    """An exception and what caused it: types and places, no texts and no local variables."""
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines.append(f"  {type(error).__module__}.{type(error).__qualname__}")
        lines += [f"    {place}" for place in _places(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"{frame.filename.removeprefix(_ROOT)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


def set_up_logging(level: int = logging.INFO) -> None:
    """Everything that is logged in this process goes through the one formatter, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        for old in logger.handlers:
            old.setFormatter(SafeFormatter())
    # These speak of single requests or statements, at every one of them: only their warnings are wanted.
    for name in ("alembic", "werkzeug", "urllib3", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
