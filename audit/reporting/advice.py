"""What to do next, as the tables of a report suggest: at most five lines for management."""

from __future__ import annotations

from collections.abc import Iterator

from audit.reporting import figures
from audit.reporting.findings import Findings, rows_of
from audit.reporting.report import Language, Report, Title
from audit.reporting.sentences import figure, listed, name, say
from audit.reporting.wording import code_text

MOST_LINES = 5
_MOST_NAMES = 3
_LONGEST_NAME = 24
#: From this share of calls without a verdict on, the recordings themselves are the first thing to mend.
_MANY_UNSCORABLE = 0.15

_CALL_BACK = Title(
    "Call back the {n} callers whose promises were not kept; the full report lists them.",
    "اتصلوا بمن لم يتم وعدهم (عددهم {n})، وقائمتهم في التقرير الكامل.",
)
_LISTEN = Title(
    "Listen to flagged calls of {agents} before you judge: their rates are clearly above that of "
    "all calls.",
    "استمعوا إلى المكالمات المرصودة لـ{agents} قبل أي حكم: نسبهم أعلى بوضوح من نسبة الكل.",
)
_TRAIN = Title(
    "Train on {label} first, the most frequent kind, with excerpts of real calls.",
    "ابدؤوا التدريب بـ«{label}»، وهو الأكثر، بمقاطع من مكالمات حقيقية.",
)
_CHANNEL = Title(
    "Find out what “{other}” does otherwise, and bring it to “{channel}”.",
    "انظروا ما الذي يحسنه «{other}» ولا يحسنه «{channel}»، وانقلوه إليه.",
)
_PRAISE = Title(
    "Praise {agents}, and play their calls as examples.",
    "أثنوا على {agents}، واجعلوا تلك المكالمات أمثلة في التدريب.",
)
_RECORDINGS = Title(
    "{share} of calls could not be judged: see to the quality of the recordings.",
    "تعذّر تقييم {share} من المكالمات: عالجوا جودة التسجيل.",
)
_REVIEW = Title(
    "Have people decide the {n} calls near the border (tasleek review).",
    "ليحسم المراجعون المكالمات التي على الحدّ (عددها {n}) بشاشة المراجعة.",
)
_MORE_CALLS = Title(
    "Audit more calls: groups under {n} judged calls are not ranked.",
    "دقّقوا مكالمات أكثر: لا تُرتَّب مجموعة تقل مكالماتها المدقّقة عن {n}.",
)


def advice(report: Report, language: Language) -> tuple[str, ...]:
    """The lines that apply, the most urgent first."""
    return tuple(_Advice(report, language).lines())[:MOST_LINES]


class _Advice:
    def __init__(self, report: Report, language: Language) -> None:
        self._report = report
        self._language = language

    def lines(self) -> Iterator[str]:
        overview = rows_of(self._report, "overview")[0]
        broken = self._report.table("broken_promises")
        if broken is not None and broken.total_rows:
            yield self._say(_CALL_BACK, n=figure(figures.count(broken.total_rows)))
        agents = rows_of(self._report, "agents")
        worse = [row["agent_id"] for row in reversed(agents) if row["standing"] == "worse"]
        if worse:
            yield self._say(_LISTEN, agents=self._names(worse))
        yield from self._on_channels()
        labels = sorted(rows_of(self._report, "labels"), key=lambda row: -row["calls"])
        if labels and labels[0]["calls"]:
            yield self._say(_TRAIN, label=code_text(labels[0]["label"], self._language))
        if overview["unscorable"] > _MANY_UNSCORABLE * overview["calls"]:
            share = figures.percent(overview["unscorable"] / overview["calls"])
            yield self._say(_RECORDINGS, share=figure(share))
        praised = [
            row["agent_id"] for row in rows_of(self._report, "best_calls") if row["agent_id"]
        ]
        if praised:
            yield self._say(_PRAISE, agents=self._names(list(dict.fromkeys(praised))))
        if overview["unsure"]:
            yield self._say(_REVIEW, n=figure(figures.count(overview["unsure"])))
        if agents and not any(row["rank"] for row in agents):
            yield self._say(_MORE_CALLS, n=figure(str(self._report.selection.min_calls)))

    def _on_channels(self) -> Iterator[str]:
        findings = Findings(self._report, self._language)
        for row in rows_of(self._report, "channel_differences"):
            if row["reading"] == "differ":
                yield self._say(
                    _CHANNEL,
                    channel=findings.channel(row["channel"]),
                    other=findings.channel(row["other_channel"]),
                )
                return

    def _names(self, told: list[str]) -> str:
        names = [name(figures.shortened(agent, _LONGEST_NAME)) for agent in told[:_MOST_NAMES]]
        return listed(names, self._language)

    def _say(self, wording: Title, **parts: str) -> str:
        return say(wording, self._language, **parts)
