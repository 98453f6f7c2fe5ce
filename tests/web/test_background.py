"""What the portal does by itself: each work runs on an empty and on a used portal, and one that fails stops nothing."""

from __future__ import annotations

import logging

import pytest

from web import background


@pytest.mark.parametrize("work", background.WORKS, ids=lambda work: work.name)
def test_every_work_can_be_done_again_and_again(app, session, vault, clock, new_case, work):
    from web.cases import send_case

    assert background.once(app, work)
    send_case(session, vault, clock, new_case())
    assert background.once(app, work)
    assert background.once(app, work)


def test_what_fails_is_logged_without_its_words_and_tried_again(app, caplog):
    tries = []

    def fail(_app):
        tries.append(1)
        raise ValueError("pappa drikker")

    work = background.Work("a-work", 1, fail)
    with caplog.at_level(logging.ERROR):
        assert not background.once(app, work)
        assert not background.once(app, work)
    assert len(tries) == 2
    assert "a-work failed: ValueError" in caplog.text
    assert "pappa" not in caplog.text


def test_works_have_names_of_their_own_and_are_not_asked_for_all_the_time():
    assert len({work.name for work in background.WORKS}) == len(background.WORKS)
    assert all(work.seconds >= 60 for work in background.WORKS)
