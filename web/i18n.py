"""The reader's language, and the words of the core: statuses, log lines, ways of contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, has_request_context, request
from flask_babel import Babel, LazyString, format_datetime, gettext, lazy_gettext
from flask_babel import format_date as babel_format_date

from web import current
from web.cases.types import LANGUAGES, Language, LogLine, Outcome, Status
from web.config import Config, ConfigError
from web.security import sessions

DOMAINS = ("portal", "citizen", "staff")
LANGUAGE_NAMES: dict[Language, str] = {"nb": "Bokmål", "nn": "Nynorsk"}

# What browsers send: «no» is the old name that covers both; Bokmål is what is meant by it in practice.
_ACCEPTED: dict[str, Language] = {"nb": "nb", "no": "nb", "nn": "nn"}

STATUS_FOR_PERSON: dict[Status, LazyString] = {
    "new": lazy_gettext("Sent. The municipality has not started on it yet."),
    "in_progress": lazy_gettext("Someone in the municipality is working on it."),
    "waiting_for_person": lazy_gettext("The municipality is waiting for an answer from you."),
    "closed": lazy_gettext("The case is closed."),
}
OUTCOME_FOR_PERSON: dict[Outcome, LazyString] = {
    "got_help": lazy_gettext("You have got help."),
    "moved_on": lazy_gettext("You have been helped on to another service."),
    "not_reached": lazy_gettext("The municipality did not reach you. You can write again at any time."),
    "withdrawn": lazy_gettext("You did not want more help now. You can write again at any time."),
}
STATUS_FOR_STAFF: dict[Status, LazyString] = {
    "new": lazy_gettext("New"),
    "in_progress": lazy_gettext("In progress"),
    "waiting_for_person": lazy_gettext("Waiting for the person"),
    "closed": lazy_gettext("Closed"),
}
OUTCOME_FOR_STAFF: dict[Outcome, LazyString] = {
    "got_help": lazy_gettext("Got help"),
    "moved_on": lazy_gettext("Helped on to another service"),
    "not_reached": lazy_gettext("Not reached"),
    "withdrawn": lazy_gettext("Did not want more help"),
}
URGENCY_TEXT: dict[str, LazyString] = {
    "acute": lazy_gettext("Acute"),
    "normal": lazy_gettext("Not acute"),
}
AUTHOR_TEXT: dict[str, LazyString] = {
    "child": lazy_gettext("Child"),
    "youth": lazy_gettext("Young person"),
    "parent": lazy_gettext("Parent"),
    "other": lazy_gettext("Someone else"),
}
WAY_TEXT: dict[str, LazyString] = {
    "code": lazy_gettext("Here, with the five words"),
    "sms": lazy_gettext("Text message"),
    "phone": lazy_gettext("Phone call"),
    "email": lazy_gettext("Email"),
    "school_nurse": lazy_gettext("Through the school nurse"),
}
ACUTE_TEXT: dict[str, LazyString] = {
    "suicide": lazy_gettext("Danger of suicide"),
    "violence": lazy_gettext("Violence"),
    "abuse": lazy_gettext("Sexual abuse"),
    "small_child": lazy_gettext("A small child in danger"),
    "poisoning": lazy_gettext("Poisoned or unconscious"),
    "forced_journey": lazy_gettext("A forced journey"),
    "homeless": lazy_gettext("Nowhere to sleep tonight"),
    "exploitation": lazy_gettext("Exploitation or blackmail"),
    "missing": lazy_gettext("A missing child"),
}


def language() -> Language:
    """The reader's language: chosen in the session, else the browser's, else the municipality's own."""
    if not has_request_context():
        return "nb"
    chosen = sessions.language()
    if chosen is not None:
        return chosen
    # Not best_match: it prefers a plain «nb» further down to «nn-NO» at the top.
    for wanted, quality in request.accept_languages:
        accepted = _ACCEPTED.get(wanted.lower().replace("_", "-").split("-")[0])
        if accepted is not None and quality > 0:
            return accepted
    own = current.catalog().municipality.written_language
    return own if own in LANGUAGES else "nb"


def switch_url(to: Language) -> str:
    """This page in the other language."""
    return f"{request.script_root}{request.path}?lang={to}"


def format_day(day: date | datetime) -> str:
    """A day as people say it, in the reader's language: tirsdag 24. november."""
    return babel_format_date(day, "EEEE d. MMMM")


def format_date_short(day: date) -> str:
    """A day of any year: 24. nov. 2026."""
    return babel_format_date(day, "d. MMM y")


