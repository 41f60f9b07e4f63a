"""Recordings of every format, damaged in every way, by a seeded generator."""

from __future__ import annotations

import base64
import json
import random
import struct
from collections.abc import Callable
from pathlib import Path

from tests.encoded import FORMATS, encode

SECONDS = 6.0
OTHER_FORMATS = [
    ("libopencore_amrnb", "amr", 8000),
    ("libopus", "mka", 48000),
    ("pcm_mulaw", "au", 8000),
    ("pcm_s16be", "aiff", 8000),
    ("pcm_s16le", "caf", 16000),
    ("pcm_s16le", "w64", 8000),
    ("libopus", "webm", 48000),
    ("aac", "aac", 16000),
]


def whole_recordings(folder: Path) -> dict[str, bytes]:
    """One sound recording a format, by ``codec.suffix``."""
    made = {}
    folder.mkdir(parents=True, exist_ok=True)
    for index, (codec, suffix, rate_hz) in enumerate([*FORMATS, *OTHER_FORMATS]):
        path = folder / f"whole-{codec}.{suffix}"
        channels = 1 if suffix == "amr" else 2
        seconds = SECONDS + index / 10  # no two have the same content
        made[f"{codec}.{suffix}"] = encode(path, codec, rate_hz, channels, seconds).read_bytes()
    made["gsm.gsm"] = _gsm(random.Random(1), 50 * int(SECONDS))
    made["gsm_ms.wav"] = _gsm_in_wav(random.Random(2), 25 * int(SECONDS))
    return made


def _gsm(rng: random.Random, frames: int) -> bytes:
    # Nothing here encodes GSM 06.10; any 33 bytes that begin with 0xD are a frame of 20 ms.
    return b"".join(bytes([0xD0 | rng.randrange(16)]) + rng.randbytes(32) for _ in range(frames))


def _gsm_in_wav(rng: random.Random, blocks: int) -> bytes:
    """Microsoft's GSM (format tag 0x31): blocks of 65 bytes hold 320 samples."""
    data = rng.randbytes(65 * blocks)
    head = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def flip_few(rng: random.Random, raw: bytearray) -> None:
    for _ in range(5):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def flip_many(rng: random.Random, raw: bytearray) -> None:
    for _ in range(max(20, len(raw) // 100)):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def flip_in_header(rng: random.Random, raw: bytearray) -> None:
    for _ in range(4):
        raw[rng.randrange(min(64, len(raw)))] ^= 1 << rng.randrange(8)


def huge_numbers_in_header(rng: random.Random, raw: bytearray) -> None:
    at = rng.randrange(4, min(60, len(raw) - 4))
    raw[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00"])


def cut_end(rng: random.Random, raw: bytearray) -> None:
    del raw[rng.randrange(len(raw)) :]


def cut_start(rng: random.Random, raw: bytearray) -> None:
    del raw[: rng.randrange(1, len(raw))]


def cut_middle(rng: random.Random, raw: bytearray) -> None:
    start = rng.randrange(len(raw) - 1)
    del raw[start : rng.randrange(start + 1, len(raw))]


def zero_middle(rng: random.Random, raw: bytearray) -> None:
    start = rng.randrange(len(raw) - 1)
    end = rng.randrange(start + 1, len(raw))
    raw[start:end] = bytes(end - start)


def noise_inside(rng: random.Random, raw: bytearray) -> None:
    at = rng.randrange(len(raw))
    raw[at:at] = rng.randbytes(rng.randrange(1, 5000))


_HEADERS = (
    b"RIFF\x24\x00\x00\x00WAVEfmt ", b"OggS\x00\x02" + bytes(10), b"fLaC\x00\x00\x00\x22",
    b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", b"#!AMR\n",
)  # fmt: skip


def header_of_another(rng: random.Random, raw: bytearray) -> None:
    raw[:16] = rng.choice(_HEADERS)


def header_alone(rng: random.Random, raw: bytearray) -> None:
    del raw[rng.randrange(1, 60) :]


DAMAGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    flip_few, flip_many, flip_in_header, huge_numbers_in_header, cut_end, cut_start, cut_middle,
    zero_middle, noise_inside, header_of_another, header_alone,
)  # fmt: skip


def damaged_recordings(folder: Path, number: int, seed: int) -> list[Path]:
    """``number`` files in ``folder``: each format and each damage in turn; every sixth a vCon, of which
    half hold a damaged sound and half are damaged themselves."""
    whole = whole_recordings(folder.parent)
    names = sorted(whole)
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    paths = []
    for index in range(number):
        name, damage = names[index % len(names)], DAMAGES[index % len(DAMAGES)]
        stem, _, suffix = name.rpartition(".")
        raw = bytearray(whole[name])
        if index % 12 != 5:
            damage(rng, raw)
        if index % 6 == 5:
            raw = bytearray(_vcon(bytes(raw)))
            suffix = rng.choice(["vcon", "json"])
            if index % 12 == 5:
                # The head stays: without it nobody could tell that it was a vCon.
                rest = raw[40:]
                damage(rng, rest)
                raw[40:] = rest
        path = folder / f"{index:03}-{stem}-{damage.__name__}.{suffix}"
        path.write_bytes(raw)
        paths.append(path)
    return paths


def _vcon(sound: bytes) -> bytes:
    body = base64.urlsafe_b64encode(sound).decode().rstrip("=")
    dialog = {"type": "recording", "encoding": "base64url", "body": body}
    return json.dumps({"vcon": "0.3.0", "parties": [], "dialog": [dialog]}).encode()
