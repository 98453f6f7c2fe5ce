"""What a service sees of a case, said to the person before the yes and after: the same list as the service's own page has."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from web.cases.sharing_types import CONSENT_PARTS, Part, Seen, seen_with
from web.citizen.pages import blueprint

SEEN_BY_THEM: dict[Seen, LazyString] = {
    "words": _("what you have written (shared)"),
    "hope": _("what you hope for (shared)"),
    "safe_now": _("whether it is safe now (shared)"),
    "who": _("who writes and whom it is about (shared)"),
    "age": _("the age (shared)"),
    "home": _("what you answered about the grown-ups at home (shared)"),
    "recordings": _("your recordings (shared)"),
    "needs": _("what it is about (shared)"),
    "contact": _("how you can be reached (shared)"),
    "acute": _("whether it is urgent (shared)"),
    "plan": _("what they are to do themselves in the plan (shared)"),
}


@blueprint.app_template_global()
def what_they_see(parts: Iterable[Part] = CONSENT_PARTS, *, young: bool) -> str:
    """In a row: what a service sees that is given these parts; with a yes here, when none are named."""
    return ", ".join(str(SEEN_BY_THEM[one]) for one in seen_with(parts, young=young))
