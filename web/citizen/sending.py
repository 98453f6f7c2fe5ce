"""From the draft to the case: everything is written, then nothing but the receipt is left in the draft."""

from __future__ import annotations

from dataclasses import replace

from web import current
from web.cases import codes, send_case
from web.cases.types import CodeTaken, InvalidCase, RecordingGone
from web.citizen import journey, turns
from web.citizen import voice as voice_pages
from web.citizen.drafts import Draft
from web.citizen.pages import keep, page_language
from web.db import db

TRIES_FOR_A_CODE = 5


def send_draft(draft: Draft) -> None:
    """Write the case with this browser's recordings, then keep nothing but the receipt, here and at the assistant."""
    catalog, language, conversation = current.catalog(), page_language(), draft.conversation
    if draft.return_code is None:
        draft.return_code = codes.new_code(language)
        keep(draft)
    for _attempt in range(TRIES_FOR_A_CODE):
        try:
            new = replace(
                journey.new_case(draft, catalog, language),
                recordings=voice_pages.to_send(turns.author_of(draft)),
            )
            receipt = send_case(db(), current.vault(), current.clock(), new)
            break
        except CodeTaken:
            draft.return_code = codes.new_code(language)
            keep(draft)
        except RecordingGone:
            continue  # taken away in another window, or sent by a second press: look again
    else:
        raise InvalidCase("no free return code")
    draft.sent(receipt)
    keep(draft)
    current.assistant().forget(conversation)
