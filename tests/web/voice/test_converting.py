"""What becomes of a sound file: one form, nothing but the sound, whatever came in."""

from __future__ import annotations

import io
import itertools
import os
import struct
import subprocess
import sys
import time
from array import array

import av
import pytest

from tests.web.voice.sounds import KINDS, TRACE, about, sound, video
from web import audio
from web.audio import worker


def problem(upload: bytes) -> str:
    with pytest.raises(audio.AudioProblem) as raised:
        audio.convert(upload)
    return raised.value.problem


@pytest.mark.parametrize("kind", KINDS)
def test_what_phones_make_becomes_one_form_without_metadata(kind):
    upload = sound(kind)
    kept = audio.convert(upload)
    container, codec, rate, seconds, metadata = about(kept.content)
    assert (container, codec, rate) == ("mp3", "mp3float", 24000)
    assert seconds == pytest.approx(2.0, abs=0.15)
    assert kept.seconds == pytest.approx(2.0, abs=0.15)
    assert metadata == {}
    for trace in (TRACE, "+59.9", "ID3", "TSSE"):
        assert trace.encode() not in kept.content


def test_the_traces_were_there_before():
    """The test before this one can fail."""
    for kind in ("webm/opus", "mp4/aac", "wav", "mp3", "ogg/opus", "flac"):
        assert TRACE.encode() in sound(kind), kind


def test_it_is_the_same_sound():
    """A tone of 440 swings a second is one afterwards."""
    with av.open(io.BytesIO(audio.convert(sound("mp4/aac", pitch=440)).content)) as opened:
        heard = array("h")
        resampler = av.AudioResampler("s16", "mono", 24000)
        for frame in opened.decode(audio=0):
            for even in resampler.resample(frame):
                heard.frombytes(bytes(even.planes[0])[: even.samples * 2])
    middle = heard[12000:36000]
    crossings = sum(1 for a, b in itertools.pairwise(middle) if a < 0 <= b)
    assert crossings == pytest.approx(440, abs=3)
    assert max(middle) == pytest.approx(8000, rel=0.1)


def test_the_content_decides_and_not_the_name():
    """A picture, a text and a program are no sound, whatever they are called."""
    for content in (
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"#!/bin/sh\necho hei\n" * 50,
        b"\x7fELF" + bytes(500),
    ):
        assert problem(content) == "not_audio"


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=audio 9 RTP/AVP 0\r\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    ],
)
def test_a_list_that_names_other_files_opens_none(content):
    assert problem(content) == "not_audio"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lambda: b"", "empty"),
        (lambda: sound(seconds=0.2), "empty"),
        (lambda: sound(loudness=0, seconds=3), "silent"),
        (video, "no_sound_track"),
        (lambda: bytes(5000), "not_audio"),
        (lambda: sound("webm/opus")[:100], "not_audio"),
        (lambda: b"\0\0\0\x18ftypisom" + os.urandom(5000), "not_audio"),
        (lambda: b"OggS" + os.urandom(5000), "not_audio"),
        (lambda: bytes(audio.MOST_UPLOAD + 1), "too_large"),
    ],
    ids=[
        "nothing",
        "a click",
        "silence",
        "pictures",
        "zeros",
        "a head",
        "half an mp4",
        "broken ogg",
        "large",
    ],
)
def test_what_cannot_be_used_says_why(content, expected):
    assert problem(content()) == expected


def test_five_minutes_are_kept_and_more_are_not():
    kept = audio.convert(sound("3gp/amr", seconds=300))
    assert kept.seconds == 300
    assert about(kept.content)[3] == pytest.approx(300, abs=0.5)
    assert len(kept.content) < 1_600_000
    assert problem(sound("3gp/amr", seconds=310)) == "too_long"


def test_what_was_cut_off_is_kept_as_far_as_it_can_be_heard():
    upload = sound("webm/opus", seconds=4)
    assert audio.convert(upload[: len(upload) // 2]).seconds == pytest.approx(2, abs=0.6)


def test_a_small_file_that_unpacks_to_hours_ends_at_once():
    """Hours of silence in FLAC: some hundred kilobytes that would be gigabytes."""
    bomb = sound("flac", seconds=3600, loudness=0)
    assert len(bomb) < 1_500_000
    assert problem(bomb) == "too_long"


def test_a_header_that_promises_more_than_memory_ends_the_worker_and_not_the_portal():
    """A WAV that says it has 65,535 channels of 4 gigasamples, and an MP4 whose table has four billion entries."""
    wav = b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVEfmt "
    wav += struct.pack("<IHHIIHH", 16, 1, 65535, 2**31, 2**31, 65535, 16)
    wav += b"data" + struct.pack("<I", 2**32 - 1) + bytes(1_000_000)
    good = sound("mp4/aac")
    at = good.index(b"stsz")
    table = good[: at + 8] + struct.pack(">II", 0, 2**32 - 1) + good[at + 16 :]
    for content in (wav, table):
        assert problem(content) in ("not_audio", "silent", "empty", "too_long")
    assert audio.convert(sound()).seconds > 1


def test_an_answer_that_takes_too_long_is_not_waited_for(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    ended = tmp_path / "ended"
    slow.write_text(f"import pathlib, time\ntime.sleep(3)\npathlib.Path({str(ended)!r}).touch()\n")
    monkeypatch.setattr(audio, "WORKER", slow)
    monkeypatch.setattr(audio, "SECONDS", 0.5)
    assert problem(sound()) == "not_audio"
    time.sleep(4)
    assert not ended.exists(), "the worker was ended, not left to run"


def test_a_worker_that_lies_is_not_believed(monkeypatch, tmp_path):
    liar = tmp_path / "liar.py"
    monkeypatch.setattr(audio, "WORKER", liar)
    for said in (
        b"",
        b"hei",
        b"[]\n",
        b'{"seconds": 3, "bytes": 9}\nabc',
        b'{"seconds": -1, "bytes": 3}\nabc',
        b'{"problem": "<b>"}\n',
        b'{"seconds": "nan", "bytes": 3}\nabc',
    ):
        liar.write_text(f"import sys\nsys.stdout.buffer.write({said!r})\n")
        assert problem(sound()) == "not_audio"


def test_no_room_is_told(monkeypatch):
    monkeypatch.setattr(audio, "_WAIT", 0.05)
    for _ in range(audio.AT_ONCE):
        assert audio._room.acquire(blocking=False)
    try:
        assert problem(sound()) == "busy"
    finally:
        for _ in range(audio.AT_ONCE):
            audio._room.release()


def test_the_worker_can_write_no_file(tmp_path):
    """Whatever an upload makes ffmpeg do: with the worker's limits, a file stays empty."""
    target = tmp_path / "leak"
    script = (
        "import sys, signal\n"
        f"sys.path.insert(0, {str(audio.WORKER.parent)!r})\n"
        "import worker\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "worker.limits()\n"
        f"f = open({str(target)!r}, 'wb', buffering=0)\n"
        "try:\n    f.write(b'plain sound')\nexcept OSError as e:\n    print(e.errno)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "27"
    assert target.read_bytes() == b""


def test_the_worker_agrees_with_the_portal():
    assert (worker.MOST_BYTES, worker.MOST_SECONDS) == (audio.MOST_UPLOAD, audio.MOST_SECONDS)
