"""Ctrl-C and SIGTERM as a request that is answered between two calls, never within a transaction."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StopRequest:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.requested = False

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` here, where nothing is half done, if so."""
        if self.requested:
            raise KeyboardInterrupt

    def heeded(self, items: Iterable[Item]) -> Iterator[Item]:
        """``items``, until somebody asks to stop; then ``KeyboardInterrupt``."""
        for item in items:
            self.check()
            yield item

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Who asks twice means it: end wherever we are.
        self.check()
        self.requested = True


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Within, the first signal to end is noted, the second raises ``KeyboardInterrupt`` at once.

    Outside the main thread no signal arrives; the caller may set ``requested``.
    """
    stop = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    # A signal that is ignored (nohup) stays so.
    before = {n: h for n in numbers if (h := signal.getsignal(n)) not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, stop._on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
