"""What the assistant answers is untrusted: a real local peer that lies, and the client's reading of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from web.assistant import Assistant, AssistantUnavailable

GOOD: dict[str, Any] = {
    "messages": [{"text": "Hei", "buttons": [{"title": "Ja", "payload": '/answer{"safe_now": "yes"}'}]}],
    "understanding": {
        "language": "nn",
        "intent": "tell",
        "questions": [],
        "needs": [
            {"id": "sleep", "confidence": 0.9, "evidence": [[0, 3], [2, 99], [-1, 2], ["a", 1], [2, 1]]}
        ],
        "denied_needs": [],
        "acute": {"flag": False, "kinds": [], "confidence": 0.1, "evidence": []},
    },
    "conversation": {"needs": [], "acute_kinds": []},
    "facts": {"safe_now": "yes", "about": "skipped", "age": 14, "hope": None},
    "asked": "age",
    "language": "nn",
}


class Peer:
    """Answers whatever it is told to."""

    def __init__(self) -> None:
        self.answer: bytes = json.dumps(GOOD).encode()
        self.status = 200
        self.delay = 0.0
        self.seen: list[dict[str, Any]] = []


@pytest.fixture
def peer() -> Iterator[tuple[Peer, Assistant]]:
    state = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(state.delay)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.answer)))
            self.end_headers()
            self.wfile.write(state.answer)

        def log_message(self, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state, Assistant(f"http://127.0.0.1:{server.server_port}", "t", 0.5)
    server.shutdown()
    server.server_close()


def ask(assistant: Assistant) -> Any:
    return assistant.turn("c" * 22, language="nn", text="sove")


def test_a_good_answer_is_read_and_spans_outside_the_text_are_dropped(peer: tuple[Peer, Assistant]) -> None:
    state, assistant = peer
    turn = ask(assistant)
    assert turn.understanding.needs[0].evidence == ((0, 3),)
    assert (turn.facts.safe_now, turn.facts.about, turn.facts.age) == ("yes", None, 14)
    assert turn.facts.skipped == {"about"}
    assert turn.asked == "age"
    assert state.seen == [
        {"conversation": "c" * 22, "language": "nn", "facts": {}, "told": False, "text": "sove"}
    ]


def changed(path: str, value: Any) -> bytes:
    answer: Any = json.loads(json.dumps(GOOD))
    place = answer
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return json.dumps(answer).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("messages", "hei"),
        ("messages", [{"text": "a"}] * 50),
        ("messages.0", "hei"),
        ("messages.0.text", 7),
        ("messages.0.text", "x" * 5000),
        ("messages.0.buttons.0.payload", "javascript:alert(1)"),
        ("messages.0.buttons.0.payload", '/answer{"age": "14"} /restart'),
        ("messages.0.buttons.0.title", ""),
        ("understanding", None),
        ("understanding.needs.0.confidence", 7),
        ("understanding.needs.0.confidence", "high"),
        ("understanding.needs.0.id", "<script>"),
        ("understanding.acute.confidence", True),
        ("language", "sv"),
    ],
)
def test_what_is_not_an_answer_counts_as_no_answer(
    peer: tuple[Peer, Assistant], path: str, value: Any
) -> None:
    state, assistant = peer
    state.answer = changed(path, value)
    with pytest.raises(AssistantUnavailable):
        ask(assistant)


@pytest.mark.parametrize("answer", [b"", b"hei", b"[]", b"null", b"\xff\xfe"])
def test_not_an_object(peer: tuple[Peer, Assistant], answer: bytes) -> None:
    state, assistant = peer
    state.answer = answer
    with pytest.raises(AssistantUnavailable):
        ask(assistant)


def test_errors_and_slowness_count_as_no_answer_and_hold_no_words(peer: tuple[Peer, Assistant]) -> None:
    state, assistant = peer
    state.status = 500
    with pytest.raises(AssistantUnavailable) as error:
        ask(assistant)
    assert "sove" not in str(error.value)
    state.status, state.delay = 200, 1.0
    with pytest.raises(AssistantUnavailable):
        ask(assistant)


def test_nobody_there() -> None:
    assistant = Assistant("http://127.0.0.1:9", "t", 0.5)
    assert not assistant.healthy()
    assistant.forget("c" * 22)
    with pytest.raises(AssistantUnavailable):
        ask(assistant)
