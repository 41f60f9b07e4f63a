"""How `tasleek audit` shows that it is getting on: a bar, plain lines, or JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audit.cli.format import duration, json_text, printable, verdict
from audit.types import CallAudit, CallFailure

if TYPE_CHECKING:
    from rich.progress import Progress

    from audit.batch.local import Outcome
    from audit.batch.plan import Plan
    from audit.batch.run import RunObserver


@contextmanager
def observer_for(as_json: bool) -> Iterator[RunObserver]:
    """A bar on a terminal, plain lines elsewhere (both on stderr), JSON lines on stdout if asked."""
    if as_json:
        yield JsonLines()
    elif not sys.stderr.isatty():
        yield PlainLines()
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(
            TextColumn("{task.fields[calls]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%  {task.fields[speed]}  left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        ) as progress:
            yield Bar(progress)


class Pace:
    """Counts calls and audio against the clock."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.calls = self.total_calls = self.audio_ms = self.total_audio_ms = 0

    def plan(self, plan: Plan, total_audio_ms: int) -> None:
        self.total_calls = len(plan.todo) + len(plan.failures)
        self.total_audio_ms = total_audio_ms

    def add(self, outcome: Outcome) -> None:
        self.calls += 1
        if isinstance(outcome, CallAudit):
            self.audio_ms += outcome.info.duration_ms

    @property
    def speed(self) -> float:
        """Audio done a second of wall clock: multiples of real time."""
        return self.audio_ms / 1000 / max(1e-3, time.monotonic() - self.began)

    @property
    def left_ms(self) -> float | None:
        """Time left at the pace so far; ``None`` before there is one."""
        if not self.audio_ms or not self.total_audio_ms:
            return None
        # Headers may promise less than there is, or nothing.
        return max(0.0, (self.total_audio_ms - self.audio_ms) / self.speed)


class PlainLines:
    """One line a call on stderr."""

    def __init__(self) -> None:
        self._pace = Pace()

    def planned(self, plan: Plan, total_audio_ms: int) -> None:
        self._pace.plan(plan, total_audio_ms)
        print(_plan_line(plan, total_audio_ms), file=sys.stderr, flush=True)

    def finished(self, outcome: Outcome) -> None:
        pace = self._pace
        pace.add(outcome)
        print(
            f"[{pace.calls}/{pace.total_calls}] {_outcome_line(outcome)} · "
            f"{duration(pace.audio_ms)} audio, {pace.speed:.1f}x, left {duration(pace.left_ms)}",
            file=sys.stderr,
            flush=True,
        )


class Bar:
    """A progress bar; failures are printed above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._pace = Pace()
        self._task = progress.add_task("", total=None, calls="finding recordings", speed="")

    def planned(self, plan: Plan, total_audio_ms: int) -> None:
        self._pace.plan(plan, total_audio_ms)
        self._progress.console.print(_plan_line(plan, total_audio_ms), highlight=False)
        # Without lengths, calls are counted.
        total = total_audio_ms or max(1, self._pace.total_calls)
        self._progress.update(self._task, total=total, calls=self._calls())

    def finished(self, outcome: Outcome) -> None:
        self._pace.add(outcome)
        if isinstance(outcome, CallFailure) or outcome.status != "audited":
            self._progress.console.print(_outcome_line(outcome), highlight=False, markup=False)
        self._progress.update(
            self._task,
            completed=self._pace.audio_ms if self._pace.total_audio_ms else self._pace.calls,
            calls=self._calls(),
            speed=f"{duration(self._pace.audio_ms)} audio, {self._pace.speed:.1f}x",
        )

    def _calls(self) -> str:
        return f"{self._pace.calls}/{self._pace.total_calls} calls"


class JsonLines:
    """One JSON object a call on stdout."""

    def planned(self, plan: Plan, total_audio_ms: int) -> None:
        self._print(
            event="planned", calls=len(plan.todo), done_before=plan.skipped,
            failed=len(plan.failures), audio_ms=total_audio_ms,
        )  # fmt: skip

    def finished(self, outcome: Outcome) -> None:
        if isinstance(outcome, CallFailure):
            self._print(
                event="call", call_id=outcome.call_id, path=str(outcome.path), status="failed",
                stage=outcome.stage, reason=outcome.reason,
            )  # fmt: skip
            return
        found = outcome.judgement.verdict if outcome.judgement else None
        self._print(
            event="call", call_id=outcome.recording.call_id, path=str(outcome.recording.path),
            status=outcome.status, reason=outcome.unscorable_reason,
            brush_off=found.brush_off if found else None,
            brush_off_score=found.brush_off_score if found else None,
            resolution=found.resolution if found else None,
            flags=len(outcome.judgement.flags) if outcome.judgement else None,
            duration_ms=outcome.info.duration_ms,
        )  # fmt: skip

    def _print(self, **event: Any) -> None:
        print(json_text(event), flush=True)


def _plan_line(plan: Plan, total_audio_ms: int) -> str:
    before = f", {plan.skipped} done before" if plan.skipped else ""
    return f"{len(plan.todo)} recordings to audit, {duration(total_audio_ms)} of audio{before}"


def _outcome_line(outcome: Outcome) -> str:
    return printable(_outcome_words(outcome))


def _outcome_words(outcome: Outcome) -> str:
    if isinstance(outcome, CallFailure):
        return f"failed ({outcome.stage}): {outcome.reason}"
    if outcome.judgement is None:
        return f"{outcome.recording.call_id}: unscorable: {outcome.unscorable_reason}"
    found = outcome.judgement.verdict
    word = verdict(outcome.status, found.brush_off, found.unsure)
    return f"{outcome.recording.call_id}: {word}, score {found.brush_off_score:.0f}"
