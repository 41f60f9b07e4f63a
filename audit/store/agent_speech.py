"""Where and when an agent is heard: what a voiceprint is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.store.queries import statement
from audit.types import Segment

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class AgentSpeech:
    """The turns of an agent in one call; ``channel`` is ``None`` in mono."""

    call_id: str
    path: str
    sha256: str
    channel: int | None
    speech: tuple[Segment, ...]


def agent_speech(
    connection: DuckDBPyConnection, agent_id: str, most: int
) -> tuple[AgentSpeech, ...]:
    """Of at most ``most`` calls whose roles are sure, newest first."""
    rows = connection.execute(
        statement("agent_speech"), {"agent_id": agent_id, "most": most}
    ).fetchall()
    return tuple(
        AgentSpeech(
            call_id, path, sha256, channel,
            tuple(Segment(turn["start_ms"], turn["end_ms"]) for turn in speech),
        )
        for call_id, path, sha256, channel, speech in rows
    )  # fmt: skip
