"""The vault: what a citizen typed is sealed field by field, with a key of its own for every case.

    key ring (file, outside the database)
      └─ wraps one random data key per case      v1.<ring key id>.<case id>.<base64>
           └─ seals each field of that case      v1.<data key id>.<base64>

Sealed text is bound to its table, column, row and case: moved anywhere else, it does not open. Rotation
makes a new ring key and wraps the data keys again; the fields themselves need not be touched. Why it is
built so, and what it does not protect against: docs/decisions/0002-encryption-and-return-code.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, update
from sqlalchemy.orm import Session

VERSION = "v1"
RING_FILE = "keyring.json"
BLOCK = 512
"""Sealed text is padded to whole blocks, so that its length says little about what was told."""
_NONCE = 12
_SECRETS = ("session", "code_pepper", "drafts")


class VaultError(Exception):
    """Something did not open: wrong key, wrong place, or changed. Never says what the text was."""


class KeyRingError(Exception):
    """The keys are missing or unsafe; the message says what to do."""


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise VaultError("the sealed value is damaged") from error


def _derive(secret: bytes, purpose: str, salt: bytes = b"") -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt or None, info=purpose.encode()).derive(secret)


def _pad(raw: bytes) -> bytes:
    """Length first, then the text, then zeros up to the next whole block."""
    framed = len(raw).to_bytes(4, "big") + raw
    return framed + bytes(-len(framed) % BLOCK)


def _unpad(framed: bytes) -> bytes:
    length = int.from_bytes(framed[:4], "big")
    if len(framed) < 4 + length:
        raise VaultError("the sealed value is damaged")
    return framed[4 : 4 + length]


def _binding(*parts: str) -> bytes:
    """Associated data without ambiguity: ("a", "bc") and ("ab", "c") must not come out alike."""
    return json.dumps([VERSION, *parts], separators=(",", ":")).encode()


def _seal_bytes(key: bytes, text: str, binding: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return _encode(nonce + AESGCM(key).encrypt(nonce, _pad(text.encode()), binding))


def _open_bytes(key: bytes, sealed: str, binding: bytes) -> str:
    raw = _decode(sealed)
    try:
        return _unpad(AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], binding)).decode()
    except (InvalidTag, ValueError) as error:
        raise VaultError("the sealed value does not open here") from error


@dataclass(frozen=True)
class KeyRing:
    """The portal's own keys, in one file that only its owner can read.

    `keys` wrap the data keys of cases; the newest is current. The named secrets sign the session cookie,
    pepper the return codes and take part in the key of each draft; they are derived from, not used as, the
    stored bytes.
    """

    keys: dict[str, bytes]
    current: str
    secrets: dict[str, bytes]
    directory: Path | None = None

    @classmethod
    def create(cls, directory: Path) -> KeyRing:
        """Make the first key and the secrets.

        Refuses when there is a ring already: it would lock every case.
        """
        if (directory / RING_FILE).exists():
            raise KeyRingError(
                f"there are keys in {directory} already; use «python -m web keys rotate» for a new one"
            )
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        key_id = cls._new_id()
        ring = cls(
            keys={key_id: secrets.token_bytes(32)},
            current=key_id,
            secrets={name: secrets.token_bytes(32) for name in _SECRETS},
            directory=directory,
        )
        ring._write()
        return ring

    @classmethod
    def load(cls, directory: Path) -> KeyRing:
        """Read the ring; KeyRingError when it is missing, damaged, or readable by everyone on the machine."""
        path = directory / RING_FILE
        try:
            mode = path.stat().st_mode
            stored: dict[str, Any] = json.loads(path.read_text())
            ring = cls(
                keys={key_id: _decode(value) for key_id, value in stored["keys"].items()},
                current=stored["current"],
                secrets={name: _decode(stored["secrets"][name]) for name in _SECRETS},
                directory=directory,
            )
        except FileNotFoundError as error:
            raise KeyRingError(
                f"no keys in {directory}: make them with «python -m web keys create»"
            ) from error
        except PermissionError as error:
            raise KeyRingError(
                f"the portal may not read {path}: give it to the user that runs the portal"
            ) from error
        except (KeyError, ValueError, AttributeError, TypeError, VaultError) as error:
            raise KeyRingError(f"{path} is damaged: put back the copy you keep of it") from error
        if stat.S_IMODE(mode) & (stat.S_IRWXO | stat.S_IWGRP):
            raise KeyRingError(f"others on this machine can read {path}: run «chmod 600 {path}»")
        every = [*ring.keys.values(), *ring.secrets.values()]
        if ring.current not in ring.keys or any(len(key) != 32 for key in every):
            raise KeyRingError(f"{path} is damaged: put back the copy you keep of it")
        return ring

    def with_new_key(self) -> KeyRing:
        """The same ring with a new current key; older keys still open what they wrapped. Written to disk."""
        key_id = self._new_id()
        ring = KeyRing({**self.keys, key_id: secrets.token_bytes(32)}, key_id, self.secrets, self.directory)
        ring._write()
        return ring

    def without(self, key_id: str) -> KeyRing:
        """The same ring without an old key. The caller makes sure that nothing is wrapped by it any more."""
        if key_id == self.current or key_id not in self.keys:
            raise KeyRingError(f"{key_id} is not an old key of this ring")
        keys = {name: key for name, key in self.keys.items() if name != key_id}
        ring = KeyRing(keys, self.current, self.secrets, self.directory)
        ring._write()
        return ring

    def secret(self, name: str) -> bytes:
        """One of the named secrets, derived for its purpose."""
        return _derive(self.secrets[name], f"en-dor-inn {name}")

    def mark_key(self) -> bytes:
        """The key of the marks by which sealed values are searched. Of the code pepper, for a purpose of its own:
        a secret of its own would shut out rings that were made before it."""
        return _derive(self.secrets["code_pepper"], "en-dor-inn marks")

    def statistics_key(self, municipality: str) -> bytes:
        """The key of a municipality's exact counts. Of the code pepper, as the key of the marks is."""
        return _derive(self.secrets["code_pepper"], "en-dor-inn statistics", municipality.encode())

    @staticmethod
    def _new_id() -> str:
        return f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}"

    def _write(self) -> None:
        """Write beside and rename: a power cut leaves the old ring or the new one, never half of one."""
        if self.directory is None:
            return
        content = json.dumps(
            {
                "version": 1,
                "current": self.current,
                "keys": {key_id: _encode(key) for key_id, key in self.keys.items()},
                "secrets": {name: _encode(value) for name, value in self.secrets.items()},
            },
            indent=1,
        )
        # mkstemp makes the file 0600 from the first byte on.
        handle, temporary = tempfile.mkstemp(dir=self.directory, prefix=".keyring-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.directory / RING_FILE)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def __repr__(self) -> str:
        """Without keys, so that no traceback or log can show them."""
        return f"KeyRing(current={self.current!r}, keys={sorted(self.keys)!r})"


class CaseVault:
    """The vault opened for one case: unwraps the data key once."""

    def __init__(self, case_id: str, data_key: bytes) -> None:
        self._case_id = case_id
        self._key = data_key
        # A label of the key, not the key: tells a wrong key from a damaged value.
        self._label = _derive(data_key, "data key id")[:4].hex()

    def seal(self, text: str, *, table: str, column: str, row_id: str) -> str:
        """Seal a text for exactly this place."""
        binding = _binding(table, column, row_id, self._case_id)
        return f"{VERSION}.{self._label}.{_seal_bytes(self._key, text, binding)}"

    def open(self, sealed: str, *, table: str, column: str, row_id: str) -> str:
        """Open what was sealed for exactly this place; VaultError anywhere else."""
        version, label, value = _split(sealed, 3)
        if version != VERSION or label != self._label:
            raise VaultError("the value was sealed with another key")
        return _open_bytes(self._key, value, _binding(table, column, row_id, self._case_id))

    def __repr__(self) -> str:
        """Without the key."""
        return f"CaseVault({self._case_id!r})"


def _split(envelope: str, parts: int) -> list[str]:
    split = envelope.split(".")
    if len(split) != parts:
        raise VaultError("the sealed value is damaged")
    return split


class Vault:
    """Seals and opens, with the key ring that it was given."""

    def __init__(self, keyring: KeyRing) -> None:
        self.keyring = keyring
        self._read_at = self._stamp()

    def new_data_key(self, case_id: str) -> str:
        """A new random data key for a case, wrapped by the current ring key."""
        self._refresh()
        return self._wrap(case_id, secrets.token_bytes(32))

    def for_case(self, case_id: str, wrapped: str) -> CaseVault:
        """The vault of one case. VaultError when the wrapped key was made for another case."""
        version, _, owner, _ = _split(wrapped, 4)
        if version != VERSION or owner != case_id:
            raise VaultError("the wrapped key belongs to another case")
        return CaseVault(case_id, self._unwrap(wrapped))

    def seal(self, wrapped: str, text: str, *, table: str, column: str, row_id: str) -> str:
        """Seal one text with a case's wrapped key. For several fields for_case() is quicker."""
        return self._of(wrapped).seal(text, table=table, column=column, row_id=row_id)

    def open(self, wrapped: str, sealed: str, *, table: str, column: str, row_id: str) -> str:
        """Open one text; VaultError when it was sealed for another place or has been changed."""
        return self._of(wrapped).open(sealed, table=table, column=column, row_id=row_id)

    def rewrap(self, wrapped: str) -> str:
        """The same data key, wrapped by the current ring key."""
        _, key_id, case_id, _ = _split(wrapped, 4)
        return wrapped if key_id == self.keyring.current else self._wrap(case_id, self._unwrap(wrapped))

    def rotate(self, session: Session) -> int:
        """Make a new ring key, wrap every case's data key with it, commit. Returns how many.

        The new ring is on disk before the first case is wrapped with it, and a running portal reads it as soon as
        it needs it. The old key stays until «keys retire» has seen that nothing needs it any more.
        """
        self.keyring = self.keyring.with_new_key()
        return self.rewrap_all(session)

    def rewrap_all(self, session: Session) -> int:
        """Wrap every data key that is not wrapped by the current ring key; commit. Safe to run again."""
        from web.cases.models import Case  # here, so that the vault itself knows nothing of tables

        count = 0
        for case_id, wrapped in session.execute(select(Case.id, Case.wrapped_key)).all():
            rewrapped = self.rewrap(wrapped)
            if rewrapped != wrapped:
                # Past the version counter: an employee with the page open has lost nothing by a new wrapping.
                session.execute(
                    update(Case)
                    .where(Case.id == case_id)
                    .values(wrapped_key=rewrapped)
                    .execution_options(synchronize_session=False)
                )
                count += 1
        session.commit()
        return count

    def retire(self, session: Session, key_id: str) -> None:
        """Take an old key out of the ring. KeyRingError while any case is still wrapped by it."""
        from web.cases.models import Case

        needed = select(Case.id).where(Case.wrapped_key.startswith(f"{VERSION}.{key_id}.", autoescape=True))
        if session.scalar(needed.limit(1)) is not None:
            raise KeyRingError(f"cases still need the key {key_id}: run «python -m web keys rotate» first")
        self.keyring = self.keyring.without(key_id)

    def mark(self, *parts: str) -> str:
        """A keyed mark of a value (HMAC-SHA-256, 128 bits as hex): the same for the same parts, and nothing more."""
        return hmac.new(self.keyring.mark_key(), _binding("mark", *parts), "sha256").hexdigest()[:32]

    def for_statistics(self, municipality: str) -> CaseVault:
        """The vault of a municipality's exact counts, which belong to no case. As long-lived as the code pepper."""
        return CaseVault(f"statistics {municipality}", self.keyring.statistics_key(municipality))

    # Drafts: the server's key and the token in the cookie, both needed.

    def draft_id(self, token: str) -> str:
        """The row id of a draft: says nothing about the token."""
        return _derive(self.keyring.secret("drafts"), "draft id", token.encode()).hex()

    def seal_draft(self, token: str, text: str) -> str:
        """Seal a draft with the server's key and the token together."""
        key = _derive(self.keyring.secret("drafts"), "draft key", token.encode())
        return (
            f"{VERSION}.draft.{_seal_bytes(key, text, _binding('drafts', 'content', self.draft_id(token)))}"
        )

    def open_draft(self, token: str, sealed: str) -> str:
        """Open a draft; VaultError without the right token."""
        version, kind, value = _split(sealed, 3)
        if (version, kind) != (VERSION, "draft"):
            raise VaultError("not a draft")
        key = _derive(self.keyring.secret("drafts"), "draft key", token.encode())
        return _open_bytes(key, value, _binding("drafts", "content", self.draft_id(token)))

    def for_draft(self, token: str) -> CaseVault:
        """Seals and opens what lies beside a draft, its recordings, until it is sent: needs the token too."""
        key = _derive(self.keyring.secret("drafts"), "beside a draft", token.encode())
        return CaseVault(self.draft_id(token), key)

    def seal_factor(self, employee_id: str, secret: str) -> str:
        """Seal what an employee's app shares with the portal; bound to the employee."""
        return f"{VERSION}." + _seal_bytes(self._factor_key(), secret, _binding("factor", employee_id))

    def open_factor(self, employee_id: str, sealed: str) -> str:
        """Open it again. VaultError when it is another employee's, or was sealed with another ring."""
        return _open_bytes(
            self._factor_key(), sealed.removeprefix(f"{VERSION}."), _binding("factor", employee_id)
        )

    def seal_example(self, example_id: str, text: str) -> str:
        """Seal a text that was approved for training. No case's key: it belongs to none, and outlives it."""
        return f"{VERSION}." + _seal_bytes(self._example_key(), text, _binding("example", example_id))

    def open_example(self, example_id: str, sealed: str) -> str:
        """Open it again. VaultError when it is another one, or was sealed with another ring."""
        return _open_bytes(
            self._example_key(), sealed.removeprefix(f"{VERSION}."), _binding("example", example_id)
        )

    def _example_key(self) -> bytes:
        # Of the code pepper, as the marks: it stays when ring keys are rotated and retired.
        return _derive(self.keyring.secrets["code_pepper"], "en-dor-inn training examples")

    def _factor_key(self) -> bytes:
        return _derive(self.keyring.secret("session"), "en-dor-inn employee factor")

    def check(self) -> bool:
        """Whether the vault seals and opens, for /healthz."""
        wrapped = self.new_data_key("health")
        place = {"table": "health", "column": "check", "row_id": "1"}
        return self.open(wrapped, self.seal(wrapped, "ok", **place), **place) == "ok"

    def _stamp(self) -> tuple[int, int] | None:
        """What tells one version of the ring's file from the next; None when there is no file."""
        if self.keyring.directory is None:
            return None
        try:
            found = (self.keyring.directory / RING_FILE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _refresh(self) -> None:
        """Read the ring again when its file has changed: keys are rotated while portals run."""
        stamp = self._stamp()
        if self.keyring.directory is not None and stamp is not None and stamp != self._read_at:
            self.keyring = KeyRing.load(self.keyring.directory)
            self._read_at = stamp

    def _of(self, wrapped: str) -> CaseVault:
        return CaseVault(_split(wrapped, 4)[2], self._unwrap(wrapped))

    def _wrap(self, case_id: str, data_key: bytes) -> str:
        key_id = self.keyring.current
        nonce = os.urandom(_NONCE)
        binding = _binding("data key", key_id, case_id)
        value = _encode(nonce + AESGCM(self.keyring.keys[key_id]).encrypt(nonce, data_key, binding))
        return f"{VERSION}.{key_id}.{case_id}.{value}"

    def _unwrap(self, wrapped: str) -> bytes:
        version, key_id, case_id, value = _split(wrapped, 4)
        if version != VERSION:
            raise VaultError("unknown version of the envelope")
        if key_id not in self.keyring.keys:
            self._refresh()
        if key_id not in self.keyring.keys:
            raise VaultError(f"the key {key_id} is not in the ring")
        raw = _decode(value)
        try:
            return AESGCM(self.keyring.keys[key_id]).decrypt(
                raw[:_NONCE], raw[_NONCE:], _binding("data key", key_id, case_id)
            )
        except (InvalidTag, ValueError) as error:
            raise VaultError("the wrapped key does not open") from error

    def __repr__(self) -> str:
        """Without keys."""
        return f"Vault({self.keyring!r})"
