"""From the corpus to a model folder: cross-fitted fine-tuning, averaging, calibration.

The train calls are cut into folds. One network a fold is fine-tuned on all train turns and on the calls
of the other folds; it scores the calls of its own fold, which gives the call verdict turn scores that no
network learned by heart. The networks, which start from one base with one head, are then averaged weight
by weight into the model that is shipped ("model soup", Wortsman et al., 2022), and its heads are fitted
to the end. Beside the network stands a model of n-grams; the calibration split tells how much each
counts.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from audit.errors import ModelError, UsageError
from audit.language.calibration import write_calibration
from audit.language.conversation import agent_turn_inputs
from audit.language.encoder import CONFIG, WEIGHTS
from audit.language.grams import GramModel, write_gram_model
from audit.language.transformer import TOKENIZER, blended, read_tokenizer
from audit.language.turn_grams import TURN_GRAMS, turn_fields
from audit.training.corpus import AnnotatedCall, AnnotatedTurn, Corpus
from audit.training.cross_fitted import CROSS_FITTED, CallLogits, write_call_logits
from audit.training.heads import refit_heads
from audit.training.operating_points import fit_blend, fit_calibration
from audit.training.train_grams import fit_gram_model
from audit.training.train_turns import TurnTraining, targets, train_turns, turn_logits
from audit.training.turn_network import TurnNetwork, load_base


def build_turn_model(
    corpus: Corpus,
    base: Path | str,
    out: Path,
    options: TurnTraining,
    folds: int = 2,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Fine-tune, average, calibrate and write the model folder ``out``.

    ``base`` is a BERT checkpoint with a ``tokenizer.json``: a folder, or a hub id on a connected
    machine. The test split is not read. Raises ``ModelError`` or ``UsageError``.
    """
    for split in ("train", "calibration"):
        if not corpus.turns_of(split):
            raise UsageError(f"the corpus has no turns of the split {split!r}; it needs both")
    folder = base_folder(base)
    tokenizer = read_tokenizer(folder / TOKENIZER)
    networks: list[TurnNetwork] = []
    cross_fitted: CallLogits = {}
    for fold in range(folds):
        held_out = [c for c in corpus.calls_of("train") if folds > 1 and _fold(c, folds) == fold]
        # One head for all: networks are only averaged well when they begin at one point.
        torch.manual_seed(options.seed)
        network = load_base(folder, options.layers)
        left_out = {call.id for call in held_out}
        seen = [t for t in corpus.turns_of("train") if t.origin.group not in left_out]
        report(f"network {fold + 1} of {folds}: {len(seen)} turns")
        own = replace(options, seed=options.seed + fold)
        train_turns(network, tokenizer, seen, own, report)
        refit_heads(network, tokenizer, seen, own.seed)
        cross_fitted |= call_logits(network, tokenizer, fit_turn_grams(seen), held_out)
        networks.append(network)
    network = averaged(networks)
    report("fitting the heads")
    refit_heads(network, tokenizer, corpus.turns_of("train"), options.seed)
    grams = fit_turn_grams(corpus.turns_of("train"))
    save_model(network, grams, folder / TOKENIZER, tokenizer, corpus, cross_fitted, out)


def fit_turn_grams(turns: Sequence[AnnotatedTurn]) -> GramModel:
    """The n-gram model of annotated turns, with the network's twelve outputs."""
    return fit_gram_model([turn_fields(turn.input) for turn in turns], targets(turns).numpy() > 0.5)


def save_model(
    network: TurnNetwork,
    grams: GramModel,
    tokenizer_file: Path,
    tokenizer: Any,
    corpus: Corpus,
    cross_fitted: CallLogits,
    out: Path,
) -> None:
    """Blend and calibrate on the calibration split and write the folder that is served."""
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    calibration = corpus.turns_of("calibration")
    encoder = turn_logits(network, tokenizer, [turn.input for turn in calibration]).numpy()
    words = grams.logits([turn_fields(turn.input) for turn in calibration])
    truth = targets(calibration).tolist()
    blend = fit_blend(truth, encoder.tolist(), words.tolist())
    logits = blended(blend, encoder, words)
    write_calibration(fit_calibration(truth, logits.tolist(), blend), out)
    write_gram_model(grams, out / TURN_GRAMS)
    tensors = {
        name: tensor.to(torch.float16).contiguous()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()
    }
    save_file(tensors, out / WEIGHTS)
    (out / WEIGHTS).chmod(0o644)  # safetensors leaves it to the owner alone
    config = network.encoder.config
    description = {
        "name": out.name,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "hidden_size": config.hidden_size,
        "vocab_size": config.vocab_size,
        "layer_norm_eps": config.layer_norm_eps,
    }
    (out / CONFIG).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    if tokenizer_file.resolve() != (out / TOKENIZER).resolve():
        shutil.copyfile(tokenizer_file, out / TOKENIZER)
    write_call_logits(cross_fitted, out / CROSS_FITTED)


def averaged(networks: Sequence[TurnNetwork]) -> TurnNetwork:
    """The first network with the mean of all their weights."""
    states = [network.state_dict() for network in networks]
    mean = {
        name: torch.stack([state[name] for state in states]).mean(0)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in states[0].items()
    }
    networks[0].load_state_dict(mean)
    return networks[0].eval()


def call_logits(
    network: TurnNetwork, tokenizer: Any, grams: GramModel, calls: Sequence[AnnotatedCall]
) -> CallLogits:
    """Both models' logits of the agent turns of calls, by call id and turn index."""
    places = [
        (call.id, i, turn) for call in calls for i, turn in agent_turn_inputs(call.turns).items()
    ]
    found: CallLogits = {call.id: {} for call in calls}
    if places:
        inputs = [turn for _, _, turn in places]
        encoder = turn_logits(network, tokenizer, inputs).tolist()
        words = grams.logits([turn_fields(turn) for turn in inputs]).tolist()
        for (call_id, index, _), row, more in zip(places, encoder, words, strict=True):
            found[call_id][index] = row + more
    return found


def _fold(call: AnnotatedCall, folds: int) -> int:
    return int(hashlib.sha256(f"fold{call.id}".encode()).hexdigest(), 16) % folds


def base_folder(base: Path | str) -> Path:
    """The folder of a base, fetched from the hub where it is an id. Raises ``ModelError``."""
    folder = Path(base)
    if not folder.is_dir():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError

        try:
            folder = Path(snapshot_download(str(base)))
        except (OSError, HfHubHTTPError, HFValidationError) as error:
            raise ModelError(
                f"{base}: neither a folder nor a model that the hub gives ({error}); "
                "name a folder with a BERT checkpoint"
            ) from error
    if not (folder / TOKENIZER).is_file():
        raise ModelError(f"{folder}: has no {TOKENIZER}; save its fast tokenizer there first")
    return folder
