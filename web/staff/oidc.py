"""Single sign-on with OpenID Connect: code flow with PKCE, state and nonce; the provider's answer is checked here.

The provider says who somebody is and which groups they are in; the settings say which roles a group gives. Each login
sets the roles anew, so that who leaves a group loses them. Without Flask.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.config import OidcConfig
from web.staff import accounts
from web.staff.accounts import Actor
from web.staff.models import Employee, create_employee, normalise_username
from web.staff.rights import Role, checked_roles

TIMEOUT_S = 10
_KEPT_S = 600
_ALGORITHMS = ["RS256", "PS256", "ES256"]
_BY = Actor(None, "single sign-on")


class SsoRefused(Exception):
    """The login did not work; `reason` is provider, answer, groups or name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Asked:
    """What was sent along and must come back, kept in the person's own cookie until then."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Asked:
        """Three random values of 256 bits and more."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    def to_text(self) -> str:
        """For the cookie."""
        return json.dumps([self.state, self.nonce, self.verifier])

    @classmethod
    def from_text(cls, text: str) -> Asked:
        """From the cookie."""
        state, nonce, verifier = json.loads(text)
        return cls(state, nonce, verifier)


class Provider:
    """The provider's addresses and keys, read when they are needed and kept for ten minutes."""

    def __init__(self, config: OidcConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def login_address(self, redirect_uri: str, asked: Asked) -> str:
        """Where to send the browser. SsoRefused when the provider does not answer."""
        with self._client(redirect_uri) as client:
            address, _state = client.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
            )
        return str(address)

    def claims(self, redirect_uri: str, asked: Asked, code: str) -> dict[str, Any]:
        """What the provider says of who has logged in, checked. SsoRefused when something is not right."""
        try:
            with self._client(redirect_uri) as client:
                token = client.fetch_token(
                    self._metadata()["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=asked.verifier,
                    timeout=TIMEOUT_S,
                )
            return self._checked(str(token["id_token"]), asked.nonce)
        except (OAuthError, requests.RequestException, KeyError, TypeError, ValueError, JoseError) as error:
            raise SsoRefused("answer") from error

    def _checked(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token. OpenID Connect Core 1.0, section 3.1.3.7."""
        try:
            token = jwt.decode(id_token, self._keys(), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have changed its keys since.
            token = jwt.decode(id_token, self._keys(fresh=True), algorithms=_ALGORITHMS)
        claims: dict[str, Any] = token.claims
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": self._metadata()["issuer"]},
            aud={"essential": True, "value": self.config.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        ).validate(claims)
        if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
            raise ValueError("nonce")
        if claims.get("azp", self.config.client_id) != self.config.client_id:
            raise ValueError("azp")
        return claims

    def _client(self, redirect_uri: str) -> Any:
        return OAuth2Session(
            self.config.client_id,
            self.config.client_secret,
            scope=self.config.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _metadata(self) -> dict[str, Any]:
        found = self._get("metadata", f"{self.config.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self.config.issuer:
            raise SsoRefused("provider")
        return found

    def _keys(self, *, fresh: bool = False) -> KeySet:
        return KeySet.import_key_set(self._get("keys", self._metadata()["jwks_uri"], fresh=fresh))

    def _get(self, name: str, address: str, *, fresh: bool = False) -> Any:
        with self._lock:
            at, kept = self._kept.get(name, (0.0, None))
        if kept is not None and not fresh and time.monotonic() - at < _KEPT_S:
            return kept
        try:
            answer = requests.get(address, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise SsoRefused("provider") from error
        if not isinstance(found, dict):
            raise SsoRefused("provider")
        with self._lock:
            self._kept[name] = (time.monotonic(), found)
        return found


def roles_of(config: OidcConfig, claims: Mapping[str, Any]) -> tuple[Role, ...]:
    """The roles that the person's groups give; none when they are in none of ours."""
    given = claims.get(config.groups_claim, ())
    groups = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    names = [role for group in groups for role in config.roles.get(str(group), ())]
    return checked_roles(names)


def employee_of(session: Session, clock: Clock, config: OidcConfig, claims: Mapping[str, Any]) -> Employee:
    """The account of who has logged in, made at the first time, with the roles of today; committed.

    Known by issuer and subject, never by name alone: names can be given to somebody else. An account that stands here
    with the same username is taken over only when an administrator has marked it as one for single sign-on.
    SsoRefused when the person is in none of our groups, the account is closed, or the name belongs to a local account.
    """
    roles = roles_of(config, claims)
    username = normalise_username(str(claims.get(config.username_claim) or ""))
    name = " ".join(str(claims.get(config.name_claim) or username).split())[:120]
    subject = f"{config.issuer} {claims['sub']}"
    found = session.scalar(
        select(Employee).where(Employee.municipality == config.municipality, Employee.sso_subject == subject)
    )
    if found is None:
        found = session.scalar(
            select(Employee).where(
                Employee.municipality == config.municipality, Employee.username == username
            )
        )
        if found is not None and (not found.sso or found.sso_subject is not None):
            raise SsoRefused("name")
    # A service user's service is set by an administrator; the provider's groups do not know it.
    kept: tuple[Role, ...] = ("service_user",) if found is not None and "service_user" in found.roles else ()
    roles = checked_roles([*roles, *kept])
    if not roles:
        raise SsoRefused("groups")
    if found is None:
        if not username or " " in username or not name:
            raise SsoRefused("name")
        found, _password = create_employee(session, config.municipality, username, name, "", roles)
        found.sso, found.must_change_password = True, False
        accounts.note(session, clock, found, _BY, "created", roles=found.roles, unit="", service=None)
    elif not found.active:
        raise SsoRefused("groups")
    if found.sso_subject is None:
        found.sso_subject, found.must_change_password = subject, False
    if found.roles != roles:
        accounts.note(session, clock, found, _BY, "changed", roles=[found.roles, roles])
        found.set_roles(roles)
        found.end_sessions()
    found.name = name or found.name
    found.last_login_at = clock.now()
    session.commit()
    return found
