"""The configuration page shows the settings and defaults that the code has."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

from audit.config import Config, load_config

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def documented():
    return re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]


def test_the_page_lists_every_setting_with_its_default():
    values = tomllib.loads(documented())
    assert values == dataclasses.asdict(Config())


def test_the_page_is_a_configuration_that_loads(tmp_path):
    file = tmp_path / "tasleek.toml"
    file.write_text(documented(), encoding="utf-8")
    assert load_config(file, environment={}) == Config()
