"""Notices against real peers: an SMTP server with STARTTLS and an HTTP gateway, both on this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import email
import email.policy
import json
import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import MARKED, ROOT
from web import cases, notices
from web.cases.models import Notice
from web.config import Config, ConfigError, SmsGateway, SmtpServer
from web.security.logs import SafeFormatter

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
USER, PASSWORD = "portal", "a secret word"


class MailPeer:
    """An SMTP server that keeps what it gets. `answers` says what it does instead, once for each message."""

    def __init__(self, certificate: Any) -> None:
        self.mails: list[tuple[str, str, email.message.EmailMessage]] = []
        self.encrypted: list[bool] = []
        self.answers: list[str] = []
        self.logins: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sender = recipient = ""
                encrypted = False
                behave = ""
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    word = line.upper()
                    if word.startswith("EHLO"):
                        self.say("250-here")
                        self.say("250 AUTH PLAIN" if encrypted else "250 STARTTLS")
                    elif word == "STARTTLS":
                        self.say("220 go on")
                        self.connection = context.wrap_socket(self.connection, server_side=True)
                        self.rfile = self.connection.makefile("rb")
                        self.wfile = self.connection.makefile("wb")
                        encrypted = True
                    elif word.startswith("AUTH"):
                        peer.logins.append(line.split()[-1])
                        self.say("235 welcome")
                    elif word.startswith("MAIL FROM"):
                        behave = peer.answers.pop(0) if peer.answers else ""
                        sender = line.split("<")[1].split(">")[0]
                        self.say("451 later" if behave == "later" else "250 ok")
                    elif word.startswith("RCPT TO"):
                        recipient = line.split("<")[1].split(">")[0]
                        self.say("550 nobody here" if behave == "nobody" else "250 ok")
                    elif word == "DATA":
                        self.say("354 go on")
                        content = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            content += part
                        if behave == "break":
                            self.connection.close()
                            return
                        if behave == "busy":
                            self.say("452 full")
                            continue
                        mail = email.message_from_bytes(content, policy=email.policy.default)
                        peer.mails.append((sender, recipient, mail))
                        peer.encrypted.append(encrypted)
                        self.say("250 taken")
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def finish(self) -> None:
                for one in (self.wfile, self.rfile, self.connection):
                    with contextlib.suppress(OSError):
                        one.close()

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())
                self.wfile.flush()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: Any) -> None:
                return None

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = self.server.server_address[1]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class SmsPeer:
    """An SMS gateway that keeps what it gets; `statuses` says how it answers, once each."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.statuses: list[int | str] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                peer.seen.append((dict(self.headers), body))
                status = peer.statuses.pop(0) if peer.statuses else 200
                if status == "break":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(int(status))
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/send"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "mail.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def mail(certificate: Any) -> Iterator[MailPeer]:
    peer = MailPeer(certificate)
    yield peer
    peer.close()


@pytest.fixture
def sms() -> Iterator[SmsPeer]:
    peer = SmsPeer()
    yield peer
    peer.close()


@pytest.fixture
def sending(
    config: Config, mail: MailPeer, sms: SmsPeer, certificate: Any, compiled_translations: None
) -> Config:
    """Settings with both peers."""
    return dataclasses.replace(
        config,
        smtp=SmtpServer(
            "127.0.0.1", mail.port, "post@svar.example.no", "", USER, PASSWORD, ca_file=certificate
        ),
        sms=SmsGateway(
            sms.url,
            (("Authorization", "Bearer key-of-the-gateway"),),
            {"message": {"recipients": ["{to}"], "body": "{text}"}, "ref": "{id}", "from": "{sender}"},
            "Svar",
        ),
    )


@pytest.fixture
def run(sending: Config, engine: Any, vault: Any, clock: Any) -> Any:
    """run(): what the worker does every minute."""
    clock.at = MORNING
    return lambda: notices.send_due(lambda: Session(engine), vault, clock, sending)


