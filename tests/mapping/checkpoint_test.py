import os
from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import Checkpoint

VALUES: Dict[str, Any] = {"epoch": 3, "best": None, "rate": 0.1, "history": [{"criterion": 0.5}]}


def arrays() -> Dict[str, np.ndarray]:
    return {
        "W": np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32),
        "random_state": np.arange(20, dtype=np.uint8),
        "pairs": np.array([[1, 2]], dtype=np.int64),
    }


def test_what_is_saved_is_loaded_bit_by_bit(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "new" / "folder")
    assert checkpoint.load("part") is None
    checkpoint.save("part", VALUES, arrays())
    checkpoint.save("part-done", {}, {})
    state = Checkpoint(str(tmp_path / "new" / "folder")).load("part")
    assert state is not None
    assert state.values == VALUES
    assert sorted(state.arrays) == sorted(arrays())
    for name, value in arrays().items():
        assert state.arrays[name].dtype == value.dtype
        np.testing.assert_array_equal(state.arrays[name], value)


def test_without_a_directory_nothing_happens() -> None:
    checkpoint = Checkpoint()
    checkpoint.save("part", VALUES, arrays())
    checkpoint.check_same_work({"seed": 1})
    checkpoint.check_same_work({"seed": 2})
    assert checkpoint.load("part") is None
    checkpoint.remove()


def test_there_is_no_pickle_inside(tmp_path: Path) -> None:
    Checkpoint(tmp_path).save("part", VALUES, arrays())
    (path,) = tmp_path.iterdir()
    with np.load(path, allow_pickle=False) as content:
        for name in content.files:
            assert content[name].dtype != object


def test_pickles_are_not_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save("part", VALUES, arrays())
    (path,) = tmp_path.iterdir()
    np.savez(path.open("wb"), __json__=np.array("{}"), W=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ConfigurationError, match="this checkpoint is damaged"):
        checkpoint.load("part")


@pytest.mark.parametrize("where", ["saving", "replacing"])
def test_an_interrupted_save_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save("part", {"epoch": 1}, arrays())

    def interrupted(*args: Any, **kwargs: Any) -> None:
        if where == "saving":
            args[0].write(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((np, "savez") if where == "saving" else (os, "replace")), interrupted)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save("part", {"epoch": 2}, arrays())
    state = checkpoint.load("part")
    assert state is not None and state.values == {"epoch": 1}
    checkpoint.save("part", {"epoch": 3}, {})
    state = checkpoint.load("part")
    assert state is not None and state.values == {"epoch": 3} and not state.arrays
    checkpoint.remove()
    assert not tmp_path.exists()


def test_every_cut_and_many_changes_are_told(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save("part", VALUES, {"W": arrays()["W"]})
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(ConfigurationError, match="damaged.*Delete it"):
            checkpoint.load("part")
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        path.write_bytes(bytes(changed))
        try:
            state = checkpoint.load("part")
        except ConfigurationError:
            continue
        # Nobody reads dates and the like in the frame around the content.
        assert state is not None and state.values == VALUES
        assert list(state.arrays) != ["W"] or np.array_equal(state.arrays["W"], arrays()["W"])


def test_other_files_are_told(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save("part", VALUES, {})
    (path,) = tmp_path.iterdir()
    np.save(path.open("wb"), np.ones(3))
    with pytest.raises(ConfigurationError, match="damaged"):
        checkpoint.load("part")
    np.savez(path.open("wb"), W=np.ones(3))
    with pytest.raises(ConfigurationError, match="damaged"):
        checkpoint.load("part")
    path.write_text("not a checkpoint")
    with pytest.raises(ConfigurationError, match="damaged"):
        checkpoint.load("part")


def test_other_work_is_refused(tmp_path: Path) -> None:
    work = {"seed": 1, "options": {"epochs": 5}, "steps": ("renorm",)}
    Checkpoint(tmp_path).check_same_work(work)
    Checkpoint(tmp_path).check_same_work(dict(work))
    with pytest.raises(ConfigurationError, match=r"other settings or vectors \(options, path\)"):
        Checkpoint(tmp_path).check_same_work({**work, "options": {"epochs": 6}, "path": "x"})
    with pytest.raises(ConfigurationError, match=r"\(steps\).*--force"):
        Checkpoint(tmp_path).check_same_work({key: work[key] for key in ("seed", "options")})
    Checkpoint(tmp_path).check_same_work(work)  # what was refused has changed nothing


def test_remove_deletes_its_own_files_only(tmp_path: Path) -> None:
    directory = tmp_path / "checkpoint"
    checkpoint = Checkpoint(directory)
    checkpoint.remove()  # nothing there yet
    checkpoint.check_same_work({"seed": 1})
    checkpoint.save("part", VALUES, {})
    (directory / "mapping.npz").write_text("precious")
    checkpoint.remove()
    assert os.listdir(directory) == ["mapping.npz"]
    checkpoint.check_same_work({"seed": 2})
    (directory / "mapping.npz").unlink()
    checkpoint.remove()
    assert not directory.exists()
