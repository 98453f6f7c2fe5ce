"""The citizen's blueprint, whole: pages that are always there, and the modules that add the others.

One page each, rendered on the server. The way through is tell, mirror, who can help, send, receipt; what comes after
sending is in web.citizen.case_pages, what a child tells in web.citizen.child_pages.
"""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.citizen import (  # noqa: F401 - these add what they have to the blueprint
    call_pages,
    case_pages,
    child_adult,
    child_done,
    child_pages,
    drafts,
    leaving,
    send_pages,
    telling,
    what_they_see,
)
from web.citizen.pages import blueprint, lines_for, load_draft, render
from web.security.access import access

TAKES_RECORDINGS = ("citizen.voice_post", "citizen.case_voice_post")
"""Where a form may be as large as a recording."""


@blueprint.get("/akutt")
@access("public", index=True)
def urgent() -> ResponseReturnValue:
    """Whom to call now. Works without JavaScript and without the assistant."""
    return render("urgent", lines=lines_for(load_draft()))


@blueprint.get("/om")
@access("public", index=True)
def about() -> ResponseReturnValue:
    """What this is, who is behind it, how it works."""
    return render("about")


@blueprint.get("/personvern")
@access("public", index=True)
def privacy() -> ResponseReturnValue:
    """What is stored, who reads it, how long, and one's rights."""
    return render(
        "privacy",
        title=_("What is stored, and who reads it"),
        inquiry_days=current.catalog().retention.days("case_inquiry"),
    )


@blueprint.get("/trygt-nettvett")
@access("public", index=True)
def safe_use() -> ResponseReturnValue:
    """How to hide traces on phone and computer, and what is kept here."""
    return render("safe_use", most_hours=int(drafts.MAX_AGE.total_seconds() // 3600))
