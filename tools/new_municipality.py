"""A municipality of one's own: `make municipality NAME=lillevik` asks, and writes the files.

The questions are in Norwegian, in the municipality's written language: those who answer know the services, not this program.
What is answered can be corrected in the files afterwards, or at the front desk under «Katalogen».
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from tools.setup import ROOT
from web.catalog import CatalogError, load
from web.matching import OSLO

_DAYS = ["mon", "tue", "wed", "thu", "fri"]
_CLOCK = re.compile(r"([01]?\d|2[0-3])(?:[.:]?([0-5]\d))?")

# What stands in for a service that a municipality may lack, when the one who answers has no better idea.
_INSTEAD = {
    "hfu": ("skolehelse", "fastlege"),
    "kompsyk": ("fastlege", "skolehelse"),
    "rph": ("fastlege",),
    "utekontakt": ("skolehelse", "fritid"),
    "factung": ("fastlege", "kompsyk"),
    "foreldrehjelp": ("familievern", "helsestasjon"),
    "rus": ("fastlege", "skolehelse"),
    "ungdomsteam": ("ot", "sosialhjelp"),
    "parorendehjelp": ("skolehelse", "fastlege"),
    "frisklivssentral": ("fastlege",),
    "kulturskole": ("fritid", "frivillig"),
    "fritid": ("frivillig", "kulturskole"),
}
_ASKED = (
    "barnevern",
    "helsestasjon",
    "skolehelse",
    "hfu",
    "kompsyk",
    "rph",
    "rus",
    "utekontakt",
    "factung",
    "foreldrehjelp",
    "ppt",
    "koordinerende_enhet",
    "sosialhjelp",
    "ungdomsteam",
    "parorendehjelp",
    "fritid",
    "kulturskole",
    "frisklivssentral",
)

_QUESTIONS: dict[str, dict[str, str]] = {
    "nb": {
        "name": "Hva heter kommunen? (for eksempel Lillevik kommune)",
        "door": "Hva heter døra inn – stedet som svarer? (for eksempel Familiens hus)",
        "number": "Telefonnummeret dit",
        "address": "Gateadresse",
        "postal_code": "Postnummer",
        "city": "Poststed",
        "from": "Når åpner dere på hverdager? (for eksempel 8)",
        "to": "Når stenger dere? (for eksempel 15.30)",
        "days": "Innen hvor mange virkedager skal alle få svar av et menneske?",
        "backups": "Hvor mange dager står sikkerhetskopier? (tomt hvis dere ikke vet det ennå)",
        "guard": "Telefonnummer til barnevernvakta (tomt hvis dere ikke vet)",
        "have": "Har kommunen {name}? (j = ja, n = nei, nabo = en nabokommune har det for dere)",
        "service_number": "  Telefonnummer til {name} (tomt hvis dere ikke vet det ennå)",
        "service_hours": "  Åpningstider i ord (tomt hvis dere ikke vet det ennå)",
        "neighbour": "  Hvilken kommune?",
        "written": "Skrev {count} filer i {folder}. Se over dem, og kjør\n"
        "«make check-catalog» og «PORTAL_MUNICIPALITIES={name} make run».",
        "not_a_time": "Skriv et klokkeslett, for eksempel 8 eller 15.30.",
        "not_days": "Skriv et antall dager med tall, for eksempel 30.",
        "not_a_number": "Skriv et telefonnummer med tall, for eksempel 12 34 56 78.",
        "answer_jn": "Svar j, n eller nabo.",
    },
    "nn": {
        "name": "Kva heiter kommunen? (til dømes Lillevik kommune)",
        "door": "Kva heiter døra inn – staden som svarar? (til dømes Familiehuset)",
        "number": "Telefonnummeret dit",
        "address": "Gateadresse",
        "postal_code": "Postnummer",
        "city": "Poststad",
        "from": "Når opnar de på kvardagar? (til dømes 8)",
        "to": "Når stengjer de? (til dømes 15.30)",
        "days": "Innan kor mange yrkedagar skal alle få svar av eit menneske?",
        "backups": "Kor mange dagar står tryggingskopiar? (tomt om de ikkje veit det enno)",
        "guard": "Telefonnummer til barnevernvakta (tomt om de ikkje veit)",
        "have": "Har kommunen {name}? (j = ja, n = nei, nabo = ein nabokommune har det for dykk)",
        "service_number": "  Telefonnummer til {name} (tomt om de ikkje veit det enno)",
        "service_hours": "  Opningstider i ord (tomt om de ikkje veit det enno)",
        "neighbour": "  Kva kommune?",
        "written": "Skreiv {count} filer i {folder}. Sjå over dei, og køyr\n"
        "«make check-catalog» og «PORTAL_MUNICIPALITIES={name} make run».",
        "not_a_time": "Skriv eit klokkeslett, til dømes 8 eller 15.30.",
        "not_days": "Skriv talet på dagar med siffer, til dømes 30.",
        "not_a_number": "Skriv eit telefonnummer med tal, til dømes 12 34 56 78.",
        "answer_jn": "Svar j, n eller nabo.",
    },
}


_RETENTION = """\
# How long what is kept here. Nothing is decided yet: what does not stand here is as services_catalog/retention.yml proposes.
# When the municipality has decided, write where the decision is («decision»), and what it is:
#
# entries:
#   case_inquiry:        # an inquiry that came to nothing; proposed: 90 days
#     days: 90
#     source: the municipal council, case 12/26
#     verified: true
#     checked_on: 2026-12-01
#   case_archived:       # a case that the archive has; proposed: it stays until this is decided
#     days: 365
#     source: the municipal council, case 12/26
#     verified: true
#     checked_on: 2026-12-01
"""


@dataclass(frozen=True)
class NationalService:
    """A service that the municipality is asked about."""

    id: str
    name: Mapping[str, str]
    short_name: Mapping[str, str]


@dataclass
class Answers:
    """What was answered, ready to be written."""

    language: str
    municipality: dict[str, Any]
    backup_days: int | None = None
    services: dict[str, dict[str, Any]] = field(default_factory=dict)


class Interview:
    """Asks until each answer can be used."""

    def __init__(self, name: str, national: Mapping[str, NationalService], today: date) -> None:
        self.name = name
        self.national = national
        self.today = today.isoformat()
        self.words: dict[str, str] = {}

    def ask(
        self, key: str, check: Callable[[str], Any] = str, default: str | None = None, **parts: str
    ) -> Any:
        """The checked answer to one question; asked again after a ValueError."""
        while True:
            text = click.prompt(self.words[key].format(**parts), default=default, show_default=bool(default))
            try:
                return check(str(text).strip())
            except ValueError as error:
                click.echo(self.words[str(error)])

    def run(self) -> Answers:
        """All questions, in the order of the file."""
        language = click.prompt(
            "Bokmål eller nynorsk? (nb/nn)", type=click.Choice(["nb", "nn"]), default="nb"
        )
        self.words = _QUESTIONS[language]
        called = self.ask("name")
        door = self.ask("door")
        number = self.ask("number", _number)
        location = {part: self.ask(part) for part in ("address", "postal_code", "city")}
        start, end = self.ask("from", _time), self.ask("to", _time)
        promise = int(self.ask("days", _days, default="1"))
        municipality = {
            "id": self.name,
            "name": {"nb": called, "nn": called},
            "fictional": False,
            "written_language": language,
            "contact_point": {
                "id": "door",
                "name": {"nb": door, "nn": door},
                "description": {
                    "nb": "Én dør inn til all hjelp i kommunen for barn, unge og familier.",
                    "nn": "Éi dør inn til all hjelp i kommunen for barn, unge og familiar.",
                },
                "number": number,
                "tel": number.replace(" ", ""),
                "location": {
                    "address_1": location["address"],
                    "postal_code": location["postal_code"],
                    "city": location["city"],
                },
                "hours": [{"days": _DAYS, "from": start, "to": end, "closed_on_public_holidays": True}],
                "hours_text": {
                    "nb": f"Hverdager {_spoken(start)}–{_spoken(end)}.",
                    "nn": f"Kvardagar {_spoken(start)}–{_spoken(end)}.",
                },
                "promise_working_days": promise,
                "next_steps": {
                    "nb": "Et menneske leser det du har sendt, først med dine egne ord. Så får du én fast person å snakke med.",
                    "nn": "Eit menneske les det du har sendt, først med dine eigne ord. Så får du éin fast person å snakke med.",
                },
            },
            **self._facts(),
        }
        answers = Answers(language, municipality, self.ask("backups", _days_or_nothing, default=""))
        guard = self.ask("guard", _number_or_nothing, default="")
        if guard:
            answers.services["barnevernvakt"] = self._local("barnevernvakt", guard, "")
        for service_id in _ASKED:
            self._service(answers, self.national[service_id])
        return answers

    def _facts(self) -> dict[str, Any]:
        return {"verified": False, "checked_on": self.today, "source": f"answered for {self.name}"}

    def _local(self, service_id: str, number: str, hours: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": service_id}
        if number:
            entry["phones"] = [{"number": number}]
        if hours:
            entry["schedules"] = {"nb": hours, "nn": hours}
        return {**entry, **self._facts()}

    def _service(self, answers: Answers, service: NationalService) -> None:
        name = service.name[answers.language]
        have = self.ask("have", _have, default="j", name=name)
        if have == "n" and service.id in _INSTEAD:
            answers.services[service.id] = self._missing(answers, service)
            return
        if have == "n":
            return
        neighbour = self.ask("neighbour") if have == "nabo" else ""
        entry = self._local(
            service.id,
            self.ask("service_number", _number_or_nothing, default="", name=name),
            self.ask("service_hours", default=""),
        )
        if neighbour:
            entry["nearness"] = "neighbour"
            entry["responsible_unit"] = {"nb": neighbour, "nn": neighbour}
        if len(entry) > len(self._facts()) + 1:
            answers.services[service.id] = entry

    def _missing(self, answers: Answers, service: NationalService) -> dict[str, Any]:
        away = {i for i, entry in answers.services.items() if entry.get("status") == "inactive"}
        others = [i for i in _INSTEAD[service.id] if i in self.national and i not in away] or ["fastlege"]
        names = {
            language: " eller ".join(self.national[i].short_name[language] for i in others)
            for language in ("nb", "nn")
        }
        return {
            "id": service.id,
            "status": "inactive",
            "instead": {
                "services": others,
                "note": {
                    "nb": f"Kommunen har ikke {service.short_name['nb']}. Du kan gå til {names['nb']}.",
                    "nn": f"Kommunen har ikkje {service.short_name['nn']}. Du kan gå til {names['nn']}.",
                },
            },
            **self._facts(),
        }


def _number(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ]{1,14}", text):
        raise ValueError("not_a_number")
    return text


def _number_or_nothing(text: str) -> str:
    return _number(text) if text else ""


def _time(text: str) -> str:
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError("not_a_time")
    return f"{int(found[1]):02d}:{found[2] or '00'}"


def _spoken(clock: str) -> str:
    hour, minute = clock.split(":")
    return str(int(hour)) if minute == "00" else f"{int(hour)}.{minute}"


def _days(text: str) -> str:
    if not text.isdigit() or int(text) > 30:
        raise ValueError("not_a_number")
    return text


def _days_or_nothing(text: str) -> int | None:
    if text and not (text.isdigit() and 1 <= int(text) <= 3650):
        raise ValueError("not_days")
    return int(text) if text else None


def _have(text: str) -> str:
    answer = {"j": "j", "ja": "j", "n": "n", "nei": "n", "nabo": "nabo"}.get(text.lower())
    if answer is None:
        raise ValueError("answer_jn")
    return answer


def _refer_only_to_what_is_here(answers: Answers) -> None:
    """A service that was said to be missing later cannot stand instead of an earlier one."""
    away = {i for i, entry in answers.services.items() if entry.get("status") == "inactive"}
    for entry in answers.services.values():
        if "instead" in entry:
            left = [i for i in entry["instead"]["services"] if i not in away]
            entry["instead"]["services"] = left or ["fastlege"]


def write(folder: Path, answers: Answers) -> int:
    """Write the files; returns how many."""
    _refer_only_to_what_is_here(answers)
    (folder / "services").mkdir(parents=True)
    head = "# Made with «make municipality». Check every fact with the service itself, then set verified and checked_on.\n"
    _dump(folder / "municipality.yml", head, answers.municipality)
    # Nothing of it is decided by having been written: until then the proposals of services_catalog/retention.yml hold.
    undecided = {"decision": None, "settings": {"backup_days": answers.backup_days}}
    _dump(folder / "retention.yml", _RETENTION, undecided)
    for service_id, entry in answers.services.items():
        _dump(folder / f"services/{service_id}.yml", "", entry)
    return 2 + len(answers.services)


def _dump(path: Path, head: str, data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(head + text, encoding="utf-8")


@click.command()
@click.argument("name")
@click.option("--directory", type=click.Path(path_type=Path), default=ROOT / "services_catalog")
def main(name: str, directory: Path) -> None:
    """Ask about the municipality NAME (a folder name: small letters a–z) and write its files."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise click.ClickException("The name is that of a folder: small letters a–z, such as NAME=lillevik")
    folder = directory / "municipalities" / name
    if folder.exists():
        raise click.ClickException(f"{folder} is there already. Correct its files, or choose another name.")
    answers = Interview(name, _national(directory), datetime.now(OSLO).date()).run()
    count = write(folder, answers)
    click.echo(_QUESTIONS[answers.language]["written"].format(count=count, folder=folder, name=name))
    try:
        load(directory, name)
    except CatalogError as error:
        sys.exit("\n".join(error.problems))


def _national(directory: Path) -> dict[str, NationalService]:
    """The services as the nation has them, by id."""
    found = {}
    for path in sorted(directory.glob("national/*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[data["id"]] = NationalService(data["id"], data["name"], data["short_name"])
    return found


if __name__ == "__main__":
    main()
