"""The files of a hand-over package: brev.json, described in handover.schema.json, and brev.pdf, which is made from it.

Own words stand first and unedited, the child's before the adults'. Needs are those that people have named; nothing that only
the machine thought is in it. The PDF says the first characters of the JSON's hash, so that who receives it can read them back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask_babel import LazyString, force_locale, lazy_gettext
from flask_babel import gettext as _

from web import audio, current
from web.cases.deadlines import OSLO
from web.cases.package import CODE_LENGTH, Basis, Contents, Files, Part, digest
from web.cases.sharing_types import Asked
from web.cases.types import CaseView, Language, RecordingView, StatementView
from web.catalog import Catalog
from web.i18n import AUTHOR_TEXT, WAY_TEXT, format_date_long
from web.pdf import Block, Letter, pdf
from web.staff.texts import ABOUT, CALLER_SAYS, HURT, HURT_ASKED, SAFE_NOW, SAFE_WHEN

FORMAT = "handover/1"
_YOUNG = ("child", "youth")
PART_TEXT: Final[Mapping[Part, LazyString]] = {
    "words": lazy_gettext("Own words, and what is asked for"),
    "childs_words": lazy_gettext("What the child has told for itself"),
    "recordings": lazy_gettext("Recordings"),
    "needs": lazy_gettext("The needs that people have confirmed"),
    "contact": lazy_gettext("How to reach the person (part)"),
    "messages": lazy_gettext("The messages"),
}
ASKED_TEXT: Final[Mapping[Asked, LazyString]] = {
    "agreed": lazy_gettext("The child was asked, and agreed."),
    "disagreed": lazy_gettext("The child was asked, and disagreed."),
    "unsure": lazy_gettext("The child was asked, and was unsure."),
    "not_asked": lazy_gettext("The child was not asked."),
    "no_child": lazy_gettext("It is not about a child."),
}
_MARKS = re.compile(r"</?(?:strong|em|ul|ol|li|a|p|br)\b[^>]*>")


def write(contents: Contents) -> Files:
    """The files of a package, in the language that the employee chose."""
    catalog = current.catalog()
    content = as_json(contents, catalog)
    body = json.dumps(content, ensure_ascii=False, indent=2).encode()
    with force_locale(contents.order.language):
        made = pdf(_letter(content, contents, digest(body)[:CODE_LENGTH]))
    return Files(body, made)


# --- JSON ---


def as_json(contents: Contents, catalog: Catalog) -> dict[str, Any]:
    """What brev.json says; see handover.schema.json. Times are ISO 8601 in UTC."""
    view, language, parts = contents.view, contents.order.language, contents.order.parts
    facts, service_id = view.facts, contents.order.service_id
    service = catalog.service(service_id)
    words = "words" in parts
    return {
        "format": FORMAT,
        "made_at": _at(contents.made_at),
        "language": language,
        "from": {
            "municipality": catalog.municipality.name[language],
            "unit": contents.made_by.unit or view.contact_unit_name,
            "name": contents.made_by.name,
        },
        "to": {"id": service_id, "name": service.name[language] if service else service_id},
        "case": {
            "reference": view.reference,
            "sent_at": _at(view.created_at),
            "urgent": view.urgency == "acute",
        },
        "contact_person": {
            "name": view.contact_person_name,
            "unit": view.contact_unit_name,
            "phone": catalog.contact_point.number,
        },
        "basis": [_basis(one, contents) for one in contents.bases],
        "parts": list(parts),
        "voice": _voice(contents),
        "asked_for": {"hope": facts.hope, "prefers": facts.prefers, "avoids": facts.avoids}
        if words
        else None,
        "about": {
            "writer": facts.writer,
            "about": facts.about,
            "age": facts.age,
            "safe_now": facts.safe_now,
            "hurt": facts.hurt,
        }
        if words
        else {
            "writer": None,
            "about": None,
            "age": view.child.age,
            "safe_now": view.child.safe,
            "hurt": view.child.hurt,
        },
        "needs": _needs(view, catalog, language) if "needs" in parts else None,
        "reach": _reach(view) if "contact" in parts else None,
        "messages": [
            {
                "at": _at(one.created_at),
                "from": "person" if one.from_person else "municipality",
                "name": one.author_name,
                "text": one.text,
            }
            for one in view.messages
        ]
        if "messages" in parts
        else None,
        "files": [
            {
                "name": one.name,
                "media_type": audio.MIME,
                "seconds": round(one.recording.seconds, 1),
                "bytes": len(one.content),
                "sha256": one.sha256,
            }
            for one in contents.sounds
        ],
    }


def _basis(basis: Basis, contents: Contents) -> dict[str, Any]:
    share = basis.share
    if share is None or share.basis == "consent":
        return {"kind": "consent", "since": _at(basis.since)}
    # What a child answered is not told to who wrote about it, and they can fetch this file.
    childs = share.childs or contents.view.facts.writer in _YOUNG
    return {
        "kind": "spoken_consent" if share.spoken_consent else "law",
        "since": _at(basis.since),
        "paragraph": _paragraph(share.paragraph),
        "reason": share.reason,
        "asked": share.asked if childs else None,
        "said": (share.said or None) if childs else None,
    }


def _paragraph(basis_id: str) -> str:
    """Law and paragraph of a recorded basis; its id when the catalog no longer has it."""
    found = current.catalog().legal_bases.get(basis_id)
    return found.title if found else basis_id


def _voice(contents: Contents) -> list[dict[str, Any]]:
    """Everything that was told, written and spoken: the child's and the young person's first, each in the order of time."""
    names = {one.recording.id: one.name for one in contents.sounds}
    told: list[tuple[tuple[bool, bool, int, int], StatementView | RecordingView]] = [
        ((not one.from_child, one.author not in _YOUNG, one.position, 1), one)
        for one in contents.view.statements
    ]
    told += [((True, one.author not in _YOUNG, one.position, 0), one) for one in contents.view.recordings]
    found = []
    for _key, one in sorted(told, key=lambda pair: pair[0]):
        entry: dict[str, Any] = {"at": _at(one.created_at), "author": one.author}
        if isinstance(one, StatementView):
            entry |= {
                "kind": "written",
                "language": one.language,
                "text": one.text,
                "told_apart": one.from_child,
                "pictures": one.pictures,
            }
        else:
            entry |= {"kind": "spoken", "file": names[one.id]}
        found.append(entry)
    return found


def _needs(view: CaseView, catalog: Catalog, language: Language) -> list[dict[str, Any]]:
    """What people have named: an employee's last word, and the person's own. The machine's guesses are not in it."""
    found: dict[str, dict[str, Any]] = {}
    for source in ("employee", "person"):
        last = next((one for one in reversed(view.understandings) if one.source == source), None)
        for need in last.needs if last else ():
            known = catalog.needs.get(need.id)
            entry = found.setdefault(
                need.id, {"id": need.id, "name": known.name[language] if known else need.id, "said_by": []}
            )
            entry["said_by"].append({"who": source, "name": last.by if last else None})
    return list(found.values())


