"""Texts that the published data needs beside those of the catalog, in one language or in both."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import force_locale, gettext

from web.catalog import LANGUAGES, Catalog, Service, Text


def both(text: Callable[[str], str]) -> Text:
    """What a function of the language gives in each language; gettext inside it answers in that language."""
    made = {}
    for language in LANGUAGES:
        with force_locale(language):
            made[language] = text(language)
    return made


def about(catalog: Catalog) -> Text:
    """What the catalog holds; a made-up municipality says that it is one."""
    words = both(
        lambda _: gettext(
            "All help for people from 0 to 24 years and their families: from the municipality, the county, the state, "
            "the health trust and voluntary organisations."
        )
    )
    notice = catalog.municipality.notice if catalog.municipality.fictional else None
    return {language: f"{text} {notice[language]}" if notice else text for language, text in words.items()}


def title(catalog: Catalog) -> Text:
    """What the catalog is called."""
    return both(
        lambda language: gettext(
            "Help for children, young people and families in %(municipality)s",
            municipality=catalog.municipality.name[language],
        )
    )


def ages(service: Service) -> str:
    """For whom it is, by age, in the language that is set."""
    low, high = service.minimum_age or 0, service.maximum_age
    if low and high is not None:
        return str(gettext("From %(low)s to %(high)s years.", low=low, high=high))
    if low:
        return str(gettext("From %(low)s years.", low=low))
    if high is not None:
        return str(gettext("Up to and including %(high)s years.", high=high))
    return str(gettext("All ages."))


def limited(service: Service) -> bool:
    """Whether there is any age limit."""
    return bool(service.minimum_age) or service.maximum_age is not None
