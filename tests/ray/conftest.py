"""One cluster for all tests: to start it takes longer than to run on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ray.standins import NOTES

ROOT = Path(__file__).parents[2]
NODE = {"num_cpus": 1, "memory": 3 << 30, "object_store_memory": 80 << 20}


class Nodes:
    """A head that does no work, and nodes of one core each; what is begun where is told in ``notes``."""

    def __init__(self, notes: Path) -> None:
        from ray.cluster_utils import Cluster

        self.notes = notes
        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0, "object_store_memory": 80 << 20, "include_dashboard": False
            },
        )  # fmt: skip
        self.address = self._cluster.address
        self._nodes = []

    def fill(self) -> None:
        """Two nodes, and no notes."""
        while len(self._nodes) < 2:
            self._nodes.append(self._cluster.add_node(**NODE))
        for note in self.notes.iterdir():
            note.unlink()

    def kill_one(self) -> None:
        self._cluster.remove_node(self._nodes.pop(0), allow_graceful=False)

    def begun(self) -> dict[str, list[str]]:
        """Calls by the node that has begun them, so often as it did."""
        begun: dict[str, list[str]] = {}
        for note in self.notes.iterdir():
            call_id, node, _ = note.name.rsplit(".", 2)
            begun.setdefault(node, []).append(call_id)
        return begun

    def shutdown(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def _nodes(tmp_path_factory):
    notes = tmp_path_factory.mktemp("notes")
    with pytest.MonkeyPatch.context() as patch:
        # Nodes give their environment to their workers.
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv(NOTES, str(notes))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = Nodes(notes)
        yield nodes
        nodes.shutdown()


@pytest.fixture
def cluster(_nodes):
    _nodes.fill()
    return _nodes
