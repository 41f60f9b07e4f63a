"""Personal data in Arabic call transcripts: found, and replaced by placeholders.

``find_entities`` and ``redact`` work on one text; ``find_entities_in_turns`` and
``redact_utterances`` on a conversation, where a number may be told over several turns.
"""

from audit.language.redaction.conversation import (
    RedactedUtterances,
    SpokenTurn,
    find_entities_in_turns,
    redact_utterances,
)
from audit.language.redaction.detection import find_entities, redact
from audit.language.redaction.entities import (
    ENTITY_TYPES,
    PLACEHOLDERS,
    Entity,
    EntityType,
    RedactedText,
)

__all__ = [
    "ENTITY_TYPES",
    "PLACEHOLDERS",
    "Entity",
    "EntityType",
    "RedactedText",
    "RedactedUtterances",
    "SpokenTurn",
    "find_entities",
    "find_entities_in_turns",
    "redact",
    "redact_utterances",
]
