"""Draws stacks that py-spy recorded (`--format raw`) of a worker of `tasleek audit` as an SVG.

    python benchmarks/flame_graph.py STACKS.txt PICTURE.svg

Only the worker's own thread is drawn, from the start of its process on, without the time in which it
waits for a call to audit. Lines of one function are one box; the steps of Python's imports are left out.
B. Gregg, "The flame graph", Communications of the ACM 59(6), 2016.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

_WIDTH, _ROW, _LETTER = 1200.0, 18, 6.6
#: Boxes narrower than this share of the whole are not drawn.
_SEEN = 0.004
_WORKER = "spawn_main"
_OTHER_THREADS = ("_watch_parent", "_bootstrap_inner", "resource_tracker")
_WAITING = ("Connection.recv", "_ConnectionBase.recv", "recv (multiprocessing/connection.py")
_LEFT_OUT = (
    "<frozen importlib",
    "multiprocessing/",
    "--multiprocessing-fork",
    "<module> (<string>",
)
_COLOURS = (("audit/", "#f2b134"), ("torch/", "#e4572e"), ("duckdb", "#76b041"))
_OTHER_COLOUR = "#f6d8a8"


@dataclass
class Box:
    """A function with what it called; ``samples`` include those of its callees."""

    name: str
    samples: int = 0
    callees: dict[str, Box] = field(default_factory=dict)

    def add(self, frames: Iterable[str], samples: int) -> None:
        box = self
        box.samples += samples
        for name in frames:
            box = box.callees.setdefault(name, Box(name))
            box.samples += samples


def read_stacks(lines: Iterable[str]) -> Box:
    """The worker's stacks as one tree."""
    root = Box("a worker of tasleek audit")
    for line in lines:
        stack, _, count = line.rstrip().rpartition(" ")
        if _WORKER not in stack or any(name in stack for name in (*_OTHER_THREADS, *_WAITING)):
            continue
        frames = [
            _function(frame) for frame in stack.split(";") if not frame.startswith("process ")
        ]
        root.add((name for name in frames if not any(out in name for out in _LEFT_OUT)), int(count))
    return root


def _function(frame: str) -> str:
    """``name (file)`` without the line and without the folders of this machine."""
    without_line = re.sub(r":\d+\)$", ")", frame)
    return re.sub(r"\((?:/[^()]*site-packages/|/[^()]*/)", "(", without_line)


def draw(root: Box) -> str:
    """An SVG, the root on top."""
    boxes = list(_placed(root, 0.0, 0, root.samples))
    height = (max(depth for _, _, _, depth in boxes) + 1) * _ROW + 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height}" '
            'font-family="monospace" font-size="11">',
            *(
                _rectangle(box, left, width, depth, root.samples)
                for box, left, width, depth in boxes
            ),
            "</svg>\n",
        ]
    )


def _placed(
    box: Box, left: float, depth: int, whole: int
) -> Iterator[tuple[Box, float, float, int]]:
    """Boxes with their left edge, width (of ``_WIDTH``) and row."""
    width = box.samples / whole * _WIDTH
    yield box, left, width, depth
    for callee in sorted(box.callees.values(), key=lambda c: (-c.samples, c.name)):
        if callee.samples >= _SEEN * whole:
            yield from _placed(callee, left, depth + 1, whole)
        left += callee.samples / whole * _WIDTH


def _rectangle(box: Box, left: float, width: float, depth: int, whole: int) -> str:
    colour = next((colour for part, colour in _COLOURS if part in box.name), _OTHER_COLOUR)
    letters = int((width - 6) / _LETTER)
    shown = box.name if len(box.name) <= letters else box.name[: max(0, letters - 1)] + "…"
    text = f'<text x="{left + 3:.1f}" y="{depth * _ROW + 13}">{escape(shown)}</text>'
    return (
        f"<g><title>{escape(box.name)}: {box.samples / whole:.1%}</title>"
        f'<rect x="{left:.1f}" y="{depth * _ROW + 1}" width="{max(width - 0.5, 0.5):.1f}" '
        f'height="{_ROW - 1}" fill="{colour}"/>{text if letters > 3 else ""}</g>'
    )


def main() -> None:
    stacks, picture = map(Path, sys.argv[1:])
    root = read_stacks(stacks.read_text(encoding="utf-8").splitlines())
    if not root.samples:
        raise SystemExit(f"{stacks}: no stack of a worker in it")
    picture.write_text(draw(root), encoding="utf-8")


if __name__ == "__main__":
    main()
