"""Searching the catalog in everyday words: both written languages, synonyms, parts of compounds, slips of the keyboard.

``read_synonyms`` reads ``synonyms.yml``, ``Index`` is built once for a catalog, ``Index.search`` answers one query.
Nothing here keeps or logs what was searched for.

How it works: every name, synonym and plain need is a phrase that leads to a service or a need. A phrase counts by how much
of it was searched for, so that «mamma drikker» is more than a «mamma». Needs lead on to the services that meet them, in the
order of the rules of matching. Descriptions count a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from math import sqrt
from pathlib import Path
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from web.catalog.documents import read, schema_problems
from web.catalog.model import LANGUAGES, Catalog, CatalogError, Need, Service, Text

LONGEST_QUERY: Final = 200
"""Characters of a query that are read; and this many of its words count:"""
MOST_WORDS: Final = 12

_WORD: Final = re.compile(r"[^\W_]+")
_FOLDED: Final = str.maketrans("éèêóòôàáüäö", "eeeoooaauæø")
_ENDINGS: Final = tuple(
    sorted(
        _WORD.findall("ane ene ande ende inga ingane ingen ingene ar er a e et en ast est are ere s"),
        key=len,
        reverse=True,
    )
)
_SHORTEST_STEM: Final = 3

# Words that say nothing about what is looked for.
_SMALL: Final = frozenset(
    _WORD.findall(
        """
    jeg eg du han hun ho vi dere de dei dem det den dette denne disse meg deg seg oss dykk min mi mitt mine din di ditt dine
    sin si sitt sine vår vårt våre og eller men som at om for til fra frå av på i ved med hos mot etter under over er var vært
    vore blir bli ble vart har hadde ha skal skulle en ei et ein eit å så da då nå no her der hva kva hvem kven hvor kvar kor
    hvordan korleis når også òg bare berre litt veldig sånn slik jo vel liksom finnes fins finst trenger treng hjelp hjelpe
    """
    )
)
# Words that mean something only together with others: «vil ikke leve».
_LIGHT: Final = frozenset(
    _WORD.findall(
        """
    ikke ikkje kan få får fikk gå går gjøre gjere gjør gjer ta tar tek vil mer meir mye mykje hele heile tida tiden noe noko
    noen nokon være vere mange ingen ingenting alt alle sted stad dag dagen natt natta barn barna barnet hjem hjemme heime
    seie snakke snakker snakkar prate ringe ringje kommer kjem
    """
    )
)
_LIGHT_WEIGHT: Final = 0.3

# How sure it is that a word of the query means a word of the catalog.
_INFLECTED: Final = 0.95
_END_OF_COMPOUND: Final = 0.8
_START_OF_COMPOUND: Final = 0.7
_INSIDE_COMPOUND: Final = 0.45
_PART_OF_QUERY: Final = 0.6
_BESIDE_THE_WORD: Final = 0.7
"""Compounds count less where the word itself is in the catalog."""
_SLIPS: Final = {1: 0.8, 2: 0.62}
_SHORTEST_PART: Final = 4
_ONLY_ENDINGS: Final = frozenset({"ring", "ning", "ling", "else", "skap", "sjon", "heit"})
"""What ends many words without being a part of a compound."""

# What a phrase is worth by where it stands.
_NAME: Final = 10.0
_SYNONYM: Final = 9.0
_TOLD: Final = 1.5
_ABOUT: Final = 6.0
_COVERS_LITTLE: Final = 1.6
"""The power that makes half a phrase worth less than half of a whole one."""
_FROM_PRIMARY: Final = 0.55
_FROM_SECONDARY: Final = 0.25
_LEADING: Final = (0.5, 0.35, 0.25, 0.15)
_FOR_GROWN_UPS: Final = 0.3
_GROWN_UP: Final = 18
_NOT_FIRST: Final = 0.75
_FOR_REPLACEMENT: Final = 0.8

# What is worth showing, and how far below the best one.
_LEAST: Final = 1.2
_LEAST_TALK: Final = 2.5
_LEAST_BESIDE_TALK: Final = 5.0
_LEAST_SHARE: Final = 0.22
_LEAST_NEED: Final = 2.5
_LEAST_NEED_SHARE: Final = 0.5
_TOLD_BY_MANY: Final = 0.15
_MOST: Final = 20
_MOST_NEEDS: Final = 3

_Kind = Literal["service", "need", "talk", "helpline", "missing"]
_Target = tuple[_Kind, str]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Everyday phrases, by the need or service they lead to. ``talk``: of somebody who wants to talk with a person."""

    talk: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    services: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first. Empty where nothing was."""

    services: tuple[Service, ...] = ()
    needs: tuple[Need, ...] = ()
    helplines: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Ids of services that were meant but that this municipality does not have."""
    talk: bool = False
    """Whether the words ask for somebody to talk with."""

    def __bool__(self) -> bool:
        return bool(self.services or self.helplines or self.missing or self.talk)


