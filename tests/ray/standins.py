"""A stand-in for the pipeline on a cluster: tells where it is at work, and takes its time."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from audit.config import Config
from audit.types import CallAudit, Recording
from tests.fault.standins import audit_of

#: Folder for notes of what was begun where.
NOTES = "TASLEEK_TEST_NOTES"


class SlowAuditor:
    """A fifth of a second a call; ``…-crash`` ends the process each time."""

    def __init__(self, config: Config) -> None:
        self._notes = Path(os.environ[NOTES])

    def audit(self, recording: Recording) -> CallAudit:
        import ray

        node = ray.get_runtime_context().get_node_id()
        (self._notes / f"{recording.call_id}.{node}.{uuid.uuid4().hex}").touch()
        if recording.path.stem.endswith("-crash"):
            os._exit(9)
        time.sleep(0.2)
        return audit_of(recording)
