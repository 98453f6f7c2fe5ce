"""Files that employees send: kept until the message goes, sealed, the person's to open, gone with the case."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func, select

from web import cases
from web.cases import attachments
from web.cases.attachments import AttachmentGone, TooManyAttachments
from web.cases.models import Attachment, AttachmentChunk
from web.cases.types import CaseChanged, CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase
from web.security.chunks import CHUNK

CONTENT = os.urandom(2 * CHUNK + 100)
COLLEAGUE = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berge", "fjordvik")
STRANGER = EmployeeRef("33333333-3333-3333-3333-333333333333", "Ida Li", "granlia")


@pytest.fixture
def case(session, vault, clock, new_case):
    return cases.send_case(session, vault, clock, new_case()).case_id


@pytest.fixture
def keep(session, vault, clock, case, employee):
    return lambda about="Innkalling", kind="pdf", content=CONTENT, by=employee: attachments.keep(
        session, vault, clock, case, by, kind, content, about
    )


def count(session, table=Attachment):
    return session.scalar(select(func.count()).select_from(table))


def test_a_file_waits_for_the_message_and_goes_with_it(session, vault, clock, case, keep, employee):
    file = keep()
    assert [one.about for one in attachments.waiting(session, vault, case, employee)] == ["Innkalling"]
    assert attachments.waiting(session, vault, case, COLLEAGUE) == ()
    assert count(session, AttachmentChunk) == 3
    with pytest.raises(AttachmentGone):  # not sent: not the person's yet
        attachments.content_of(session, vault, case, file)
    with pytest.raises(AttachmentGone):
        attachments.content_of(session, vault, case, file, COLLEAGUE)
    assert attachments.content_of(session, vault, case, file, employee)[1] == CONTENT
    view = cases.write_message(session, vault, clock, case, "Her er det.", employee, attach=True)
    (sent,) = view.messages[-1].attachments
    assert (sent.id, sent.number, sent.name, sent.size) == (file, 1, "vedlegg-1.pdf", len(CONTENT))
    assert attachments.waiting(session, vault, case, employee) == ()
    person = cases.view_for_person(session, vault, clock, case)
    assert person.messages[-1].attachments == (sent,)
    assert attachments.content_of(session, vault, case, file) == (sent, CONTENT)


def test_a_colleagues_message_takes_only_its_own(session, vault, clock, case, keep, employee):
    keep()
    keep("Bilde", "jpeg", b"x" * 10, COLLEAGUE)
    view = cases.write_message(session, vault, clock, case, "Hei", COLLEAGUE, attach=True)
    assert [one.name for one in view.messages[-1].attachments] == ["vedlegg-1.jpg"]
    view = cases.write_message(session, vault, clock, case, "Uten", employee)
    assert view.messages[-1].attachments == ()
    assert len(attachments.waiting(session, vault, case, employee)) == 1


def test_a_conflict_sends_nothing_and_loses_nothing(session, vault, clock, case, keep, employee):
    seen = cases.read_case(session, vault, clock, case, employee).version
    keep()
    cases.write_message(session, vault, clock, case, "Eg skreiv meir.")
    with pytest.raises(CaseChanged):
        cases.write_message(session, vault, clock, case, "Hei", employee, seen, attach=True)
    assert len(attachments.waiting(session, vault, case, employee)) == 1


def test_taken_back_before_it_is_sent_and_not_after(session, vault, clock, case, keep, employee):
    file = keep()
    attachments.drop(session, vault, case, COLLEAGUE, file)
    assert count(session) == 1
    attachments.drop(session, vault, case, employee, file)
    assert count(session) == count(session, AttachmentChunk) == 0
    file = keep()
    cases.write_message(session, vault, clock, case, "Hei", employee, attach=True)
    attachments.drop(session, vault, case, employee, file)
    assert count(session) == 1


def test_what_is_refused(session, keep):
    for wrong in ({"content": b""}, {"content": b"x" * (attachments.MOST_BYTES + 1)}, {"about": " "}):
        with pytest.raises(InvalidCase):
            keep(**wrong)
    with pytest.raises(InvalidCase):
        keep(about="x" * 81)
    for _ in range(attachments.MOST_WAITING):
        keep()
    with pytest.raises(TooManyAttachments):
        keep()


def test_what_was_never_sent_is_deleted(session, clock, keep, employee):
    keep()
    clock.move(hours=13)
    keep("Ny")
    assert count(session) == 1


def test_another_municipality_and_another_case(session, vault, clock, case, keep, employee, new_case):
    file = keep()
    cases.write_message(session, vault, clock, case, "Hei", employee, attach=True)
    other = cases.send_case(session, vault, clock, new_case()).case_id
    with pytest.raises(AttachmentGone):
        attachments.content_of(session, vault, other, file)
    for act in (
        lambda: attachments.content_of(session, vault, case, file, STRANGER),
        lambda: attachments.waiting(session, vault, case, STRANGER),
        lambda: keep(by=STRANGER),
        lambda: attachments.drop(session, vault, case, STRANGER, file),
    ):
        with pytest.raises(CaseNotFound):
            act()


def test_a_piece_that_is_missing_is_noticed(session, vault, case, keep, employee):
    file = keep()
    session.delete(session.get(AttachmentChunk, (file, 2)))
    session.commit()
    with pytest.raises(AttachmentGone):
        attachments.content_of(session, vault, case, file, employee)


def test_files_go_with_the_case_and_with_the_writers_part(
    session, vault, clock, case, keep, employee, new_case
):
    keep()
    cases.write_message(session, vault, clock, case, "Hei", employee, attach=True)
    keep("Venter")
    cases.delete_case(session, vault, clock, case)
    assert count(session) == count(session, AttachmentChunk) == 0
    case = cases.send_case(session, vault, clock, new_case(writer="parent", about="my_child")).case_id
    told = ChildTold("key-of-a-telling-1", "child", "nn", (ChildStatement("Pappa slår meg"),))
    cases.child_tells(session, vault, clock, case, told)
    attachments.keep(session, vault, clock, case, employee, "png", CONTENT, "Til mor")
    cases.write_message(session, vault, clock, case, "Hei", employee, attach=True)
    attachments.keep(session, vault, clock, case, employee, "png", CONTENT, "Til mor også")
    cases.delete_case(session, vault, clock, case)
    assert count(session) == count(session, AttachmentChunk) == 0
