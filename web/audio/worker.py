"""Reads one recording from stdin and writes it to stdout as it is kept. Started by web.audio, one process for each.

Imports nothing of the portal: a mistake in ffmpeg's code that an upload makes use of finds no key, no database address and
no environment here, may write no file, and ends at a limit of memory or time.

Answer: a line of JSON, {"seconds": 12.3, "bytes": 61500} or {"problem": "silent"}, then the sound.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
from array import array
from collections.abc import Iterator
from typing import Any

import av

MOST_BYTES = 32 * 1024 * 1024
MOST_SECONDS = 300
GRACE_SECONDS = 3
"""A recorder that stops by itself after five minutes gives a little more than that."""
LEAST_SECONDS = 0.5
LEAST_PEAK = 40
"""Loudest sample of 32,767 below which nobody said anything: about -58 dB, under the hiss of any microphone."""
RATE = 24_000
"""Samples a second: holds all of a voice, is a rate of MP3, and half of what phones record."""
BIT_RATE = 40_000
MEMORY = 1024**3
CPU_SECONDS = 30

SOUNDS = (
    "opus,libopus,vorbis,aac,aac_latm,mp3,mp3float,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,flac,alac,"
    "pcm_s16le,pcm_s16be,pcm_u8,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f32be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)


class Refused(Exception):
    """Why the recording cannot be used."""


def limits() -> None:
    """No files, no core dump (it would hold the sound), bounded memory and time."""
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
    ):
        # macOS knows RLIMIT_AS but refuses to set it; time and the size of the answer are limited by the portal too.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def kinds(upload: bytes) -> tuple[str, ...]:
    """Which of ffmpeg's readers may look at it, by the first bytes. Never by a name, and never all of them: some open
    other files or addresses that an upload names.
    """
    start = upload[:16]
    if start[:4] == b"\x1a\x45\xdf\xa3":
        return ("matroska",)
    if start[:4] == b"OggS":
        return ("ogg",)
    if start[4:8] == b"ftyp":
        return ("mp4",)
    if start[:4] in (b"RIFF", b"RF64") and start[8:12] == b"WAVE":
        return ("wav",)
    if start[:5] == b"#!AMR":
        return ("amr",)
    if start[:4] == b"fLaC":
        return ("flac",)
    if start[:4] == b"caff":
        return ("caf",)
    if start[:3] == b"ID3":
        return ("mp3", "aac")
    if len(start) > 1 and start[0] == 0xFF and start[1] & 0xF6 == 0xF0:
        return ("aac",)
    if len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0:
        return ("mp3",)
    return ()


def opened(upload: bytes) -> Any:
    """The upload, opened by the reader that its first bytes name."""
    for kind in kinds(upload):
        with contextlib.suppress(av.FFmpegError, ValueError):
            return av.open(
                io.BytesIO(upload),
                format=kind,
                metadata_errors="ignore",
                # «none» is the name of no protocol: nothing else can be opened from inside the file.
                options={"protocol_whitelist": "none", "codec_whitelist": SOUNDS},
            )
    raise Refused("not_audio")


def frames(source: Any) -> Iterator[Any]:
    """The decoded frames of the first sound track. A damaged stretch is left out; what can be heard is kept."""
    track = source.streams.audio[0]
    packets = iter(source.demux(track))
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            return  # cut off: the upload ends here
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def even(upload: bytes) -> Iterator[Any]:
    """The sound as mono frames of RATE samples a second, 16 bits each."""
    with opened(upload) as source:
        if not source.streams.audio:
            raise Refused("no_sound_track")
        shape: tuple[Any, ...] = ()
        resampler: Any = None
        for frame in frames(source):
            # A phone that changes its mind midway (a headset is plugged in) begins a new shape.
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != shape:
                if resampler is not None:
                    yield from resampler.resample(None)
                resampler, shape = av.AudioResampler(format="s16", layout="mono", rate=RATE), now
            frame.pts = None
            yield from resampler.resample(frame)
        if resampler is not None:
            yield from resampler.resample(None)


def convert(upload: bytes) -> tuple[bytes, float]:
    """The recording as it is kept, and its seconds."""
    out = io.BytesIO()
    samples, peak = 0, 0
    # No tag of any kind, also not which program wrote it.
    options = {"id3v2_version": "0", "write_id3v1": "0", "fflags": "+bitexact"}
    with av.open(out, "w", format="mp3", options=options) as target:
        track: Any = target.add_stream("libmp3lame", rate=RATE, layout="mono")
        track.bit_rate = BIT_RATE
        for frame in even(upload):
            samples += frame.samples
            if samples > (MOST_SECONDS + GRACE_SECONDS) * RATE:
                raise Refused("too_long")
            heard = array("h", bytes(frame.planes[0])[: frame.samples * 2])
            if heard:
                peak = max(peak, max(heard), -min(heard))
            frame.pts = None
            for packet in track.encode(frame):
                target.mux(packet)
        if samples < LEAST_SECONDS * RATE:
            raise Refused("empty" if samples else "not_audio")
        if peak < LEAST_PEAK:
            raise Refused("silent")
        for packet in track.encode(None):
            target.mux(packet)
    return out.getvalue(), samples / RATE


def main() -> int:
    """Answer on stdout."""
    av.logging.set_level(None)
    limits()
    sound = b""
    try:
        upload = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(upload) > MOST_BYTES:
            raise Refused("too_large")
        sound, seconds = convert(upload)
        said: dict[str, Any] = {"seconds": round(seconds, 2), "bytes": len(sound)}
    except Refused as why:
        said = {"problem": str(why)}
    except (av.FFmpegError, ValueError, MemoryError, IndexError):
        said = {"problem": "not_audio"}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + sound)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
