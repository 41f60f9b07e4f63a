"""Logits of calls by models that did not see them, kept beside the model for the call verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from audit.errors import ModelError

CROSS_FITTED = "cross-fitted-calls.json"

#: The 24 logits of each agent turn (the encoder's, then the n-grams'), by call id and turn index.
CallLogits = dict[str, dict[int, list[float]]]


def write_call_logits(logits: Mapping[str, Mapping[int, list[float]]], path: Path) -> None:
    value = {
        call_id: {str(index): [round(x, 3) for x in row] for index, row in rows.items()}
        for call_id, rows in sorted(logits.items())
    }
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")


def read_call_logits(path: Path) -> CallLogits:
    """Raises ``ModelError`` when the file is missing or not what `write_call_logits` makes."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return {
            call_id: {int(index): [float(x) for x in row] for index, row in rows.items()}
            for call_id, rows in value.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(
            f"{path}: no usable scores of the train calls ({error}); run `tasleek train turns` first"
        ) from error
