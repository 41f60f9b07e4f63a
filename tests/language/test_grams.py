"""N-gram models: what is counted, the length of features, the file, and that they learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ModelError
from audit.language.grams import (
    BUCKETS,
    Field,
    GramModel,
    count_grams,
    read_gram_model,
    write_gram_model,
)
from audit.training.train_grams import fit_gram_model

WORDS = st.lists(st.text(alphabet="ابتثجحخ", min_size=1, max_size=8), min_size=1, max_size=12)


def grams_of(text: str) -> int:
    """How many character n-grams of 2 to 5 letters lie inside the bounded words of ``text``."""
    return sum(max(0, len(word) + 2 - n + 1) for word in text.split() for n in (2, 3, 4, 5))


@given(WORDS)
def test_every_character_gram_inside_a_word_is_counted(words):
    counted = count_grams(Field(" ".join(words), "chars"), 0)
    total = np.exp(counted.values - 1).round().sum()
    assert total == grams_of(" ".join(words))


@given(WORDS)
def test_the_order_of_words_does_not_matter_to_characters_but_to_word_pairs(words):
    there, back = " ".join(words), " ".join(reversed(words))
    a, b = count_grams(Field(there, "chars"), 0), count_grams(Field(back, "chars"), 0)
    assert a.ids.tolist() == b.ids.tolist()
    assert a.values.tolist() == b.values.tolist()


def test_fields_do_not_share_buckets():
    a, b = (set(count_grams(Field("الطلب تحت الإجراء", "words"), place).ids) for place in (0, 1))
    assert not a & b


def test_nothing_said_counts_nothing():
    assert len(count_grams(Field("", "words"), 0).ids) == 0
    assert len(count_grams(Field("", "chars"), 0).ids) == 0


@pytest.fixture(scope="module")
def model() -> GramModel:
    texts = [[Field("تم حل المشكله", "words")], [Field("راجع الفرع", "words")]] * 4
    truth = np.array([[False, False], [True, False]] * 4)
    return fit_gram_model(texts, truth)


def test_features_of_known_words_have_the_fields_length(model):
    _, values = model.features(Field("راجع الفرع", "words", 0.5), 0)
    assert np.linalg.norm(values) == pytest.approx(0.5)


def test_it_learns_and_a_label_that_never_applies_is_never_found(model):
    proper, brush = model.logits([[Field("تم حل المشكله", "words")], [Field("راجع", "words")]])
    assert brush[0] > 0 > proper[0]
    assert brush[1] < -5


def test_unknown_words_leave_the_bias(model):
    assert model.logits([[Field("كلام جديد", "words")]])[0].tolist() == model.bias.tolist()


def test_it_is_read_as_it_was_written(model, tmp_path):
    write_gram_model(model, tmp_path / "m.safetensors")
    read = read_gram_model(tmp_path / "m.safetensors")
    texts = [[Field("راجع الفرع تم", "words")]]
    assert read.logits(texts) == pytest.approx(model.logits(texts), abs=0.01)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "turn-grams.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="turn-grams"):
        read_gram_model(path)


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ModelError, match="do not fit"):
        GramModel(np.zeros((BUCKETS, 2)), np.zeros(BUCKETS), np.zeros(3))
