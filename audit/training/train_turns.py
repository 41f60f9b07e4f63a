"""Fine-tuning of the turn classifier."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from audit.language.noise import RecognizerNoise
from audit.language.turn_tokens import tokenize_turn
from audit.training.corpus import AnnotatedTurn
from audit.training.turn_network import TurnNetwork, padded
from audit.types import LABELS, POSITIVES, TurnInput

#: Weights of the parts of the loss; brush-off itself has 1.
PAIR_WEIGHT, LABEL_WEIGHT, POSITIVE_WEIGHT = 0.5, 2.0, 0.7


@dataclass(frozen=True, slots=True)
class TurnTraining:
    """How to train. ``layer_decay`` is the factor of the learning rate from each layer to the one
    below (Howard & Ruder, 2018). ``noise_share`` of the turns are read, in each epoch, with simulated
    recognizer errors at a rate drawn from ``noise_rates``. The weights kept are an exponential moving
    average with ``average`` as its decay.
    """

    layers: int = 8
    epochs: int = 5
    batch: int = 24
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.85
    weight_decay: float = 0.01
    warmup: float = 0.1
    noise_share: float = 0.4
    noise_rates: tuple[float, float] = (0.1, 0.6)
    context_drop: float = 0.03
    average: float = 0.98
    threads: int = 1
    seed: int = 7


def train_turns(
    network: TurnNetwork,
    tokenizer: Any,
    turns: Sequence[AnnotatedTurn],
    options: TurnTraining,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Fine-tune ``network`` in place on ``turns``; ``report`` gets a line now and then."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    noise = RecognizerNoise.from_resources()
    optimizer = _optimizer(network, options)
    steps = options.epochs * len(list(_batches(turns, options.batch, random.Random(0))))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _slanted(steps, options.warmup))
    average = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(options.average),  # type: ignore[no-untyped-call]
    )
    network.train()
    step = 0
    for epoch in range(options.epochs):
        for batch in _batches(turns, options.batch, rng):
            inputs = [_varied(turn.input, noise, options, rng) for turn in batch]
            pieces = padded([tokenize_turn(tokenizer, turn) for turn in inputs])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                pooled = network.pooled(*pieces)
            loss = _loss(network.heads(network.dropout(pooled)), batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            step += 1
            if step % 50 == 0:
                report(f"epoch {epoch + 1}, step {step} of {steps}, loss {loss.item():.3f}")
    network.load_state_dict(average.module.state_dict())
    network.eval()


def turn_logits(
    network: TurnNetwork, tokenizer: Any, turns: Sequence[TurnInput], batch: int = 32
) -> Tensor:
    """Logits ``(turns, 12)`` in the order of ``turns``."""
    tokens = [tokenize_turn(tokenizer, turn) for turn in turns]
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids))
    logits = torch.zeros((len(tokens), network.heads.out_features))
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            logits[chosen] = network(*padded([tokens[i] for i in chosen]))
    return logits


def targets(turns: Sequence[AnnotatedTurn]) -> Tensor:
    """The truth ``(turns, 12)``, 0 or 1, in the order of the logits."""
    return torch.tensor(
        [
            [float(turn.brush_off)]
            + [float(name in turn.labels) for name in LABELS]
            + [float(name in turn.positives) for name in POSITIVES]
            for turn in turns
        ]
    )


def _loss(logits: Tensor, batch: Sequence[AnnotatedTurn]) -> Tensor:
    truth = targets(batch)
    each = binary_cross_entropy_with_logits(logits, truth, reduction="none").mean(0)
    labels, positives = each[1 : 1 + len(LABELS)].mean(), each[1 + len(LABELS) :].mean()
    pairs = _pair_loss(logits[:, 0], truth[:, 0], [turn.origin.group for turn in batch])
    return each[0] + PAIR_WEIGHT * pairs + LABEL_WEIGHT * labels + POSITIVE_WEIGHT * positives


def _pair_loss(scores: Tensor, truth: Tensor, groups: Sequence[str]) -> Tensor:
    """Within a group, each brush-off should score above each proper turn (RankNet, Burges 2005)."""
    same = torch.tensor([[a == b for b in groups] for a in groups])
    pairs = same & (truth.unsqueeze(1) > truth.unsqueeze(0))
    if not bool(pairs.any()):
        return scores.sum() * 0.0
    return softplus(-(scores.unsqueeze(1) - scores.unsqueeze(0)))[pairs].mean()


def _batches(
    turns: Sequence[AnnotatedTurn], size: int, rng: random.Random
) -> Iterator[list[AnnotatedTurn]]:
    """Batches of about ``size`` turns, in random order; groups stay together (calls in pieces).

    Pieces of like length, give or take a quarter, share a batch, so that little of it is padding.
    """
    groups: dict[str, list[AnnotatedTurn]] = {}
    for turn in turns:
        groups.setdefault(turn.origin.group, []).append(turn)
    pieces: list[list[AnnotatedTurn]] = []
    for group in groups.values():
        rng.shuffle(group)
        pieces += [group[start : start + 6] for start in range(0, len(group), 6)]
    pieces.sort(key=lambda piece: max(map(_length, piece)) * rng.uniform(0.75, 1.25))
    batches: list[list[AnnotatedTurn]] = [[]]
    for piece in pieces:
        if len(batches[-1]) >= size:
            batches.append([])
        batches[-1] += piece
    rng.shuffle(batches)
    yield from batches


def _length(turn: AnnotatedTurn) -> int:
    return len(turn.input.context) + len(turn.input.text)


def _varied(
    turn: TurnInput, noise: RecognizerNoise, options: TurnTraining, rng: random.Random
) -> TurnInput:
    if rng.random() < options.context_drop:
        turn = TurnInput("", turn.text)
    if rng.random() >= options.noise_share:
        return turn
    rate = rng.uniform(*options.noise_rates)
    return TurnInput(noise.corrupt(turn.context, rate, rng), noise.corrupt(turn.text, rate, rng))


def _optimizer(network: TurnNetwork, options: TurnTraining) -> torch.optim.Optimizer:
    layers = list(network.encoder.encoder.layer)
    groups: list[dict[str, Any]] = [
        {"params": [*network.heads.parameters(), *network.query.parameters()],
         "lr": options.head_learning_rate}
    ]  # fmt: skip
    rate = options.learning_rate
    for layer in reversed(layers):
        groups.append({"params": list(layer.parameters()), "lr": rate})
        rate *= options.layer_decay
    embeddings = network.encoder.embeddings
    # A corpus this small touches few of the pieces: those it does not touch would drift apart from them.
    embeddings.word_embeddings.requires_grad_(False)
    rest = [p for p in embeddings.parameters() if p.requires_grad]
    groups.append({"params": rest, "lr": rate})
    return torch.optim.AdamW(groups, weight_decay=options.weight_decay, betas=(0.9, 0.98))


def _slanted(steps: int, warmup: float) -> Callable[[int], float]:
    first = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        if step < first:
            return (step + 1) / first
        return max(0.02, (steps - step) / max(1, steps - first))

    return factor
