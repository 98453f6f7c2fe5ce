"""Sound files as phones and programs make them, each with traces of its maker in it."""

from __future__ import annotations

import io
import math
from array import array
from functools import cache
from typing import Any

import av

TRACE = "Zvartbakke-93"
"""In every file's metadata: title, place, and who made it."""
#: container, codec, samples a second
KINDS: dict[str, tuple[str, str, int]] = {
    "webm/opus": ("webm", "libopus", 48000),
    "mp4/aac": ("mp4", "aac", 44100),
    "fragmented mp4/aac": ("mp4", "aac", 48000),
    "ogg/opus": ("ogg", "libopus", 48000),
    "wav": ("wav", "pcm_s16le", 44100),
    "3gp/amr": ("3gp", "libopencore_amrnb", 8000),
    "3gp/aac": ("3gp", "aac", 44100),
    "amr": ("amr", "libopencore_amrnb", 8000),
    "mp3": ("mp3", "libmp3lame", 44100),
    "aac": ("adts", "aac", 44100),
    "caf": ("caf", "pcm_s16le", 48000),
    "flac": ("flac", "flac", 44100),
}
NO_METADATA = ("amr", "adts")


@cache
def sound(kind: str = "webm/opus", seconds: float = 2.0, loudness: int = 8000, pitch: int = 440) -> bytes:
    """A file of this kind with a tone in it."""
    container, codec, rate = KINDS[kind]
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"} if kind.startswith("fragmented") else {}
    with av.open(out, "w", format=container, options=options) as target:
        if container not in NO_METADATA:
            target.metadata.update(
                {"title": TRACE, "artist": TRACE, "comment": TRACE, "location": "+59.9+010.7/"}
            )
        track: Any = target.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(
            track.codec_context.format.name, "mono", rate, track.codec_context.frame_size or 1024
        )
        count = int(seconds * rate)
        tone = array("h", [int(loudness * math.sin(2 * math.pi * pitch * n / rate)) for n in range(rate)])
        for start in range(0, count, rate):
            samples = tone[: min(rate, count - start)]
            frame = av.AudioFrame("s16", "mono", len(samples))
            frame.planes[0].update(samples.tobytes())
            frame.sample_rate, frame.pts = rate, start
            for even in resampler.resample(frame):
                target.mux(track.encode(even))
        for even in resampler.resample(None):
            target.mux(track.encode(even))
        target.mux(track.encode(None))
    return out.getvalue()


@cache
def video() -> bytes:
    """Pictures without sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        track: Any = target.add_stream("mpeg4", rate=10)
        track.width = track.height = 64
        track.pix_fmt = "yuv420p"
        for number in range(10):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            target.mux(track.encode(frame))
        target.mux(track.encode(None))
    return out.getvalue()


def about(content: bytes) -> tuple[str, str, int, float, dict[str, str]]:
    """Container, codec, samples a second, seconds and metadata of a file."""
    with av.open(io.BytesIO(content)) as opened:
        track = opened.streams.audio[0]
        seconds = sum(f.samples for f in opened.decode(track)) / track.codec_context.sample_rate
        found = {**opened.metadata, **track.metadata}
        return opened.format.name, track.codec_context.name, track.codec_context.sample_rate, seconds, found
