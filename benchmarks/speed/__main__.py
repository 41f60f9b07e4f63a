"""Times whole pipelines side by side on the same recordings; `make bench`.

    python -m benchmarks.speed                      everything, three rounds; writes docs/performance.md
    python -m benchmarks.speed --only tasleek start-up --rounds 1 --no-page
    python -m benchmarks.speed --recordings FOLDER  a folder laid out like data/samples

Interrupted, the same command does what is left. Results are in ``out/bench/results.json``; when the
code or the settings have changed they are set aside and everything is measured again (``--fresh`` does
so at any time).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed import page
from benchmarks.speed.experiments import EXPERIMENTS, UNWANTED, FailedError, heard
from benchmarks.speed.measure import run_measured
from benchmarks.speed.plan import (
    OURS,
    PIPELINES,
    WHISPERX,
    WHOLE,
    Job,
    Pipeline,
    command,
    database,
    plan,
    transcripts,
)
from benchmarks.speed.recordings import (
    SAMPLES,
    TWO_MATTERS,
    TimedRecording,
    build_joined,
    find_recordings,
    read_reference,
    speech_ms,
    split,
    write_manifest,
)
from benchmarks.speed.results import ROOT, Results, fingerprint, machine

PAGE = ROOT / "docs" / "performance.md"
#: Its dependencies pin other versions of torch; with those of tasleek's it runs as well.
_WHISPERX_PACKAGES = (
    "whisperx==3.8.6", "nltk==3.10.4", "omegaconf==2.4.0", "antlr4-python3-runtime==4.9.3",
)  # fmt: skip
_INSTALL_LIMIT_S = 300


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The options; ends the program with a message for wrong ones."""
    names = [pipeline.name for pipeline in PIPELINES] + list(EXPERIMENTS)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each pipeline runs (3)")
    parser.add_argument(
        "--parts", type=int, default=5,
        help="slow pipelines hear one of so many parts of the recordings a round, in turn (5)",
    )  # fmt: skip
    parser.add_argument("--recordings", type=Path, help="a folder of recordings (the sample calls)")
    parser.add_argument("--manifest", type=Path, help="their manifest (manifest.csv of the folder)")
    parser.add_argument("--limit", type=int, default=0, help="only so many recordings, by name")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="what to measure: " + ", ".join(names)
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "out" / "bench", help="folder of results"
    )
    parser.add_argument("--fresh", action="store_true", help="measure again what is done")
    parser.add_argument("--no-page", action="store_true", help="do not write docs/performance.md")
    options = parser.parse_args(given)
    if options.rounds < 1 or options.parts < 1 or options.limit < 0:
        parser.error("--rounds and --parts must be at least 1, --limit at least 0")
    unknown = sorted(set(options.only or ()) - set(names))
    if unknown:
        parser.error(f"--only: {', '.join(unknown)} unknown; give of {', '.join(names)}")
    return options


def main() -> None:
    options = arguments()
    out: Path = options.out
    began = time.monotonic()
    recordings = _recordings(options)
    pipelines, experiments = _chosen(options.only)
    settings = {
        "rounds": options.rounds,
        "parts": options.parts,
        "recordings": [[r.call_id, r.duration_ms] for r in recordings],
        "only": sorted(options.only or ()),
    }
    if options.fresh:
        (out / "results.json").unlink(missing_ok=True)
    results = Results(out / "results.json", fingerprint(settings))
    if not results.runs:
        shutil.rmtree(out / "transcripts", ignore_errors=True)
        results.more.setdefault("load_before", os.getloadavg()[0])
    pipelines = _installed(pipelines, results, out)
    manifest = write_manifest(recordings, _manifest(options), out / "manifest.csv")
    jobs = plan(pipelines, split(recordings, min(options.parts, len(recordings))), options.rounds)
    for number, job in enumerate(jobs, 1):
        if not results.has_run(job):
            print(
                f"[{_clock(began)}] {number}/{len(jobs)} {job.key} ({job.audio_s:.0f} s of audio)",
                flush=True,
            )
            results.more.pop("accuracy", None)
            _run(job, results, out, manifest)
    for name in experiments:
        if name not in results.more:
            print(f"[{_clock(began)}] {name}", flush=True)
            results.more[name] = EXPERIMENTS[name](out)
            results.save()
    _measure_accuracy(recordings, jobs, results, out)
    print("\n".join(page.summary_lines(results.runs, results.more.get("accuracy", {}))))
    _write_page(options, recordings, results)
    print(f"[{_clock(began)}] done; raw results in {out / 'results.json'}")


def _chosen(only: Sequence[str] | None) -> tuple[list[Pipeline], list[str]]:
    if not only:
        wanted = [name for name in EXPERIMENTS if name not in UNWANTED]
        return [p for p in PIPELINES if p.wanted], wanted
    return [p for p in PIPELINES if p.name in only], [name for name in EXPERIMENTS if name in only]


