"""States in files: what comes back, and what is made again."""

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.pretrained.stored_states import StoredStates

KEYS = [b"a" * 16, b"b" * 16, b"c" * 16]
LENGTHS = [2, 0, 3]
STATES = np.arange(20, dtype=np.float32).reshape(5, 4)


def never():
    raise AssertionError("there was no need to compute")
    yield


def filled(folder, encoder="weights"):
    store = StoredStates(folder, encoder, 4)
    assert store.add(KEYS, LENGTHS, iter([STATES[:2], STATES[2:]]))
    return store


def test_sentences_come_back_in_any_order(tmp_path):
    store = filled(tmp_path / "new" / "states")
    found = store.read([KEYS[2], KEYS[1], KEYS[0], KEYS[2]], [3, 0, 2, 3])
    expected = np.concatenate([STATES[2:], STATES[:2], STATES[2:]])
    np.testing.assert_array_equal(found, expected)
    assert store.read([KEYS[0], b"d" * 16], [2, 1]) is None
    assert store.read([b"d" * 16], [1]) is None


def test_a_file_is_found_by_another_run(tmp_path):
    filled(tmp_path)
    again = StoredStates(tmp_path, "weights", 4)
    assert not again.add(KEYS, LENGTHS, never())
    np.testing.assert_array_equal(again.read(KEYS, LENGTHS), STATES)


@pytest.mark.parametrize(
    "encoder, keys", [("other weights", KEYS), ("weights", KEYS[::-1]), ("weights", KEYS[:2])]
)
def test_another_encoder_or_text_is_another_file(encoder, keys, tmp_path):
    filled(tmp_path)
    states = np.zeros((sum(LENGTHS[: len(keys)]), 4), dtype=np.float32)
    assert StoredStates(tmp_path, encoder, 4).add(keys, LENGTHS[: len(keys)], iter([states]))


def test_an_interruption_leaves_no_file(tmp_path):
    def interrupted():
        yield STATES[:2]
        raise KeyboardInterrupt

    store = StoredStates(tmp_path, "weights", 4)
    with pytest.raises(KeyboardInterrupt):
        store.add(KEYS, LENGTHS, interrupted())
    assert not list(tmp_path.iterdir())
    filled(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    filled(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ConfigurationError, match=f"{file.name} is damaged: delete it"):
        StoredStates(tmp_path, "weights", 4).add(KEYS, LENGTHS, never())
