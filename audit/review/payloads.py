"""What the page is sent, and what it may send: JSON to and from the values of the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from audit.review.desk import (
    Form,
    OpenCall,
    QueueEntry,
)
from audit.review.scorecard import Scorecard
from audit.review.verdicts import ReviewInputError, TurnVerdict, WholeVerdict
from audit.store.reviews import ReviewView, TurnView


def queue_payload(entries: tuple[QueueEntry, ...]) -> list[dict[str, Any]]:
    """A reviewer's queue. What would tell the machine's opinion of a hidden call is left out."""
    return [
        {
            "call_id": entry.row.call_id,
            "state": entry.state,
            "hidden": entry.hidden,
            "started_at": _iso(entry.row.started_at),
            "agent_id": entry.row.agent_id,
            "vendor": entry.row.vendor,
            "service_channel": entry.row.service_channel,
            "duration_ms": entry.row.duration_ms,
            "readers": entry.row.readers,
            "stratum": None if entry.hidden else entry.row.stratum,
            "brush_off": None if entry.hidden else entry.row.brush_off,
            "score": None if entry.hidden else entry.row.brush_off_score,
            "unsure": None if entry.hidden else entry.row.brush_off_unsure,
        }
        for entry in entries
    ]


def call_payload(opened: OpenCall) -> dict[str, Any]:
    """One call for the page; of a hidden one only what was said and heard."""
    detail = opened.subject.detail
    call = detail.call
    return {
        "call_id": call.call_id,
        "started_at": _iso(call.started_at),
        "agent_id": call.agent_id,
        "vendor": call.vendor,
        "service_channel": call.service_channel,
        "duration_ms": call.duration_ms,
        "asr_confidence": call.asr_confidence,
        "hidden": opened.hidden,
        "turns": [_turn(turn, opened.hidden) for turn in opened.subject.turns],
        "holds": [
            {"start_ms": h.start_ms, "end_ms": h.end_ms, "kind": h.kind} for h in detail.holds
        ],
        "verdict": None
        if opened.hidden
        else {
            "brush_off": call.brush_off,
            "score": call.brush_off_score,
            "unsure": call.brush_off_unsure,
            "resolution": call.resolution,
            "evidence": detail.verdict_evidence,
        },
        "reviews": [_review(review) for review in opened.reviews],
        "form": form_payload(opened.form),
    }


def _turn(turn: TurnView, hidden: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "turn_index": turn.turn_index,
        "role": turn.role,
        "channel": turn.channel,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
        "words": [[w.start_ms, w.end_ms, w.text, round(w.probability, 2)] for w in turn.words],
        "flags": [],
    }
    if not hidden:
        shown["flags"] = [
            {
                "label": flag.label,
                "score": flag.score,
                "threshold": flag.threshold,
                "evidence": flag.evidence,
            }
            for flag in turn.flags
        ]
        shown["unsure"] = turn.unsure
        shown["scores"] = {label: round(score, 3) for label, score in turn.label_scores}
    return shown


def _review(review: ReviewView) -> dict[str, Any]:
    return {
        "turn_index": review.turn_index,
        "label": review.label,
        "verdict": review.verdict,
        "new_label": review.new_label,
        "resolution": review.resolution,
        "comment": review.comment,
        "blind": review.blind,
    }


def form_payload(form: Form) -> dict[str, Any]:
    """A form with its score; answers of people and of the machine stand apart."""
    return {
        "answers": dict(form.answers),
        "automatic": dict(form.automatic),
        "comments": dict(form.comments),
        "result": {
            "score": form.result.score,
            "weighted_score": form.result.weighted_score,
            "passed": form.result.passed,
            "failed_critical": form.result.failed_critical,
            "complete": form.result.complete,
        },
    }


def scorecard_payload(card: Scorecard) -> dict[str, Any]:
    """The questions of a form, in both languages."""
    return {
        "name": card.name,
        "version": card.version,
        "pass_score": card.pass_score,
        "sections": [
            {
                "id": section.id,
                "ar": section.ar,
                "en": section.en,
                "criteria": [
                    {"id": c.id, "ar": c.ar, "en": c.en, "critical": c.critical}
                    for c in section.criteria
                ],
            }
            for section in card.sections
        ],
    }


class Sent:
    """The JSON object of a request, read field by field. Raises ``ReviewInputError``."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ReviewInputError("the request must be a JSON object")
        self._value: dict[str, Any] = value

    def text(self, name: str) -> str:
        value = self.optional_text(name)
        if value is None:
            raise ReviewInputError(f"{name} is missing")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._value.get(name)
        if value is not None and not isinstance(value, str):
            raise ReviewInputError(f"{name} must be text")
        # Half a surrogate pair (a broken keyboard's emoji) can be sent, but not stored: a verdict must
        # not be refused for it.
        return value and value.encode("utf-8", "replace").decode("utf-8")

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ReviewInputError(f"{name} must be a whole number")
        return value

    def turn_verdict(self) -> TurnVerdict:
        return TurnVerdict(
            self.whole("turn_index"),
            self.text("label"),
            self.text("verdict"),
            self.optional_text("new_label"),
            self.optional_text("comment"),
        )

    def whole_verdict(self) -> WholeVerdict:
        return WholeVerdict(
            self.text("verdict"),
            self.optional_text("resolution"),
            self.optional_text("comment"),
            self.whole("listened_ms", 0),
        )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
