"""What the person who has opened a case may see of it. Pure functions on a CaseView."""

from __future__ import annotations

from dataclasses import replace

from web.cases.types import CaseView

_YOUNG = ("child", "youth")


def for_person(view: CaseView) -> CaseView:
    """The case without what others have told in it, for who holds the code.

    When an adult wrote, a child's or young person's own words are theirs: neither the words, nor what was understood
    from them (needs, danger), nor that they came, is in this view.
    """
    if view.facts.writer in _YOUNG:
        return view
    hidden = {
        one.position: one.created_at
        for one in view.statements
        if one.author in _YOUNG and not one.shared_at_home  # the child itself has said that they may
    }
    spoken = {one.created_at for one in view.recordings if one.author in _YOUNG and not one.shared_at_home}
    if spoken:
        heard = {one.created_at for one in view.recordings} - spoken
        view = replace(
            view,
            recordings=tuple(
                one for one in view.recordings if one.author not in _YOUNG or one.shared_at_home
            ),
            log=tuple(
                line
                for line in view.log
                if line.action != "recording_added" or line.at not in spoken or line.at in heard
            ),
        )
    if not hidden:
        return view
    shown_at = {one.created_at for one in view.statements if one.position not in hidden}
    # A statement and what was understood from it are written at the same moment. What was understood from several at
    # once cannot be told apart: it is then left out whole.
    mixed = set(hidden.values())
    understandings = tuple(
        one
        for one in view.understandings
        if one.source != "assistant"
        or (
            one.created_at not in mixed
            and not any(span.statement in hidden for need in one.needs for span in need.evidence)
        )
    )
    kinds = tuple(dict.fromkeys(kind for one in understandings for kind in one.acute_kinds))
    kinds = tuple(kind for kind in view.acute_kinds if kind in kinds)
    return replace(
        view,
        statements=tuple(one for one in view.statements if one.position not in hidden),
        understandings=understandings,
        acute_kinds=kinds,
        urgency="acute" if kinds or view.facts.safe_now == "no" or view.facts.hurt == "yes" else "normal",
        log=tuple(
            line
            for line in view.log
            if line.action != "statement_added" or line.at not in mixed or line.at in shown_at
        ),
    )
