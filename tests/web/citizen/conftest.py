"""A small real peer in the assistant's place, and a browser without JavaScript.

The peer speaks the assistant's own language over HTTP; what it understands is a handful of words, so that a test can say
what it means in the text it sends. The real client stands between, with its time limit and its suspicion.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from web.assistant import Assistant

TOKEN = "a-token-of-at-least-thirty-two-characters"
ASK_SAFE = {
    "text": "Er du trygg der du er nå?",
    "buttons": [
        {"title": "Ja, jeg er trygg", "payload": '/answer{"safe_now": "yes"}'},
        {"title": "Nei", "payload": '/answer{"safe_now": "no"}'},
        {"title": "Hopp over", "payload": "/skip"},
    ],
}
WORDS = {"mobb": "bullying", "sover ikke": "sleep", "søv ikkje": "sleep", "krangl": "family_conflict"}
DANGER = {"ta livet mitt": "suicide", "slår meg": "violence"}
INTENTS = {
    "hei": "greet",
    "nei": "deny",
    "start på nytt": "restart",
    "kan jeg snakke med noen": "ask_human",
    "når får jeg svar": "ask_how_long",
    "hvem leser": "ask_who_reads",
    "hvem er det som svarer": "ask_who_reads",
    "skriv nynorsk": "switch_to_nn",
    "takk": "thanks",
    "kanskje helsesykepleier": "dont_know",
    "15": "answer_ahead",
    "søke om garasje": "out_of_scope",
}


class Peer:
    """The assistant's place on loopback."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.status = 200
        self.seen: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.in_english = False  # answers in English, whatever is asked for
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Authorization"] == f"Bearer {TOKEN}"
                time.sleep(peer.delay)
                answer = json.dumps(peer.answer(self.path.rsplit("/", 1)[1], body)).encode()
                self.send_response(peer.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                try:
                    self.wfile.write(answer)
                except BrokenPipeError:  # the client had waited long enough
                    return

            def log_message(self, *args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route == "forget":
            self.forgotten.append(body["conversation"])
            return {"forgotten": True}
        if route == "understand":
            return {"understood": [{**self.understood(text), "facts": {}} for text in body["texts"]]}
        self.seen.append(body)
        return self.turn(body)

    def turn(self, body: dict[str, Any]) -> dict[str, Any]:
        facts = self.facts.setdefault(
            body["conversation"], {"safe_now": None, "about": None, "age": None, "hope": None}
        )
        facts.update({name: value for name, value in body["facts"].items() if value is not None})
        text, payload = body.get("text") or "", body.get("payload")
        understanding = self.understood(text)
        if payload:
            understanding["intent"] = "answer"
            facts.update(
                json.loads(payload[len("/answer") :])
                if payload.startswith("/answer")
                else {"safe_now": "skipped"}
            )
        age = re.search(r"\b(\d{1,2}) år|jeg er (\d{1,2})", text, re.IGNORECASE)
        if age:
            facts.update(age=int(age.group(1) or age.group(2)), about="self")
        hope = re.search(r"jeg håper (.*)", text)
        if hope:
            facts["hope"], understanding["intent"] = text, "answer"
        messages: list[dict[str, Any]] = []
        if understanding["acute"]["flag"]:
            messages.append({"text": "Er det fare for liv nå? Ring 113.", "buttons": [], "danger": True})
        messages.append({"text": "Slik forstår jeg det.", "buttons": []})
        if facts["safe_now"] is None:
            messages.append(ASK_SAFE)
        if text.isdigit():
            facts["age"] = int(text)
        language = "nn" if understanding["intent"] == "switch_to_nn" else body["language"]
        if self.in_english:
            language = "en"
        return {
            "messages": messages,
            "understanding": understanding,
            "conversation": {"needs": [], "acute_kinds": []},
            "facts": facts,
            "asked": None,
            "language": language,
        }

    @staticmethod
    def understood(text: str) -> dict[str, Any]:
        low = text.lower()
        needs = [
            {"id": need, "confidence": 0.9, "evidence": [[low.index(word), low.index(word) + len(word)]]}
            for word, need in WORDS.items()
            if word in low
        ]
        kinds = [kind for phrase, kind in DANGER.items() if phrase in low]
        return {
            "language": "other" if "my boy" in low else "nn" if "ikkje" in low else "nb",
            "intent": INTENTS.get(low.strip(" .?"), ("takk" in low and "thanks") or "tell"),
            "questions": [],
            "needs": needs,
            "denied_needs": [],
            "acute": {
                "flag": bool(kinds),
                "kinds": kinds,
                "confidence": 0.9 if kinds else 0.0,
                "evidence": [],
            },
        }


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def assistant(peer: Peer) -> Assistant:
    """The portal's own client, pointed at the peer."""
    return Assistant(peer.url, TOKEN, timeout_s=1.0)


class Outline(HTMLParser):
    """What a test asks of a page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


class Page:
    """An answer of the portal."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.path = response.request.path
        self.headers = response.headers
        self.html = response.get_data(as_text=True)
        self.outline = Outline(self.html)

    @property
    def text(self) -> str:
        """Everything that can be read on it, with single spaces."""
        return " ".join(" ".join(self.outline.words).split())

    def value(self, name: str) -> str | None:
        """What stands in a field."""
        area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', self.html, re.DOTALL)
        if area:
            return unescape(area.group(1))
        return next((i.get("value") for i in self.outline.all("input") if i.get("name") == name), None)

    def chosen(self, name: str) -> list[str | None]:
        """Ticked boxes and chosen radio buttons."""
        return [i.get("value") for i in self.outline.all("input") if i.get("name") == name and "checked" in i]


class Browser:
    """Follows redirects, sends the token that stands in the page, keeps every address and cookie it has seen."""

    def __init__(self, app: Any) -> None:
        self.client = app.test_client()
        self.page: Page | None = None
        self.addresses: list[str] = []
        self.cookies: list[str] = []

    def get(self, path: str) -> Page:
        return self._took(self.client.get(path, follow_redirects=True))

    def send(self, path: str, data: dict[str, Any] | None = None, **fields: Any) -> Page:
        """Send the form with these fields. A page must have been opened before."""
        assert self.page is not None
        return self._took(
            self.client.post(
                path, data={"csrf_token": self.token, **(data or {}), **fields}, follow_redirects=True
            )
        )

    @property
    def token(self) -> str:
        assert self.page is not None
        token = self.page.value("csrf_token")
        assert token
        return token

    def _took(self, response: Any) -> Page:
        for one in (*response.history, response):
            self.addresses += [one.request.url, one.headers.get("Location", "")]
            self.cookies += one.headers.getlist("Set-Cookie")
        self.page = Page(response)
        return self.page

    def tell(self, text: str, **more: Any) -> Page:
        return self.send("/", text=text, say="1", **more)


@pytest.fixture
def browser(app: Any) -> Browser:
    browser = Browser(app)
    browser.get("/?lang=nb")
    return browser


@pytest.fixture
def browser_of() -> Any:
    """browser_of(app): a browser at another portal than the usual one."""

    def make(app: Any) -> Browser:
        browser = Browser(app)
        browser.get("/?lang=nb")
        return browser

    return make
