"""A person's recording, made into the one form in which it is kept: mono MP3 without anything but the sound.

    found = audio.convert(upload)      # bytes in, Sound out, AudioProblem when it cannot be used

Knows neither Flask nor the database. What came over the network is read by ffmpeg's code (through PyAV) in a process of
its own that may write no files, has limits on memory and time, and lives for one recording (worker.py). Nothing touches
a disk. Why MP3, and why so: docs/decisions/0013-voice.md.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast, get_args

Problem = Literal["empty", "not_audio", "no_sound_track", "silent", "too_long", "too_large", "busy"]
PROBLEMS: tuple[Problem, ...] = get_args(Problem)

MIME = "audio/mpeg"
"""The media type of what is kept."""
MOST_SECONDS = 300
"""Longest recording, in seconds."""
MOST_UPLOAD = 32 * 1024 * 1024
"""Largest upload, in bytes: five minutes of uncompressed mono sound, the most that a phone makes, are 29 MB."""
MOST_KEPT = 4 * 1024 * 1024
"""More than the worker can rightly answer with, in bytes: five minutes are 1.5 MB."""
WORKER = Path(__file__).with_name("worker.py")
SECONDS = 45.0
"""How long one recording may take. Five minutes of any format take two or three."""
AT_ONCE = 2
"""Recordings read at the same time in one process of the portal; others wait."""
_WAIT = 20.0

_room = threading.BoundedSemaphore(AT_ONCE)


class AudioProblem(Exception):
    """The upload cannot be used; `problem` says why. The message holds nothing of what was in it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"the recording cannot be used: {problem}")
        self.problem = problem


@dataclass(frozen=True)
class Sound:
    """What is kept of a recording."""

    content: bytes
    """MP3, mono, constant bit rate, without tags."""
    seconds: float


def convert(upload: bytes) -> Sound:
    """The upload as it is kept, whatever phone made it.

    Raises:
        AudioProblem: empty, too large, not sound, without a sound track, silent, longer than MOST_SECONDS, or no room
            now (busy).
    """
    if not upload:
        raise AudioProblem("empty")
    if len(upload) > MOST_UPLOAD:
        raise AudioProblem("too_large")
    if not _room.acquire(timeout=_WAIT):
        raise AudioProblem("busy")
    try:
        answer = _in_a_process(upload)
    finally:
        _room.release()
    return _read(answer)


def _in_a_process(upload: bytes) -> bytes:
    """What the worker answers; nothing when it ended by a limit."""
    # -I: neither the environment nor the folder decides what is imported.
    worker = subprocess.Popen(  # noqa: S603 - our own program, no argument from outside
        [sys.executable, "-I", str(WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    stdin, stdout = cast("IO[bytes]", worker.stdin), cast("IO[bytes]", worker.stdout)

    def write() -> None:
        with contextlib.suppress(OSError):
            stdin.write(upload)
        with contextlib.suppress(OSError):
            stdin.close()

    limit = threading.Timer(SECONDS, worker.kill)
    writer = threading.Thread(target=write, daemon=True)
    limit.start()
    writer.start()
    try:
        answer = stdout.read(MOST_KEPT)
    finally:
        limit.cancel()
        worker.kill()
        worker.wait()
        writer.join()
        stdout.close()
    return answer


def _read(answer: bytes) -> Sound:
    """The worker's answer: one line of JSON, then the sound. It is not trusted more than the upload was."""
    head, _, content = answer.partition(b"\n")
    try:
        said = json.loads(head)
        problem, seconds, size = said.get("problem"), float(said.get("seconds", 0)), said.get("bytes")
    except (ValueError, TypeError, AttributeError):
        raise AudioProblem("not_audio") from None
    if problem is not None:
        raise AudioProblem(problem if problem in PROBLEMS else "not_audio")
    if size != len(content) or not 0 < seconds <= MOST_SECONDS + 5:
        raise AudioProblem("not_audio")
    return Sound(content, min(seconds, float(MOST_SECONDS)))
