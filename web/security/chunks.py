"""Sound, sealed in pieces: seeking opens only the pieces that are asked for.

Every recording has a random key of its own, which is sealed like any text (by the draft's box or the case's); the pieces
are sealed with that key. A piece is bound to its recording and its place: moved, swapped or taken from another
recording, it does not open. How many pieces there are follows from the length, which is sealed with the key, so that
none can be left out at the end unseen.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.security.vault import VERSION, VaultError

CHUNK = 64 * 1024
"""Bytes of sound in one piece: 13 seconds as recordings are kept."""
_MARK = f"{VERSION}.".encode()
_NONCE = 12


def new_key() -> str:
    """A random key for one recording, as text that a vault can seal."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def seal_chunk(key: str, owner: str, place: int, content: bytes) -> bytes:
    """Seal one piece. owner: the id of the recording or upload; place: its number or offset there."""
    nonce = os.urandom(_NONCE)
    return _MARK + nonce + AESGCM(_raw(key)).encrypt(nonce, content, _binding(owner, place))


def open_chunk(key: str, owner: str, place: int, sealed: bytes) -> bytes:
    """Open one piece; VaultError when it belongs elsewhere or was changed."""
    body = sealed[len(_MARK) :]
    if not sealed.startswith(_MARK):
        raise VaultError("unknown version of a sealed piece")
    try:
        return AESGCM(_raw(key)).decrypt(body[:_NONCE], body[_NONCE:], _binding(owner, place))
    except (InvalidTag, ValueError) as error:
        raise VaultError("the sealed piece does not open here") from error


def chunks_of(content: bytes) -> list[bytes]:
    """The content in pieces of CHUNK bytes; the last may be shorter."""
    return [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]


def _raw(key: str) -> bytes:
    return base64.urlsafe_b64decode(key)


def _binding(owner: str, place: int) -> bytes:
    return f"{VERSION} sound {owner} {place}".encode()
