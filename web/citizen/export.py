"""Everything in a case as a file that the person can keep: one page to read and one file for programs, in a zip.

The names of the files say nothing. The page has no script and no address of anybody; its style stands in it. The fields of
the JSON are described in export.schema.json beside this module.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup

from web import audio, current
from web.cases import attachments, recording_owner, recordings, seeing
from web.cases.deadlines import OSLO
from web.cases.readers import readings
from web.cases.sharing_types import ShareView
from web.cases.types import CaseView
from web.catalog import Catalog
from web.citizen.pages import blueprint, service_words
from web.citizen.responsible import Responsible
from web.db import db
from web.i18n import catalog_words, format_date_long, log_text

FORMAT = "case-file/1"
NAME = "brev"
"""Of the zip and the files in it: who sees it on a phone learns nothing."""


@dataclass(frozen=True)
class ExtraFile:
    """A file beside the page, such as a recording."""

    name: str
    """With a neutral name, such as lyd-1.m4a; no folders."""
    media_type: str
    about: str
    """What the page says about it, in the reader's language."""
    at: datetime
    content: bytes


def extra_files(view: CaseView) -> tuple[ExtraFile, ...]:
    """The recordings of the person's own voice, and the files that came with messages.

    view: what the person may see, see web.cases.seeing.
    """
    owner = recording_owner(db(), current.vault(), view.id)
    files = []
    for number, one in enumerate(view.recordings, 1):
        sound = recordings.sounding(db(), owner, one.id)
        files.append(
            ExtraFile(
                f"lyd-{number}.mp3",
                audio.MIME,
                str(_("Recording %(number)s", number=number)),
                one.created_at,
                sound.read(0, sound.size),
            )
        )
    for message in view.messages:
        for file in message.attachments:
            _shown, content = attachments.content_of(db(), current.vault(), view.id, file.id)
            files.append(ExtraFile(file.name, file.media_type, file.about, message.created_at, content))
    return tuple(files)


