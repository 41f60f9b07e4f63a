"""One call for the agent who took it: verdict, evidence and the way to dispute it, as HTML and JSON.

Nothing of the caller is in it but what was said, without personal data: no number, hash, ticket or
recording.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from audit.reporting import figures
from audit.reporting.excerpts.names import hidden_call_id, safe_part
from audit.reporting.standalone import content_policy, page_environment, style_with_typeface
from audit.reporting.wording import code_text
from audit.store.appeals import Appeal, AppealableCall
from audit.store.queries import TurnRow
from audit.types import LABELS

#: What each label means, said to an agent.
MEANINGS = {
    "placation": "كلام يطمئن المتصل دون إجراء أو مسؤول أو موعد.",
    "deflection": "توجيه المتصل إلى جهة أو موقع أو رقم آخر دون التحقق من أنه الطريق الصحيح أو تسهيله.",
    "stalling": "طلب الانتظار دون موعد ودون طريقة للمتابعة.",
    "unresolved_closure": "إنهاء الطلب أو المكالمة دون نتيجة.",
    "uninformed": "عدم معرفة الخدمة أو الإجراء، مع عدم البحث عن الجواب.",
    "disclaiming": "رفض المسؤولية أو الصلاحية والاكتفاء بذلك.",
    "dismissive_tone": "جفاء أو استخفاف أو لوم للمتصل.",
}
_ROLES = {"agent": "الموظف", "caller": "المتصل"}
_STATUSES = {
    "disputed": "الاعتراض قيد النظر",
    "upheld": "نُظر في الاعتراض وبقي الحكم",
    "overturned": "قُبل الاعتراض ونُقض الحكم",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A turn as the page shows it."""

    number: int
    at: str
    role: str
    who: str
    text: str
    flags: tuple[tuple[str, str, str], ...]
    positives: tuple[str, ...]


def write_agent_call(call: AppealableCall, out: Path) -> tuple[Path, Path]:
    """Write the page and the JSON of ``call`` into the folder ``out``; returns both files.

    The texts of ``call`` hold no personal data. Raises ``OSError`` when they cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    call_id = call.detail.call.call_id
    stem = safe_part(call_id) or hidden_call_id(call_id)
    page, data = out / f"{stem}.html", out / f"{stem}.json"
    page.write_text(_page(call), encoding="utf-8")
    told = json.dumps(agent_call_as_dict(call), ensure_ascii=False, indent=1, default=str)
    data.write_text(told + "\n", encoding="utf-8")
    return page, data


def agent_call_as_dict(call: AppealableCall) -> dict[str, Any]:
    """What the JSON holds. Fields are named one by one, so that nothing slips in."""
    detail, row = call.detail, call.detail.call
    return {
        "call_id": row.call_id,
        "started_at": row.started_at,
        "agent_id": row.agent_id,
        "service_channel": row.service_channel,
        "duration_ms": row.duration_ms,
        "brush_off": _standing(call),
        "decided_by": "people" if _by_people(call) else "machine",
        "machine": {
            "brush_off": row.brush_off,
            "unsure": row.brush_off_unsure,
            "score": row.brush_off_score,
            "evidence": list(detail.verdict_evidence),
        },
        "resolution": row.resolution,
        "hold_ms": row.hold_ms,
        "asr_confidence": row.asr_confidence,
        "turns": [
            {
                "turn_index": turn.turn_index,
                "role": turn.role,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
                "text": turn.text,
                "flags": [
                    {"label": label, "score": score, "evidence": list(evidence)}
                    for label, score, evidence in turn.flags
                ],
                "positives": list(turn.positives),
            }
            for turn in detail.turns
        ],
        "commitments": [asdict(item) for item in detail.commitments],
        "appeal": _appeal_as_dict(call.appeal),
    }


def _appeal_as_dict(appeal: Appeal | None) -> dict[str, Any] | None:
    if appeal is None:
        return None
    return {
        "status": appeal.status,
        "raised_at": appeal.raised_at,
        "reason": appeal.reason,
        "decided_at": appeal.decided_at,
        "answer": appeal.answer,
    }


def _standing(call: AppealableCall) -> bool | None:
    """The verdict that counts: a decided appeal's, else people's, else the machine's."""
    if call.appeal is not None and call.appeal.standing is not None:
        return call.appeal.standing
    return call.detail.call.brush_off if call.people is None else call.people


def _by_people(call: AppealableCall) -> bool:
    return call.people is not None or (call.appeal is not None and call.appeal.standing is not None)


def _page(call: AppealableCall) -> str:
    style = style_with_typeface("agent_call.css")
    row = call.detail.call
    labels = {label for turn in call.detail.turns for label, _, _ in turn.flags}
    return (
        page_environment()
        .get_template("agent_call.html.jinja")
        .render(
            style=Markup(style),
            policy=content_policy(style),
            call=row,
            began=figures.moment_in_zone(row.started_at) if row.started_at else figures.DASH,
            duration=figures.duration(row.duration_ms or 0),
            brushed_off=_standing(call),
            by_people=_by_people(call),
            score=None if row.brush_off_score is None else round(row.brush_off_score),
            resolution=code_text(row.resolution, "ar") if row.resolution else figures.DASH,
            heard=None if row.asr_confidence is None else figures.percent(row.asr_confidence),
            lines=[_line(turn) for turn in call.detail.turns],
            meanings=[(code_text(x, "ar"), MEANINGS[x]) for x in LABELS if x in labels],
            appeal=call.appeal,
            appeal_status=_STATUSES[call.appeal.status] if call.appeal else None,
        )
    )


def _line(turn: TurnRow) -> _Line:
    return _Line(
        turn.turn_index,
        figures.duration(turn.start_ms),
        turn.role,
        _ROLES.get(turn.role, "غير معروف"),
        turn.text,
        tuple(
            (code_text(label, "ar"), figures.percent(score), "، ".join(evidence))
            for label, score, evidence in turn.flags
        ),
        tuple(code_text(kind, "ar") for kind in turn.positives),
    )
