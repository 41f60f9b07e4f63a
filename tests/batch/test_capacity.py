"""How many workers, and how many threads each."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.batch.capacity import (
    WORKER_BYTES,
    WORKER_BYTES_A_MINUTE,
    Capacity,
    default_workers,
    limited_threads,
    machine_capacity,
    worker_threads,
)

GB = 1 << 30
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("lengths_min", "cores", "memory_gb", "workers"),
    [
        ([5] * 100, 4, 64, 4),  # cores are what is scarce
        ([5] * 100, 16, 8, 4),  # memory is
        ([5, 5], 16, 64, 2),  # recordings are
        ([240] * 10, 8, 32, 2),  # four hours need 13 GB
        ([240] + [3] * 100, 8, 32, 8),  # only one of them does
        ([], 8, 64, 1),
        ([5], 1, 0.5, 1),  # there is always one
    ],
)
def test_workers_by_cores_memory_and_recordings(lengths_min, cores, memory_gb, workers):
    lengths = [minutes * MINUTE_MS for minutes in lengths_min]
    assert default_workers(lengths, Capacity(cores, int(memory_gb * GB))) == workers


@given(
    st.lists(st.integers(0, 240 * MINUTE_MS), max_size=50),
    st.integers(1, 64), st.integers(0, 512),
)  # fmt: skip
def test_the_memory_of_all_workers_is_there(lengths, cores, memory_gb):
    capacity = Capacity(cores, memory_gb * GB)
    workers = default_workers(lengths, capacity)
    longest = sorted(lengths, reverse=True)[:workers]
    needed = sum(WORKER_BYTES + WORKER_BYTES_A_MINUTE * n // MINUTE_MS for n in longest)
    assert workers == 1 or needed <= capacity.memory_bytes
    assert 1 <= workers <= max(1, min(cores, len(lengths)))
    assert workers * worker_threads(workers, capacity) <= cores


def test_one_worker_on_a_gpu():
    assert default_workers([5 * MINUTE_MS] * 9, Capacity(8, 64 * GB), "cuda") == 1


def test_the_limits_of_a_container_count(tmp_path):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text(f"{4 * GB}\n")
    (tmp_path / "memory.current").write_text(f"{3 * GB}\n")
    (tmp_path / "memory.stat").write_text(f"anon {GB}\ninactive_file {2 * GB}\n")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 9 kB\nMemAvailable: {64 * GB >> 10} kB\n")
    capacity = machine_capacity(tmp_path, meminfo)
    assert capacity.cores <= 2
    assert capacity.memory_bytes == 3 * GB


def test_the_limits_of_an_older_container_count(tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "memory").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("100000")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000")
    (tmp_path / "memory/memory.limit_in_bytes").write_text(str(2 * GB))
    (tmp_path / "memory/memory.usage_in_bytes").write_text(str(GB))
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemAvailable: {64 * GB >> 10} kB\n")
    assert machine_capacity(tmp_path, meminfo) == Capacity(1, GB)


def test_no_limits(tmp_path):
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    capacity = machine_capacity(tmp_path, tmp_path / "none")
    assert capacity.cores >= 1
    assert capacity.memory_bytes > GB // 2


def test_threads_are_limited_for_those_who_start_within(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with limited_threads(2):
        assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == "2"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ
