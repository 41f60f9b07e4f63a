"""The measured part of ``docs/performance.md``, written from results; the text around it is by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.speed.plan import (
    FLOOR,
    ONE_CORE,
    ONE_WORKER,
    OURS,
    PIPELINES,
    STACK,
    WHISPERX,
)
from benchmarks.speed.summary import (
    Accuracy,
    Run,
    Spread,
    accuracy,
    peak_bytes,
    real_time_factors,
    spread,
    time_ratios,
)

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_NOT = "not measured"


def with_measured(page: str, measured: str) -> str:
    """``page`` with what stands between its markers replaced; ``ValueError`` where one is missing."""
    before, found_begin, rest = page.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found_begin and found_end):
        raise ValueError(f"the page has no {BEGIN} … {END} to fill in")
    return f"{before}{BEGIN}\n\n{measured.strip()}\n\n{END}{after}"


def render(
    about: Mapping[str, Any],
    runs: Sequence[Run],
    calls: Mapping[str, Sequence[dict[str, Any]]],
    more: Mapping[str, Any],
) -> str:
    """Markdown of everything measured.

    ``about`` tells of the machine and the recordings, ``calls`` has the accuracy of each call by
    pipeline, ``more`` the experiments by name (those that are missing were not made).
    """
    sections = [
        _about(about, more),
        "### Must reach\n\n" + _targets(runs, calls, more),
        "### Whole pipelines\n\n" + _pipelines(runs, more),
    ]
    if calls:
        sections.append("### What each of them got right\n\n" + _accuracy(calls))
    for title, name, section in (
        ("Where the time goes", "stages", _stages),
        ("Cost of silence, stereo", "silence", _silence),
        ("Cost of silence, mono", "silence-mono", _silence),
        ("Scoring again", "rescoring", _rescoring),
        ("Starting up", "start-up", _start_up),
    ):
        if more.get(name):
            sections.append(f"### {title}\n\n" + section(more[name]))
    return "\n\n".join(sections)


def summary_lines(runs: Sequence[Run], calls: Mapping[str, Sequence[dict[str, Any]]]) -> list[str]:
    """The comparison for a terminal, a line a pipeline."""
    lines = []
    for pipeline in PIPELINES:
        factor = real_time_factors(runs, pipeline.name)
        if factor is None:
            continue
        ratio = time_ratios(runs, pipeline.name, OURS)
        heard = accuracy(calls.get(pipeline.name, ()))
        largest, tree = peak_bytes(runs, pipeline.name)
        lines.append(
            f"{pipeline.name:<30} RTF {_range(factor, 3)}  time/ours {_range(ratio, 2)}  "
            f"peak {_mb(largest)} (all {_mb(tree)})  "
            + (f"WER {heard.wer:.1%} CER {heard.cer:.1%} flags {_flags(heard)}" if heard else "")
        )
    return lines


def _about(about: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    machine, recordings = about["machine"], about["recordings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        f"Measured {about['date']} by `{about['command']}`: {about['rounds']} rounds, pipelines "
        f"interleaved, a process each, on {recordings['count']} recordings, "
        f"{_minutes(recordings['audio_s'])} "
        f"({recordings['stereo']} stereo, {recordings['mono']} mono; "
        f"{_minutes(recordings['speech_s'])} of speech, {_minutes(recordings['hold_s'])} of hold).",
        "",
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; "
        f"{machine['system']}, Python {machine['python']}; {versions}. Load average when it began: "
        f"{more.get('load_before', 0.0):.1f}.",
    ]
    return "\n".join(lines)


def _targets(
    runs: Sequence[Run],
    calls: Mapping[str, Sequence[dict[str, Any]]],
    more: Mapping[str, Any],
) -> str:
    rows = [
        _target("openai-whisper + pyannote / tasleek", time_ratios(runs, STACK, OURS), 6.0, True),
        _target("WhisperX / tasleek", time_ratios(runs, WHISPERX, OURS), 2.0, True),
        _target("tasleek / faster-whisper batched", time_ratios(runs, OURS, FLOOR), 1.3, False),
        _target(
            "two workers on two cores / one on one", time_ratios(runs, ONE_CORE, OURS), 1.6, True
        ),
    ]
    rows += _accuracy_targets(calls)
    if "rescoring" in more:
        found = more["rescoring"]["rescore"]
        rate = found["turns"] / found["scoring_s"]
        rows.append(_row("turns scored again a second", f"{rate:.0f}", "at least 150", rate >= 150))
    for name, form in (("silence", "stereo"), ("silence-mono", "mono")):
        if name not in more:
            continue
        hour, short = more[name]["hour-10-min-speech"], more[name]["15-min-speech"]
        share = hour["wall_s"] / short["wall_s"]
        rows.append(
            _row(
                f"an hour with 10 minutes of speech / 15 minutes of speech, {form}",
                f"{share:.2f}", "below 1", share < 1,
            )
        )  # fmt: skip
    largest = max(
        [peak_bytes(runs, name)[0] for name in (ONE_WORKER, ONE_CORE, OURS)]
        + [
            call["largest_bytes"]
            for name in ("silence", "silence-mono")
            for call in more.get(name, {}).values()
        ]
    )
    if largest:
        gigabytes = largest / 1e9
        rows.append(
            _row("peak of one worker", f"{gigabytes:.2f} GB", "at most 1.2 GB", gigabytes <= 1.2)
        )
    return _table(("", "measured (min, median, max)", "aimed at", "reached"), rows)


def _target(
    name: str, found: Spread | None, limit: float, at_least: bool
) -> tuple[str, str, str, str]:
    aim = f"at {'least' if at_least else 'most'} {limit:g}"
    if found is None:
        return (name, _NOT, aim, "–")
    reached = found.median >= limit if at_least else found.median <= limit
    return _row(name, _range(found, 2), aim, reached)


def _accuracy_targets(
    calls: Mapping[str, Sequence[dict[str, Any]]],
) -> list[tuple[str, str, str, str]]:
    rows = []
    for name, title in (
        (STACK, "openai-whisper + pyannote"),
        (WHISPERX, "WhisperX"),
        (FLOOR, "faster-whisper batched"),
    ):
        pair = _beside_ours(calls, name)
        if pair is None:
            continue
        other, ours = pair
        points = 100 * (ours.wer - other.wer)
        rows.append(
            _row(f"WER, tasleek less {title}", f"{points:+.1f} points", "at most +1", points <= 1)
        )
        if ours.found is not None and other.found is not None:
            missed = ours.labelled - ours.found, other.labelled - other.found
            rows.append(
                _row(
                    f"flags missed, tasleek and {title}", f"{missed[0]} and {missed[1]}",
                    "no more", missed[0] <= missed[1],
                )
            )  # fmt: skip
    return rows


def _pipelines(runs: Sequence[Run], more: Mapping[str, Any]) -> str:
    rows = []
    for pipeline in PIPELINES:
        own = [run for run in runs if run.pipeline == pipeline.name]
        if not own:
            if pipeline.wanted:
                why = more.get("absent", {}).get(pipeline.name, _NOT)
                rows.append((pipeline.title, pipeline.settings, why, "–", "–", "–", "–"))
            continue
        largest, tree = peak_bytes(runs, pipeline.name)
        processor = spread(run.cpu_s / run.audio_s for run in own)
        rows.append(
            (
                pipeline.title,
                pipeline.settings,
                f"{_minutes(sum(run.audio_s for run in own))} in {len(own)} runs",
                _range(real_time_factors(runs, pipeline.name), 3),
                "1" if pipeline.name == OURS else _range(time_ratios(runs, pipeline.name, OURS), 2),
                f"{processor.median:.2f}" if processor else "–",
                f"{_mb(largest)}; {_mb(tree)}",
            )
        )
    heads = (
        "pipeline", "settings", "audio heard", "real-time factor (min, median, max)",
        "time / tasleek (min, median, max)", "processor s a s", "peak memory: largest process; all",
    )  # fmt: skip
    return _table(heads, rows)


def _accuracy(calls: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    rows = []
    for pipeline in PIPELINES:
        pair = _beside_ours(calls, pipeline.name)
        if pair is None:
            continue
        own, ours = pair
        cells = [
            (f"{own.wer:.1%}", f"{ours.wer:.1%}"),
            (f"{own.cer:.1%}", f"{ours.cer:.1%}"),
            (_flags(own), _flags(ours)),
            (_raised_wrongly(own), _raised_wrongly(ours)),
            (_verdicts(own), _verdicts(ours)),
        ]
        is_ours = pipeline.name == OURS
        told = [mine if is_ours else f"{mine} ({beside})" for mine, beside in cells]
        rows.append((pipeline.title, str(own.calls), *told))
    heads = (
        "pipeline",
        "calls",
        "WER",
        "CER",
        "brush-off turns found",
        "others flagged",
        "verdicts right",
    )
    return "In brackets: tasleek on the same calls.\n\n" + _table(heads, rows)


def _raised_wrongly(found: Accuracy) -> str:
    if found.raised is None or found.found is None:
        return "–"
    return str(found.raised - found.found)


def _verdicts(found: Accuracy) -> str:
    return "–" if found.verdicts_right is None else f"{found.verdicts_right} of {found.verdicts}"


def _stages(stages: Mapping[str, Mapping[str, int]]) -> str:
    rows = []
    names = sorted({name for run in stages.values() for name in run}, key=_stage_order(stages))
    totals = [sum(run.values()) for run in stages.values()]
    for name in names:
        shares = spread(
            run.get(name, 0) / total for run, total in zip(stages.values(), totals, strict=True)
        )
        seconds = spread(run.get(name, 0) / 1000 for run in stages.values())
        if shares and seconds:
            rows.append((f"`{name}`", _range(seconds, 1), f"{shares.median:.1%}"))
    heads = ("stage", "s of the workers' time, whole set (min, median, max)", "share")
    return _table(heads, rows)


def _stage_order(stages: Mapping[str, Mapping[str, int]]) -> Any:
    first = next(iter(stages.values()))
    order = {name: place for place, name in enumerate(first)}
    return lambda name: order.get(name, len(order))


def _silence(found: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            name.replace("-", " "), _minutes(call["audio_s"]), _minutes(call["speech_s"]),
            f"{call['wall_s']:.0f} s", f"{call['wall_s'] / call['speech_s']:.3f}",
            _mb(call["largest_bytes"]),
        )
        for name, call in found.items()
    ]  # fmt: skip
    heads = (
        "stereo call",
        "length",
        "speech",
        "time, one worker",
        "s a s of speech",
        "peak memory",
    )
    return _table(heads, rows)


def _rescoring(found: Mapping[str, Mapping[str, Any]]) -> str:
    again, scored = found["rescore"], found["score"]
    rows = [
        (
            "`tasleek audit --rescore`", f"{again['turns']} in {again['calls']} calls",
            f"{again['turns'] / again['scoring_s']:.0f}", f"{again['turns'] / again['wall_s']:.0f}",
        ),
        (
            "`tasleek score turns`", str(scored["turns"]), "–",
            f"{scored['turns'] / scored['wall_s']:.0f}",
        ),
    ]  # fmt: skip
    return _table(("", "turns", "turns a second", "the same, start-up counted"), rows)


def _start_up(found: Mapping[str, Any]) -> str:
    titles = {"help": "`tasleek --help`", "import": "`import audit.cli`", "python": "Python alone"}
    rows = [
        (titles.get(name, name), _range(spread(1000 * s for s in seconds), 0))
        for name, seconds in found["seconds"].items()
    ]
    stereo = found["stereo"]
    imported = ", ".join(f"`{name}`" for name in stereo["imported"]) or "none of them"
    return (
        _table(("", "ms (min, median, max)"), rows)
        + "\n\nWhat auditing a stereo call imports of torch, transformers, pyannote, whisper, "
        + f"scikit-learn, scipy and pandas: {imported}. "
        + f"Its models are loaded in {stereo['load_s']:.1f} s."
    )


def _beside_ours(
    calls: Mapping[str, Sequence[dict[str, Any]]], name: str
) -> tuple[Accuracy, Accuracy] | None:
    """Accuracy of a pipeline and of tasleek on the calls that both heard; ``None`` without any."""
    own = {call["call_id"]: call for call in calls.get(name, ())}
    ours = {call["call_id"]: call for call in calls.get(OURS, ())}
    shared = sorted(own.keys() & ours.keys())
    pair = (accuracy([own[i] for i in shared]), accuracy([ours[i] for i in shared]))
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def _flags(found: Accuracy) -> str:
    return "no speakers" if found.found is None else f"{found.found} of {found.labelled}"


def _row(name: str, value: str, aim: str, reached: bool) -> tuple[str, str, str, str]:
    return (name, value, aim, "yes" if reached else "**no**")


def _range(found: Spread | None, digits: int) -> str:
    if found is None:
        return "–"
    values = (found.least, found.median, found.most)
    return ", ".join(f"{value:.{digits}f}" for value in values)


def _minutes(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02} min"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