def _recordings(options: argparse.Namespace) -> tuple[TimedRecording, ...]:
    if options.recordings:
        found = find_recordings(options.recordings)
    else:
        joined = build_joined("j01-two-matters", TWO_MATTERS, options.out / "joined")
        found = (*find_recordings(SAMPLES), joined)
    return found[: options.limit] if options.limit else found


def _manifest(options: argparse.Namespace) -> Path:
    if options.manifest:
        return Path(options.manifest)
    return Path(options.recordings or SAMPLES) / "manifest.csv"


def _installed(pipelines: list[Pipeline], results: Results, out: Path) -> list[Pipeline]:
    """Without WhisperX where it cannot be installed; why is kept in the results."""
    if not any(p.name == WHISPERX for p in pipelines):
        return pipelines
    reason = _install_whisperx(out)
    if reason is None:
        return pipelines
    print(f"WhisperX is left out: {reason}")
    results.more["absent"] = {WHISPERX: f"not measured: {reason}"}
    results.save()
    return [p for p in pipelines if p.name != WHISPERX]


def _install_whisperx(out: Path) -> str | None:
    """Why there is no WhisperX, or ``None``. It goes into a folder of its own, without torch."""
    target = _whisperx_folder(out)
    if (target / "whisperx").is_dir():
        return None
    install = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target),
        *_WHISPERX_PACKAGES,
    ]  # fmt: skip
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"pip did not end within {_INSTALL_LIMIT_S} s"
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        return f"pip cannot install it here ({(done.stderr.strip().splitlines() or ['no message'])[-1]})"
    return None


def _whisperx_folder(out: Path) -> Path:
    return out / "whisperx-packages"


def _run(job: Job, results: Results, out: Path, manifest: Path) -> None:
    if job.pipeline.is_ours:
        for leftover in database(out, job).parent.glob(f"{database(out, job).name}*"):
            leftover.unlink()
        database(out, job).parent.mkdir(parents=True, exist_ok=True)
    log = out / "logs" / f"{job.key.replace('/', '-')}.log"
    environment = (
        {"PYTHONPATH": str(_whisperx_folder(out))} if job.pipeline.name == WHISPERX else {}
    )
    measured = run_measured(
        command(job, out, manifest), log, cores=job.pipeline.cores, environment=environment
    )
    if measured.exit_code:
        said = f"exit code {measured.exit_code}; the end of {log}:\n{measured.said}"
        if job.pipeline.is_ours:
            raise FailedError(f"{job.key}: {said}")
        # The others go on without it; the same command tries it again.
        print(f"{job.key} is left out: {said}")
        return
    if job.pipeline.name == OURS and job.part == WHOLE:
        stages = results.more.setdefault("stages", {})
        stages[job.key] = heard(database(out, job), out / "heard" / job.key.replace("/", "-"))[
            "stage_ms"
        ]
    if job.keep_pii:
        heard(database(out, job), transcripts(out, job))
    results.add_run(job, measured)


def _measure_accuracy(
    recordings: Sequence[TimedRecording], jobs: Sequence[Job], results: Results, out: Path
) -> None:
    references = [r.reference for r in recordings if r.reference]
    if "accuracy" in results.more or not references or not jobs:
        return
    listed = out / "references.json"
    listed.write_text(json.dumps([str(reference) for reference in references]), encoding="utf-8")
    names = dict.fromkeys(job.pipeline.name for job in jobs)
    folders = {name: out / "transcripts" / name for name in names}
    given = [f"{name}={folder}" for name, folder in folders.items() if folder.is_dir()]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.accuracy", str(listed), *given],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the accuracy cannot be measured:\n{done.stderr[-2000:]}")
    results.more["accuracy"] = json.loads(done.stdout.splitlines()[-1])
    results.save()


def _write_page(
    options: argparse.Namespace, recordings: Sequence[TimedRecording], results: Results
) -> None:
    references = [read_reference(r.reference) for r in recordings if r.reference]
    held = [h["end_ms"] - h["start_ms"] for ref in references for h in ref["holds"]]
    about: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "command": "make bench"
        if len(sys.argv) == 1
        else f"python -m benchmarks.speed {' '.join(sys.argv[1:])}",
        "rounds": options.rounds,
        "machine": machine(),
        "recordings": {
            "count": len(recordings),
            "audio_s": sum(r.duration_ms for r in recordings) / 1000,
            "stereo": sum(r.channels == 2 for r in recordings),
            "mono": sum(r.channels == 1 for r in recordings),
            "speech_s": sum(map(speech_ms, references)) / 1000,
            "hold_s": sum(held) / 1000,
        },
    }
    measured = page.render(about, results.runs, results.more.get("accuracy", {}), results.more)
    (options.out / "measured.md").write_text(measured + "\n", encoding="utf-8")
    if not options.no_page:
        PAGE.write_text(
            page.with_measured(PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8"
        )
        print(f"written: {PAGE.relative_to(ROOT)}")


def _clock(began: float) -> str:
    seconds = round(time.monotonic() - began)
    return f"{seconds // 60:02}:{seconds % 60:02}"


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # So that whoever ends this ends what it is measuring, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    try:
        main()
    except FailedError as error:
        raise SystemExit(str(error)) from error
