"""Words of the front desk that belong to a value: confidence, groups of needs, what to do first."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

CONFIDENCE: dict[str, LazyString] = {
    "sure": _("sure (confidence)"),
    "likely": _("likely (confidence)"),
    "unsure": _("unsure (confidence)"),
}
GROUPS: dict[str, LazyString] = {
    "school": _("School and learning"),
    "mind": _("Mind and thoughts"),
    "social": _("Friends and belonging"),
    "family": _("Family (group of needs)"),
    "safety": _("Safety"),
    "health": _("Body and health"),
    "living": _("Money and living"),
    "coordination": _("Finding the way between services"),
}
SAFE_NOW: dict[str, LazyString] = {
    "yes": _("Yes, says that it is safe now"),
    "no": _("No, says that it is not safe now"),
    "unknown": _("Does not know"),
    "skipped": _("Did not answer"),
}
ABOUT: dict[str, LazyString] = {
    "self": _("The writer"),
    "my_child": _("The writer's child"),
    "friend": _("A friend of the writer"),
    "other": _("Somebody else than the writer"),
    "skipped": _("Did not answer"),
    "unknown": _("Not told"),
}
CHILD_STANDS: dict[str, LazyString] = {
    "told": _("The child has told for itself"),
    "invited": _("The child is not asked yet, but has an invitation"),
    "not_asked": _("The child is not asked yet"),
}
CHILD_NOT_ASKED: dict[str, LazyString] = {
    "too_small": _("The child is too small."),
    "not_safe": _("It is not safe to ask yet."),
    "does_not_want": _("The child does not want to."),
}
MAY_KNOW: dict[str, LazyString] = {
    "nobody": _("nobody else"),
    "parents": _("the parents"),
    "school": _("someone at school"),
    "friend": _("a friend"),
    "child": _("the child"),
    "other_parent": _("the other parent"),
}
WRITTEN_IN: dict[str, LazyString] = {
    "nb": _("written in Bokmål"),
    "nn": _("written in Nynorsk"),
    "other": _("written in another language"),
}

FIRST_STEPS: tuple[LazyString, ...] = (
    _("Read everything the person has written, now."),
    _("Is someone in danger this minute? Call 112 or 113 yourself. Do not wait for an answer."),
)
STEPS_BY_KIND: dict[str, tuple[LazyString, ...]] = {
    "suicide": (
        _("Ask straight out about thoughts of suicide. Asking does not make the danger greater."),
        _("Is there a plan or a means, or do you not reach the person? Call 113."),
    ),
    "violence": (
        _("Do not call the home and do not warn the one who may be violent."),
        _("Is it happening now? Police 112. A child: the child welfare service at once."),
    ),
    "abuse": (
        _("Do not ask for details of the abuse. That is for the police and the Children's House."),
        _("Did it happen in the last days? Offer the sexual assault centre: it takes care of traces."),
    ),
    "small_child": (
        _(
            "A small child cannot wait. Call the child welfare service at once; 113 if hurt, ill or hard to wake."
        ),
    ),
    "poisoning": (_("Call 113. Find out what was taken, how much and when, if the person can tell."),),
    "forced_journey": (
        _("Do not contact the family or anybody who knows it. Ask when the journey is, and call the police."),
    ),
    "homeless": (
        _("Find a bed for tonight: child welfare for those under 18, the social services for grown-ups."),
    ),
    "exploitation": (
        _("Ask the person not to pay, not to send more and not to delete anything. Call the police."),
    ),
    "missing": (_("Call police 112 now. Nobody has to wait before reporting a child missing."),),
}
LAST_STEPS: tuple[LazyString, ...] = (
    _("Contact the person only in the way that is safe. It says how on this page."),
    _("Do not stand alone in it: call your leader or a colleague."),
    _("Name a contact person, and write to the person what happens now."),
    _(
        "Do you believe that a child is mistreated or gravely neglected? You have a duty of your own to report."
    ),
)
