"""Which language a person's words are in, when they come in several pieces."""

from __future__ import annotations

from web.citizen.drafts import Draft


def test_the_longest_text_says_which_language_it_is():
    draft = Draft("nb", "conversation", "key")
    for text, language in (
        ("jeg vet ikke hva jeg skal gjøre lenger, alt er rot hjemme", "nb"),
        ("vet ikke", "other"),
        ("15", "nn"),
    ):
        draft.merge(draft.add_statement("youth", text), [], language=language)
    assert draft.understood_language == "nb"
    longer = "eg skriv heller meir no, for det er så mykje som skjer heime og ingen spør meg"
    draft.merge(draft.add_statement("youth", longer), [], language="nn")
    assert draft.understood_language == "nn"
