import gzip
from pathlib import Path
from typing import Any, Dict, List

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora import CorpusFile, corpora_of_folder, corpus_of_name
from xner_allennlp.corpora.corpus_check import CorporaCheck, check_corpora
from xner_allennlp.corpora.coverage import coverage
from xner_allennlp.corpora.report_text import report_lines

SENTENCE = "Jan B-PER\nwoont O\nin O\nGoes B-LOC\n. O\n\n"
SHORT = "Lees O\nverder O\n. O\n\n"
OTHER = "Piet B-PER\nwoont O\nin O\nGoes B-LOC\n. O\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "ner/xx", {"train": SENTENCE + SHORT, "testa": OTHER, "testb": OTHER + SHORT})
    write_vectors(tmp_path, "xx", "jan 1 2\nwoont 1 2\nin 1 2\nMiddelburg 1 2\n. 1 2\n")
    return tmp_path


def write_vectors(folder: Path, language: str, content: str) -> Path:
    path = folder / "vectors" / f"{language}.vec.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content.encode()))
    return path


def write(folder: Path, splits: Dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for split, content in splits.items():
        (folder / f"{folder.name}.{split}").write_text(content)


def check_of(folder: Path, *languages: str) -> CorporaCheck:
    layout = corpora_of_folder(str(folder), list(languages) or None)
    return check_corpora(layout.corpora, layout.vectors)


class TestFolder:
    def test_layout(self, folder: Path) -> None:
        write(folder / "ner/yy", {"train": SENTENCE})
        (folder / "ner/README").write_text("")
        (folder / "ner/empty").mkdir()
        layout = corpora_of_folder(str(folder))
        assert [(file.language, file.split) for file in layout.corpora] == [
            (language, split) for language in ("xx", "yy") for split in ("train", "testa", "testb")
        ]
        assert layout.corpora[0].path == str(folder / "ner/xx/xx.train")
        assert layout.vectors == {
            "xx": str(folder / "vectors/xx.vec.gz"),
            "yy": str(folder / "vectors/yy.vec.gz"),  # which is missing
        }
        inner = corpora_of_folder(str(folder / "ner"))
        assert inner == layout

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="no corpus in it. Lay it out as"):
            corpora_of_folder(str(tmp_path))

    @pytest.mark.parametrize(
        ("name", "language", "split"),
        [
            ("nl.testa", "nl", "testa"),
            ("ned.train", "nl", "train"),
            ("eng.testb.gz", "en", "testb"),
            ("deu.train", "de", "train"),
            ("fi.dev.conll", "fi", "testa"),
            ("es.test", "es", "testb"),
            ("train.txt", None, "train"),
            ("corpus", None, None),
        ],
    )
    def test_names(self, name: str, language: Any, split: Any) -> None:
        path = f"/data/{name}"
        assert corpus_of_name(path) == CorpusFile(path, language, split)
        assert corpus_of_name(path, "sv") == CorpusFile(path, "sv", split)


def test_sentences_that_splits_share(folder: Path) -> None:
    [language] = check_of(folder).languages
    [finding] = language.findings[:1]
    assert finding.code == "overlap" and finding.count == 1
    # Short sentences are equal by chance.
    assert "1 sentence of testb (100.0% of those of 5 words or more) also in testa" in (
        finding.message
    )
    assert [finding.code for finding in language.findings].count("overlap") == 1


def test_a_missing_training_file_is_an_error(folder: Path) -> None:
    (folder / "ner/xx/xx.train").unlink()
    check = check_of(folder)
    assert not check.is_usable and check.counts["error"] == 1
    [finding] = check.languages[0].files[0].findings
    assert "xx.train: no such file" in finding.message
    assert [finding.code for finding in check_of(folder, "zz").languages[0].all_findings] == (
        ["unreadable", "left_out", "left_out", "no_vectors"]
    )


def test_a_target_without_labels_is_usable(folder: Path) -> None:
    write(folder / "ner/yy", {"train": "Jan\nwoont\n\n"})
    write_vectors(folder, "yy", "jan 1 2\nwoont 1 2\n")
    check = check_of(folder)
    assert check.is_usable
    _, testa, testb = check.languages[1].files
    for file, setting in ((testa, "validation_data_path"), (testb, "test_data_path")):
        [finding] = file.findings
        assert (finding.severity, finding.code) == ("note", "left_out")
        assert f"leave it out of {setting}" in finding.remedy
    # But one language must have a development set.
    (folder / "ner/xx/xx.testa").unlink()
    check = check_of(folder)
    assert [f.code for f in check.languages[0].findings if f.severity == "error"] == (
        ["no_development_set"]
    )
    assert check_of(folder, "yy").is_usable  # Alone it may be the target.


def test_missing_vectors_are_an_error(folder: Path) -> None:
    path = folder / "vectors/xx.vec.gz"
    content = gzip.decompress(path.read_bytes())
    path.unlink()
    check = check_of(folder)
    assert [finding.code for finding in check.languages[0].findings] == ["overlap", "no_vectors"]
    assert not check.is_usable
    assert "xner-data sources" in check.languages[0].findings[-1].remedy
    # Such a file no config reads.
    (folder / "vectors/xx.vec").write_bytes(content)
    check = check_of(folder)
    assert not check.is_usable
    assert check.languages[0].findings[-1].remedy.endswith("xx.vec: gzip it.")
    (folder / "vectors/xx.vec").unlink()
    # Whoever has no folder of vectors wants to know of the corpora only.
    (folder / "vectors").rmdir()
    assert check_of(folder).is_usable


