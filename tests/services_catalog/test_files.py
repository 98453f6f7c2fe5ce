"""Every file of the catalog: its schema, both languages, and that nobody is left without a door."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from web.cases.types import GRAVE_NEEDS
from web.catalog import LANGUAGES, Catalog, Service, load
from web.matching import Query, match

FOLDER = Path(__file__).resolve().parents[2] / "services_catalog"
NATIONAL = sorted((FOLDER / "national").glob("*.yml"))
LOCAL = sorted((FOLDER / "municipalities").glob("*/services/*.yml"))
MUNICIPALITIES = sorted(path.parent.name for path in (FOLDER / "municipalities").glob("*/municipality.yml"))

# Needs that a 14-year-old does not have on their own behalf: a parent's, a small child's.
NOT_OF_A_YOUTH = {"childcare_place", "parenting", "child_development", "carer_strain"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(FOLDER, "fjordvik")


def read(path: Path) -> Any:
    """The file as plain YAML, with dates as text."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def validate(data: Any, schema: str) -> None:
    content = json.loads((FOLDER / "schema" / schema).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(content).validate(data)


def texts(data: Any, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """All texts in two languages in a piece of data, with where they stand."""
    if isinstance(data, dict):
        if set(data) == set(LANGUAGES) and all(isinstance(value, str) for value in data.values()):
            yield place, data
        else:
            for key, value in data.items():
                yield from texts(value, f"{place}.{key}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from texts(value, f"{place}[{index}]")


@pytest.mark.parametrize("schema", sorted((FOLDER / "schema").glob("*.json")), ids=lambda p: p.stem)
def test_schema_is_a_schema(schema: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", NATIONAL, ids=lambda p: p.stem)
def test_national_service_follows_the_schema(path: Path) -> None:
    data = read(path)
    validate(data, "service.schema.json")
    assert data["id"] == path.stem


def test_other_files_follow_their_schemas() -> None:
    for name in ("needs", "helplines", "matching"):
        validate(read(FOLDER / f"{name}.yml"), f"{name}.schema.json")
    for name in MUNICIPALITIES:
        validate(read(FOLDER / "municipalities" / name / "municipality.yml"), "municipality.schema.json")


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_every_municipality_loads(name: str) -> None:
    catalog = load(FOLDER, name)
    assert catalog.contact_point.name["nb"]
    assert catalog.municipality.written_language in LANGUAGES


def test_there_are_many_kinds_of_service_at_all_levels(catalog: Catalog) -> None:
    services = list(catalog.services.values())
    assert len([s for s in services if s.for_citizens]) >= 42
    assert {s.level for s in services} == {"municipality", "county", "state", "health_trust", "voluntary"}
    sectors = json.loads((FOLDER / "schema/service.schema.json").read_text(encoding="utf-8"))["properties"][
        "sector"
    ]
    assert {s.sector for s in services} == set(sectors["enum"])


def test_ids_of_the_well_known_services(catalog: Catalog) -> None:
    known = (
        "barnevern barnevernvakt bufetat familievern krisesenter barnehus overgrepsmottak smiso barneombud "
        "helsestasjon hfu skolehelse fastlege legevakt kompsyk rph rus utekontakt bup habu tann fysio ergo "
        "barnekoord barnekoordinator koord ke ip avlast stottek omsst bpa ledsager logoped barnehage skole sfo ppt "
        "pptfk ot karriere voksen statped mobbeombud elevombud statsforv sosialhjelp ungdomsteam radgiv midlbo kvp "
        "aap bostotte pleie opplpenger hjelpestonad politi politirad slt konfliktrad flyktning imdi fritid "
        "kulturskole frivillig"
    )
    for service_id in known.split():
        assert catalog.service(service_id) is not None, service_id


@pytest.mark.parametrize("path", [*NATIONAL, *LOCAL], ids=lambda p: p.stem)
def test_both_languages_are_there_and_written_apart(path: Path) -> None:
    data = read(path)
    for place, text in texts(data):
        assert all(text[language].strip() for language in LANGUAGES), place
    if "description" in data:
        assert data["description"]["nb"] != data["description"]["nn"]


BOKMAL = re.compile(
    r"\b(ikke|jeg|hva|hvem|hvor|hvordan|noe|noen|skolen|hjemme|bare|mye|uke|uka|veiledning|tjenesten|selv|fra|"
    r"hvis|dere|flere|tilbake|gjøre|være|henvisning|taushetsplikt|helsesykepleier|helsesykepleieren|skole)\b",
    re.IGNORECASE,
)
NYNORSK = re.compile(
    r"\b(ikkje|eg|kva|kven|kvar|korleis|noko|nokon|skulen|heime|berre|mykje|veke|veka|rettleiing|tenesta|sjølv|"
    r"frå|dykk|fleire|gjere|vere|tilvising|teieplikt|helsesjukepleiar|helsesjukepleiaren|skule)\b",
    re.IGNORECASE,
)


def all_texts() -> Iterator[tuple[str, dict[str, str]]]:
    files = [*NATIONAL, *LOCAL, FOLDER / "helplines.yml", FOLDER / "needs.yml"]
    files += (FOLDER / "municipalities").glob("*/municipality.yml")
    for path in files:
        for place, text in texts(read(path)):
            yield f"{path.name}{place}", text


def test_no_language_has_words_of_the_other() -> None:
    wrong = []
    for place, text in all_texts():
        wrong += [f"{place}: {hit.group()} in nn" for hit in BOKMAL.finditer(text["nn"])]
        wrong += [f"{place}: {hit.group()} in nb" for hit in NYNORSK.finditer(text["nb"])]
    assert wrong == []


def test_few_long_texts_happen_to_be_the_same() -> None:
    long = [text for _, text in all_texts() if len(text["nb"]) > 45]
    assert sum(text["nb"] == text["nn"] for text in long) <= len(long) // 20


def test_texts_speak_as_the_house_does() -> None:
    for place, text in all_texts():
        for language in LANGUAGES:
            assert "!" not in text[language], place
            assert not re.search(r"\b(vi|oss|vår|våre)\b", text[language], re.IGNORECASE), place


def test_descriptions_are_two_or_three_plain_sentences() -> None:
    for path in NATIONAL:
        data = read(path)
        if data["audience"] == ["staff"]:
            continue
        for language in LANGUAGES:
            sentences = re.findall(r"[^.]+\.(?:\s|$)", data["description"][language])
            assert 1 <= len(sentences) <= 3, path.stem


# The young person's own parents, age, health or schoolwork: words that fit nobody who asks about a child.
_TO_THE_YOUNG = re.compile(
    r"\b(foreldr(?:ene|a) dine|familien din|din alder|helsa di|leksene dine|faga?(?:ene)? dine|når du fyller|"
    r"(?:fra|frå) du er \d+|(?:alene|åleine) med deg|passer på deg|passar på deg|(?:følger|følgjer) deg over tid)\b",
    re.IGNORECASE,
)


def test_what_a_grown_up_reads_about_a_child_does_not_speak_to_the_child() -> None:
    """Who asks about a child is shown for_parents, else the description."""
    found = 0
    for path in [*NATIONAL, *LOCAL]:
        data = read(path)
        if "description" not in data or not {"parent", "other"} & set(data["audience"]):
            assert "for_parents" not in data, f"{path.stem}: no grown-up who asks about a child is shown it"
            continue
        found += "for_parents" in data
        for language in LANGUAGES:
            shown = data.get("for_parents", data["description"])[language]
            assert not _TO_THE_YOUNG.search(shown), f"{path.stem}: {shown}"
            assert len(re.findall(r"[^.]+\.(?:\s|$)", shown)) <= 4, path.stem
    assert found > 50


def test_no_sentence_is_long() -> None:
    for path in [
        *NATIONAL,
        *(FOLDER / f"{name}.yml" for name in ("helplines", "organizations", "life_events")),
    ]:
        for place, text in texts(read(path)):
            for language in LANGUAGES:
                for sentence in re.split(r"(?<=[.:?])\s+", text[language]):
                    assert len(sentence.split()) <= 20, f"{path.stem}{place}: {sentence}"


def test_texts_speak_to_somebody() -> None:
    for path in NATIONAL:
        for place, text in texts(read(path)):
            for language in LANGUAGES:
                assert not re.search(r"\bman\b", text[language], re.IGNORECASE), f"{path.stem}{place}"


def may_use(service: Service, writer: str, age: int) -> bool:
    if writer not in service.audience:
        return False
    if service.age_applies_to == "young_person" or writer == "youth":
        low = max(
            service.minimum_age or 0, (service.self_contact_minimum_age or 0) if writer == "youth" else 0
        )
        return low <= age <= (200 if service.maximum_age is None else service.maximum_age)
    return True


def test_every_need_has_two_services_and_direct_ones(catalog: Catalog) -> None:
    for need in catalog.needs:
        services = catalog.by_need[need]
        assert len(services) >= 2, need
        assert any(s.access.direct for s in services if "parent" in s.audience), need
        if need not in NOT_OF_A_YOUTH:
            assert any(s.access.direct and may_use(s, "youth", 14) for s in services), need


def test_services_that_refer_exist(catalog: Catalog) -> None:
    for service in catalog.services.values():
        for referrer in service.access.referral_from:
            assert catalog.service(referrer) is not None, service.id
        # Who must be referred is told by whom, and what to do until then.
        if not service.access.direct and "referral" in service.access.ways:
            assert service.access.referral_from, service.id


def test_facts_say_whether_they_were_checked() -> None:
    for path in [*NATIONAL, *LOCAL]:
        data = read(path)
        assert dt.date.fromisoformat(data["checked_on"]) <= dt.date(2027, 12, 31)
        if data["verified"]:
            # Only what was read on a page is verified, and the page is named.
            assert re.search(r"\bS\d+\b", data["source"]), path.stem
        for legal in data.get("legal", ()):
            assert isinstance(legal["verified"], bool)


def test_no_service_names_the_workshop() -> None:
    for path in FOLDER.rglob("*.*"):
        content = path.read_text(encoding="utf-8")
        assert "/work" not in content, path.name
        assert "../shared" not in content, path.name


def test_local_numbers_of_a_fictional_municipality_reach_nobody() -> None:
    for name in MUNICIPALITIES:
        home = FOLDER / "municipalities" / name
        municipality = read(home / "municipality.yml")
        if not municipality["fictional"]:
            continue
        assert set(municipality["notice"]) == set(LANGUAGES)
        numbers = [municipality["contact_point"]["number"]]
        numbers += [line["number"] for line in municipality.get("helplines", ())]
        for path in (home / "services").glob("*.yml"):
            numbers += [phone["number"] for phone in read(path).get("phones", ())]
        assert all(re.fullmatch(r"00 00 00 \d\d", number) for number in numbers), name


def test_helplines_have_the_numbers_that_everybody_knows(catalog: Catalog) -> None:
    numbers = {line.tel for line in catalog.helplines.values()}
    assert {"110", "112", "113", "116117", "116111", "116123"} <= numbers
    assert {line.id for line in catalog.helplines.values() if line.emergency} == {"110", "112", "113"}
    for line in catalog.helplines.values():
        assert line.tel is None or line.tel == re.sub(r"\D", "", line.number or "")
        assert line.tel or line.chat or line.url
    assert catalog.helplines["vo_linjen"].minimum_age == 18


def test_every_kind_of_danger_has_numbers_and_services(catalog: Catalog) -> None:
    kinds = json.loads((FOLDER / "schema/helplines.schema.json").read_text(encoding="utf-8"))["$defs"][
        "acute"
    ]["enum"]
    assert set(catalog.rules.acute_leads) == set(kinds)
    for kind in kinds:
        assert any(kind in line.acute for line in catalog.helplines.values()), kind


def test_needs_are_the_known_ones(catalog: Catalog) -> None:
    assert len(catalog.needs) == 45
    assert len({need.plain["nb"] for need in catalog.needs.values()}) == 45
    for need in catalog.needs.values():
        for language in LANGUAGES:
            plain = need.plain[language]
            # It stands inside a sentence: no capital (but SFO, ADHD), no full stop, no «du» that presumes.
            assert plain[0].islower(), need.id
            assert not plain.endswith("."), need.id
            assert not re.search(r"\b(du|deg|din)\b", plain), need.id


# Concepts read in the vocabulary's own files (Informasjonsforvaltning/los, gh-pages, commit 696de76).
LOS = frozenset(
    re.findall(
        r"\S+",
        """
    ord/abort ord/akuttovernatting ord/anmeldelse ord/arbeidsavklaringspenger ord/arbeidsmarkedstiltak
    ord/barnebidrag ord/barnehage-innhold-og-kvalitet ord/barnehageplass ord/barnepensjon ord/barnetrygd
    ord/barnevern ord/bekymringsmelding-til-barnevernet ord/besokshjem ord/bevegelseshjelpemidler
    ord/bibliotektjenester ord/boligfinansiering ord/bostotte ord/elevrettigheter ord/ergoterapi
    ord/fag--og-yrkesopplaring ord/flyktninger-og-beskyttelse ord/fosterhjem ord/friskliv-og-mestring
    ord/fritidstilbud ord/fritidsutstyr ord/frivilligsentral ord/fysioterapi ord/grunnskole
    ord/grunnskole-for-voksne ord/helsestasjon ord/helsestasjon-for-ungdom ord/helsesykepleier
    ord/hjelp-ved-overgrep ord/hjelp-ved-rusavhengighet ord/hjemmesykepleie ord/hogskole-og-universitet
    ord/idrettslag ord/innsynsrett ord/introduksjonsprogram-for-innvandrere
    ord/klage-pa-helse--og-omsorgstjenester ord/kommunal-bolig ord/kommunikasjon-og-kognisjon
    ord/krisesenter ord/kvalifiseringsprogram ord/lag-og-foreninger ord/lanekort
    ord/langvarige-helsetjenester ord/larling ord/ledsagerbevis ord/legehjelp ord/legevakt
    ord/likestilling ord/livskriser ord/mekling ord/midlertidig-botilbud ord/mobbing-i-skolen
    ord/musikk-og-kulturskole ord/norskopplaring ord/okonomisk-radgiving ord/omsorgsavlastning
    ord/omsorgsstonad ord/oppholdstillatelse ord/pasient-og-brukerombud
    ord/pedagogisk-psykologisk-tjeneste ord/personlig-assistent ord/personvern ord/prevensjon
    ord/psykisk-helse ord/radgivning-og-kurs ord/rehabilitering ord/rettshjelp ord/samfunnsstraff
    ord/samlivsbrudd ord/sarskilt-sprakopplaring ord/skolefritidsordning ord/skolehelsetjeneste
    ord/skolemiljo ord/skoleskyss ord/smittevern ord/soke-skole ord/soning ord/sosialhjelp
    ord/spesialundervisning ord/spilleavhengighet ord/stipend ord/stonad-til-enslig-forsorger
    ord/stotte-til-familier ord/stottekontakt ord/svangerskapsomsorg ord/sykehus ord/tannhelsetjeneste
    ord/tilpasset-opplaring ord/tilrettelagt-fritid ord/tilrettelagt-transport
    ord/tilrettelagte-botilbud ord/tilsyn-og-godkjenning-av-barnehager ord/tolketjeneste
    ord/tvangsekteskap ord/utdannings--og-yrkesveiledning ord/vergemal ord/videregaende-opplaring
    ord/voldsoffererstatning ord/ytelser-til-foreldre-og-foresatte ord/ytelser-ved-sykdom-i-familien
    tema/akutt-hjelp tema/arbeidssoking tema/botilbud tema/familieytelser tema/folkehelse
    tema/hjelpemidler tema/innbyggerrettigheter tema/lovbrudd-og-straff
    tema/okonomiske-ytelser-og-radgivning tema/studiefinansiering tema/svangerskap tema/utlan-og-leie
    tema/videregaende-skole
        """,
    )
)


def test_concepts_of_los_are_in_the_vocabulary() -> None:
    for path in NATIONAL:
        for uri in read(path).get("los", ()):
            assert uri.removeprefix("https://psi.norge.no/los/") in LOS, f"{path.stem}: {uri}"


# Help that Los has no word for.
WITHOUT_LOS = {"fravaersteam", "rosa", "statped", "ungdomslos", "utekontakt"}


def test_services_for_citizens_have_concepts_of_los_unless_there_is_none() -> None:
    without = set()
    for path in NATIONAL:
        data = read(path)
        assert len(data.get("los", ())) <= 3, path.stem
        if data["audience"] != ["staff"] and not data.get("los"):
            without.add(path.stem)
    assert without == WITHOUT_LOS


def test_every_need_belongs_to_a_moment_in_life(catalog: Catalog) -> None:
    told = {need for event in catalog.life_events.values() for need in event.needs}
    assert set(catalog.needs) - told == set()


def test_ages_agree_with_the_audience() -> None:
    for path in NATIONAL:
        data = read(path)
        audience, alone = set(data["audience"]), data["self_contact_minimum_age"]
        if audience == {"staff"}:
            continue
        if alone is not None:
            assert alone >= (data["minimum_age"] or 0), path.stem
            assert audience & {"child", "youth"}, path.stem
        if "child" in audience:
            assert alone is not None, path.stem
            assert alone <= 12, path.stem
            assert (data["minimum_age"] or 0) <= 12, path.stem


def test_what_is_always_open_says_so_to_the_clock() -> None:
    for path in NATIONAL:
        data = read(path)
        if data.get("schedules", {}).get("nb", "").startswith("Hele døgnet"):
            assert data["hours"] == {"always": True}, path.stem


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
@pytest.mark.parametrize("age", [9, 14, 16])
def test_nobody_under_18_is_shown_help_for_adults(municipality: str, age: int) -> None:
    catalog = load(FOLDER, municipality)
    for need in catalog.needs:
        for writer in ("child", "youth", None):
            found = match(catalog, Query(needs=((need, 0.9),), writer=writer, about="self", age=age))
            for suggestion in found.services:
                service = suggestion.service
                assert service.for_citizens, (need, service.id)
                assert (service.minimum_age or 0) <= age, (need, service.id)
                assert service.self_contact_minimum_age is not None, (need, service.id)
                assert service.self_contact_minimum_age <= age, (need, service.id)


COORDINATION = ("koordinerende_enhet", "barnekoordinator", "koordinator", "individuell_plan")


def test_coordination_is_whole_and_comes_first() -> None:
    for service_id in COORDINATION:
        data = read(FOLDER / "national" / f"{service_id}.yml")
        assert data["sector"] == "coordination"
        assert "many_services" in data["needs"]["primary"]
        assert data["access"]["direct"]
        assert data["legal"]
        for field in ("responsible_unit", "life_events", "los", "how", "meanwhile", "secrecy"):
            assert data.get(field) or service_id == "koordinerende_enhet", f"{service_id}: {field}"
    catalog = load(FOLDER, "fjordvik")
    for age in (3, 14, 17, 20):
        found = match(catalog, Query(needs=(("many_services", 0.9),), writer="parent", age=age))
        assert found.services[0].service.id in COORDINATION, age


def test_the_assistant_and_the_cases_call_the_same_needs_grave() -> None:
    groups = read(FOLDER / "needs.yml")
    assert {need for group in groups.values() for need, entry in group.items() if entry.get("grave")} == set(
        GRAVE_NEEDS
    )
