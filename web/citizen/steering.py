"""Whether what was typed only steers the conversation: «ja», «15», «hopp over», «hvem leser dette?».

The assistant's word for it is not enough: «kanskje helsesykepleier» in answer to «hvor gammel er du?» is more than «vet ikke».
Only a text whose every word is of the kind that short answers are made of is left out of the person's own words.
"""

from __future__ import annotations

import re

from web.citizen.ages import NUMBERS

INTENTS = frozenset(
    {
        "answer",
        "answer_ahead",
        "affirm",
        "deny",
        "skip",
        "dont_know",
        "greet",
        "thanks",
        "goodbye",
        "restart",
        "switch_to_nb",
        "switch_to_nn",
        "smalltalk",
        "abuse_bot",
    }
)
"""What the assistant calls texts that steer and tell nothing. Questions (ask_…) are steering too."""

MOST_CHARACTERS = 120
"""A text longer than this is kept, whatever it is taken for: nobody writes so much only to steer."""
_AT_US = frozenset({"abuse_bot", "switch_to_nb", "switch_to_nn", "restart"})
"""What is said to the computer about itself."""
_FEW = 8

_NORWEGIAN = """
ja jada jau jo joda japp jepp jupp ok oki okei okay greit greitt klart stemmer stemmar riktig rett sikker nei neida
nope næ ikke ikkje trygg trygge trygt vet veit aner anar kanskje usikker hopp hoppe over neste spørsmål vil si seie
svare dette det den der da då meg mæ mæg mei mej jeg eg æ e ej vi me oss selv sjølv sjøl bare berre barn barnet barna
mitt min mi mine vår vårt våre sønn sønnen son sonen datter datteren dattera dotter dottera gutt gutten gut guten
jente jenta venn vennen ven venen venninne venninna venninnen veninne kompis kompisen en ei et ein eit av noen nokon
andre annen anna annan for om til gjelder gjeld år gammel gammal gamal åring årig halvt halv og nesten snart fyller
fylt er ær blir her nå no hun ho han hu hei hallo heisann halla hey god morgen kveld natt dag ha bra hade snakkes takk
tusen mange haha hehe lol
"""
_ENGLISH = """
yes yeah yep yup sure no nope not don t dont do know idk skip pass next question please rather say tell it its is s
this that me myself i am m my our son daughter child children kid kids boy girl baby a an friend of mine we are re he
she they safe fine years year yrs old just only about for in the now thanks thank you hi hello good bye goodbye three
four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
"""
_PLAIN = frozenset([*_NORWEGIAN.split(), *_ENGLISH.split(), *NUMBERS])
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SENTENCE = re.compile(r"[^.!?\n]+")
_OPENING = r"\W*(?:(?:hei|men|og|ok|okei|hi|hello|but|and)\W+)*"
_SUBJECT = (
    r"(?:du|dere|de|dykk|dette|det|den|jeg|eg|æ|vi|me|man|noen|nokon|mamma|pappa|mor|far|foreldre\w*|læreren|skolen|skulen|"
    r"you|i|it|this|we|my|they|somebody|someone|anyone)"
)
_ASKS = re.compile(
    _OPENING
    + r"(?:(?:hva|hvem|hvor|hvordan|hvorfor|når|kva|kven|kvar|kor|korleis|kvifor|ka|kem|koss|kossen|åssen|"
    + r"who|what|when|how|where|why)\b"
    + r"|(?:er|får|kan|må|skal|vil|koster|kostar|blir|ser|leser|les|har|sier|seier|si|ringer|ringjer|snakker|snakkar|"
    + rf"is|are|am|do|does|can|could|will|would|may)\s+{_SUBJECT}\b|slett\w*\b|fjern\w*\b|delete\b)",
    re.IGNORECASE,
)


def only_steers(text: str, intent: str) -> bool:
    """Whether a text does nothing but steer. intent: what the assistant takes it for. In doubt, no."""
    if len(text) > MOST_CHARACTERS or not (intent in INTENTS or intent.startswith("ask_")):
        return False
    words = _words(text)
    if len(words) <= _FEW and (intent in _AT_US or _plain(words)):
        return True
    asks = intent.startswith("ask_") or intent == "smalltalk"
    return asks and all(_ASKS.match(one) or _plain(_words(one)) for one in _SENTENCE.findall(text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _plain(words: list[str]) -> bool:
    """Whether every word is one that an answer, a greeting or «hopp over» is made of."""
    return all(word in _PLAIN or word.isdigit() for word in words)
