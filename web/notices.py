"""Sends the notices of the outbox: by SMTP, and by any SMS gateway that takes an HTTPS request.

A notice says «you have a message» and nothing else: no name, no matter, no link. A bare address can be put under it with
PORTAL_NOTICE_ADDRESS. Neither a recipient nor a gateway's answer reaches the log.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path

import requests
from babel.support import Translations
from sqlalchemy.orm import Session

from web.cases import notices
from web.cases.clock import Clock
from web.cases.notices import Claimed, Result
from web.config import Config, SmsGateway, SmtpServer
from web.security.vault import Vault

SECONDS = 15.0
"""How long a server may take for one step."""
RUN_AT_MOST = 200
"""Notices of one run: the next run, a minute later, takes the rest."""
_FOR_LATER = (408, 425, 429, 500, 502, 503)
"""Answers of an SMS gateway after which a new try can be made. 504 is not among them: it may have gone."""
_ADDRESS = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\]+")

log = logging.getLogger(__name__)


class Refused(Exception):
    """It will not be taken later either."""


class NotNow(Exception):
    """It has surely not gone; a later try may work."""


class Unclear(Exception):
    """It may have gone: trying again could send it twice."""


def notice_text(locales_dir: Path, language: str, address: str = "") -> str:
    """What a notice says in this language, with the bare address under it if there is one."""
    texts = Translations.load(str(locales_dir), [language], "portal")
    said = str(texts.gettext("You have a message (notice)"))
    return f"{said}\n{address}" if address else said


def phone_number(typed: str) -> str | None:
    """A number as gateways want it, +4790000000; None when it is none. Eight digits are a Norwegian number."""
    digits = re.sub(r"[\s().-]", "", typed)
    digits = re.sub(r"^00", "+", digits)
    if re.fullmatch(r"[2-9]\d{7}", digits):
        return f"+47{digits}"
    return digits if re.fullmatch(r"\+[1-9]\d{6,14}", digits) else None


def send_email(server: SmtpServer, to: str, text: str, notice_id: str, clock: Clock) -> None:
    """One email. Refused, NotNow or Unclear when it does not go; which, depends on how far it came."""
    if not _ADDRESS.fullmatch(to.strip()):
        raise Refused
    sender = parseaddr(server.sender)[1]
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = formataddr((server.name, sender)) if server.name else sender
    mail["To"] = to.strip()
    mail["Subject"] = text.splitlines()[0]
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{notice_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text + "\n")
    sending = False
    try:
        with _connected(server) as smtp:
            if not 200 <= smtp.mail(sender)[0] < 300:
                raise NotNow  # our own address is not taken: a setting, not this recipient
            _take(smtp.rcpt(to.strip()))
            sending = True
            _take(smtp.data(mail.as_bytes()))
            sending = False
    except NotNow:
        raise
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError) as error:
        code = getattr(error, "smtp_code", 0)
        # 535 and the like are the portal's own settings, which can be put right; 55x is about this recipient.
        if isinstance(error, _Answer) and 500 <= code < 600:
            raise Refused from None
        raise NotNow from None
    except (OSError, smtplib.SMTPException):
        if sending:
            raise Unclear from None
        raise NotNow from None


class _Answer(smtplib.SMTPResponseException):
    """The server said no to this message."""


def _take(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise _Answer(answer[0], b"")


class _connected(AbstractContextManager[smtplib.SMTP]):
    """A server that is ready for a message. Leaving it never raises: the message has its answer by then."""

    def __init__(self, server: SmtpServer) -> None:
        context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
        if server.tls == "tls":
            self.smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS, context=context
            )
        else:
            self.smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        try:
            if server.tls == "starttls":
                self.smtp.starttls(context=context)
            if server.user:
                self.smtp.login(server.user, server.password)
            self.smtp.ehlo_or_helo_if_needed()
        except BaseException:
            self.smtp.close()
            raise

    def __enter__(self) -> smtplib.SMTP:
        return self.smtp

    def __exit__(self, *_: object) -> None:
        try:
            self.smtp.quit()
        except (OSError, smtplib.SMTPException):
            self.smtp.close()


def send_sms(gateway: SmsGateway, to: str, text: str, notice_id: str) -> None:
    """One text message. Refused, NotNow or Unclear when it does not go."""
    number = phone_number(to)
    if number is None:
        raise Refused
    body = _filled(
        gateway.body, {"{to}": number, "{text}": text, "{id}": notice_id, "{sender}": gateway.sender}
    )
    try:
        answer = requests.post(
            gateway.url,
            json=body,
            headers=dict(gateway.headers),
            timeout=(SECONDS, SECONDS),
            allow_redirects=False,
        )
    except requests.ConnectTimeout:
        raise NotNow from None
    except requests.ConnectionError as error:
        # Refused, unknown or without a good certificate: nothing was handed over. Broken off later: perhaps it was.
        reason = repr(error)
        if "NewConnectionError" in reason or "NameResolutionError" in reason or "SSLError" in reason:
            raise NotNow from None
        raise Unclear from None
    except requests.RequestException:
        raise Unclear from None
    if answer.status_code in _FOR_LATER:
        raise NotNow
    if answer.status_code == 504:
        raise Unclear
    if not 200 <= answer.status_code < 300:
        raise Refused


def _filled(template: object, values: Mapping[str, str]) -> object:
    """The JSON template with its placeholders filled; what is put in can never become more than a text."""
    if isinstance(template, str):
        return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], template)
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    if isinstance(template, dict):
        return {name: _filled(one, values) for name, one in template.items()}
    return template


def ways(config: Config) -> tuple[str, ...]:
    """The ways that this portal can send notices by."""
    return (*(["sms"] if config.sms else []), *(["email"] if config.smtp else []))


def send_due(sessions: Callable[[], Session], vault: Vault, clock: Clock, config: Config) -> dict[str, int]:
    """Put what is due into the outbox and send it. Returns how many ended in each state.

    Any number of processes may do this at the same time.
    """
    counts: dict[str, int] = {}
    possible = ways(config)
    if not possible:
        return counts
    with sessions() as session:
        notices.announce_rounds(session, vault, clock)
    for _ in range(RUN_AT_MOST):
        # One at a time: what is claimed is sent at once, so that a stop leaves at most one in doubt.
        with sessions() as session:
            claimed = notices.claim(session, vault, clock, possible, limit=1)
        if not claimed:
            break
        result = _send(claimed[0], clock, config)
        with sessions() as session:
            state = notices.settle(session, clock, claimed[0].id, result)
        counts[state] = counts.get(state, 0) + 1
        log.log(
            logging.INFO if state == "sent" else logging.WARNING,
            "notice %s by %s: %s, try %d",
            claimed[0].id,
            claimed[0].way,
            state,
            claimed[0].tries,
        )
    return counts


def _send(notice: Claimed, clock: Clock, config: Config) -> Result:
    text = notice_text(config.locales_dir, notice.language, config.notice_address)
    try:
        if notice.way == "sms" and config.sms:
            send_sms(config.sms, notice.recipient, text, notice.id)
        elif notice.way == "email" and config.smtp:
            send_email(config.smtp, notice.recipient, text, notice.id, clock)
        else:
            return "again"
    except Refused:
        return "refused"
    except NotNow:
        return "again"
    except Unclear:
        return "unclear"
    except Exception as error:  # a mistake of ours must not stop the others, and must not send twice
        log.error("notice %s failed with %s", notice.id, type(error).__name__)
        return "unclear"
    return "sent"
