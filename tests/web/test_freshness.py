"""How old facts are: each kind has its own limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from web.catalog.freshness import KINDS, facts

TODAY = date(2026, 11, 22)


def checked(catalog, day: date):
    """A catalog in which everything was checked on this day."""
    return replace(
        catalog,
        municipality=replace(catalog.municipality, checked_on=day),
        services={i: replace(s, checked_on=day, checked={}) for i, s in catalog.services.items()},
        helplines={i: replace(h, checked_on=day, checked={}) for i, h in catalog.helplines.items()},
        contact_point=replace(catalog.contact_point, checked={}),
    )


def stale_kinds(catalog) -> set[str]:
    return {fact.kind for fact in facts(catalog) if fact.stale(TODAY)}


def test_each_kind_has_its_limit(catalog):
    assert catalog.limits == {"numbers": 90, "hours": 180, "law": 365, "place": 365, "text": 365}
    assert stale_kinds(checked(catalog, TODAY - timedelta(days=90))) == set()
    assert stale_kinds(checked(catalog, TODAY - timedelta(days=91))) == {"numbers"}
    assert stale_kinds(checked(catalog, TODAY - timedelta(days=181))) == {"numbers", "hours"}
    assert stale_kinds(checked(catalog, TODAY - timedelta(days=366))) == set(KINDS)


def test_every_number_in_the_catalog_grows_old(catalog):
    numbers = {fact.target for fact in facts(catalog) if fact.kind == "numbers"}
    assert {f"helpline:{i}" for i in catalog.helplines} <= numbers
    assert {f"service:{s.id}" for s in catalog.services.values() if s.phones} <= numbers
    assert "contact_point" in numbers


def test_a_kind_checked_later_counts_for_itself(catalog):
    old = checked(catalog, TODAY - timedelta(days=400))
    hfu = replace(old.services["hfu"], checked={"numbers": TODAY})
    mended = replace(old, services={**old.services, "hfu": hfu})
    fresh = {fact.kind for fact in facts(mended) if fact.target == "service:hfu" and not fact.stale(TODAY)}
    assert fresh == {"numbers"}