def _reach(view: CaseView) -> dict[str, Any]:
    reach = view.contact
    return {
        "way": reach.way,
        "details": reach.details,
        "safe_times": reach.safe_times,
        "safe_when": list(reach.safe_when),
        "voicemail_ok": reach.voicemail_ok,
        "caller_says": reach.caller_says,
        "safe_word": reach.safe_word,
    }


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


# --- PDF ---


def _letter(content: dict[str, Any], contents: Contents, code: str) -> Letter:
    """The PDF's letter: the voice first."""
    view = contents.view
    blocks = [
        Block(
            "plain",
            _(
                "To %(service)s from %(unit)s in %(municipality)s.",
                service=content["to"]["name"],
                unit=content["from"]["unit"],
                municipality=content["from"]["municipality"],
            ),
        ),
        Block("heading", _("In the person's own words (letter)")),
        Block("plain", _("Nobody has changed the words. Read them before you read anything else.")),
    ]
    for one in content["voice"]:
        about = _("%(who)s, %(when)s", who=_who(one), when=_when(one["at"]))
        if one["kind"] == "written":
            blocks.append(Block("words", one["text"], about, language=one["language"]))
        else:
            blocks.append(Block("words", _("A recording: %(file)s", file=one["file"]), about))
    if not content["voice"]:
        blocks.append(Block("plain", _("The words are not part of this package.")))
    blocks += _asked_for(content)
    blocks.append(Block("heading", _("Contact person")))
    person = content["contact_person"]
    blocks.append(
        Block(
            "plain",
            "\n".join(
                [
                    person["name"] or _("None is named yet. The front desk has the responsibility."),
                    person["unit"],
                    _("Phone %(number)s", number=person["phone"]),
                ]
            ),
        )
    )
    blocks += [Block("heading", _("Why you may have this")), *_bases(content)]
    if content["needs"] is not None:
        blocks += [Block("heading", _("What it is about")), *_needs_block(content)]
    blocks += _about(content)
    if content["reach"] is not None:
        blocks += [
            Block("heading", _("How to reach the person")),
            Block("facts", facts=_reach_facts(content)),
        ]
    if content["messages"]:
        blocks.append(Block("heading", _("Messages")))
        for one in content["messages"]:
            who = one["name"] or _("The person")
            about = _("%(who)s, %(when)s", who=who, when=_when(one["at"]))
            # Employees' messages may be marked up; in a letter the words are enough.
            text = one["text"] if one["from"] == "person" else _MARKS.sub("", one["text"])
            blocks.append(Block("words", text, about, language=view.language))
    blocks += _files(content)
    blocks.append(
        Block(
            "note",
            _(
                "Tell %(unit)s that you have received this, with the code %(code)s.",
                unit=content["from"]["unit"],
                code=_spoken(code),
            ),
        )
    )
    return Letter(
        title=_("Case %(reference)s", reference=content["case"]["reference"]),
        author=content["from"]["municipality"],
        language=contents.order.language,
        at=contents.made_at,
        footer=_(
            "Code %(code)s · made %(day)s",
            code=_spoken(code),
            day=format_date_long(contents.made_at.date()),
        ),
        blocks=blocks,
        unknown_signs=_(
            "Some signs have no letters here and stand as numbers in brackets. They are right in brev.json."
        ),
    )


