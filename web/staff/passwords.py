"""Which new passwords are refused. Length does most of it; the rest is what others would try first."""

from __future__ import annotations

import re

from web.staff.models import LEAST_PASSWORD, MOST_PASSWORD

# Words that people make long passwords of by adding figures and signs, or by writing them twice. Compared in
# small letters, without figures and signs.
_COMMON_TEXT = """
passord passordet mittpassord nyttpassord hemmelig hemmeleg password mypassword letmein welcome
velkommen velkomen admin administrator bruker brukar brukernavn kommune kommunen fjordvik norge noreg norway
sommer sommar vinter høst haust vår våren summer winter autumn spring januar februar mars april mai juni juli
august september oktober november desember mandag måndag tirsdag tysdag onsdag torsdag fredag lørdag laurdag
søndag sundag fotball football håndball handball brann rosenborg liverpool manchester arsenal barcelona
sjokolade kjærlighet kjærleik elskerdeg iloveyou skattepus vennen familie familien mamma pappa
qwerty qwertyuiop qwertyuiopå asdfgh asdfghjkl asdfghjkløæ zxcvbnm abc abcdef abcdefghijkl test testing
computer internet dragon monkey princess sunshine superman batman starwars pokemon minecraft
jordmor helsesykepleier helsesjukepleiar barnevern barnevernet familienshus familiehuset endørinn éndørinn
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_LEAST_DIFFERENT = 6
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyzæøå", "qwertyuiopåasdfghjkløæzxcvbnm")


def too_easy(password: str, *known: str) -> bool:
    """Whether others would try this early. known: the username, the name and the like."""
    lower = password.lower()
    letters = re.sub(r"[\W\d_]", "", lower)
    digits = re.sub(r"\D", "", lower)
    unit = _repeated(lower)
    if len(set(lower)) < _LEAST_DIFFERENT or (unit and len(unit) <= _LEAST_DIFFERENT):
        return True
    if letters in _COMMON or _repeated(letters) in _COMMON:
        return True
    for run in (letters, digits):
        in_a_row = any(run in row or run in row[::-1] for row in _ROWS)
        if len(run) * 2 > len(lower) and in_a_row:
            return True
    names = {re.sub(r"[\W\d_]", "", word.lower()) for words in known for word in (words, *words.split())}
    return any(len(name) >= 3 and not letters.replace(name, "") for name in names)


def _repeated(text: str) -> str | None:
    """What the text is a repetition of; None when it is none."""
    for length in range(1, len(text) // 2 + 1):
        if len(text) % length == 0 and text[:length] * (len(text) // length) == text:
            return text[:length]
    return None


def wrong_length(password: str) -> bool:
    """Shorter or longer than allowed."""
    return not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD
