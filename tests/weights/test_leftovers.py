"""What killed processes left in the cache goes, what another one is filling stays."""

from __future__ import annotations

import os
import time

from audit.weights.cache import remove_leftovers


def test_old_temporary_folders_go_and_others_stay(tmp_path):
    for name in (".tasleek-old", ".tasleek-new", "model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.bin").write_bytes(b"x")
    long_ago = time.time() - 7200
    for name in (".tasleek-old", "model"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    remove_leftovers(tmp_path, ".tasleek-")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".tasleek-new", "model"]


def test_a_folder_that_is_not_there(tmp_path):
    remove_leftovers(tmp_path / "none", ".tasleek-")
