"""Damaged and hostile variants of a document, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

#: What parsers stumble over, beside plain damage.
NASTY = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"\xed\xa0\x80", b"9" * 5000, b"-1", b"1e999",
    b"NaN", b"null", b"[" * 3000, b'{"a":' * 3000, b"{}", b"[]", b'""', b"../../etc/passwd",
    b"/etc/passwd",
    b"C:\\con", b"\r", b"\n", b'"', b"'", b"=cmd()", b"<script>", b"\x1b[2J", "\u202e".encode(),
    "٣٤".encode(), b"2026-13-45T99:99", b"0000-00-00", b"9999-12-31T23:59:59-23:59", b"true", b"%s%n",
)  # fmt: skip


def variants(document: bytes, number: int, seed: int) -> Iterator[bytes]:
    """``number`` variants of ``document``: bytes changed, cut, doubled, or replaced by ``NASTY``."""
    chance = random.Random(seed)
    for _ in range(number):
        changed = bytearray(document)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(changed) + 1)
            end = min(len(changed), start + chance.choice((0, 1, 1, 4, 16)))
            changed[start:end] = chance.choice(
                (
                    b"",
                    bytes([chance.randrange(256)]),
                    bytes(changed[start:end]) * 2,
                    chance.choice(NASTY),
                )
            )
        yield bytes(changed)


def fields_replaced(text: str, number: int, seed: int) -> Iterator[bytes]:
    """Variants in which one value between quotation marks, or one number, is replaced whole."""
    import re

    chance = random.Random(seed)
    values = [match.span() for match in re.finditer(r'"[^"]*"|\b\d+(?:\.\d+)?\b', text)]
    for _ in range(number):
        start, end = chance.choice(values)
        nasty = chance.choice((*NASTY, b'"' + chance.choice(NASTY) + b'"'))
        yield text[:start].encode() + nasty + text[end:].encode()
