"""Names of excerpt files: readable, safe on every system, and telling nothing that is to be hidden."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from audit.store.excerpts import Moment
from audit.types import LABELS, POSITIVES

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_PART = 32
_KINDS = "|".join((*LABELS, *POSITIVES))
#: What ``file_stem`` makes, with the suffixes in use.
MADE_NAME = re.compile(
    rf"\d{{2,}}_(?:{_KINDS})(?:_[A-Za-z0-9-]+)*_\d{{2,}}m\d\ds\.(?:mp3|opus|wav|vtt)"
)


def file_stem(number: int, moment: Moment, *, anonymize: bool) -> str:
    """``01_placation_A101_s01-polite-nothing_02m14s``: ASCII letters, digits, ``-`` and ``_``.

    Names of agents and calls lose what a file system may not take; the number keeps the files apart.
    ``anonymize`` leaves both out. The time is that of the moment in the recording.
    """
    seconds = moment.start_ms // 1000
    told = [] if anonymize else [safe_part(moment.agent_id or ""), safe_part(moment.call_id)]
    parts = [f"{number:02}", moment.labels[0].label, *filter(None, told)]
    return "_".join([*parts, f"{seconds // 60:02}m{seconds % 60:02}s"])


def safe_part(text: str) -> str:
    """``text`` as a part of a file name; empty where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", plain)[:_LONGEST_PART].strip("-")


def listed_call_id(call_id: str, agent_id: str | None, *, anonymize: bool) -> str:
    """The call as the list of excerpts names it: by a hash where its id tells the agent's."""
    folded = (agent_id or "").casefold()
    if anonymize and folded and folded in call_id.casefold():
        return hidden_call_id(call_id)
    return call_id


def hidden_call_id(call_id: str) -> str:
    """A name for a call that does not tell its id; the same for the same call."""
    return f"call-{hashlib.sha256(call_id.encode()).hexdigest()[:16]}"