def format_moment(at: datetime) -> str:
    """Day and time in Norway: 24. november kl. 14:05."""
    return gettext(
        "%(day)s at %(time)s", day=babel_format_date(at, "d. MMMM"), time=format_datetime(at, "HH:mm")
    )


def log_text(line: LogLine, service_name: Callable[[str], str] | None = None) -> str:
    """A line of the log in words, the same for the person and for the employee.

    service_name turns a service id into its name; without it the id is shown.
    """
    name = line.actor_name or ""
    detail = line.detail or ""
    service = service_name(detail) if service_name and detail else detail
    match line.action:
        case "sent":
            return gettext("The case was sent.")
        case "opened":
            return gettext("The case was opened with the five words.")
        case "read":
            return gettext("%(name)s read the case.", name=name)
        case "statement_added":
            return gettext("More words were added.")
        case "message_from_person":
            return gettext("A message was sent to the municipality.")
        case "message_from_employee":
            return gettext("%(name)s wrote a message.", name=name)
        case "needs_confirmed":
            return gettext("%(name)s went through what the case is about.", name=name)
        case "contact_named":
            return gettext("%(name)s named %(contact)s as contact person.", name=name, contact=detail)
        case "status_set":
            status, _, outcome = detail.partition(":")
            text = str(STATUS_FOR_STAFF.get(cast(Status, status), status))
            if outcome:
                text = f"{text}: {OUTCOME_FOR_STAFF.get(cast(Outcome, outcome), outcome)}"
            if line.actor_kind == "system":
                return gettext("The status became «%(status)s».", status=text)
            return gettext("%(name)s set the status to «%(status)s».", name=name, status=text)
        case "urgency_set":
            if detail == "acute":
                return gettext("%(name)s marked the case as acute.", name=name)
            return gettext("%(name)s marked the case as not acute.", name=name)
        case "consent_given":
            return gettext("%(service)s may read the case.", service=service)
        case "consent_withdrawn":
            return gettext("%(service)s may no longer read the case.", service=service)
        case "deleted":
            return gettext("The case was deleted.")


def compile_catalogs(locales_dir: Path) -> list[Path]:
    """Make the .mo of every .po that is newer than it. Returns those that were made."""
    made = []
    for po in sorted(locales_dir.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
            continue
        with po.open("rb") as source:
            catalog = read_po(source, locale=po.parent.parent.name, domain=po.stem, abort_invalid=True)
        temporary = mo.with_suffix(".mo.new")
        with temporary.open("wb") as target:
            write_mo(target, catalog)
        temporary.replace(mo)
        made.append(mo)
    return made


def init_i18n(app: Flask, config: Config) -> None:
    """Translations, the language switch, and the filters that templates use.

    ConfigError without translations.
    """
    for code in LANGUAGES:
        if not (config.locales_dir / code / "LC_MESSAGES" / "portal.mo").exists():
            raise ConfigError(
                f"no compiled translations in {config.locales_dir}: run «python -m web translations compile»"
            )
    app.config["BABEL_DEFAULT_LOCALE"] = "nb"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Oslo"
    app.config["BABEL_DOMAIN"] = ";".join(DOMAINS)
    # One directory for each domain, in the same order: this is how Flask-Babel pairs them.
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([str(config.locales_dir)] * len(DOMAINS))
    Babel(app, locale_selector=language)

    @app.before_request
    def _switch() -> None:
        wanted = request.args.get("lang")
        if wanted in LANGUAGES:
            sessions.choose_language(wanted)

    @app.context_processor
    def _texts() -> dict[str, Any]:
        return {
            "language": language(),
            "language_names": LANGUAGE_NAMES,
            "switch_url": switch_url,
            "log_text": log_text,
            "STATUS_FOR_PERSON": STATUS_FOR_PERSON,
            "STATUS_FOR_STAFF": STATUS_FOR_STAFF,
            "OUTCOME_FOR_PERSON": OUTCOME_FOR_PERSON,
            "OUTCOME_FOR_STAFF": OUTCOME_FOR_STAFF,
            "URGENCY_TEXT": URGENCY_TEXT,
            "AUTHOR_TEXT": AUTHOR_TEXT,
            "WAY_TEXT": WAY_TEXT,
            "ACUTE_TEXT": ACUTE_TEXT,
        }

    app.add_template_filter(format_day, "day")
    app.add_template_filter(format_moment, "moment")
    app.add_template_filter(format_date_short, "date_short")
