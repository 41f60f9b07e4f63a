from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.errors import ModelError
from audit.torchaudio_import import import_torchaudio
from audit.weights import require
from audit.weights.convert_e5 import write_e5_folder
from audit.weights.convert_whisper import (
    openai_dimensions,
    openai_state,
    write_openai_checkpoint,
    write_transformers_folder,
)
from audit.weights.ct2_format import read_ct2
from audit.weights.verify import read_tensors, tensors_sha256


def ct2_bytes(variables: dict[str, np.ndarray]) -> bytes:
    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    data = struct.pack("<I", 6) + string("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, values in variables.items():
        data += string(name) + struct.pack("<B", values.ndim)
        data += struct.pack(f"<{values.ndim}I", *values.shape)
        data += struct.pack("<BI", kinds[str(values.dtype)], values.nbytes) + values.tobytes()
    return data + struct.pack("<I", 1) + string("alias") + string("a")


VARIABLES = {
    "a": np.arange(6, dtype=np.float16).reshape(2, 3),
    "b/scalar": np.array(8, dtype=np.int8),
}


def test_ct2_variables_come_back(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(ct2_bytes(VARIABLES))
    found = read_ct2(tmp_path / "model.bin")
    assert list(found) == list(VARIABLES)
    for name, values in VARIABLES.items():
        np.testing.assert_array_equal(found[name], values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_ct2_files_are_errors_or_sound(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(ct2_bytes(VARIABLES))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    (tmp_path / "model.bin").write_bytes(cut)
    try:
        found = read_ct2(tmp_path / "model.bin")
    except ModelError as error:
        assert "model.bin" in str(error)
    else:
        assert sum(values.nbytes for values in found.values()) <= len(cut)


def test_a_model_that_is_not_whisper_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(ct2_bytes(VARIABLES))
    (tmp_path / "config.json").write_text("{}")
    for convert in (write_openai_checkpoint, write_transformers_folder):
        with pytest.raises(ModelError, match="Whisper"):
            convert(tmp_path, tmp_path)
    with pytest.raises(ModelError, match="cannot be read"):
        write_openai_checkpoint(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize("data", [b"", b"E5S1", b"E5S1" + b"\0" * 200, b"E5S1" + b"\xff" * 200])
def test_damaged_e5_files_are_errors(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(data)
    with pytest.raises(ModelError, match="e5-small-q4"):
        write_e5_folder(tmp_path, tmp_path)


@pytest.mark.model
def test_openai_and_transformers_give_the_same_logits() -> None:
    try:
        checkpoint = require("whisper-base-openai") / "whisper-base.pt"
        folder = require("whisper-base-hf")
    except ModelError as error:
        pytest.skip(str(error))
    import_torchaudio()
    import torch
    import transformers
    import whisper

    torch.set_num_threads(1)
    reference = whisper.load_model(str(checkpoint), device="cpu").eval()
    converted = transformers.WhisperForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32
    ).eval()
    mel = torch.from_numpy(np.random.default_rng(0).normal(0, 0.5, (1, 80, 3000))).float()
    tokens = torch.tensor([[50258, 50272, 50359, 50363, 1000, 2000]])
    with torch.inference_mode():
        expected = reference(mel, tokens)
        found = converted(mel, decoder_input_ids=tokens).logits
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=1e-3)
    assert float(expected.std()) > 0.1


@pytest.mark.model
def test_a_cut_whisper_file_is_an_error(tmp_path: Path) -> None:
    try:
        source = require("whisper-base")
    except ModelError as error:
        pytest.skip(str(error))
    data = (source / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="breaks off"):
        write_openai_checkpoint(tmp_path, tmp_path)
    variables = dict(read_ct2(source / "model.bin"))
    assert openai_dimensions(variables)["n_text_layer"] == 6
    del variables["decoder/layer_3/ffn/linear_0/weight"]
    with pytest.raises(ModelError, match="linear_0"):
        openai_state(variables)


@pytest.mark.model
def test_e5_reads_arabic() -> None:
    try:
        folder = require("e5-small-arabic")
    except ModelError as error:
        pytest.skip(str(error))
    import_torchaudio()
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    encoder = transformers.AutoModel.from_pretrained(folder).eval()

    def embedding(text: str) -> torch.Tensor:
        inputs = tokenizer(text, return_tensors="pt")
        assert tokenizer.unk_token_id not in inputs["input_ids"][0].tolist()
        with torch.inference_mode():
            return encoder(**inputs).last_hidden_state[0].mean(dim=0)

    asked, same, other = map(
        embedding, ("query: متى يوصل طلبي", "query: وين وصلت الشحنة", "query: الطقس حار جدا اليوم")
    )
    similarity = torch.nn.functional.cosine_similarity
    assert similarity(asked, same, dim=0) > similarity(asked, other, dim=0)


def test_tensor_hash_ignores_order_and_sees_values(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    tensors = {"b": torch.ones(2), "a": torch.zeros(3)}
    save_file(tensors, tmp_path / "x.safetensors")
    read = read_tensors(tmp_path / "x.safetensors")
    assert tensors_sha256(read) == tensors_sha256(dict(reversed(tensors.items())))
    assert tensors_sha256({**tensors, "a": torch.full((3,), 1e-6)}) != tensors_sha256(tensors)
