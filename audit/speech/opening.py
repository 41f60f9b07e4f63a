"""What the caller heard before the agent: ringing, a menu's voice, the music of a queue."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit.speech.cues import Cue, load_cues
from audit.speech.misheard import folded_words, heard_weight
from audit.speech.music import detect_music
from audit.speech.ringing import detect_ringing
from audit.speech.timeline import subtract, total_ms, union
from audit.speech.vad import speech_probabilities
from audit.types import SAMPLE_RATE_HZ, Segment, Utterance, Waveform

#: A menu is over when the caller has said so many words: nobody talks to one for longer.
_MAX_CALLER_WORDS = 4
#: Evidence (weights of phrases) that makes a turn a menu's.
_MENU = 3.0
#: Sound of waiting shorter than this before the first word is no wait.
_MIN_WAIT_MS = 1000


@dataclass(frozen=True, slots=True)
class Opening:
    """The time before the agent's first word, ``answered_ms`` (``None`` where there is none).

    ``ringing``, ``menu`` (announcements and choices) and ``music`` are what was heard in it.
    """

    answered_ms: int | None
    ringing: tuple[Segment, ...] = ()
    menu: tuple[Segment, ...] = ()
    music: tuple[Segment, ...] = ()

    @property
    def wait_ms(self) -> int | None:
        """From the end of the menu, or the beginning, to the agent's first word.

        ``None`` where neither ringing nor menu nor music tells that somebody waited.
        """
        heard = union((*self.ringing, *self.menu, *self.music))
        if self.answered_ms is None or total_ms(heard) < _MIN_WAIT_MS:
            return None
        begun_ms = max((span.end_ms for span in self.menu), default=0)
        return max(0, self.answered_ms - begun_ms)


def menu_turns(utterances: Sequence[Utterance]) -> frozenset[int]:
    """Turn indices of a menu at the beginning, of whichever speaker (roles need not be known).

    A menu on the agent's channel looks like the agent. Everything that its speaker says up to the
    last turn that tells («اضغط واحد», «جميع موظفينا مشغولون») is the menu's.
    """
    spoken: dict[str, list[int]] = {}
    words: dict[str, int] = {}
    last: int | None = None
    for position, utterance in enumerate(utterances):
        speaker = utterance.speaker
        if _is_menu(utterance.text):
            last = position
        spoken.setdefault(speaker, []).append(position)
        words[speaker] = words.get(speaker, 0) + len(utterance.text.split())
        voice = utterances[last].speaker if last is not None else None
        if sum(n for name, n in words.items() if name != (voice or speaker)) > _MAX_CALLER_WORDS:
            break
    if last is None:
        return frozenset()
    voice = utterances[last].speaker
    return frozenset(utterances[p].turn_index for p in spoken[voice] if p <= last)


def without_menu(utterances: Sequence[Utterance], menu: frozenset[int]) -> tuple[Utterance, ...]:
    """What tells the roles: ``utterances`` without the menu on a channel that a party speaks on too.

    A menu with a voice of its own (mono) stays: its role is found by its words.
    """
    parties = {turn.speaker for turn in utterances if turn.turn_index not in menu}
    return tuple(
        turn for turn in utterances if turn.turn_index not in menu or turn.speaker not in parties
    )


def with_menu_role(utterances: Sequence[Utterance], menu: frozenset[int]) -> tuple[Utterance, ...]:
    """``utterances`` with the role ``other`` for those of the menu."""
    return tuple(
        replace(turn, role="other") if turn.turn_index in menu else turn for turn in utterances
    )


def hear_opening(
    waveform: Waveform, utterances: Sequence[Utterance], menu: frozenset[int]
) -> Opening:
    """What is heard before the agent's first word; ``utterances`` carry roles."""
    agent = [turn.start_ms for turn in utterances if turn.role == "agent"]
    if not agent:
        return Opening(None)
    answered_ms = agent[0]
    spoken = union(
        Segment(turn.start_ms, min(turn.end_ms, answered_ms))
        for turn in utterances
        if turn.turn_index in menu
    )
    before = waveform.samples[:, : answered_ms * SAMPLE_RATE_HZ // 1000]
    ringing = subtract((span for channel in before for span in detect_ringing(channel)), spoken)
    music = (
        span for channel in before for span in detect_music(channel, speech_probabilities(channel))
    )
    return Opening(answered_ms, ringing, spoken, subtract(music, (*ringing, *spoken)))


def _is_menu(text: str) -> bool:
    words = folded_words(text.split())
    menu, agent = _cues()
    found = heard_weight(menu, words, _MENU)
    return found >= _MENU and heard_weight(agent, words, found) < found


@functools.lru_cache(maxsize=1)
def _cues() -> tuple[tuple[Cue, ...], tuple[Cue, ...]]:
    """Phrases of menus, and those with which an agent greets."""
    cues = load_cues("agent_cues")
    menu = tuple(cue for cue in cues if cue.kind == "menu")
    return menu, tuple(cue for cue in cues if cue.kind == "agent" and cue.weight >= 2)
