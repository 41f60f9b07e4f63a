"""The way of one call through the stages: decode, hear, tell apart, score. Nothing is stored here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from audit.config import Config
from audit.errors import TasleekError, UnreadableError, UsageError
from audit.evidence import foreign_reason, unheard_reason, weak_reason
from audit.ingest.audio import decode
from audit.ingest.recordings import STAGE_READ
from audit.ingest.vcon import dialog_body
from audit.judgement import judge_calls
from audit.language.classifier import TurnClassifier, load_classifier
from audit.language.redaction import redact_utterances
from audit.speech.diarizer import Diarizer, load_diarizer
from audit.speech.hold import detect_holds
from audit.speech.measures import heard_parties, measure_call, measure_quarters
from audit.speech.opening import hear_opening, menu_turns, with_menu_role, without_menu
from audit.speech.recognizer import Recognizer, SpeechTrack, load_recognizer
from audit.speech.roles import assign_roles
from audit.speech.turns import build_utterances, plan_tracks, with_roles
from audit.speech.voice_check import VoiceChecker, agent_check, load_voice_checker, own_speaker
from audit.types import (
    CallAudit,
    CallFailure,
    CallMetrics,
    CallQuarter,
    Recording,
    RedactedSpan,
    RoleAssignment,
    TranscribedCall,
    Utterance,
    VoiceCheck,
    Waveform,
)
from audit.weights.cache import require


class StageError(TasleekError):
    """A stage could not do its part of a call."""

    def __init__(self, stage: str, cause: BaseException) -> None:
        super().__init__(str(cause) or type(cause).__name__)
        self.stage = stage


class StageClock:
    """Wall-clock time of each stage of a call, and the name of the stage that failed."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens within; errors leave as ``StageError`` with the stage's name."""
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            raise StageError(name, error) from error
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - began

    @property
    def stage_ms(self) -> tuple[tuple[str, int], ...]:
        return tuple((name, round(seconds * 1000)) for name, seconds in self._spent.items())


@dataclass(frozen=True, slots=True)
class HeardCall:
    """A call after its sound was understood, before it is judged.

    ``unscorable_reason`` is set where the evidence is too weak; what was heard until then is kept.
    """

    transcribed: TranscribedCall
    roles: RoleAssignment | None = None
    metrics: CallMetrics = field(default_factory=CallMetrics)
    quarters: tuple[CallQuarter, ...] = ()
    voice: VoiceCheck | None = None
    unscorable_reason: str | None = None
    asr_confidence: float | None = None


