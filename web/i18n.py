"""The reader's language, and the words of the core: statuses, log lines, ways of contact.

Two things are kept apart. The *page locale* is the language of our own texts: any that ``locales/<code>/`` holds
(docs/locales.md). The *written language*, nb or nn, is that of a case, of the assistant and of the catalog. On a Bokmål
or Nynorsk page they are the same; on a page in another language the written one is what was chosen last, else what the
browser asks for, else the municipality's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from babel import Locale, UnknownLocaleError, dates
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, LazyString, get_locale, gettext, lazy_gettext, to_user_timezone
from markupsafe import Markup

from web import current
from web.cases.sharing_types import Seen
from web.cases.types import LANGUAGES, Language, LogLine, Outcome, Status
from web.config import Config, ConfigError
from web.security import sessions

NOON = time(12)
Code = TypeVar("Code", bound=str)
DOMAINS = ("portal", "citizen", "staff")
NEEDED = frozenset({"portal", "citizen"})
"""What a page of the citizen's side takes its texts from; the staff side needs «staff» beside «portal»."""
LANGUAGE_NAMES: dict[Language, str] = {"nb": "Bokmål", "nn": "Nynorsk"}
"""The written languages."""

# What browsers send: «no» is the old name that covers both; Bokmål is what is meant by it in practice.
_OLD_NAMES: dict[str, str] = {"no": "nb"}

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
HELPED_TEXT: dict[str, LazyString] = {
    "yes": lazy_gettext("Yes (help came)"),
    "some": lazy_gettext("A little (help came)"),
    "no": lazy_gettext("No (help came)"),
}
ROUND_TEXT: dict[str, LazyString] = {
    "two_weeks": lazy_gettext("After two weeks"),
    "six_weeks": lazy_gettext("After six weeks"),
}
SHARE_OUTCOME_TEXT: dict[str, LazyString] = {
    "taken": lazy_gettext("Takes the case."),
    "under_way": lazy_gettext("The help is under way."),
    "got_help": lazy_gettext("The help has been given."),
    "waiting": lazy_gettext("There is a wait."),
    "refused": lazy_gettext("Has said no."),
    "did_not_want": lazy_gettext("The person did not want this help."),
}
PART_TEXT: dict[str, LazyString] = {
    "words": lazy_gettext("what is written (part)"),
    "recordings": lazy_gettext("recordings (part)"),
    "needs": lazy_gettext("what it is about (part)"),
    "contact": lazy_gettext("how to reach the person (part)"),
}
#: What a service sees, said to employees; web.citizen.what_they_see says it to the person.
SEEN_TEXT: dict[Seen, LazyString] = {
    "words": PART_TEXT["words"],
    "hope": lazy_gettext("what the person hopes for (seen)"),
    "safe_now": lazy_gettext("the answer to «safe now?» (seen)"),
    "who": lazy_gettext("who writes and whom it is about (seen)"),
    "age": lazy_gettext("the age (seen)"),
    "home": lazy_gettext("the answers about the grown-ups at home (seen)"),
    "recordings": PART_TEXT["recordings"],
    "needs": PART_TEXT["needs"],
    "contact": PART_TEXT["contact"],
    "acute": lazy_gettext("whether the case is acute (seen)"),
    "plan": lazy_gettext("the service's own lines of the plan (seen)"),
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


COORDINATION_TEXT: dict[str, LazyString] = {
    "coordinator": lazy_gettext("Coordinator (choice)"),
    "child_coordinator": lazy_gettext("Child coordinator (choice)"),
    "individual_plan": lazy_gettext("Individual plan (choice)"),
}
COORDINATION_ANSWER: dict[str, LazyString] = {
    "not_considered": lazy_gettext("not considered yet"),
    "considered_no": lazy_gettext("considered, not needed now"),
    "offered": lazy_gettext("offered"),
    "declined": lazy_gettext("the person does not want it"),
    "in_place": lazy_gettext("in place"),
}


@dataclass(frozen=True)
class PageLocale:
    """A language that pages can be shown in: a folder of locales_dir."""

    code: str
    """The folder's name, as Babel reads it: nb, en, pt_BR."""
    name: str
    """Its own name for itself, on the switch."""
    dates: Locale
    """How days are written."""
    checked: bool
    """Whether a person has checked the texts. If not, every page says so and no browser is given it unasked."""
    domains: frozenset[str]
    """Which of DOMAINS it has texts for."""
    catalog: Mapping[str, str]
    """Texts of the catalog, from their Bokmål. What is missing is shown in the written language."""

    @property
    def tag(self) -> str:
        """For the lang attribute: pt-BR."""
        return self.code.replace("_", "-")

    @property
    def direction(self) -> str:
        """For the dir attribute: ltr, or rtl for Arabic and its like."""
        return str(Locale.parse(self.code).text_direction)


def read_locales(locales_dir: Path) -> dict[str, PageLocale]:
    """Every locale with compiled texts for a whole side, by code: the written languages first, the others by their names.

    ConfigError when a folder is no locale that Babel knows, or its locale.yml is wrong.
    """
    found = []
    for folder in sorted(path for path in locales_dir.iterdir() if path.is_dir()):
        domains = frozenset(name for name in DOMAINS if (folder / "LC_MESSAGES" / f"{name}.mo").exists())
        if not domains >= NEEDED:
            continue
        file = folder / "locale.yml"
        about = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
        try:
            known = Locale.parse(folder.name)
            found.append(
                PageLocale(
                    code=folder.name,
                    name=str(about.get("name") or known.get_language_name(folder.name)),
                    dates=Locale.parse(str(about.get("dates") or folder.name)),
                    checked=about.get("checked") is True,
                    domains=domains,
                    catalog=_catalog_texts(folder / "LC_MESSAGES" / "catalog.mo"),
                )
            )
        except (UnknownLocaleError, ValueError, AttributeError) as error:
            raise ConfigError(f"{folder}: {error}") from error
    order: list[str] = list(LANGUAGES)
    found.sort(key=lambda one: (order.index(one.code) if one.code in order else len(order), one.name))
    return {one.code: one for one in found}


def _catalog_texts(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    with file.open("rb") as source:
        held = read_mo(source)
    return {
        message.id: message.string
        for message in held
        if isinstance(message.id, str) and message.id and isinstance(message.string, str)
    }


def locales() -> dict[str, PageLocale]:
    """The locales that this page can be shown in. Staff pages have fewer: what staff writes is nb or nn."""
    every: dict[str, PageLocale] = current_app.extensions["portal-locales"]
    if has_request_context() and (request.blueprint or "").startswith("staff"):
        return {code: one for code, one in every.items() if "staff" in one.domains}
    return every


def locale() -> PageLocale:
    """The locale of this page: chosen in the session, else the browser's, else the municipality's language.

    What no person has checked is only shown to who asked for it with the switch.
    """
    available = locales()
    if not has_request_context():
        return available["nb"]
    chosen = sessions.locale()
    if chosen in available:
        return available[chosen]
    return available[_asked_for([code for code, one in available.items() if one.checked]) or _own()]


def language() -> Language:
    """The written language: nb or nn."""
    page = locale().code if has_request_context() else "nb"
    if page in LANGUAGES:
        return page
    asked = _asked_for(LANGUAGES)
    return sessions.written_language() or asked or _own()


def _asked_for(codes: Sequence[Code]) -> Code | None:
    """The first of the browser's languages that is among these."""
    known = {code.lower().replace("_", "-"): code for code in codes}
    # Not best_match: it prefers a plain «nb» further down to «nn-NO» at the top.
    for wanted, quality in request.accept_languages:
        tag = wanted.lower().replace("_", "-")
        short = tag.split("-")[0]
        found = known.get(tag) or known.get(_OLD_NAMES.get(short, short))
        if found is not None and quality > 0:
            return found
    return None


def _own() -> Language:
    own = current.catalog().municipality.written_language
    return own if own in LANGUAGES else "nb"


def choose(wanted: str | None) -> bool:
    """Remember the page locale that the reader asks for. Whether there is such a one."""
    if wanted is None or wanted not in locales():
        return False
    sessions.choose_locale(wanted, None if wanted in LANGUAGES else language())
    return True


def follow(written: Language) -> None:
    """The assistant went over to this written language: the page follows, unless it is in a third one."""
    page = locale().code
    if page in LANGUAGES:
        sessions.choose_locale(written)
    else:
        sessions.choose_locale(page, written)


def catalog_words(text: str | Mapping[str, str]) -> str:
    """A text of the catalog as plain words: of the page locale where it has this text, else of the written language.

    text: in both written languages, or already the one that is shown.
    """
    words = text if isinstance(text, str) else text[language()]
    return words if isinstance(text, str) else locale().catalog.get(text["nb"], words)


def lang_attribute(text: str | Mapping[str, str]) -> str:
    """The lang attribute of the element that holds catalog_words(text), where it is not the page's own; else nothing."""
    page, written = locale(), language()
    if page.code == written or (not isinstance(text, str) and text["nb"] in page.catalog):
        return ""
    return Markup(' lang="{}"').format(written)


def in_language(text: str | Mapping[str, str], *, capital: bool = False, without: str = "") -> str:
    """A text of the catalog, in an element with its language where that is not the page's own.

    capital: with a capital letter first. without: a piece to leave out (a number that stands beside it).
    Not for attributes, options and titles: these take catalog_words, and lang_attribute on the element.
    """
    words = catalog_words(text)
    if without:
        words = words.replace(without, "").strip()
    if capital:
        words = words[:1].upper() + words[1:]
    lang = lang_attribute(text)
    return Markup("<span{}>{}</span>").format(lang, words) if lang else words


def switch_url(to: str) -> str:
    """This page in another language."""
    return f"{request.script_root}{request.path}?lang={to}"


def _in_norway(at: date | datetime) -> datetime:
    return to_user_timezone(at) if isinstance(at, datetime) else datetime.combine(at, NOON, UTC)


def _dates() -> Locale:
    """How days are written; what runs under force_locale has its language's own way."""
    wanted = get_locale()
    one = current_app.extensions["portal-locales"].get(str(wanted))
    return one.dates if one is not None else wanted or Locale.parse("nb")


def format_day(day: date | datetime) -> str:
    """A day as people say it, in the reader's language: tirsdag 24. november."""
    when = _in_norway(day)
    name = dates.format_datetime(when, "EEEE", locale=_dates())
    return f"{name} {dates.format_skeleton('MMMMd', when, locale=_dates())}"


def format_date_short(day: date) -> str:
    """A day of any year: 24. nov. 2026."""
    return str(dates.format_skeleton("yMMMd", _in_norway(day), locale=_dates()))


def format_date_long(day: date) -> str:
    """A day with its year: 21. november 2026."""
    return str(dates.format_date(day, "long", locale=_dates()))


def format_moment(at: datetime) -> str:
    """Day and time in Norway: 24. november kl. 14:05."""
    when = _in_norway(at)
    day = dates.format_skeleton("MMMMd", when, locale=_dates())
    return gettext("%(day)s at %(time)s", day=day, time=f"{when:%H:%M}")


def format_time(at: datetime) -> str:
    """Time of day in Norway: kl. 14:05."""
    return gettext("at %(time)s", time=f"{_in_norway(at):%H:%M}")


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
        case "entered":
            if detail == "phone":
                return gettext("%(name)s wrote the case down for someone on the phone.", name=name)
            return gettext("%(name)s wrote the case down for someone at the counter.", name=name)
        case "opened":
            return gettext("The case was opened with the five words.")
        case "read":
            if detail:
                return gettext("%(name)s at %(unit)s read the case.", name=name, unit=detail)
            return gettext("%(name)s read the case.", name=name)
        case "looked":
            return gettext("%(name)s opened the case, but not the page with the words.", name=name)
        case "statement_added":
            return gettext("More words were added.")
        case "recording_added":
            return gettext("A recording was added.")
        case "listened":
            return gettext("%(name)s listened to a recording.", name=name)
        case "message_from_person":
            return gettext("A message was sent to the municipality.")
        case "message_from_employee":
            return gettext("%(name)s wrote a message.", name=name)
        case "needs_confirmed":
            return gettext("%(name)s went through what the case is about.", name=name)
        case "contact_named":
            if name and name == detail:
                return gettext("%(name)s took the case, and is now the contact person.", name=name)
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
        case "handover_offered":
            return gettext("%(name)s asked %(contact)s to take over the case.", name=name, contact=detail)
        case "handover_accepted":
            return gettext("%(name)s said yes to taking over, and is now the contact person.", name=name)
        case "handover_declined":
            return gettext("%(name)s could not take over the case.", name=name)
        case "handover_withdrawn":
            return gettext("%(name)s no longer asks %(contact)s to take over.", name=name, contact=detail)
        case "wish_noted":
            return gettext("%(name)s wrote down a wish about who should coordinate the help.", name=name)
        case "dispute_opened":
            return gettext("The services do not agree on who coordinates. The municipality decides.")
        case "dispute_decided":
            return gettext(
                "%(name)s has decided: %(service)s coordinates the help.", name=name, service=service
            )
        case "coordination_noted":
            choice, _, answer = detail.partition(":")
            return gettext(
                "%(name)s noted how it stands. %(choice)s: %(answer)s.",
                name=name,
                choice=str(COORDINATION_TEXT.get(choice, choice)),
                answer=str(COORDINATION_ANSWER.get(answer, answer)),
            )
        case "call_wished":
            return gettext("A call today was asked for.")
        case "call_made":
            return gettext("%(name)s called.", name=name)
        case "deleted":
            return gettext("The case was deleted.")
        case "exported":
            return gettext("Everything was taken out as a file.")
        case "helped_answered":
            answer = str(HELPED_TEXT.get(detail, detail))
            return gettext("Asked whether help came. The answer: «%(answer)s».", answer=answer)
        case "notices_on":
            return gettext("Notices were switched on.")
        case "notices_off":
            return gettext("Notices were switched off.")
        case "child_invited":
            return gettext("The child was invited to tell.")
        case "child_invitation_withdrawn":
            return gettext("The invitation to the child was taken back.")
        case "child_not_asked":
            return gettext("It was said why the child has not been asked.")
        case "child_told":
            return gettext("The child has told.")
        case "measure_added":
            return gettext("%(name)s wrote a line in the plan.", name=name)
        case "measure_changed":
            return gettext("%(name)s changed a line in the plan.", name=name)
        case "overlap_agreed":
            return gettext(
                "%(name)s noted that services working at the same time have talked together.", name=name
            )
        case "plan_withheld":
            return gettext("%(name)s changed something in the plan that the person is not shown.", name=name)
        case "linked":
            return gettext("%(name)s connected the case with another case.", name=name)
        case "unlinked":
            return gettext("%(name)s took away the connection with another case.", name=name)
        case "link_words":
            if detail == "yes":
                return gettext("Those who have the connected case may read the words in this one.")
            return gettext("Those who have the connected case may not read the words in this one.")
        case "link_withheld":
            return gettext("%(name)s changed a connection that the person is not shown.", name=name)
        case "share_made":
            return gettext("%(name)s brought %(service)s into the case.", name=name, service=service)
        case "share_ended":
            if not name:
                return gettext(
                    "%(service)s no longer sees the case. The yes was taken back.", service=service
                )
            return gettext(
                "%(name)s ended it: %(service)s no longer sees the case.", name=name, service=service
            )
        case "share_told":
            return gettext(
                "%(name)s decided that %(service)s in the case can be told of now.",
                name=name,
                service=service,
            )
        case "share_opened":
            return gettext(
                "%(name)s at %(service)s read what is shared with them.", name=name, service=service
            )
        case "share_listened":
            return gettext("%(name)s at %(service)s listened to a recording.", name=name, service=service)
        case "share_answered":
            return _share_answered(name, detail, service_name)
        case "share_noted":
            return _share_answered(name, detail, service_name, heard=True)
        case "glass_broken":
            if detail == "danger":
                return gettext(
                    "%(name)s does not have this case, and opened it because of danger.", name=name
                )
            return gettext("%(name)s does not have this case, and opened it all the same.", name=name)
        case "package_made":
            return gettext("%(name)s made a package for %(service)s.", name=name, service=service)
        case "package_fetched":
            return gettext("%(name)s at %(service)s fetched the package.", name=name, service=service)
        case "package_received":
            return gettext("%(service)s has received the package.", service=service)
        case "concern_told":
            return gettext("%(name)s told the child welfare service of a worry.", name=name)
        case "training_read":
            return gettext("%(name)s read it to see what the machine can learn from it.", name=name)
        case "training_refused":
            return gettext("It was said that the machine must not learn from the words.")
        case "training_allowed":
            return gettext("It was said that the machine may learn from the words.")
        case "home_withdrawn":
            return gettext("The grown-ups at home can no longer read what the child has told.")
        case "writer_deleted":
            return gettext("Who wrote the case deleted their part. What the child has told is kept.")
        case "deletion_asked":
            return gettext("Everything was asked to be deleted.")
        case "deletion_ask_withdrawn":
            return gettext("The wish to delete was taken back.")
        case "deletion_refused":
            return gettext("%(name)s answered no to deleting everything.", name=name)
        case "deletion_held":
            day = format_date_long(date.fromisoformat(detail))
            return gettext("%(name)s put the deletion off until %(day)s.", name=name, day=day)
        case "deletion_let_go":
            return gettext("%(name)s let the deletion go on.", name=name)
        case "keep_wished":
            return gettext("It was asked to keep the case longer.")
        case "unblocked":
            return gettext(
                "%(name)s opened the case for reading again, because somebody may be in danger.", name=name
            )
        case "archived":
            return gettext("%(name)s took the case out for the archive.", name=name)


def _share_answered(
    name: str, detail: str, service_name: Callable[[str], str] | None, *, heard: bool = False
) -> str:
    """What was said about a service: by its own employee, or by the one who has asked it."""
    service, _, outcome = detail.partition(":")
    said = {
        "name": name,
        "service": service_name(service) if service_name else service,
        "answer": str(SHARE_OUTCOME_TEXT.get(outcome, outcome)),
    }
    if heard:
        return gettext("%(name)s has heard from %(service)s: %(answer)s", **said)
    return gettext("%(service)s: %(answer)s Written by %(name)s.", **said)


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
    found = read_locales(config.locales_dir) if config.locales_dir.is_dir() else {}
    if not all(code in found and "staff" in found[code].domains for code in LANGUAGES):
        raise ConfigError(
            f"no compiled translations in {config.locales_dir}: run «python -m web translations compile»"
        )
    app.extensions["portal-locales"] = found
    app.config["BABEL_DEFAULT_LOCALE"] = "nb"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Oslo"
    app.config["BABEL_DOMAIN"] = ";".join(DOMAINS)
    # One directory for each domain, in the same order: this is how Flask-Babel pairs them.
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([str(config.locales_dir)] * len(DOMAINS))
    Babel(app, locale_selector=lambda: locale().code)

    @app.before_request
    def _switch() -> None:
        choose(request.args.get("lang"))

    @app.context_processor
    def _texts() -> dict[str, Any]:
        return {
            "language": language(),
            "language_names": LANGUAGE_NAMES,
            "locale": locale(),
            "locales": locales(),
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
            "HELPED_TEXT": HELPED_TEXT,
            "SHARE_OUTCOME_TEXT": SHARE_OUTCOME_TEXT,
            "ROUND_TEXT": ROUND_TEXT,
        }

    app.add_template_filter(in_language, "in_language")
    app.add_template_filter(catalog_words, "catalog_words")
    app.add_template_filter(lang_attribute, "lang_attribute")
    app.add_template_filter(format_day, "day")
    app.add_template_filter(format_moment, "moment")
    app.add_template_filter(format_date_short, "date_short")
