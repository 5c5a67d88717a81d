"""What a user of `xner-tagger learn` has: a labelled corpus, raw text, vectors."""

from pathlib import Path
from typing import Dict, List, Union

from tests.tiny_runs import ROOT, first_sentences

TOY = ROOT / "fixtures" / "toy"


def write_files(folder: Path) -> Dict[str, str]:
    """The files of a user: 120 labelled sentences, and 80 raw ones."""
    corpus, text = folder / "en.conll", folder / "nl.txt"
    corpus.write_text(first_sentences(TOY / "ner" / "source.train", 120), encoding="utf-8")
    sentences = first_sentences(TOY / "ner" / "target.train", 80).strip().split("\n\n")
    lines = [" ".join(row.split(" ")[0] for row in each.split("\n")) for each in sentences]
    text.write_text("\n".join(lines), encoding="utf-8")
    return {
        "source_corpus": str(corpus),
        "target_text": str(text),
        "source_vectors": str(TOY / "vectors" / "source.vec"),
        "target_vectors": str(TOY / "vectors" / "target.vec"),
    }


def arguments(files: Dict[str, str], folder: Union[str, Path], *more: str) -> List[str]:
    """The command line that learns from these files."""
    named = [(f"--{name.replace('_', '-')}", path) for name, path in files.items()]
    return ["learn", *[part for pair in named for part in pair], "-s", str(folder), *more]
