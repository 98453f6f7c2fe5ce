"""Words of the front desk that belong to a value: confidence, groups of needs, what to do first."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

CONFIDENCE: dict[str, LazyString] = {
    "sure": _l("sure (confidence)"),
    "likely": _l("likely (confidence)"),
    "unsure": _l("unsure (confidence)"),
}
GROUPS: dict[str, LazyString] = {
    "school": _l("School and learning"),
    "mind": _l("Mind and thoughts"),
    "social": _l("Friends and belonging"),
    "family": _l("Family (group of needs)"),
    "safety": _l("Safety"),
    "health": _l("Body and health"),
    "living": _l("Money and living"),
    "coordination": _l("Finding the way between services"),
}
SAFE_NOW: dict[str, LazyString] = {
    "yes": _l("Yes, says that it is safe now"),
    "no": _l("No, says that it is not safe now"),
    "unknown": _l("Does not know"),
    "skipped": _l("Did not answer"),
}
ABOUT: dict[str, LazyString] = {
    "self": _l("The writer"),
    "my_child": _l("The writer's child"),
    "friend": _l("A friend of the writer"),
    "other": _l("Somebody else than the writer"),
    "skipped": _l("Did not answer"),
    "unknown": _l("Not told"),
}
MAY_KNOW: dict[str, LazyString] = {
    "nobody": _l("nobody else"),
    "parents": _l("the parents"),
    "school": _l("someone at school"),
    "friend": _l("a friend"),
    "child": _l("the child"),
    "other_parent": _l("the other parent"),
}
WRITTEN_IN: dict[str, LazyString] = {
    "nb": _l("written in Bokmål"),
    "nn": _l("written in Nynorsk"),
    "other": _l("written in another language"),
}

FIRST_STEPS: tuple[LazyString, ...] = (
    _l("Read everything the person has written, now."),
    _l("Is someone in danger this minute? Call 112 or 113 yourself. Do not wait for an answer."),
)
STEPS_BY_KIND: dict[str, tuple[LazyString, ...]] = {
    "suicide": (
        _l("Ask straight out about thoughts of suicide. Asking does not make the danger greater."),
        _l("Is there a plan or a means, or do you not reach the person? Call 113."),
    ),
    "violence": (
        _l("Do not call the home and do not warn the one who may be violent."),
        _l("Is it happening now? Police 112. A child: the child welfare service at once."),
    ),
    "abuse": (
        _l("Do not ask for details of the abuse. That is for the police and the Children's House."),
        _l("Did it happen in the last days? Offer the sexual assault centre: it takes care of traces."),
    ),
    "small_child": (
        _l(
            "A small child cannot wait. Call the child welfare service at once; 113 if hurt, ill or hard to wake."
        ),
    ),
    "poisoning": (_l("Call 113. Find out what was taken, how much and when, if the person can tell."),),
    "forced_journey": (
        _l(
            "Do not contact the family or anybody who knows it. Ask when the journey is, and call the police."
        ),
    ),
    "homeless": (
        _l("Find a bed for tonight: child welfare for those under 18, the social services for grown-ups."),
    ),
    "exploitation": (
        _l("Ask the person not to pay, not to send more and not to delete anything. Call the police."),
    ),
    "missing": (_l("Call police 112 now. Nobody has to wait before reporting a child missing."),),
}
LAST_STEPS: tuple[LazyString, ...] = (
    _l("Contact the person only in the way that is safe. It says how on this page."),
    _l("Do not stand alone in it: call your leader or a colleague."),
    _l("Name a contact person, and write to the person what happens now."),
    _l(
        "Do you believe that a child is mistreated or gravely neglected? You have a duty of your own to report."
    ),
)