def read_synonyms(directory: Path | str) -> Synonyms:
    """Read and check ``synonyms.yml``; :class:`CatalogError` with file, line and field when something is wrong."""
    document = read(Path(directory) / "synonyms.yml", "synonyms.yml")
    if problems := schema_problems(document, "synonyms.schema.json"):
        raise CatalogError(problems)
    data = document.data

    def phrases(words: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(words.values())))

    return Synonyms(
        phrases(data["talk"]),
        {need: phrases(words) for need, words in data["needs"].items()},
        {service: phrases(words) for service, words in data["services"].items()},
    )


# --- Words --------------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().translate(_FOLDED))


def _stem(word: str) -> str:
    """The word without its ending: barnevernet, barnevern; tannlegen, tannlege; regninger, regning."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _telling(text: str) -> list[str]:
    """The words of a text that say what it is about."""
    return [word for word in _words(text) if word not in _SMALL]


def _weight(word: str) -> float:
    return _LIGHT_WEIGHT if word in _LIGHT else 1.0


# --- The index ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One phrase that leads somewhere. ``loose``: each of its words counts alone, as in a description."""

    target: _Target
    worth: float
    loose: bool


@dataclass(slots=True)
class _Hits:
    """What of one phrase was searched for: how much of it, by its words, and how sure each word of the query is."""

    covered: dict[str, float] = field(default_factory=dict)
    asked: dict[int, float] = field(default_factory=dict)


