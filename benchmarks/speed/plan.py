"""Which pipelines are timed, by which commands, and in which order."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.recordings import TimedRecording

_PIPELINES = Path(__file__).resolve().parents[1] / "pipelines"

OURS = "tasleek"
ONE_WORKER = "tasleek-one-worker"
ONE_CORE = "tasleek-one-core"
FLOOR = "faster-whisper-batched"
FLOOR_PLAIN = "faster-whisper-batched-plain"
SEQUENTIAL = "faster-whisper"
WHISPERX = "whisperx"
STACK = "openai-pyannote"
STACK_GREEDY = "openai-pyannote-greedy"

#: ``part`` of a run over the whole set.
WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """``script`` below ``benchmarks/pipelines`` and its options; none for tasleek itself.

    ``whole`` pipelines hear all recordings in every round, the others one part a round, each round
    another: after as many rounds as there are parts they have heard all too. ``wanted`` pipelines run
    unless ``--only`` says otherwise.
    """

    name: str
    title: str
    settings: str
    script: str = ""
    options: tuple[str, ...] = ()
    whole: bool = False
    cores: tuple[int, ...] | None = None
    wanted: bool = True

    @property
    def is_ours(self) -> bool:
        return not self.script


PIPELINES = (
    Pipeline(
        OURS, "tasleek, whole audit", "`tasleek audit`, defaults: a worker a core, one thread each",
        whole=True,
    ),
    Pipeline(
        FLOOR, "faster-whisper alone, batched",
        "voice-active speech of the mix, int8, beam 5, batch 4, times of words",
        "faster_whisper_alone.py", ("--mode", "batched"), whole=True,
    ),
    Pipeline(
        FLOOR_PLAIN, "the same without times of words", "as above, no times of words",
        "faster_whisper_alone.py", ("--mode", "batched-plain"),
    ),
    Pipeline(
        SEQUENTIAL, "faster-whisper alone, sequential", "`transcribe` as it comes, int8, beam 5",
        "faster_whisper_alone.py", ("--mode", "sequential"),
    ),
    Pipeline(
        WHISPERX, "WhisperX, without alignment", "int8, beam 5, batch 4, pyannote VAD, speakers",
        "whisperx_stack.py",
    ),
    Pipeline(
        STACK, "openai-whisper, then pyannote.audio", "float32, beam 5, speakers",
        "openai_pyannote.py", ("--beam", "5"),
    ),
    Pipeline(
        STACK_GREEDY, "the same, greedy", "float32, greedy (the default of `transcribe`), speakers",
        "openai_pyannote.py", ("--beam", "1"), wanted=False,
    ),
    Pipeline(
        ONE_WORKER, "tasleek, one worker", "`--workers 1`: one process with all cores",
    ),
    Pipeline(
        ONE_CORE, "tasleek, one worker on one core", "`--workers 1`, pinned to core 0",
        whole=True, cores=(0,),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made. ``key`` names it in the results.

    With ``keep_pii`` tasleek stores words as they were said, so that they can be compared with the
    references; redaction takes 0.2 % of the time of an audit.
    """

    pipeline: Pipeline
    round: int
    part: str
    recordings: tuple[TimedRecording, ...]
    keep_pii: bool = False

    @property
    def key(self) -> str:
        return f"{self.pipeline.name}/round-{self.round}/{self.part}"

    @property
    def audio_s(self) -> float:
        return sum(recording.duration_ms for recording in self.recordings) / 1000


def plan(
    pipelines: Sequence[Pipeline], parts: Sequence[tuple[TimedRecording, ...]], rounds: int
) -> list[Job]:
    """The runs of all rounds, interleaved; each round begins with another pipeline.

    Where some pipelines hear one part of the recordings only, tasleek hears that part too in a run of
    its own, so that ratios compare like with like.
    """
    whole = tuple(sorted((r for part in parts for r in part), key=lambda r: r.call_id))
    jobs = []
    for number in range(1, rounds + 1):
        index = (number - 1) % len(parts)
        in_parts = len(parts) > 1 and not all(pipeline.whole for pipeline in pipelines)
        runs = []
        for pipeline in pipelines:
            heard_whole = pipeline.whole or not in_parts
            if heard_whole:
                kept = pipeline.name == OURS and number == rounds
                runs.append(Job(pipeline, number, WHOLE, whole, kept))
            if not heard_whole or (pipeline.name == OURS and in_parts):
                runs.append(Job(pipeline, number, str(index + 1), parts[index]))
        turn = (number - 1) % max(1, len(runs))
        jobs += runs[turn:] + runs[:turn]
    return jobs


def command(job: Job, work: Path, manifest: Path) -> list[str]:
    """The command of ``job``; what it writes lies below ``work``."""
    sounds = [str(recording.path) for recording in job.recordings]
    if not job.pipeline.is_ours:
        script = str(_PIPELINES / job.pipeline.script)
        out = ["--out", str(transcripts(work, job))]
        return [sys.executable, script, *job.pipeline.options, *out, *sounds]
    options = ["--manifest", str(manifest), "--db", str(database(work, job)), "--offline"]
    if job.pipeline.name != OURS:
        options += ["--workers", "1"]
    if job.keep_pii:
        options += ["--keep-pii"]
    return [str(Path(sys.executable).with_name("tasleek")), "audit", *sounds, *options]


def transcripts(work: Path, job: Job) -> Path:
    return work / "transcripts" / job.pipeline.name


def database(work: Path, job: Job) -> Path:
    return work / "databases" / f"{job.key.replace('/', '-')}.duckdb"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