class Pipeline:
    """Audits calls, one at a time, with models that are loaded once."""

    def __init__(
        self, config: Config, recognizer: Recognizer, diarizer: Diarizer,
        classifier: TurnClassifier, voices: VoiceChecker | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._recognizer = recognizer
        self._diarizer = diarizer
        self._classifier = classifier
        self._voices = voices

    def audit(self, recording: Recording) -> CallAudit | CallFailure:
        """The audit of a call, or why there is none; never raises for what is wrong with a call."""
        clock = StageClock()
        try:
            return self._judge(self.hear(recording, clock, scored_only=True), clock)
        except StageError as error:
            reason = str(error)
            if recording.path.name not in reason:
                reason = f"{recording.path}: {reason}"
            gone = isinstance(error.__cause__, UnreadableError)
            stage = STAGE_READ if gone else error.stage
            return CallFailure(recording.path, stage, reason, recording.call_id, recording.sha256)

    def hear(
        self, recording: Recording, clock: StageClock | None = None, *, scored_only: bool = False
    ) -> HeardCall:
        """Decode, diarize and recognize a call. Raises ``StageError`` naming the stage.

        With ``scored_only`` the words of a call in another language than Arabic are not recognized.
        """
        clock = clock or StageClock()
        config = self._config
        with clock.stage("decode"):
            waveform = _decode(recording, config.ingest.max_duration_min)
        with clock.stage("diarize"):
            diarization = self._diarizer.diarize(waveform)
        silent = TranscribedCall(recording, waveform.info, config.speech.language, (), diarization)
        if reason := unheard_reason(diarization, config.evidence):
            return HeardCall(silent, unscorable_reason=reason)
        with clock.stage("recognize"):
            tracks = plan_tracks(diarization)
            sounds = [SpeechTrack(waveform.samples[t.channel], t.speech) for t in tracks]
            beginnings = self._recognizer.hear_beginnings(sounds)
        languages = [beginning.language for beginning in beginnings]
        reason = foreign_reason(languages, config.evidence)
        if reason and scored_only:
            foreign = replace(silent, language=languages[0].code)
            return HeardCall(foreign, unscorable_reason=reason)
        with clock.stage("recognize"):
            transcripts = self._recognizer.recognize(sounds, beginnings)
        agent_id = recording.metadata.agent_id
        with clock.stage("roles"):
            utterances = build_utterances(tracks, transcripts, diarization)
            known = self._voices.speakers(agent_id, waveform, diarization) if self._voices else {}
            roles = assign_roles(
                without_menu(utterances, menu_turns(utterances)), diarization, recording.metadata,
                config.speech.agent_channel, waveform.channels, own_speaker(known),
            )  # fmt: skip
            utterances = _in_roles(utterances, roles)
        with clock.stage("holds"):
            holds = detect_holds(waveform, diarization, utterances)
            # Once more, now that it is known where a hold ends a turn.
            utterances = _in_roles(build_utterances(tracks, transcripts, diarization, holds), roles)
        with clock.stage("measure"):
            opening = hear_opening(waveform, utterances, menu_turns(utterances))
            parties = heard_parties(waveform, diarization, utterances, roles, holds, opening)
            metrics = measure_call(diarization, roles, parties, opening)
            quarters = measure_quarters(parties)
        return HeardCall(
            TranscribedCall(
                recording, waveform.info, transcripts[0].language, utterances, diarization, holds
            ),
            roles,
            metrics,
            quarters,
            agent_check(known, roles),
            weak_reason(utterances, roles, config.evidence),
            _mean_probability(utterances),
        )

    def _judge(self, heard: HeardCall, clock: StageClock) -> CallAudit:
        call = heard.transcribed
        with clock.stage("redact"):
            utterances, redacted = self._without_personal_data(call.utterances)
        judgement = None
        if heard.unscorable_reason is None:
            with clock.stage("score"):
                (judgement,) = judge_calls([utterances], self._classifier)
        return CallAudit(
            recording=call.recording,
            info=call.info,
            status="audited" if judgement else "unscorable",
            utterances=utterances,
            judgement=judgement,
            holds=call.holds,
            redacted=redacted,
            metrics=heard.metrics,
            quarters=heard.quarters,
            voice=heard.voice,
            unscorable_reason=heard.unscorable_reason,
            language=call.language,
            asr_confidence=heard.asr_confidence,
            roles=heard.roles,
            stage_ms=clock.stage_ms,
        )

    def _without_personal_data(
        self, utterances: tuple[Utterance, ...]
    ) -> tuple[tuple[Utterance, ...], tuple[RedactedSpan, ...]]:
        # What is judged is what is stored, so that scoring it again finds the same.
        if self._config.privacy.keep_pii:
            return utterances, ()
        found = redact_utterances(utterances)
        return found.utterances, found.spans


def load_pipeline(config: Config) -> Pipeline:
    """A pipeline with the models that ``config`` names.

    Raises ``ModelError`` when weights are missing and ``UsageError`` for an unknown name.
    """
    if config.speech.agent_channel not in ("auto", "0", "1"):
        raise UsageError(
            f"agent channel {config.speech.agent_channel!r} is unknown; give auto, 0 (left) or 1"
        )
    return Pipeline(
        config,
        load_recognizer(config.speech, offline=config.offline),
        load_diarizer(config.speech, require, offline=config.offline),
        load_classifier(config.scoring.classifier),
        load_voice_checker(config.privacy.voiceprints, require),
    )


def _decode(recording: Recording, max_duration_min: int) -> Waveform:
    name = str(recording.path)
    if recording.vcon_dialog is None:
        return decode(recording.path, name, max_duration_min)
    return decode(dialog_body(recording.path, recording.vcon_dialog), name, max_duration_min)


def _in_roles(utterances: tuple[Utterance, ...], roles: RoleAssignment) -> tuple[Utterance, ...]:
    return with_menu_role(with_roles(utterances, roles), menu_turns(utterances))


def _mean_probability(utterances: Sequence[Utterance]) -> float | None:
    probabilities = [word.probability for turn in utterances for word in turn.words]
    return sum(probabilities) / len(probabilities) if probabilities else None
