from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def test_a_folder_to_work_in(run: Any, tmp_path: Path) -> None:
    done = run("workspace", tmp_path / "new" / "folder")
    assert done.status == 0
    made = tmp_path / "new" / "folder"
    assert done.out.split() == [
        str(made / name) for name in ("training_configs", "fixtures/toy", ".allennlp_plugins")
    ]
    for name in ("training_configs", "fixtures/toy"):
        whole = [path for path in (ROOT / name).rglob("*") if path.is_file()]
        for path in whole:
            copy = made / path.relative_to(ROOT)
            assert copy.read_bytes() == path.read_bytes() and not copy.is_symlink()
        assert len(whole) == sum(path.is_file() for path in (made / name).rglob("*"))
    assert (made / ".allennlp_plugins").read_text("utf-8") == "xner_allennlp\n"


@pytest.mark.parametrize("name", ["training_configs", "fixtures/toy", ".allennlp_plugins"])
def test_nothing_is_overwritten(run: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    done = run("workspace", tmp_path)
    assert done.status == 2
    assert f"{tmp_path / name} is there already and is not overwritten" in done.err
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 0


@pytest.mark.parametrize("name", ["file", "file/new"])
def test_a_file_is_no_folder(run: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("Anna B-PER\n")
    done = run("workspace", tmp_path / name)
    assert done.status == 2
    assert f"{tmp_path / 'file'} is a file. Give the name of a folder" in done.err
