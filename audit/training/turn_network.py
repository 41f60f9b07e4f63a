"""The network of the turn classifier: a BERT encoder, two poolings, three heads.

The pooled vector is the mean of the last layer over the agent's words, beside an attention pooling over
the whole sequence (one learned query, Lin et al., 2017, "A Structured Self-attentive Sentence
Embedding", reduced to one head). Linear heads give the logits of brush-off, labels and positives.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from audit.errors import ModelError
from audit.language.turn_tokens import TurnTokens
from audit.torchaudio_import import import_torchaudio
from audit.types import LABELS, POSITIVES

OUTPUTS = 1 + len(LABELS) + len(POSITIVES)


class TurnNetwork(nn.Module):
    """``encoder`` is a transformers ``BertModel`` or another encoder with ``last_hidden_state``."""

    encoder: Any

    def __init__(self, encoder: Any, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.query = nn.Linear(width, 1)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(2 * width, OUTPUTS)
        nn.init.zeros_(self.query.weight)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits ``(turns, 12)``: brush-off, seven labels, four positives."""
        return self.heads(self.dropout(self.pooled(ids, types, mask)))  # type: ignore[no-any-return]

    def pooled(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Pooled vectors ``(turns, 2 x width)`` in float32; all arguments are ``(turns, places)``."""
        states = self.encoder(
            input_ids=ids, attention_mask=mask.long(), token_type_ids=types
        ).last_hidden_state.float()
        text = (types.bool() & mask).unsqueeze(-1).float()
        mean = (states * text).sum(1) / text.sum(1).clamp(min=1.0)
        weight = self.query(states).squeeze(-1).masked_fill(~mask, -1e4).softmax(-1)
        return torch.cat([mean, (states * weight.unsqueeze(-1)).sum(1)], dim=-1)


def load_base(folder: Path | str, layers: int) -> TurnNetwork:
    """A fresh network on the first ``layers`` layers of a BERT checkpoint (folder or hub id).

    Raises ``ModelError`` when it is not one, or has fewer layers.
    """
    import_torchaudio()
    from transformers import AutoModel

    try:
        encoder: Any = AutoModel.from_pretrained(str(folder), attn_implementation="sdpa")
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: no encoder that transformers can load ({error})") from error
    if not hasattr(encoder, "encoder") or len(encoder.encoder.layer) < layers:
        raise ModelError(f"{folder}: not a BERT encoder of at least {layers} layers")
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    encoder.config.num_hidden_layers = layers
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    return TurnNetwork(encoder, encoder.config.hidden_size)


def padded(tokens: Sequence[TurnTokens]) -> tuple[Tensor, Tensor, Tensor]:
    """``ids``, ``types`` and ``mask`` (true on pieces) of a batch, each ``(turns, longest)``."""
    longest = max(len(item.ids) for item in tokens)
    ids = torch.zeros((len(tokens), longest), dtype=torch.long)
    types = torch.zeros((len(tokens), longest), dtype=torch.long)
    mask = torch.zeros((len(tokens), longest), dtype=torch.bool)
    for row, item in enumerate(tokens):
        length = len(item.ids)
        ids[row, :length] = torch.tensor(item.ids)
        types[row, :length] = torch.tensor(item.types)
        mask[row, :length] = True
    return ids, types, mask
