"""What an employee has beside the password: an app with codes, passkeys, recovery codes. Without Flask.

TOTP secrets are sealed with the key ring, recovery codes are kept as keyed hashes, of passkeys only the public half is
here: a copy of the database lets nobody in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import webauthn
from sqlalchemy import ForeignKey, String, Text, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from web.cases.clock import Clock
from web.db import Base, UTCDateTime
from web.security.vault import Vault, VaultError
from web.staff import totp
from web.staff.models import Employee

RECOVERY_CODES = 10
MOST_PASSKEYS = 10
CHALLENGE_AGE = timedelta(minutes=5)
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_ID = String(36)


class FactorRefused(Exception):
    """The code, the key or the answer of the key is not right; the text is for the log, not for people."""


class Passkey(Base):
    """The public half of a passkey."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=lambda: str(uuid4()))
    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """A code on paper for the day the phone is gone; only its keyed hash."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class UsedChallenge(Base):
    """A question that a passkey has answered: it is asked once, however often the cookie is sent again."""

    __tablename__ = "used_challenges"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


def passkeys(session: Session, employee: Employee) -> list[Passkey]:
    """The employee's passkeys, oldest first."""
    query = select(Passkey).where(Passkey.employee_id == employee.id).order_by(Passkey.created_at)
    return list(session.scalars(query))


def has_factor(session: Session, employee: Employee) -> bool:
    """Whether a password alone does not open this account."""
    if employee.totp_secret:
        return True
    return bool(
        session.scalar(select(func.count()).select_from(Passkey).where(Passkey.employee_id == employee.id))
    )


def forget_all(session: Session, employee: Employee) -> None:
    """Remove every second factor; the caller commits."""
    employee.totp_secret = employee.totp_pending = employee.totp_last_step = None
    for table in (Passkey, RecoveryCode):
        session.execute(delete(table).where(table.employee_id == employee.id))


# --- Codes from an app ----------------------------------------------------------------------------------------


def pending_totp(session: Session, vault: Vault, employee: Employee) -> str:
    """The secret that waits for its first code; made when there is none."""
    if employee.totp_pending:
        try:
            return vault.open_factor(employee.id, employee.totp_pending)
        except VaultError:
            pass  # another key ring: start again
    secret = totp.new_secret()
    employee.totp_pending = vault.seal_factor(employee.id, secret)
    session.commit()
    return secret


def confirm_totp(session: Session, vault: Vault, clock: Clock, employee: Employee, code: str) -> None:
    """Take the waiting secret into use; the caller commits. FactorRefused when the code is not of it."""
    if not employee.totp_pending:
        raise FactorRefused("nothing is waiting")
    secret = vault.open_factor(employee.id, employee.totp_pending)
    step = totp.matching_step(secret, code, clock.now().timestamp(), None)
    if step is None:
        raise FactorRefused("wrong code")
    employee.totp_secret, employee.totp_pending, employee.totp_last_step = employee.totp_pending, None, step


def check_code(session: Session, vault: Vault, clock: Clock, employee: Employee, code: str) -> str | None:
    """«totp» or «recovery» when the code is right, and commit; None when it is not. Each code counts once."""
    if employee.totp_secret:
        try:
            secret = vault.open_factor(employee.id, employee.totp_secret)
        except VaultError:
            return None
        step = totp.matching_step(secret, code, clock.now().timestamp(), employee.totp_last_step)
        if step is not None:
            employee.totp_last_step = step
            session.commit()
            return "totp"
    wanted = _code_hash(vault, employee, code)
    for row in session.scalars(
        select(RecoveryCode).where(RecoveryCode.employee_id == employee.id, RecoveryCode.used_at.is_(None))
    ):
        if hmac.compare_digest(row.code_hash, wanted):
            row.used_at = clock.now()
            session.commit()
            return "recovery"
    return None


# --- Recovery codes -------------------------------------------------------------------------------------------


