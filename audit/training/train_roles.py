"""`tasleek train roles`: the table by which agents are told from callers, from the corpus."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from audit.speech.role_grams import grams
from audit.training.corpus import Corpus

#: Pieces seen less often than this in the corpus say nothing reliable.
MIN_COUNT = 10
#: Added to every count (Lidstone smoothing).
SMOOTHING = 2.0
#: Log-odds nearer to 0 are left out: they would only make the table longer.
MIN_LOG_ODDS = 0.15


def role_table(agent: Iterable[str], caller: Iterable[str]) -> dict[str, float]:
    """Log-odds of each gram between what agents and what callers say, strongest first."""
    said_by_agent, said_by_caller = (
        Counter(gram for text in texts for gram in grams(text)) for texts in (agent, caller)
    )
    known = [
        gram
        for gram in said_by_agent | said_by_caller
        if said_by_agent[gram] + said_by_caller[gram] >= MIN_COUNT
    ]
    agent_total = said_by_agent.total() + SMOOTHING * len(known)
    caller_total = said_by_caller.total() + SMOOTHING * len(known)
    table = {
        gram: math.log((said_by_agent[gram] + SMOOTHING) / agent_total)
        - math.log((said_by_caller[gram] + SMOOTHING) / caller_total)
        for gram in known
    }
    kept = {gram: odds for gram, odds in table.items() if abs(odds) >= MIN_LOG_ODDS}
    return dict(sorted(kept.items(), key=lambda item: (-abs(item[1]), item[0])))


def train_roles(corpus: Corpus, out: Path) -> int:
    """Write the table fitted on the train split to ``out``; returns its number of grams."""
    turns = [turn for turn in corpus.turns if turn.origin.split == "train"]
    calls = [call for call in corpus.calls if call.origin.split == "train"]
    said = [turn for call in calls for turn in call.turns]
    agent = [turn.input.text for turn in turns] + [t.text for t in said if t.role == "agent"]
    caller = sorted({turn.input.context for turn in turns}) + [
        turn.text for turn in said if turn.role == "caller"
    ]
    table = role_table(agent, caller)
    lines = [f"{gram.replace(' ', '_')}\t{odds:.2f}\n" for gram, odds in table.items()]
    head = (
        "# Log-odds of an agent against a caller saying a word (_word_) or a piece of one, from the\n"
        "# train split of data/brushoff (tasleek train roles).\n"
    )
    out.write_text(head + "".join(lines), encoding="utf-8")
    return len(table)