class Index:
    """All words of one catalog. Built once; searching changes nothing, so threads may share it."""

    def __init__(self, catalog: Catalog, synonyms: Synonyms) -> None:
        self._catalog = catalog
        self._phrases: list[_Phrase] = []
        self._postings: dict[str, list[tuple[int, float]]] = {}
        """By stem: the phrases it stands in, and which share of each it is."""
        self._forms: dict[str, str] = {}
        """Every form of a word that stands in the catalog, and its stem."""
        for target, worth, text, loose in chain(_service_texts(catalog), _other_texts(catalog)):
            self._add(target, worth, text, loose)
        for target, phrases in _synonym_targets(catalog, synonyms):
            for phrase in phrases:
                self._add(target, _SYNONYM, phrase, False)
        self._forget_what_all_say(len(catalog.services))
        self._all_forms = sorted(set(self._forms) | set(self._postings))
        self._stem_of = {form: self._forms.get(form, form) for form in self._all_forms}
        self._ways = {need: _ways(catalog, need) for need in catalog.needs}

    def _add(self, target: _Target, worth: float, text: str, loose: bool) -> None:
        words = _telling(text)
        if not words:
            return
        self._forms.update((word, _stem(word)) for word in words)
        weights = {_stem(word): _weight(word) for word in words}
        total = sum(weights.values())
        number = len(self._phrases)
        self._phrases.append(_Phrase(target, worth, loose))
        for stem, weight in weights.items():
            share = weight if loose else weight / total
            self._postings.setdefault(stem, []).append((number, share))

    def _forget_what_all_say(self, services: int) -> None:
        """A word that stands in many descriptions, such as «ring», finds nothing through them."""
        for stem, places in self._postings.items():
            told = [number for number, _ in places if self._phrases[number].loose]
            if len(told) > _TOLD_BY_MANY * services:
                self._postings[stem] = [one for one in places if not self._phrases[one[0]].loose]

    def search(self, query: str) -> Found:
        """The services, needs and helplines that the words are about, best first."""
        words = _telling(query[:LONGEST_QUERY])[:MOST_WORDS]
        worth = self._worth(words)
        if not worth:
            return Found()
        needs = {i: points for (kind, i), points in worth.items() if kind == "need"}
        likely = _best(needs, _LEAST_NEED, _LEAST_NEED_SHARE)[:_MOST_NEEDS]
        services = {i: points for (kind, i), points in worth.items() if kind == "service"}
        for need in likely:
            for service_id, share in self._ways[need].items():
                services[service_id] = services.get(service_id, 0.0) + share * needs[need]
        missing = {i: points for (kind, i), points in worth.items() if kind == "missing"}
        for service_id, points in missing.items():
            for other in self._catalog.replacements[service_id].services:
                services[other] = max(services.get(other, 0.0), _FOR_REPLACEMENT * points)
        shown = {i: p for i, p in services.items() if self._catalog.services[i].for_citizens}
        lines = {i: points for (kind, i), points in worth.items() if kind == "helpline"}
        talk = worth.get(("talk", ""), 0.0) >= _LEAST_TALK
        least = _LEAST_BESIDE_TALK if talk and not likely else _LEAST
        return Found(
            services=tuple(self._catalog.services[i] for i in _best(shown, least, _LEAST_SHARE)[:_MOST]),
            needs=tuple(self._catalog.needs[i] for i in likely),
            helplines=tuple(_best(lines, _ABOUT / 2, 0.8)[:3]),
            missing=tuple(_best(missing, _NAME / 2, 0.6)),
            talk=talk,
        )

    def for_need(self, need: str) -> tuple[Service, ...]:
        """All services that meet a need, those first that the rules of matching name first."""
        ways = self._ways.get(need, {})
        return tuple(self._catalog.services[i] for i in sorted(ways, key=lambda i: (-ways[i], i)))

    def _worth(self, words: list[str]) -> dict[_Target, float]:
        """What each target is worth: every word of the query counts by the best phrase that it stands in."""
        hits: dict[int, _Hits] = {}
        for place, word in enumerate(words):
            for stem, sure in self._meant(word).items():
                for number, share in self._postings[stem]:
                    hit = hits.setdefault(number, _Hits())
                    hit.covered[stem] = max(hit.covered.get(stem, 0.0), share * sqrt(sure))
                    hit.asked[place] = max(hit.asked.get(place, 0.0), sure * _weight(word))
        best: dict[_Target, dict[int, float]] = {}
        for number, hit in hits.items():
            phrase = self._phrases[number]
            whole = 1.0 if phrase.loose else min(1.0, sum(hit.covered.values()))
            value = phrase.worth * whole**_COVERS_LITTLE
            places = best.setdefault(phrase.target, {})
            for place, sure in hit.asked.items():
                places[place] = max(places.get(place, 0.0), value * sure)
        return {target: sum(places.values()) for target, places in best.items()}

    def _meant(self, word: str) -> dict[str, float]:
        """The stems that a word of the query may mean, and how sure that is."""
        stem = _stem(word)
        meant: dict[str, float] = {}
        if word in self._forms:
            meant[self._forms[word]] = 1.0
        if stem in self._postings:
            meant.setdefault(stem, _INFLECTED)
        known = _BESIDE_THE_WORD if meant else 1.0
        for other, sure in self._compounds(word, stem):
            meant[other] = max(meant.get(other, 0.0), sure * known)
        if not any(sure >= _START_OF_COMPOUND for sure in meant.values()):
            for other, sure in self._misspelt(word):
                meant[other] = max(meant.get(other, 0.0), sure)
        return meant

    def _compounds(self, word: str, stem: str) -> Iterator[tuple[str, float]]:
        """Compounds that the word is a part of, and parts that it is made of."""
        if word in _LIGHT or word in _SMALL:
            return
        part = len(stem) >= _SHORTEST_PART and stem not in _ONLY_ENDINGS
        for other in self._postings:
            if len(other) > len(stem):
                if not part or len(other) < len(stem) + _SHORTEST_STEM or stem not in other:
                    continue
                if other.endswith(stem):
                    yield other, _END_OF_COMPOUND
                elif other.startswith(stem):
                    yield other, _START_OF_COMPOUND
                else:
                    yield other, _INSIDE_COMPOUND
            elif (
                len(other) >= _SHORTEST_PART
                and len(stem) >= len(other) + _SHORTEST_STEM
                and (stem.endswith(other) or stem.startswith(other))
            ):
                yield other, _PART_OF_QUERY

    def _misspelt(self, word: str) -> Iterator[tuple[str, float]]:
        """Words one slip away, or two when the word is long."""
        if len(word) < 4 or word.isdigit():
            return
        most = 2 if len(word) >= 7 else 1
        near = process.extract(word, self._all_forms, scorer=OSA.distance, score_cutoff=most, limit=8)
        if not near:
            return
        closest = near[0][1]
        for form, slips, _ in near:
            # «0 slips»: the same letters, where only the ending had been taken for another word's.
            if slips == closest and len(form) >= 3:
                yield self._stem_of[form], _SLIPS.get(slips, 1.0)