def as_zip(
    view: CaseView,
    catalog: Catalog,
    language: str,
    now: datetime,
    extras: Callable[[CaseView], tuple[ExtraFile, ...]] = extra_files,
    responsible: Responsible | None = None,
) -> bytes:
    """The zip: brev.html, brev.json and what `extras` gives. Only what the person may see is in it."""
    seen = seeing.for_person(view)
    more = extras(seen)
    content = as_json(seen, catalog, language, now, more, responsible)
    page = render_template(
        "citizen/export.html",
        case=seen,
        content=content,
        files=more,
        made_at=now,
        readings=readings(seen),
        service_name=service_words,
        need_name=lambda one: catalog_words(catalog.needs[one].plain) if one in catalog.needs else one,
        contact=catalog.contact_point,
        responsible=responsible,
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, f"{NAME}.html", page.encode(), now)
        _add(archive, f"{NAME}.json", json.dumps(content, ensure_ascii=False, indent=2).encode(), now)
        for one in more:
            _add(archive, one.name, one.content, one.at)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, at: datetime) -> None:
    if "/" in name or "\\" in name:
        raise ValueError("a file in the zip lies beside the others, in no folder")
    local = at.astimezone(OSLO)
    info = zipfile.ZipInfo(name, (local.year, local.month, local.day, local.hour, local.minute, local.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    archive.writestr(info, content)


def as_json(
    view: CaseView,
    catalog: Catalog,
    language: str,
    now: datetime,
    files: tuple[ExtraFile, ...] = (),
    responsible: Responsible | None = None,
) -> dict[str, Any]:
    """The case as export.schema.json describes it. view: what the person may see. Times are ISO 8601 in UTC."""
    facts, reach, point = view.facts, view.contact, catalog.contact_point
    return {
        "format": FORMAT,
        "made_at": _at(now),
        "language": language,
        "case": {
            "reference": view.reference,
            "municipality": catalog.municipality.name[language],
            "sent_at": _at(view.created_at),
            "status": view.status,
            "outcome": view.outcome,
            "urgent": view.urgency == "acute",
            "answer_by": view.due_on.isoformat() if view.waiting_since else None,
            "entered": (
                {"by": facts.entered.by, "way": facts.entered.way, "read_back": facts.entered.read_back}
                if facts.entered
                else None
            ),
        },
        "contact": {
            "unit": view.contact_unit_name,
            "person": view.contact_person_name,
            "phone": point.number,
        },
        "coordination": {
            "why_another": (responsible.against or None) if responsible else None,
            "undecided": bool(responsible and responsible.disputed),
            "decided": (responsible.coordinator or None) if responsible else None,
        },
        "answers": {
            "writer": facts.writer,
            "about": facts.about,
            "age": facts.age,
            "safe_now": facts.safe_now,
            "hurt": facts.hurt,
            "hope": facts.hope,
            "may_know": list(facts.may_know),
            "services": [_service(catalog, one, language) for one in facts.services],
        },
        "reach": {
            "way": reach.way,
            "details": reach.details,
            "safe_times": reach.safe_times,
            "voicemail_ok": reach.voicemail_ok,
            "notices_ok": reach.notices_ok,
        },
        "own_words": [
            {"at": _at(one.created_at), "author": one.author, "language": one.language, "text": one.text}
            for one in view.statements
        ],
        "understood": [
            {
                "at": _at(one.created_at),
                "by": one.source,
                "name": one.by,
                "needs": [_need(catalog, need.id, language) for need in one.needs],
                "danger": list(one.acute_kinds),
            }
            for one in view.understandings
        ],
        "messages": [
            {
                "at": _at(one.created_at),
                "from": "me" if one.from_person else "municipality",
                "name": one.author_name,
                "text": one.text,
                "read_at": _at(one.read_at) if one.read_at else None,
            }
            for one in view.messages
        ],
        "consents": [
            {
                "service": _service(catalog, one.service_id, language),
                "given_at": _at(one.given_at),
                "given_by": one.given_by,
                "withdrawn_at": _at(one.withdrawn_at) if one.withdrawn_at else None,
            }
            for one in view.consents
        ],
        "shared": [_shared(one, catalog, language) for one in view.shares],
        "opened_by_others": [
            {"at": _at(one.at), "until": _at(one.until), "name": one.employee_name, "reason": one.reason}
            for one in view.glass
        ],
        "plan": [
            {
                "what": one.what,
                "service": _service(catalog, one.service, language) if one.service else None,
                "name": one.responsible_name,
                "from": one.starts_on.isoformat(),
                "by": one.due_on.isoformat(),
                "state": one.state,
                "goal": one.goal,
            }
            for one in view.plan
        ],
        "helped": [
            {"at": _at(one.created_at), "round": one.round, "answer": one.answer, "words": one.words}
            for one in view.follow_ups
        ],
        "log": [
            {
                "at": _at(line.at),
                "who": line.actor_kind,
                "name": line.actor_name,
                "action": line.action,
                "text": log_text(line, lambda one: _service(catalog, one, language)["name"]),
            }
            for line in view.log
        ],
        "files": [
            {"name": one.name, "media_type": one.media_type, "about": one.about, "at": _at(one.at)}
            for one in files
        ],
    }


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _service(catalog: Catalog, service_id: str, language: str) -> dict[str, str]:
    service = catalog.service(service_id)
    return {"id": service_id, "name": service.name[language] if service else service_id}


def _shared(share: ShareView, catalog: Catalog, language: str) -> dict[str, Any]:
    basis = catalog.legal_bases.get(share.paragraph)
    return {
        "service": _service(catalog, share.service_id, language),
        "parts": list(share.parts),
        "from": _at(share.shared_at),
        "to": _at(share.ended_at) if share.ended_at else None,
        "by": share.shared_by_name,
        "law": (basis.title if basis else share.paragraph) or None,
        "reason": share.reason or None,
        "asked": share.asked,
        "said": share.said or None,
        "read_at": _at(share.opened_at) if share.opened_at else None,
        "answer": share.known,
        "answer_from": ("employee" if share.noted_last else "service") if share.known else None,
    }


def _need(catalog: Catalog, need_id: str, language: str) -> dict[str, str]:
    need = catalog.needs.get(need_id)
    return {"id": need_id, "name": need.plain[language] if need else need_id}


@blueprint.app_template_filter("without_links")
def without_links(html: Markup) -> Markup:
    """Cleaned HTML whose links have become text, with the address beside it: a file on a phone leads nowhere."""
    return Markup(re.sub(r'<a\s[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', r"\2 (\1)", html, flags=re.DOTALL))  # noqa: S704


@blueprint.app_template_filter("whole_moment")
def whole_moment(at: datetime) -> str:
    """Day with its year, and time in Norway: a file is kept for years. 24. november 2026, 14:05."""
    local = at.astimezone(OSLO)
    return f"{format_date_long(local.date())}, {local:%H:%M}"