@pytest.fixture
def answered(session: Any, vault: Any, clock: Any, new_case: Any, employee: Any, run: Any) -> Any:
    """answered(way="sms", …): a case that asked for notices and has got a message."""

    def make(**changes: Any) -> str:
        values = {"notices_ok": True, "details": "900 00 000", "safe_times": None, **changes}
        case_id = cases.send_case(session, vault, clock, new_case(**values)).case_id
        cases.write_message(session, vault, clock, case_id, f"Om det som skjedde: {MARKED}", employee)
        return case_id

    return make


def state(session: Any) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Notice.state).order_by(Notice.created_at)))


# --- What goes out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "said"), [("nb", "Du har en beskjed"), ("nn", "Du har ei melding")])
def test_an_email_says_that_and_nothing_else(answered, run, mail, session, language, said):
    answered(way="email", details="meg@example.org", language=language)
    assert run() == {"sent": 1}
    ((sender, recipient, got),) = mail.mails
    assert (sender, recipient) == ("post@svar.example.no", "meg@example.org")
    assert got["Subject"] == said
    assert got.get_content().strip() == said
    assert got["From"] == "post@svar.example.no"
    assert got.get_content_type() == "text/plain"
    assert set(got.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert mail.encrypted == [True]
    assert len(mail.logins) == 1
    assert state(session) == ["sent"]


@pytest.mark.parametrize(("language", "said"), [("nb", "Du har en beskjed"), ("nn", "Du har ei melding")])
def test_a_text_message_says_that_and_nothing_else(answered, run, sms, session, language, said):
    answered(language=language)
    assert run() == {"sent": 1}
    ((headers, body),) = sms.seen
    assert headers["Authorization"] == "Bearer key-of-the-gateway"
    assert body.pop("ref")
    assert body == {"message": {"recipients": ["+4790000000"], "body": said}, "from": "Svar"}


def test_a_bare_address_can_stand_under_it(answered, run, sms, sending, engine, vault, clock):
    answered()
    with_address = dataclasses.replace(sending, notice_address="svar.example.no")
    notices.send_due(lambda: Session(engine), vault, clock, with_address)
    assert sms.seen[0][1]["message"]["body"] == "Du har ei melding\nsvar.example.no"


def test_nothing_goes_to_who_did_not_ask(answered, run, sms, mail):
    answered(notices_ok=False)
    answered(way="code", details=None)
    assert run() == {}
    assert (sms.seen, mail.mails) == ([], [])


def test_did_you_get_help_is_announced_with_the_same_words(
    answered, run, sms, session, vault, clock, new_case
):
    cases.send_case(session, vault, clock, new_case(notices_ok=True, details="90000000"))
    assert run() == {}
    clock.move(days=14)
    assert run() == {"sent": 1}
    assert sms.seen[0][1]["message"]["body"] == "Du har ei melding"
    clock.move(hours=1)
    assert run() == {}


# --- Never twice, never lost ----------------------------------------------------------------------------------


def test_two_workers_at_once_send_one(answered, run, sms):
    for number in range(6):
        answered(details=f"9000000{number}")
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run() == {}
    sent = sorted(body["message"]["recipients"][0] for _, body in sms.seen)
    assert sent == [f"+479000000{number}" for number in range(6)]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_gateway_that_says_later_is_asked_again(answered, run, sms, session, clock, status):
    answered()
    sms.statuses = [status, status]
    assert run() == {"waiting": 1}
    assert run() == {}
    clock.move(minutes=1)
    assert run() == {"waiting": 1}
    clock.move(minutes=5)
    assert run() == {"sent": 1}
    assert len({body["ref"] for _, body in sms.seen}) == 1  # the gateway can know it again


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_gateway_that_says_no_is_not_asked_again(answered, run, sms, session, clock, status):
    answered()
    sms.statuses = [status]
    assert run() == {"refused": 1}
    clock.move(hours=2)
    assert run() == {}
    assert len(sms.seen) == 1


@pytest.mark.parametrize("status", ["break", 504])
def test_what_may_have_gone_is_not_sent_again(answered, run, sms, session, clock, status):
    answered()
    sms.statuses = [status]
    assert run() == {"unclear": 1}
    clock.move(hours=2)
    assert run() == {}
    assert len(sms.seen) == 1


def test_a_gateway_that_is_away_is_asked_again(answered, run, sms, session, clock):
    answered()
    sms.close()
    assert run() == {"waiting": 1}
    assert state(session) == ["waiting"]


@pytest.mark.parametrize(
    ("does", "becomes"),
    [("later", "waiting"), ("busy", "waiting"), ("nobody", "refused"), ("break", "unclear")],
)
def test_what_a_mail_server_may_say(answered, run, mail, session, clock, does, becomes):
    answered(way="email", details="meg@example.org")
    mail.answers = [does]
    assert run() == {becomes: 1}
    clock.move(minutes=2)
    assert run() == ({"sent": 1} if becomes == "waiting" else {})
    assert len(mail.mails) == (becomes == "waiting")


def test_a_mail_server_with_a_strangers_certificate_gets_nothing(
    answered, sending, engine, vault, clock, mail, session
):
    answered(way="email", details="meg@example.org")
    trusting_nobody = dataclasses.replace(sending, smtp=dataclasses.replace(sending.smtp, ca_file=None))
    assert notices.send_due(lambda: Session(engine), vault, clock, trusting_nobody) == {"waiting": 1}
    assert (mail.mails, mail.logins) == ([], [])


@pytest.mark.parametrize("details", ["spør mamma", "12", "a@b\r\nBcc: c@d", "+"])
def test_what_is_no_address_is_refused_here(answered, run, sms, mail, details):
    answered(details=details)
    answered(way="email", details=details)
    assert run() == {"refused": 2}
    assert (sms.seen, mail.mails) == ([], [])


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("900 00 000", "+4790000000"),
        ("+47 90000000", "+4790000000"),
        ("0047 900-00-000", "+4790000000"),
        ("+46 70 123 45 67", "+46701234567"),
        ("12345", None),
        ("", None),
    ],
)
def test_numbers_as_they_are_typed(typed, number):
    assert notices.phone_number(typed) == number


