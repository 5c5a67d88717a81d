from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from experiments.tagged_file import TaggedSentence, read_tagged_file


def write(folder: Path, text: str) -> Path:
    path = folder / "target_test.conll"
    path.write_text(text, encoding="utf-8")
    return path


def test_sentences(tmp_path: Path) -> None:
    # A token may hold spaces and a no-break space.
    path = write(tmp_path, "a B-LOC O\nb c\u00a0d O O\n\n\ne I-PER B-PER\n")
    assert read_tagged_file(path) == [
        TaggedSentence(["a", "b c\u00a0d"], ["B-LOC", "O"], ["O", "O"]),
        TaggedSentence(["e"], ["I-PER"], ["B-PER"]),
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ("a O O\nb O\n", "line 2: 'b O' is not `token gold predicted`"),
        ("a O O\n\nb O X-LOC\n", "line 3: 'X-LOC' is not a tag"),
        ("\n\n", "no sentence"),
    ],
)
def test_errors(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_tagged_file(write(tmp_path, text))
    assert message in str(error.value)
    assert "target_test.conll" in str(error.value)
