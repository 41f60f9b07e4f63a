"""`tasleek review --text`: the same judging with letters on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.cli.format import LABEL_NAMES, duration, printable
from audit.errors import UsageError
from audit.types import LABELS, RESOLUTIONS

if TYPE_CHECKING:
    from audit.review.desk import OpenCall, ReviewDesk
    from audit.review.scorecard import Criterion
    from audit.store.reviews import Answer, FlagView, TurnView

_TEXTS = {
    "en": {
        "flag": "c confirm · r reject · l relabel · u not sure · m comment · a add a missed one · "
        "Enter next · v verdict · q quit",
        "whole": "b brush-off · g proper · x not sure · a add a missed one · f form · n next call · "
        "q quit",
        "resolution": "how did it end? 1 resolved · 2 committed · 3 deferred · 4 none · Enter: no word",
        "label": "which label? (number, Enter: none)",
        "turn": "which turn? (its number, Enter: none)",
        "comment": "comment (Enter: none)",
        "criterion": "y yes · n no · a not applicable · Enter keep · q leave the form",
        "unknown": "not one of: {known}",
        "hidden": "The machine's opinion shows after your verdict.",
        "machine": "the machine: {verdict}, score {score}, resolution {resolution}",
        "brush_off": "brush-off",
        "proper": "proper",
        "stored": "stored",
        "score": "form: {score}{rest}",
        "incomplete": ", incomplete",
        "empty": "No more calls in your queue.",
        "name": "your name, as it is stored with your verdicts",
    },
    "ar": {
        "flag": "c صحيحة · r خاطئة · l تصنيف آخر · u لا أدري · m تعليق · a أضف ما فات · "
        "Enter التالية · v الحكم · q خروج",
        "whole": "b تسليك · g معاملة سليمة · x لا أدري · a أضف ما فات · f التقييم · "
        "n المكالمة التالية · q خروج",
        "resolution": "كيف انتهت؟ 1 حُلّت · 2 التزام محدد · 3 تأجيل مبهم · 4 لا شيء · Enter بلا جواب",
        "label": "أي تصنيف؟ (رقمه، أو Enter)",
        "turn": "أي دور؟ (رقمه، أو Enter)",
        "comment": "تعليق (أو Enter)",
        "criterion": "y نعم · n لا · a لا ينطبق · Enter كما هو · q اترك التقييم",
        "unknown": "ليس من: {known}",
        "hidden": "يظهر رأي الآلة بعد حكمك.",
        "machine": "رأي الآلة: {verdict}، {score} من 100، {resolution}",
        "brush_off": "تسليك",
        "proper": "معاملة سليمة",
        "stored": "حُفظ",
        "score": "التقييم: {score}{rest}",
        "incomplete": "، لم يكتمل",
        "empty": "لا مكالمات أخرى في قائمتك.",
        "name": "اسمك كما يُحفظ مع أحكامك",
    },
}
_WHOLE = {"b": "brush_off", "g": "proper", "x": "unsure"}
_FLAG = {"c": "confirmed", "r": "rejected", "u": "unsure"}
_ANSWERS: dict[str, Answer] = {"y": "yes", "n": "no", "a": "na"}


class _Quit(Exception):  # noqa: N818 - not an error
    """The reviewer has had enough, or the input has ended."""


@dataclass(frozen=True)
class Terminal:
    """Where questions are asked and lines shown; replaced in tests."""

    ask: Callable[[str], str] = input
    show: Callable[[str], None] = print


def review_in_terminal(
    desk: ReviewDesk, reviewer: str | None, language: str, terminal: Terminal | None = None
) -> None:
    """Judge calls until the queue is empty or the reviewer leaves. Every answer is stored at once."""
    session = _Session(desk, language, terminal or Terminal())
    try:
        session.run(reviewer)
    except _Quit:
        return


class _Session:
    def __init__(self, desk: ReviewDesk, language: str, terminal: Terminal) -> None:
        self._desk = desk
        self._texts = _TEXTS[language]
        self._language = language
        self._terminal = terminal
        self._reviewer = ""

    def run(self, reviewer: str | None) -> None:
        from audit.review.verdicts import checked_name

        while not self._reviewer:
            given = reviewer or self._ask("name")
            try:
                self._reviewer = checked_name(given)
            except UsageError as error:
                self._show(str(error))
        call_id = self._desk.next_call(self._reviewer)
        while call_id is not None:
            self._judge(call_id)
            call_id = self._desk.next_call(self._reviewer, after=call_id)
        self._say("empty")

    def _judge(self, call_id: str) -> None:
        opened = self._desk.open_call(call_id, self._reviewer)
        self._print_call(opened)
        if not opened.hidden:
            self._judge_flags(opened)
        if self._judge_whole(opened) and opened.hidden:
            # What the machine thinks is known now, so its flags can be judged, too.
            opened = self._desk.open_call(call_id, self._reviewer)
            self._judge_flags(opened)

    # Flags

    def _judge_flags(self, opened: OpenCall) -> None:
        flags = [(turn, flag) for turn in opened.subject.turns for flag in turn.flags]
        for number, (turn, flag) in enumerate(flags, 1):
            head = f"⚑ {number}/{len(flags)} {_named(flag.label)} {flag.score:.2f}"
            self._show(f"{head} · {duration(turn.start_ms)} {turn.turn_index}: {turn.text}")
            if not self._judge_flag(opened, turn, flag):
                return

    def _judge_flag(self, opened: OpenCall, turn: TurnView, flag: FlagView) -> bool:
        """Whether to go on to the next flag; False goes to the verdict."""
        comment = None
        while True:
            letter = self._letter("flag", ("c", "r", "l", "u", "m", "a", "v", ""))
            if letter == "v":
                return False
            if letter == "":
                return True
            if letter == "a":
                self._add(opened)
            elif letter == "m":
                comment = self._ask("comment") or None
                self._say_of(opened, turn.turn_index, flag.label, "noted", None, comment)
            elif letter == "l":
                if other := self._label(without=flag.label):
                    self._say_of(opened, turn.turn_index, flag.label, "relabelled", other, comment)
                    return True
            else:
                verdict = _FLAG[letter]
                self._say_of(opened, turn.turn_index, flag.label, verdict, None, comment)
                return True

    def _say_of(
        self, opened: OpenCall, turn_index: int, label: str, verdict: str, new_label: str | None,
        comment: str | None,
    ) -> None:  # fmt: skip
        from audit.review.verdicts import TurnVerdict

        said = TurnVerdict(turn_index, label, verdict, new_label, comment)
        self._desk.judge_turn(opened.subject.detail.call.call_id, self._reviewer, said)
        self._say("stored")

    def _add(self, opened: OpenCall) -> None:
        known = [str(turn.turn_index) for turn in opened.subject.turns]
        turn = self._one_of("turn", known)
        label = self._label() if turn else None
        if turn and label:
            self._say_of(opened, int(turn), label, "added", None, None)

    def _label(self, without: str | None = None) -> str | None:
        labels = [label for label in LABELS if label != without]
        for number, label in enumerate(labels, 1):
            self._show(f"  {number} {_named(label)}")
        chosen = self._one_of("label", [str(n) for n in range(1, len(labels) + 1)])
        return labels[int(chosen) - 1] if chosen else None

    # The whole call

    def _judge_whole(self, opened: OpenCall) -> bool:
        """Whether a verdict was given."""
        from audit.review.verdicts import WholeVerdict

        call_id = opened.subject.detail.call.call_id
        judged = False
        while True:
            letter = self._letter("whole", (*_WHOLE, "a", "f", "n"))
            if letter == "n":
                return judged
            if letter == "a":
                self._add(opened)
            elif letter == "f":
                self._fill_form(call_id)
            else:
                ended = self._one_of("resolution", ["1", "2", "3", "4"])
                resolution = RESOLUTIONS[int(ended) - 1] if ended else None
                comment = self._ask("comment") or None
                said = WholeVerdict(_WHOLE[letter], resolution, comment)
                now = self._desk.judge_call(call_id, self._reviewer, said)
                self._say("stored")
                judged = True
                self._print_machine(now)

    def _fill_form(self, call_id: str) -> None:
        form = self._desk.open_call(call_id, self._reviewer).form
        for section in self._desk.scorecard.sections:
            self._show(f"— {section.ar if self._language == 'ar' else section.en}")
            for criterion in section.criteria:
                present = form.effective.get(criterion.id, "–")
                self._show(f"{self._wording(criterion)} [{present}]")
                letter = self._letter("criterion", (*_ANSWERS, "", "q"), quits=False)
                if letter == "q":
                    return
                if letter:
                    form = self._desk.answer(
                        call_id, self._reviewer, criterion.id, _ANSWERS[letter]
                    )
        score = "–" if form.result.score is None else f"{form.result.score:.0f}"
        rest = "" if form.result.complete else self._texts["incomplete"]
        self._say("score", score=score, rest=rest)

    def _wording(self, criterion: Criterion) -> str:
        return criterion.ar if self._language == "ar" else criterion.en

    # Showing and asking

    def _print_call(self, opened: OpenCall) -> None:
        call = opened.subject.detail.call
        who = " / ".join(w for w in (call.agent_id, call.vendor, call.service_channel) if w)
        self._show(f"\n{call.call_id} · {who} · {duration(call.duration_ms)}\n{call.path}")
        for turn in opened.subject.turns:
            self._show(
                f"{duration(turn.start_ms):>8}  {turn.turn_index:>3} {turn.role:<7} {turn.text}"
            )
        if opened.hidden:
            self._say("hidden")
        else:
            self._print_machine(opened)

    def _print_machine(self, opened: OpenCall) -> None:
        call = opened.subject.detail.call
        word = self._texts["brush_off" if call.brush_off else "proper"]
        self._say(
            "machine", verdict=word, score=f"{call.brush_off_score or 0:.0f}",
            resolution=call.resolution or "–",
        )  # fmt: skip

    def _letter(self, text: str, known: tuple[str, ...], *, quits: bool = True) -> str:
        while True:
            letter = self._ask(text).lower()
            if quits and letter == "q":
                raise _Quit
            if letter in known:
                return letter
            self._say("unknown", known=" ".join(filter(None, known)))

    def _one_of(self, text: str, known: list[str]) -> str | None:
        while True:
            given = self._ask(text)
            number = str(int(given)) if given.isdecimal() else given  # Arabic digits, too
            if number in known or not given:
                return number or None
            self._say("unknown", known=", ".join(known))

    def _ask(self, text: str) -> str:
        try:
            return self._terminal.ask(f"{self._texts[text]} > ").strip()
        except EOFError:
            raise _Quit from None

    def _say(self, text: str, **values: str) -> None:
        self._show(self._texts[text].format(**values))

    def _show(self, line: str) -> None:
        self._terminal.show("\n".join(printable(part) for part in line.split("\n")))


def _named(label: str) -> str:
    return f"{label} {LABEL_NAMES.get(label, '')}".rstrip()