def test_unusable_vectors_are_an_error(folder: Path) -> None:
    write_vectors(folder, "xx", "a 1 2\nb 1\n")
    check = check_of(folder)
    assert [finding.code for finding in check.languages[0].findings][-1] == "vectors"
    assert not check.is_usable


def test_coverage(folder: Path) -> None:
    tokens = ["Jan", "Smit", "woont", "in", "Goes", "JAN"]
    tags = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
    found, findings = coverage([(tokens, tags), (["in"], None)], str(folder / "vectors/xx.vec.gz"))
    # Found: Jan and JAN (in lower case), woont, in, in.
    assert (found["words"], found["dim"]) == (5, 2)
    assert found["tokens"] == pytest.approx(5 / 7)
    assert found["in_lower_case"] == pytest.approx(2 / 7)
    assert found["entity_tokens"] == pytest.approx(1 / 3)
    assert found["types"] == {"LOC": 0.0, "PER": 0.5}
    assert found["missing"] == ["Goes", "Smit"] or found["missing"] == ["Smit", "Goes"]
    assert [finding.code for finding in findings] == ["low_coverage"]
    assert "only 33.3% of the tokens in entities" in findings[0].message


def test_decomposed_letters_are_named_as_the_cause(folder: Path) -> None:
    path = write_vectors(folder, "xx", "\u00c8k\u00f3 1 2\nt\u00f3 1 2\n")
    tokens = ["E\u0300ko\u0301", "to\u0301", "To\u0301", "t\u00f3"]
    found, [finding] = coverage([(tokens, ["B-LOC", "O", "O", "O"])], str(path))
    assert (found["tokens"], found["entity_tokens"]) == (1.0, 1.0)
    assert (found["in_other_normal_form"], found["in_lower_case"]) == (0.75, 0.0)
    assert (finding.code, finding.severity, finding.count) == ("normal_form", "note", 3)
    assert "normalization" in finding.remedy


@pytest.mark.parametrize("between", ["\t", "  ", ", "])
def test_separators_of_vectors(folder: Path, between: str) -> None:
    words = ["in", "Goes", "."]
    path = write_vectors(folder, "xx", "".join(f"{word}{between}1 2\n" for word in words))
    found, findings = coverage([(words, None)], str(path))
    assert (found["tokens"], found["dim"], findings) == (1.0, 2, [])


def test_coverage_without_tags(folder: Path) -> None:
    found, findings = coverage([(["in"], None)], str(folder / "vectors/xx.vec.gz"))
    assert (found["tokens"], found["entity_tokens"], found["types"]) == (1.0, None, {})
    assert findings == []


def test_types_that_one_language_has_alone(folder: Path) -> None:
    other = {"train": OTHER.replace("B-LOC", "B-DATE")}
    write(folder / "ner/yy", other)
    check = check_of(folder)
    codes = [[finding.code for finding in language.findings] for language in check.languages]
    assert "types_differ" not in codes[0] and "types_differ" in codes[1]
    assert not check.is_usable
    for split in ("train", "testa"):
        write(folder / "ner" / f"zz{split}", {split: SENTENCE.replace("B-LOC", "B-DATE")})
    both = check_of(folder, "yy", "zztrain")
    assert all(f.code != "types_differ" for one in both.languages for f in one.findings)


def test_report(folder: Path) -> None:
    text = "\n".join(report_lines(check_of(folder)))
    assert "xx.train\n    2 sentences, 8 tokens, 2 columns, IOB2, utf-8\n" in text
    assert "2 entities: LOC 1, PER 1" in text
    assert "tokens in entities that have a vector: 16.7% (LOC 0.0%, PER 33.3%)" in text
    assert "warning: 1 sentence of testb" in text and "-> Remove them from one of both" in text
    assert text.splitlines()[-1] == "3 files, 0 errors, 2 warnings, 0 notes: usable"


def test_report_tells_a_remedy_once_and_errors_first(tmp_path: Path) -> None:
    write(tmp_path / "ner/xx", {"train": SENTENCE.replace("O\n", "XYZ\n", 1) + "\n\n"})
    files: List[CorpusFile] = [CorpusFile(str(tmp_path / "ner/xx/xx.train"), "xx", "train")] * 2
    lines = list(report_lines(check_corpora(files, {})))
    assert len([line for line in lines if "Repair or convert the file" in line]) == 1
    severities = [line.split(":")[0].strip() for line in lines if line.startswith("    ")]
    assert severities.index("error") < severities.index("note")
    assert lines[-1].endswith("not usable before the errors are mended")


def test_json_can_be_written(folder: Path) -> None:
    import json

    written = json.loads(json.dumps(check_of(folder).to_json()))
    assert written["usable"] is True
    assert written["counts"] == {"error": 0, "warning": 2, "note": 0}
    assert written["languages"][0]["files"][2]["path"].endswith("xx.testb")