# --- Beside it ------------------------------------------------------------------------------------------------


def test_no_log_line_says_to_whom_or_what(answered, run, sms, mail, caplog):
    caplog.set_level(logging.DEBUG)
    answered()
    answered(way="email", details="meg@example.org")
    sms.statuses = [500]
    mail.answers = ["nobody"]
    run()
    ours = [record for record in caplog.records if record.name.startswith("web")]
    assert len(ours) == 2
    shown = "\n".join(SafeFormatter().format(record) for record in ours)
    everything = shown + "\n".join(record.getMessage() for record in ours)
    for secret in (
        "900",
        "meg@",
        "example.org",
        "Zvartbakke",
        "beskjed",
        "melding",
        "key-of-the-gateway",
        PASSWORD,
    ):
        assert secret not in everything.replace(ours[0].args[0], "").replace(ours[1].args[0], ""), secret


def test_a_request_does_not_wait_for_a_gateway(answered, run, sms, session, vault, clock, employee):
    """Writing a message only fills the outbox: the gateway hears of it when the worker runs."""
    answered()
    assert sms.seen == []
    assert state(session) == ["waiting"]


def test_the_command_line(monkeypatch, tmp_path, new_case, employee, sms, compiled_translations):
    from click.testing import CliRunner

    from web import cli
    from web.db import make_engine
    from web.security.vault import KeyRing, Vault

    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path))
    monkeypatch.setattr(cli, "set_up_logging", lambda: None)
    runner = CliRunner()
    assert runner.invoke(cli.cli, ["db", "upgrade"]).exit_code == 0
    assert runner.invoke(cli.cli, ["keys", "create"]).exit_code == 0
    none = runner.invoke(cli.cli, ["notices", "send"])
    assert none.exit_code == 1
    assert "PORTAL_SMS_URL" in none.output
    monkeypatch.setenv("PORTAL_SMS_URL", sms.url)
    engine, clock = make_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}"), cases.SystemClock()
    vault = Vault(KeyRing.load(tmp_path / "keys"))
    with Session(engine) as session:
        # Acute: whatever time of day the tests run at, nothing rests.
        new = new_case(notices_ok=True, details="90000000", acute_kinds=("violence",))
        case_id = cases.send_case(session, vault, clock, new).case_id
        cases.write_message(session, vault, clock, case_id, "Hei", employee)
    assert runner.invoke(cli.cli, ["notices", "send"]).output == "1 sent\n"
    assert runner.invoke(cli.cli, ["notices", "send"]).output == "Nothing to send.\n"
    engine.dispose()
    assert sms.seen[0][1] == {"to": "+4790000000", "text": "Du har ei melding"}


