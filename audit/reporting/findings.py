"""What the tables of a report say, in a sentence each: the first thing that a manager reads.

Nothing is said of a difference that the intervals do not carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from audit.reporting import figures
from audit.reporting.report import Cell, Language, Report, Title
from audit.reporting.sentences import figure, listed, name, say
from audit.reporting.wording import code_text

_NO_VERDICT = Title("No call could be judged yet.", "لم يمكن تدقيق أي مكالمة بعد.")
_OVERVIEW = Title(
    "Callers were brushed off in {share} of the judged calls; the true share is likely between "
    "{low} and {high}.",
    "صُرف المتصل في {share} من المكالمات المدقّقة، والنسبة الفعلية على الأرجح بين {low} و{high}.",
)
_LAST_WEEK = {
    "worse": Title(
        "In the last week told ({week}) it was {share}: clearly more than in the period as a "
        "whole.",
        "وفي آخر أسبوع ({week}) كانت {share}: أعلى بوضوح من الفترة كلها.",
    ),
    "better": Title(
        "In the last week told ({week}) it was {share}: clearly less than in the period as a "
        "whole.",
        "وفي آخر أسبوع ({week}) كانت {share}: أدنى بوضوح من الفترة كلها.",
    ),
    "same": Title(
        "In the last week with enough calls ({week}) it was {share}: no clear change against the "
        "period as a whole.",
        "وفي آخر أسبوع تكفي مكالماته ({week}) كانت {share}: بلا تغيّر واضح عن الفترة كلها.",
    ),
    "few": Title(
        "No week has {min_calls} judged calls yet: too few to speak of a trend.",
        "أقل ما يلزم لأسبوع {min_calls} من المكالمات المدقّقة ولم يبلغه أي أسبوع: لا يكفي للحديث "
        "عن اتجاه.",
    ),
}
_CHANNELS = {
    "differ": Title(
        "“{channel}” brushes callers off more often than “{other}”: {share} against "
        "{other_share}, a difference of {points} percentage points ({low} to {high}).",
        "نسبة التسليك عبر «{channel}» أعلى منها عبر «{other}»: {share} مقابل {other_share}، "
        "بفارق {points} نقطة مئوية (من {low} إلى {high}).",
    ),
    "not_different": Title(
        "No clear difference between “{channel}” ({share}) and “{other}” ({other_share}): chance "
        "alone could make it.",
        "لا فرق واضح بين «{channel}» ({share}) و«{other}» ({other_share}): قد تصنعه المصادفة "
        "وحدها.",
    ),
    "one": Title(
        "The calls name one service channel at most: there is nothing to compare.",
        "لا تذكر المكالمات أكثر من قناة واحدة: لا شيء يُقارن.",
    ),
    "few": Title(
        "Too few calls to compare the channels: each needs at least {min_calls} judged calls.",
        "المكالمات أقل من أن تُقارن بها القنوات: أقل ما يلزم كلَّ قناة {min_calls} من المكالمات "
        "المدقّقة.",
    ),
}
_LABELS = Title(
    "Most often it is {first} ({first_share} of judged calls), then {second} ({second_share}).",
    "أكثرها {first} (في {first_share} من المكالمات المدقّقة)، ثم {second} ({second_share}).",
)
_NO_LABELS = Title("No kind of brush-off was found.", "لم يُرصد أي نوع من التسليك.")
_RESOLUTIONS = Title(
    "{helped} of callers were helped or left with a concrete next step; {empty} left with a "
    "vague word or nothing.",
    "{helped} من المتصلين حُلّ طلبهم أو خرجوا بخطوة محددة، و{empty} خرجوا بتأجيل مبهم أو بلا شيء.",
)
_GROUPS = Title(
    "Ranked: {ranked}. Clearly worse than all calls together: {worse}; clearly better: {better}. "
    "Not ranked for too few calls: {few}.",
    "في الترتيب: {ranked}. أسوأ بوضوح من مجموع المكالمات: {worse}، وأفضل بوضوح: {better}. وخارج "
    "الترتيب لقلة المكالمات: {few}.",
)
_NO_GROUPS = Title(
    "None is ranked yet: none has {min_calls} judged calls.",
    "لا ترتيب بعد: أقل ما يلزم {min_calls} من المكالمات المدقّقة، ولم تبلغه أي مجموعة.",
)
_WAITING = Title(
    "Half the callers wait longer than {median} for an answer, one in ten longer than {p90}.",
    "ينتظر نصف المتصلين أكثر من {median} قبل أن يُجابوا، وواحد من كل عشرة أكثر من {p90}.",
)
_HELD = Title(
    "{share} of calls have a hold; half of those hold for more than {median} in all.",
    "وفي {share} من المكالمات تعليق، ومجموعه في نصفها أكثر من {median}.",
)
_PROMISES = Title(
    "Of the promises that could be followed ({traced}), {broken} ended with the caller having to "
    "call again ({share}).",
    "من الوعود التي أمكن تتبعها ({traced}) انتهى {broken} بأن اضطر المتصل إلى المعاودة ({share}).",
)
_NO_PROMISES = Title(
    "No promise could be followed to a later call yet.", "لم يمكن تتبع أي وعد إلى مكالمة لاحقة بعد."
)
_REPEATS = Title(
    "Within 7 days, {share} of calls were followed by another about the same matter.",
    "وخلال 7 أيام تلت {share} من المكالمات مكالمةٌ أخرى في الموضوع نفسه.",
)
_PRAISE = Title(
    "Agents with calls to praise: {agents}. Play their calls as examples.",
    "موظفون لهم مكالمات تستحق الثناء: {agents}. تصلح أمثلةً في التدريب.",
)
_AND_OTHERS = Title(" and others", " وغيرهم")
_NO_PRAISE = Title("No call stands out for praise yet.", "لا مكالمة بارزة تستحق الثناء بعد.")
_SATISFACTION = {
    "lower_satisfaction": Title(
        "The score tells what callers felt: the higher it is, the less satisfied they are (rank "
        "correlation {rho}, {answers} answers).",
        "الدرجة تنبئ بما شعر به المتصل: كلما ارتفعت قلّ رضاه (ارتباط الرتب {rho}، والإجابات "
        "{answers}).",
    ),
    "higher_satisfaction": Title(
        "The score does not tell what callers felt: callers of calls with high scores are the more "
        "satisfied ones (rank correlation {rho}, {answers} answers). Have calls reviewed.",
        "الدرجة لا توافق ما شعر به المتصل: أصحاب الدرجات العالية أرضى (ارتباط الرتب {rho}، "
        "والإجابات {answers}). راجعوا عينة من المكالمات.",
    ),
    "no_relation_shown": Title(
        "These answers show no relation between the score and what callers felt ({answers} "
        "answers).",
        "لا تُظهر هذه الإجابات ({answers}) علاقة بين الدرجة وما شعر به المتصل.",
    ),
    "too_few_answers": Title(
        "Too few survey answers ({answers}) to say whether the score tells what callers felt.",
        "إجابات الاستبيان ({answers}) أقل من أن يُعرف بها هل تنبئ الدرجة بما شعر به المتصل.",
    ),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """The sentences of a report; each is empty where the report does not ask its question."""

    report: Report
    language: Language

    def overview(self) -> str:
        row = self._row("overview")
        if row is None or row["brush_off_share"] is None:
            return self._say(_NO_VERDICT)
        return self._say(
            _OVERVIEW,
            share=self._percent(row["brush_off_share"]),
            low=self._percent(row["share_low"]),
            high=self._percent(row["share_high"]),
        )

    def last_week(self) -> str:
        """The last week with enough judged calls, held against the whole period."""
        overview = self._row("overview")
        min_calls = self.report.selection.min_calls
        if overview is None or overview["brush_off_share"] is None or not self._rows("weeks"):
            return ""
        weeks = [row for row in self._rows("weeks") if row["week"] and row["audited"] >= min_calls]
        if not weeks:
            return self._say(_LAST_WEEK["few"], min_calls=figure(str(min_calls)))
        last = max(weeks, key=lambda row: row["week"])
        whole = overview["brush_off_share"]
        reading = (
            "worse"
            if last["share_low"] > whole
            else "better"
            if last["share_high"] < whole
            else "same"
        )
        return self._say(
            _LAST_WEEK[reading],
            week=self._day(last["week"]),
            share=self._percent(last["brush_off_share"]),
        )

    def channels(self) -> str:
        """The first pair that differs, else the first pair: hotline and branch where they are "
        "told."""
        rows = self._rows("channel_differences")
        if not rows:
            told = [row for row in self._rows("service_channels") if row["service_channel"]]
            if not self._rows("service_channels"):
                return ""
            return self._say(
                _CHANNELS["few" if len(told) > 1 else "one"],
                min_calls=figure(str(self.report.selection.min_calls)),
            )
        usual = [
            row for row in rows if {row["channel"], row["other_channel"]} == {"hotline", "branch"}
        ]
        row = next(iter(usual or rows))
        return self._say(
            _CHANNELS[row["reading"]],
            channel=self.channel(row["channel"]),
            other=self.channel(row["other_channel"]),
            share=self._percent(row["share"]),
            other_share=self._percent(row["other_share"]),
            points=figure(figures.points(row["difference"])),
            low=figure(figures.points(row["difference_low"])),
            high=figure(figures.points(row["difference_high"])),
        )

    def labels(self) -> str:
        found = sorted(
            (row for row in self._rows("labels") if row["calls"]), key=lambda row: -row["calls"]
        )
        if len(found) < 2:
            return self._say(_NO_LABELS) if self._rows("labels") and not found else ""
        first, second = found[:2]
        return self._say(
            _LABELS,
            first=self._code(first["label"]),
            first_share=self._percent(first["share"]),
            second=self._code(second["label"]),
            second_share=self._percent(second["share"]),
        )

    def resolutions(self) -> str:
        shares = {row["resolution"]: row["share"] for row in self._rows("resolutions")}
        if not shares or None in shares.values():
            return ""
        return self._say(
            _RESOLUTIONS,
            helped=self._percent(shares["resolved"] + shares["committed"]),
            empty=self._percent(shares["deferred"] + shares["none"]),
        )

    def groups(self, table: str) -> str:
        """Of ``agents``, ``vendors`` or ``queues``."""
        rows = self._rows(table)
        if not rows:
            return ""
        if not any(row["rank"] for row in rows):
            return self._say(_NO_GROUPS, min_calls=figure(str(self.report.selection.min_calls)))
        standing = [row["standing"] for row in rows]
        return self._say(
            _GROUPS,
            ranked=figure(str(sum(row["rank"] is not None for row in rows))),
            worse=figure(str(standing.count("worse"))),
            better=figure(str(standing.count("better"))),
            few=figure(str(standing.count("too_few_calls"))),
        )

    def waiting(self) -> str:
        row = next((row for row in self._rows("waiting") if row["level"] == "all"), None)
        if row is None:
            return ""
        parts = []
        if row["wait_median_ms"] is not None:
            parts.append(
                self._say(
                    _WAITING,
                    median=figure(figures.duration(row["wait_median_ms"])),
                    p90=figure(figures.duration(row["wait_p90_ms"])),
                )
            )
        if row["hold_median_ms"] is not None:
            parts.append(
                self._say(
                    _HELD,
                    share=self._percent(row["held_share"]),
                    median=figure(figures.duration(row["hold_median_ms"])),
                )
            )
        return " ".join(parts)

    def promises(self) -> str:
        rows = {row["outcome"]: row for row in self._rows("promises_kept")}
        if not rows:
            return ""
        traced = sum(rows[outcome]["calls"] for outcome in TRACED_OUTCOMES)
        broken = rows["caller_returned"]
        if not traced:
            return self._say(_NO_PROMISES)
        return self._say(
            _PROMISES,
            traced=figure(figures.count(traced)),
            broken=figure(figures.count(broken["calls"])),
            share=self._percent(broken["share"]),
        )

    def repeats(self) -> str:
        row = next((row for row in self._rows("repeats") if row["kind"] == "any_repeat"), None)
        if row is None or row["share"] is None:
            return ""
        return self._say(_REPEATS, share=self._percent(row["share"]))

    def praise(self, most: int = 6) -> str:
        if self.report.table("best_calls") is None:
            return ""
        agents = dict.fromkeys(
            row["agent_id"] for row in self._rows("best_calls") if row["agent_id"]
        )
        if not agents:
            return self._say(_NO_PRAISE)
        names = [name(figures.shortened(agent, 24)) for agent in list(agents)[:most]]
        others = _AND_OTHERS.text(self.language) if len(agents) > most else ""
        return self._say(_PRAISE, agents=listed(names, self.language) + others)

    def satisfaction(self) -> str:
        """Empty where no survey was answered."""
        rows = self._rows("satisfaction_correlation")
        row = next((row for row in rows if row["measure"] == "brush_off_score"), None)
        if row is None or not row["surveyed"]:
            return ""
        rho = row["spearman"]
        return self._say(
            _SATISFACTION[row["reading"]],
            rho=figure(figures.shown("coefficient", rho, self.language)),
            answers=figure(figures.count(row["surveyed"])),
        )

    def channel(self, told: str, longest: int = 24) -> str:
        """The name of a service channel: in our words where it is told as is usual."""
        return name(figures.shortened(code_text(told, self.language), longest))

    def _say(self, wording: Title, **parts: str) -> str:
        return say(wording, self.language, **parts)

    def _code(self, code: str) -> str:
        return name(code_text(code, self.language))

    def _percent(self, share: float) -> str:
        return figure(figures.percent(share))

    def _day(self, value: date) -> str:
        return name(figures.day(value, self.language))

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.report, table)

    def _row(self, table: str) -> dict[str, Any] | None:
        return next(iter(self._rows(table)), None)


#: Outcomes of promises that could be followed: the denominator of their shares.
TRACED_OUTCOMES = ("contacted", "caller_returned", "no_later_contact")


def rows_of(report: Report, table: str) -> list[dict[str, Any]]:
    """The rows of a table by column name; none where the report does not ask its question."""
    found = report.table(table)
    records: list[dict[str, Cell]] = found.records() if found else []
    return records


def compares_usual_channels(report: Report) -> bool:
    """Whether calls of both the hotline and the branch are told."""
    told = {row["service_channel"] for row in rows_of(report, "service_channels")}
    return {"hotline", "branch"} <= told
