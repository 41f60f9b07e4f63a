"""Writes data/lexicons/everyday_words.txt: the words of the brush-off corpus that are no names.

Redaction asks there whether a word after «معك» is one that people use in calls, or one that nobody has
seen before: a name, more likely than not. Run it again when the corpus grows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from audit.language.redaction.known_words import SURE_NAMES, Known, known_as
from audit.language.redaction.tokens import tokenize
from audit.language.redaction.word_lists import word_list

ROOT = Path(__file__).parents[1]
OUT = ROOT / "data" / "lexicons" / "everyday_words.txt"
HEADER = (
    "# Words of calls that are no names, in the spelling of audit.language.normalization.\n"
    "# Made from data/brushoff by scripts/everyday_words.py; do not edit.\n"
)
#: Whoever stands after these has a name; after the others, if he is heard of once only.
CUES = word_list("name_cue_name") | word_list("name_cue_person") | word_list("name_cue_title")
MENTIONS = word_list("name_cue_mention")
_WIDTH = 110


def texts() -> Iterator[str]:
    folder = ROOT / "data" / "brushoff"
    for line in (folder / "turns.jsonl").read_text(encoding="utf-8").splitlines():
        turn = json.loads(line)
        yield from (turn["text"], turn.get("context") or "")
    for line in (folder / "calls.jsonl").read_text(encoding="utf-8").splitlines():
        yield from (turn["text"] for turn in json.loads(line)["turns"])


def main() -> None:
    seen: Counter[str] = Counter()
    introduced: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    for text in texts():
        before = ""
        for token in tokenize(text):
            if token.kind == "word" and not token.folded.isascii():
                seen[token.folded] += 1
                introduced[token.folded] += before in CUES or known_as(before) in SURE_NAMES
                mentioned[token.folded] += before in MENTIONS
            before = token.folded
    words = sorted(
        word
        for word, count in seen.items()
        if len(word) > 1
        and introduced[word] < count / 2
        and (count > 1 or not mentioned[word])
        and known_as(word) in (None, Known.EVERYDAY, Known.CAREFUL)
    )
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + 1 > _WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    OUT.write_text(HEADER + "\n".join([*lines, line]) + "\n", encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: {len(words)} words")


if __name__ == "__main__":
    main()