# --- Settings -------------------------------------------------------------------------------------------------


def from_environment(**settings: str) -> Config:
    return Config.from_environment({f"PORTAL_{name}": value for name, value in settings.items()})


def test_settings_are_read_and_hidden():
    config = from_environment(
        SMTP_HOST="smtp.example.no",
        SMTP_FROM="post@example.no",
        SMTP_USER="me",
        SMTP_PASSWORD="very-secret",
        SMS_URL="https://sms.example.no/send",
        SMS_HEADERS='{"X-Key": "very-secret"}',
        NOTICE_ADDRESS="svar.example.no",
    )
    assert config.smtp is not None
    assert (config.smtp.port, config.smtp.tls) == (587, "starttls")
    assert config.sms is not None
    assert config.sms.headers == (("X-Key", "very-secret"),)
    assert notices.ways(config) == ("sms", "email")
    for shown in (repr(config), repr(config.smtp), repr(config.sms)):
        assert "very-secret" not in shown
    assert notices.ways(from_environment()) == ()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SMTP_HOST": "smtp.example.no"}, "SMTP_FROM"),
        ({"SMTP_HOST": "smtp.example.no", "SMTP_FROM": "a@b.no", "SMTP_TLS": "off"}, "SMTP_TLS"),
        ({"SMTP_HOST": "smtp.example.no", "SMTP_FROM": "a@b.no", "SMTP_TLS": "perhaps"}, "SMTP_TLS"),
        ({"SMTP_HOST": "smtp.example.no", "SMTP_FROM": "a@b.no", "SMTP_PORT": "x"}, "SMTP_PORT"),
        ({"SMTP_HOST": "smtp.example.no", "SMTP_FROM": "a@b.no", "SMTP_CA": "/no/such"}, "SMTP_CA"),
        ({"SMS_URL": "http://sms.example.no"}, "SMS_URL"),
        ({"SMS_URL": "https://sms.example.no", "SMS_BODY": "{secret"}, "SMS_BODY"),
        ({"SMS_URL": "https://sms.example.no", "SMS_BODY": '{"to": "{to}"}'}, "SMS_BODY"),
        ({"SMS_URL": "https://sms.example.no", "SMS_HEADERS": "[1]"}, "SMS_HEADERS"),
        ({"NOTICE_ADDRESS": "svar.example.no/sak?id=7"}, "NOTICE_ADDRESS"),
    ],
)
def test_wrong_settings_are_named_without_their_value(settings, named):
    with pytest.raises(ConfigError, match=f"PORTAL_{named}") as caught:
        from_environment(**settings)
    assert "secret" not in str(caught.value)


def test_the_words_are_the_same_everywhere():
    """What the return page promises that the notice says, is what it says."""
    for language, said in (("nb", "Du har en beskjed"), ("nn", "Du har ei melding")):
        assert notices.notice_text(ROOT / "locales", language) == said
        texts = (ROOT / "locales" / language / "LC_MESSAGES" / "citizen.po").read_text(encoding="utf-8")
        assert f"«{said}»" in texts
