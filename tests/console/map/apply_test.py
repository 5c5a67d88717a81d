from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xner_allennlp.mapping import write_mapped_vectors
from xner_allennlp.vectors import read_word_vectors


@pytest.mark.parametrize("output", ["out.vec", "out.vec.gz", "out.npz"])
@pytest.mark.parametrize("language", ["source", "target"])
def test_equals_apply_and_write(run: Any, world: Any, output: str, language: str) -> None:
    vectors = getattr(world, language)
    done = run("apply", world.folder / "mapping.npz", language, vectors.path, world.folder / output)
    assert done.status == 0
    assert "120 words" in done.out
    written = read_word_vectors(world.folder / output)
    expected_path = world.folder / f"expected_{output}"
    write_mapped_vectors(world.mapping, vectors, language, expected_path)
    expected = read_word_vectors(expected_path)
    assert written.words == expected.words == vectors.words
    np.testing.assert_array_equal(written.matrix, expected.matrix)


def test_new_words_of_the_same_space(run: Any, world: Any) -> None:
    (world.folder / "new.vec").write_text("word 1 2 3 4 5 6\n")
    out = world.folder / "out.npz"
    assert run("apply", *world.files[:1], "source", world.folder / "new.vec", out).status == 0
    expected = world.mapping.W @ np.arange(1, 7)
    np.testing.assert_allclose(read_word_vectors(out).matrix, [expected], atol=1e-5)


def test_options(run: Any, world: Any) -> None:
    out = world.folder / "out.vec"
    (world.folder / "new.vec").write_text(
        "A 1 2 3 4 5 6\na 1 2 3 4 5 6\nB 1 2 3 4 5 6\nC 1 2 3 4 5 6\n"
    )
    arguments = ["source", world.folder / "new.vec", out, "--lowercase", "--max-words", 2]
    assert run("apply", *world.files[:1], *arguments).status == 0
    assert read_word_vectors(out).words == ["a", "b"]


def test_nothing_is_overwritten_unless_forced(run: Any, world: Any) -> None:
    out = world.folder / "out.vec"
    out.write_text("precious")
    arguments = ["apply", world.files[0], "source", world.source.path, out]
    done = run(*arguments)
    assert done.status == 2
    assert done.err.strip().endswith("Give --force to overwrite it, or choose another name.")
    assert out.read_text() == "precious"
    assert run(*arguments, "--force").status == 0
    assert read_word_vectors(out).words == world.source.words


class TestErrors:
    def test_output_that_is_read(self, run: Any, world: Any) -> None:
        for path in (world.source.path, world.files[0]):
            before = Path(path).read_bytes()
            done = run("apply", world.files[0], "source", world.source.path, path, "--force")
            assert done.status == 2
            assert "is what is read" in done.err
            assert Path(path).read_bytes() == before

    def test_no_folder(self, run: Any, world: Any) -> None:
        out = world.folder / "no" / "out.vec"
        done = run("apply", world.files[0], "source", world.source.path, out)
        assert done.status == 2
        assert "there is no directory" in done.err

    def test_folder_as_output(self, run: Any, world: Any) -> None:
        done = run("apply", world.files[0], "source", world.source.path, world.folder, "--force")
        assert done.status == 2
        assert "is a directory" in done.err

    def test_broken_vectors_leave_nothing(self, run: Any, world: Any) -> None:
        (world.folder / "bad.vec").write_text("a 1 2 3 4 5 6\nb 1 2 3 4 5 nan\n")
        names = sorted(path.name for path in world.folder.iterdir())
        out = world.folder / "out.vec"
        done = run("apply", world.files[0], "source", world.folder / "bad.vec", out)
        assert done.status == 2
        assert "bad.vec, line 2" in done.err.splitlines()[-1]
        assert sorted(path.name for path in world.folder.iterdir()) == names

    def test_language(self, run: Any, world: Any) -> None:
        done = run("apply", world.files[0], "english", world.source.path, "out.vec")
        assert done.status == 2
        assert "'english'" in done.err