def _best(points: Mapping[str, float], least: float, share: float) -> list[str]:
    """The ids with enough points, and not too far below the best."""
    limit = max(least, share * max(points.values(), default=0.0))
    return [i for i in sorted(points, key=lambda i: (-points[i], i)) if points[i] >= limit]


def _each(text: Text) -> Iterator[str]:
    return (text[language] for language in LANGUAGES)


def _service_texts(catalog: Catalog) -> Iterator[tuple[_Target, float, str, bool]]:
    for service in catalog.citizen_services():
        target: _Target = ("service", service.id)
        for text in chain(_each(service.name), _each(service.short_name)):
            # What stands in brackets is a name of its own: «… for barn og unge (BUP)».
            for part in re.split(r"[()]", text):
                if part.strip():
                    yield target, _NAME, part, False
        for names in service.alternate_names.values():
            for name in names:
                yield target, _NAME, name, False
        for text in _each(service.description):
            yield target, _TOLD, text, True


def _other_texts(catalog: Catalog) -> Iterator[tuple[_Target, float, str, bool]]:
    for need in catalog.needs.values():
        for text in chain(_each(need.name), _each(need.plain)):
            for part in re.split(r",| og | eller ", text):
                if part.strip():
                    yield ("need", need.id), _ABOUT, part, False
    for line in catalog.helplines.values():
        for text in _each(line.name):
            yield ("helpline", line.id), _ABOUT, text, True
        if line.number:
            yield ("helpline", line.id), _NAME, line.number, False
            yield ("helpline", line.id), _NAME, line.number.replace(" ", ""), False
    for service_id, replacement in catalog.replacements.items():
        for text in _each(replacement.name):
            yield ("missing", service_id), _NAME, text, False


def _synonym_targets(catalog: Catalog, synonyms: Synonyms) -> Iterator[tuple[_Target, tuple[str, ...]]]:
    yield ("talk", ""), synonyms.talk
    for need, phrases in synonyms.needs.items():
        if need in catalog.needs:
            yield ("need", need), phrases
    for service_id, phrases in synonyms.services.items():
        service = catalog.services.get(service_id)
        if service is not None and service.for_citizens:
            yield ("service", service_id), phrases
        elif service_id in catalog.replacements:
            yield ("missing", service_id), phrases


def _ways(catalog: Catalog, need: str) -> dict[str, float]:
    """How much of a need's points each service gets: who meets it first, who leads by the rules, who never comes first."""
    rules = catalog.rules
    # Who asks is not known: a door that leads for all ages is worth more than one that leads for some, and most are young.
    leads = rules.leads.get(need, ())
    weights = [_FOR_GROWN_UPS if (lead.condition.minimum_age or 0) >= _GROWN_UP else 1.0 for lead in leads]
    leading: dict[str, float] = {}
    for lead, weight in zip(leads, weights, strict=True):
        for service_id, extra in zip(catalog.standing(lead.services), _LEADING, strict=False):
            leading[service_id] = leading.get(service_id, 0.0) + extra * weight / sum(weights)
    ways: dict[str, float] = {}
    for service in catalog.by_need[need]:
        share = _FROM_PRIMARY if need in service.primary else _FROM_SECONDARY
        if service.id in rules.never_first or not service.access.direct:
            share *= _NOT_FIRST
        ways[service.id] = share * rules.level[service.level] + leading.get(service.id, 0.0)
    return ways