def new_recovery_codes(session: Session, vault: Vault, employee: Employee) -> list[str]:
    """Ten new codes of 49 bits; those from before no longer count. The caller commits and shows them, once."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.employee_id == employee.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(employee_id=employee.id, code_hash=_code_hash(vault, employee, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(session: Session, employee: Employee) -> int:
    """How many have not been used."""
    query = select(func.count()).select_from(RecoveryCode)
    mine = query.where(RecoveryCode.employee_id == employee.id, RecoveryCode.used_at.is_(None))
    return session.scalar(mine) or 0


def _code_hash(vault: Vault, employee: Employee, code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter in _ALPHABET)
    return hmac.digest(
        vault.keyring.secret("code_pepper"), f"recovery {employee.id} {plain}".encode(), "sha256"
    ).hex()


# --- Passkeys -------------------------------------------------------------------------------------------------


def new_challenge() -> str:
    """A question for a passkey, 256 random bits."""
    return _text(secrets.token_bytes(32))


def registration_options(
    session: Session, employee: Employee, challenge: str, rp_id: str, rp_name: str
) -> dict[str, Any]:
    """What the browser needs to make a passkey, as JSON: it stays on the device and asks for finger, face or PIN."""
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=rp_name,
        user_id=employee.id.encode(),
        user_name=employee.username,
        user_display_name=employee.name,
        challenge=_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(key) for key in passkeys(session, employee)],
    )
    return _json(options)


def register(
    session: Session,
    clock: Clock,
    employee: Employee,
    answer: str,
    challenge: str,
    rp_id: str,
    origin: str,
    name: str,
) -> Passkey:
    """Keep a new passkey; the caller commits. answer: the browser's JSON. FactorRefused when it is not right."""
    if len(passkeys(session, employee)) >= MOST_PASSKEYS:
        raise FactorRefused("too many passkeys")
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise FactorRefused(type(error).__name__) from error
    _use_once(session, clock, challenge)
    key = Passkey(
        employee_id=employee.id,
        credential_id=_text(made.credential_id),
        public_key=_text(made.credential_public_key),
        sign_count=made.sign_count,
        name=name.strip()[:60],
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError as error:
        raise FactorRefused("the key is known already") from error
    return key


def login_options(session: Session, challenge: str, rp_id: str, employee: Employee | None) -> dict[str, Any]:
    """What the browser needs to ask for a passkey: any of ours, or after the password only this employee's."""
    keys = passkeys(session, employee) if employee else []
    options = webauthn.generate_authentication_options(
        rp_id=rp_id,
        challenge=_bytes(challenge),
        allow_credentials=[_descriptor(key) for key in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _json(options)


def log_in_with_passkey(
    session: Session, clock: Clock, municipality: str, answer: str, challenge: str, rp_id: str, origin: str
) -> Employee:
    """Whose passkey has answered, and commit. FactorRefused when it is not right or the account is closed."""
    try:
        given = json.loads(answer)
        found = session.execute(
            select(Passkey, Employee)
            .join(Employee, Employee.id == Passkey.employee_id)
            .where(Passkey.credential_id == str(given["id"]), Employee.municipality == municipality)
        ).first()
    except (ValueError, KeyError, TypeError) as error:
        raise FactorRefused("not an answer of a key") from error
    if found is None or not found[1].active:
        raise FactorRefused("no such key")
    key, employee = found
    try:
        handle = given["response"].get("userHandle")
        if handle and _bytes(handle) != employee.id.encode():
            raise FactorRefused("the key says it is somebody else's")
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FactorRefused(type(error).__name__) from error
    _use_once(session, clock, challenge)
    key.sign_count, key.last_used_at = checked.new_sign_count, clock.now()
    employee.last_login_at = clock.now()
    session.commit()
    return employee


def _use_once(session: Session, clock: Clock, challenge: str) -> None:
    now = clock.now()
    session.execute(delete(UsedChallenge).where(UsedChallenge.at < now - 2 * CHALLENGE_AGE))
    try:
        with session.begin_nested():
            session.add(UsedChallenge(hash=hashlib.sha256(challenge.encode()).hexdigest(), at=now))
    except IntegrityError as error:
        raise FactorRefused("this question has been answered before") from error


def _descriptor(key: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=_bytes(key.credential_id))


def _json(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def _text(raw: bytes) -> str:
    """base64url without padding, as WebAuthn writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
