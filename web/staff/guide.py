"""/staff/hjelp: the guide of the front desk, read from locales/<language>/guide.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

from web import current
from web.i18n import language
from web.security.access import access
from web.staff.pages import me, render
from web.staff.rights import MATRIX, Right
from web.staff.texts import ROLE_HELP, ROLE_TEXT

blueprint = Blueprint("staff_guide", __name__, url_prefix="/staff/hjelp", template_folder="templates")

#: Pages that the guide may open: endpoint, the name of the link, and the right without which it is only a name.
LINKS: Final[dict[str, tuple[str, LazyString, Right]]] = {
    "queue": ("staff.queue", _("The queue"), "queue"),
    "account": ("staff_own.overview", _("Your account"), "inside"),
    "keeping": ("staff_keeping.overview", _("Keeping and deleting"), "retention"),
}
#: What a part may show beside its own words.
SHOWN: Final = ("age_rules", "roles")
_LINK = re.compile(r"\{link:(\w+)\}")


@dataclass(frozen=True)
class Part:
    """A part of a chapter: paragraphs, points or steps in order, one of the three."""

    heading: str
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    show: str | None = None


@dataclass(frozen=True)
class Chapter:
    """A page of the guide."""

    id: str
    title: str
    lead: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=8)
def chapters(folder: Path, code: str) -> tuple[Chapter, ...]:
    """The guide in one language, in its order. Raises ValueError for a file that is not what this module reads."""
    file = folder / code / "guide.yml"
    try:
        return tuple(_chapter(entry) for entry in yaml.safe_load(file.read_text("utf-8")))
    except (TypeError, KeyError) as error:
        raise ValueError(f"{file}: a chapter has id, title, lead and parts: {error}") from error


def _chapter(entry: dict[str, object]) -> Chapter:
    parts = []
    for part in entry["parts"]:  # type: ignore[attr-defined]
        lists = {kind: tuple(part.get(kind, ())) for kind in ("text", "points", "steps")}
        show = part.get("show")
        if set(part) - {"heading", "show", *lists} or sum(map(bool, lists.values())) != 1:
            raise ValueError(f"{entry['id']}: a part has a heading and one of text, points, steps")
        if show not in (None, *SHOWN):
            raise ValueError(f"{entry['id']}: nothing known as {show}")
        parts.append(Part(str(part["heading"]), show=show, **lists))
    return Chapter(str(entry["id"]), str(entry["title"]), str(entry["lead"]), tuple(parts))


def with_links(sentence: str) -> Markup:
    """A sentence of the guide with its links; a page that the employee may not open stays a name."""

    def link(match: re.Match[str]) -> str:
        endpoint, name, right = LINKS[match[1]]
        if not me().may(right):
            return str(escape(name))
        return str(Markup('<a class="ds-link" href="{}">{}</a>').format(url_for(endpoint), name))

    return Markup(_LINK.sub(link, str(escape(sentence))))  # noqa: S704 - the guide is ours, and escaped


def _guide() -> tuple[Chapter, ...]:
    return chapters(current.config().locales_dir, language())


@blueprint.get("/")
@access("staff", right="inside")
def contents() -> ResponseReturnValue:
    """The chapters."""
    return render("guide", chapters=_guide())


@blueprint.get("/<chapter_id>")
@access("staff", right="inside")
def chapter(chapter_id: str) -> ResponseReturnValue:
    """One chapter, with the way to the next."""
    every = _guide()
    place = next((number for number, one in enumerate(every) if one.id == chapter_id), None)
    if place is None:
        abort(404)
    return render(
        "guide_chapter",
        chapter=every[place],
        following=every[place + 1] if place + 1 < len(every) else None,
        with_links=with_links,
        age_rules=current.catalog().age_rules,
        role_text=ROLE_TEXT,
        role_help=ROLE_HELP,
        my_roles=me().roles,
        roles=tuple(MATRIX),
    )
