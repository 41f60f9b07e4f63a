from __future__ import annotations

import pytest

from audit.config import Config, load_config
from audit.errors import ConfigError


def load(tmp_path, text="", overrides=None, environment=None):
    file = tmp_path / "tasleek.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, overrides, environment or {})


def test_options_win_over_the_environment_and_that_over_the_file(tmp_path):
    text = "[speech]\nbeam_size = 2\nbatch_size = 2\nthreads = 2\n"
    environment = {"TASLEEK_SPEECH__BATCH_SIZE": "3", "TASLEEK_SPEECH__THREADS": "3", "PATH": "x"}
    speech = load(tmp_path, text, {"speech.threads": 4, "speech.device": None}, environment).speech
    assert (speech.beam_size, speech.batch_size, speech.threads) == (2, 3, 4)
    assert speech.device == "cpu"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[speech]\nbeem = 1\n", "speech.beem"),
        ("[speach]\n", "speach"),
        ("speech = 1\n", r"\[speech\]"),
        ('[speech]\nbeam_size = "many"\n', "beam_size must be of type int"),
        ("[speech]\nbeam_size = true\n", "beam_size must be of type int"),
        ("[speech\n", "not valid TOML"),
        ('offline = "perhaps"\n', "offline must be of type bool"),
    ],
)
def test_a_wrong_setting_names_file_and_key(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says) as caught:
        load(tmp_path, text)
    assert "tasleek.toml" in str(caught.value)


def test_a_wrong_environment_variable(tmp_path):
    with pytest.raises(ConfigError, match="environment"):
        load(tmp_path, environment={"TASLEEK_SPEECH__BEAM_SIZE": "many"})


def test_other_environment_variables_are_left_alone(tmp_path):
    assert load(tmp_path, environment={"TASLEEK_CACHE": "/x", "TASLEEK_OFFLINE": "1"}) == Config(
        offline=True
    )


def test_the_hash_tells_configurations_apart(tmp_path):
    assert load(tmp_path).sha256 == Config().sha256
    assert load(tmp_path, "[speech]\nbeam_size = 1\n").sha256 != Config().sha256