def _spoken(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _when(at: str) -> str:
    """Day with its year, and time in Norway: a letter is kept for years."""
    local = datetime.fromisoformat(at).astimezone(OSLO)
    return _("%(day)s at %(time)s", day=format_date_long(local.date()), time=f"{local:%H:%M}")


def _who(told: Mapping[str, Any]) -> str:
    who = str(AUTHOR_TEXT[told["author"]]) if told["author"] else _("The person")
    if told.get("pictures"):
        return _("%(who)s, with pictures; the sentences are ours", who=who)
    return _("%(who)s, told for itself", who=who) if told.get("told_apart") else who


def _asked_for(content: Mapping[str, Any]) -> list[Block]:
    asked = content["asked_for"]
    if asked is None or not any(asked.values()):
        return []
    names = {
        "hope": _("What they hope for"),
        "prefers": _("Would rather have"),
        "avoids": _("Would rather not have"),
    }
    blocks = [Block("heading", _("What is asked for"))]
    blocks += [Block("words", asked[key], name) for key, name in names.items() if asked[key]]
    return blocks


def _bases(content: Mapping[str, Any]) -> list[Block]:
    blocks = []
    for one in content["basis"]:
        day = format_date_long(datetime.fromisoformat(one["since"]).date())
        if one["kind"] == "consent":
            blocks.append(Block("plain", _("The person has said yes to it, on %(day)s.", day=day)))
            continue
        yes = one["kind"] == "spoken_consent"
        facts = [
            (
                _("Since"),
                _("%(day)s, with a yes that was said aloud or on paper", day=day) if yes else day,
            ),
            (_("Legal basis"), one["paragraph"]),
            (_("Reason"), one["reason"]),
        ]
        if one["asked"]:
            asked = str(ASKED_TEXT[one["asked"]])
            facts.append((_("The child's view"), f"{asked} {one['said'] or ''}".strip()))
        blocks.append(Block("facts", facts=facts))
    return blocks


def _needs_block(content: Mapping[str, Any]) -> list[Block]:
    if not content["needs"]:
        return [Block("plain", _("Nobody has confirmed which needs there are."))]
    items = []
    for need in content["needs"]:
        said = [one["name"] or _("The person") for one in need["said_by"]]
        items.append(_("%(need)s (said by %(names)s)", need=need["name"], names=", ".join(said)))
    return [
        Block("plain", _("Confirmed by people. What only the machine has thought is left out.")),
        Block("items", items=items),
    ]


def _about(content: Mapping[str, Any]) -> list[Block]:
    about = content["about"]
    facts = []
    if about["writer"]:
        facts.append((_("Who writes"), str(AUTHOR_TEXT[about["writer"]])))
        facts.append((_("It is about"), str(ABOUT[about["about"]])))
    if about["age"] is not None:
        facts.append((_("Age"), _("%(age)s years", age=about["age"])))
    if about["safe_now"]:
        facts.append((_("Safe now?"), str(SAFE_NOW[about["safe_now"]])))
    if about["hurt"]:
        facts.append((str(HURT_ASKED), str(HURT[about["hurt"]])))
    if content["case"]["urgent"]:
        facts.append((_("Urgent"), _("The case is marked as acute.")))
    return (
        [Block("heading", _("The few answers beside the words")), Block("facts", facts=facts)]
        if facts
        else []
    )


def _reach_facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    reach = content["reach"]
    way = str(WAY_TEXT[reach["way"]])
    facts = [(_("Way"), f"{way}: {reach['details']}" if reach["details"] else way)]
    when = [str(SAFE_WHEN[one]) for one in reach["safe_when"]] + [reach["safe_times"] or ""]
    if any(when):
        facts.append((_("When it is safe"), ", ".join(one for one in when if one)))
    if reach["way"] == "phone":
        leave = _("Yes, you may leave a message.") if reach["voicemail_ok"] else _("No, leave no message.")
        facts.append((_("Answering machine"), leave))
    if reach["caller_says"]:
        facts.append((_("What you may say"), str(CALLER_SAYS[reach["caller_says"]])))
    if reach["safe_word"]:
        facts.append((_("Say this word first"), reach["safe_word"]))
    return facts


def _files(content: Mapping[str, Any]) -> list[Block]:
    if not content["files"]:
        return []
    rows = [[_("File"), _("Length"), "SHA-256"]]
    rows += [
        [one["name"], _("%(seconds)s seconds", seconds=round(one["seconds"])), one["sha256"]]
        for one in content["files"]
    ]
    return [
        Block("heading", _("Recordings that lie beside this letter")),
        Block("table", rows=rows),
    ]
