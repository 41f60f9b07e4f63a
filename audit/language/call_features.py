"""What the call verdict weighs: a fixed list of numbers from the scores and words of a whole call.

Probabilities enter as log-odds. Places in the call count: what is said last outweighs what is said
first, and what follows the worst turn may repair it (taxonomy rule 12).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from audit.language.commitments import promise_parts
from audit.language.conversation import ConversationTurn
from audit.language.normalization import normalize
from audit.types import LABELS, POSITIVES, TurnScore

#: The share of a call's agent turns that counts as its end.
END_SHARE = 1 / 3
#: Log-odds are cut here: a turn cannot be surer than that.
_LOG_ODDS_LIMIT = 5.0
#: Agent turns of fewer words (yes, one moment, goodbye) say nothing of substance at the end.
_MIN_WORDS = 4

_PLEASED = re.compile(
    r"شكرا|مشكور|ما قصرت|تسلم|يسلم|يعطيك العافيه|جزاك|بيض الله|الله يسعد|الله يوفق|"
    r"الله يرضي|كثر خير|كتر خير|"
    r"ريحت|وصلتني|وصلت الرساله|اشتغل|ضبط|انحلت|تمام|ممتاز|حلو|خير ان شاء الله|ممنون|"
    r"متشكر|الله يخليك|"
    r"الله يجزيك|كفو|زين|طيب خلاص"
)
_UNMET = re.compile(
    r"بس|لكن|طيب و|يعني|ليش|ليه|لماذا|متي|امتي|وين|فين|كيف|شلون|ازاي|ما فهمت|ما استفدت|"
    r"نفس الكلام|كل مره|ما حد|محد|"
    r"ما في فايده|مافي فايده|بلا فايده|حسبي|شكوي|اشتكي|المشرف|المدير|المسوول|لا حول|"
    r"مو معقول|مش معقول|حرام|تعبت|زهقت"
)
_REPEATED = re.compile(
    r"قلتو|قلتوا|قالو|قالوا|من (?:شهر|اسبوع|سنه|يومين)|مره ثانيه|كل مره|ثالث مره|رابع|قبل اسبوع|نفس"
)
_CUTS_OFF = re.compile(r"^(?:لا|لا شكرا|خلاص|طيب|ما ابي|ما ابغي|مع السلامه|لا خلاص|شكرا|لا ما في)")


@dataclass(frozen=True, slots=True)
class CallEvidence:
    """The places that the verdict rests on, by turn index; ``None`` or empty where there are none."""

    worst: tuple[int, ...]
    best_after_worst: int | None
    promise: int | None
    end: tuple[int, ...]


def call_features(
    turns: Sequence[ConversationTurn], scores: Mapping[int, TurnScore]
) -> dict[str, float]:
    """The features of a call with at least one scored agent turn, by name, always in one order."""
    agent = sorted(scores)
    brush = [_log_odds(scores[i].brush_off) for i in agent]
    end = _end(turns, agent)
    features = _summary("brush_off", brush, [_log_odds(scores[i].brush_off) for i in end])
    ordered = sorted(brush, reverse=True)
    features["brush_off second"] = ordered[min(1, len(ordered) - 1)]
    features["brush_off half change"] = _mean(brush[len(brush) // 2 :]) - _mean(
        brush[: max(1, len(brush) // 2)]
    )
    features["flagged share"] = sum(bool(scores[i].flagged) for i in agent) / len(agent)
    features["flagged end share"] = sum(bool(scores[i].flagged) for i in end) / len(end)
    for label in LABELS:
        of = _label_log_odds(scores, label)
        features[f"{label} max"] = max(map(of, agent))
        features[f"{label} end"] = max(map(of, end))
    for positive in POSITIVES:
        of = _positive_log_odds(scores, positive)
        features |= _summary(positive, [of(i) for i in agent], [of(i) for i in end])
    worst = max(agent, key=lambda i: scores[i].brush_off)
    after = [i for i in agent if i > worst]
    features["repair"] = max((_goodness(scores[i]) for i in after), default=-_LOG_ODDS_LIMIT)
    best = max(agent, key=lambda i: _goodness(scores[i]))
    features["spoiled"] = max(
        (_log_odds(scores[i].brush_off) for i in agent if i > best), default=-_LOG_ODDS_LIMIT
    )
    features["best against worst"] = _goodness(scores[best]) - _log_odds(scores[worst].brush_off)
    return features | _promise_features(turns, agent, end) | _caller_features(turns)


def call_evidence(
    turns: Sequence[ConversationTurn], scores: Mapping[int, TurnScore]
) -> CallEvidence:
    """Where in the call its verdict can be checked."""
    agent = sorted(scores)
    flagged = [i for i in agent if scores[i].flagged]
    worst = sorted(flagged, key=lambda i: -scores[i].brush_off)[:3]
    good = [i for i in agent if scores[i].positives and not scores[i].flagged]
    after = [i for i in good if worst and i > worst[0]]
    promises = [i for i in agent if "commitment" in scores[i].positives]
    return CallEvidence(
        worst=tuple(worst),
        best_after_worst=max(after, key=lambda i: _goodness(scores[i])) if after else None,
        promise=promises[-1] if promises else None,
        end=tuple(_end(turns, agent)),
    )


def _end(turns: Sequence[ConversationTurn], agent: Sequence[int]) -> list[int]:
    """The last third of the agent turns that say something (all of them if none does)."""
    saying = [i for i in agent if len(turns[i].text.split()) >= _MIN_WORDS] or list(agent)
    return saying[-max(1, round(len(saying) * END_SHARE)) :]


def _summary(name: str, values: Sequence[float], end: Sequence[float]) -> dict[str, float]:
    return {
        f"{name} max": max(values),
        f"{name} mean": _mean(values),
        f"{name} end max": max(end),
        f"{name} end mean": _mean(end),
    }


def _promise_features(
    turns: Sequence[ConversationTurn], agent: Sequence[int], end: Sequence[int]
) -> dict[str, float]:
    parts = {i: promise_parts(turns[i].text) for i in agent}
    return {
        "deadline end": float(any(parts[i].deadline for i in end)),
        "owner end": float(any(parts[i].owner for i in end)),
        "action and deadline": float(any(p.action and p.deadline for p in parts.values())),
        "reference": float(any(p.reference for p in parts.values())),
    }


def _caller_features(turns: Sequence[ConversationTurn]) -> dict[str, float]:
    said = [normalize(t.text) for t in turns if t.role == "caller" and t.text.strip()] or [""]
    last = said[-2:]
    return {
        "caller pleased at end": float(any(_PLEASED.search(text) for text in last)),
        "caller unmet at end": float(any(_UNMET.search(text) for text in last)),
        "caller unmet share": sum(bool(_UNMET.search(text)) for text in said) / len(said),
        "caller repeats": float(any(_REPEATED.search(text) for text in said)),
        "caller cuts off": float(bool(_CUTS_OFF.search(said[-1]))),
        "caller last words": math.log1p(len(said[-1].split())),
    }


def _goodness(score: TurnScore) -> float:
    """Log-odds of the best of outcome, promise and ownership in a turn."""
    found = [s.score for s in score.positive_scores if s.label != "empathy"]
    return _log_odds(max(found, default=float(bool(score.positives))))


def _label_log_odds(scores: Mapping[int, TurnScore], label: str) -> Callable[[int], float]:
    place = LABELS.index(label)
    return lambda index: _log_odds(scores[index].labels[place].score)


def _positive_log_odds(scores: Mapping[int, TurnScore], name: str) -> Callable[[int], float]:
    place = POSITIVES.index(name)

    def value(index: int) -> float:
        score = scores[index]
        if score.positive_scores:
            return _log_odds(score.positive_scores[place].score)
        return _log_odds(float(name in score.positives))

    return value


def _log_odds(probability: float) -> float:
    floor = 1.0 / (1.0 + math.exp(_LOG_ODDS_LIMIT))
    p = min(1.0 - floor, max(floor, probability))
    return math.log(p / (1.0 - p))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
