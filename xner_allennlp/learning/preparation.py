"""
The first step: reads everything that the user gives, checks it, and lays it out as the configs
expect a data folder. All that is wrong with the data is told here, before anything is learned.
"""

import json
import os
import random
from collections import Counter
from typing import Any, Dict, List, Optional, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.encoder_files import public_name
from xner_allennlp.corpora.corpus_check import CorporaCheck, check_corpora
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.findings import ERROR
from xner_allennlp.corpora.report_text import report_lines
from xner_allennlp.corpora.writing import WrittenSentence, write_conll
from xner_allennlp.learning.recipes import Recipe
from xner_allennlp.learning.request import Request
from xner_allennlp.learning.texts import (
    Labelled,
    Words,
    read_labelled,
    read_raw_text,
)
from xner_allennlp.pretrained import EncoderDescription, WordPieces
from xner_allennlp.pretrained.folder import encoder_folder
from xner_allennlp.vectors import read_word_vectors

# How many rows of a vector file are read to see that it is one.
_FIRST_ROWS = 1000
# Of a source corpus without a dev set.
_HELD_OUT, _MOST_HELD_OUT = 0.1, 2000
# Below this the vectors are of another language, or another script.
_LEAST_COVERAGE = 0.2

_Sentence = Tuple[Words, Optional[Words]]


def prepare(request: Request, recipe: Recipe, folder: str) -> Dict[str, Any]:
    """
    Writes `folder/ner/<language>/<language>.{train,testa,testb}`, and what `xner-data check` finds
    as `folder/check.json` and `check.txt`.

    # Returns

    `Dict[str, Any]`
        `said`, lines for the user; `files`, by language role the path of each split, and of the
        vectors, or `None`; `sentences` of the source to train on; `types` of entities; and of
        vectors `dim`, and `target_words`, how many have one.

    # Raises

    `ConfigurationError`
        Naming the file and what to do.
    """
    said: List[str] = []
    if request.encoder is None:
        dim = _dimension_of_vectors(request)
    else:
        said += _check_encoder(request.encoder)
    train, held_out = _source_sentences(request, recipe, said)
    types = _types(train, request.files["source_corpus"])
    text = read_raw_text(request.files["target_text"], recipe.target_sentences, request.seed)
    left_out = f" (left out: {'; '.join(text.left_out)})" if text.left_out else ""
    said.append(
        f"{_name(request, 'target_text')}: {len(text.sentences):,} sentences, {text.form}{left_out}"
    )
    splits: Dict[str, Dict[str, Optional[List[_Sentence]]]] = {
        "source": {"train": train, "dev": held_out, "test": None},
        "target": {
            "train": [(words, None) for words in text.sentences],
            "dev": _labelled_target(request, "target_dev", types, said),
            "test": _labelled_target(request, "target_test", types, said),
        },
    }
    files: Dict[str, Dict[str, Optional[str]]] = {}
    for role, of_language in splits.items():
        code = request.source_language if role == "source" else request.target_language
        vectors = request.files.get(f"{role}_vectors")
        files[role] = {"vectors": vectors and os.path.abspath(vectors)}
        for split, sentences in of_language.items():
            path = os.path.join(folder, "ner", code, f"{code}.{_ENDINGS[split]}")
            files[role][split] = None if sentences is None else os.path.abspath(path)
            if sentences is not None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write_conll(path, [WrittenSentence(*sentence) for sentence in sentences])
    check = _check(request, files, folder)
    data = {"said": said, "files": files, "sentences": len(train), "types": types}
    if request.encoder is not None:
        return data
    for language in check.languages:
        said.append(
            f"{os.path.basename(language.vectors['path'])}: {language.vectors['words']:,} words, "
            f"{dim} dimensions; {language.vectors['tokens']:.1%} of the text's words have one"
        )
    return {**data, "dim": dim, "target_words": check.languages[1].vectors["words"]}


_ENDINGS = {"train": "train", "dev": "testa", "test": "testb"}
# Which of the user's files a split is made of.
_GIVEN = {
    ("source", "train"): "source_corpus",
    ("source", "testa"): "source_dev",
    ("target", "train"): "target_text",
    ("target", "testa"): "target_dev",
    ("target", "testb"): "target_test",
}


def _check_encoder(name: str) -> List[str]:
    description = EncoderDescription.read(encoder_folder(name))
    kind = description.transformers_config().model_type
    pieces = WordPieces(description.tokenizer).num_pieces
    return [
        f"{public_name(name)}: a pretrained {kind} with {pieces:,} word pieces. If it has seen "
        "parallel",
        "text, what is made with it is not zero-resource",
    ]


def _dimension_of_vectors(request: Request) -> int:
    dims = {
        name: read_word_vectors(request.files[name], max_words=_FIRST_ROWS).dim
        for name in ("source_vectors", "target_vectors")
    }
    if len(set(dims.values())) > 1:
        raise ConfigurationError(
            f"{request.files['source_vectors']} has vectors of {dims['source_vectors']} "
            f"dimensions, {request.files['target_vectors']} of {dims['target_vectors']}. Give "
            "vectors of the same number of dimensions."
        )
    return dims["source_vectors"]


def _source_sentences(
    request: Request, recipe: Recipe, said: List[str]
) -> Tuple[List[_Sentence], List[_Sentence]]:
    """The sentences to train on, and those that choose the epoch."""
    corpus = _labelled(request, "source_corpus")
    chance = random.Random(request.seed)
    sentences = corpus.sentences
    if "source_dev" in request.files:
        held_out = _labelled(request, "source_dev").sentences
        how = f"{len(held_out):,} sentences of {_name(request, 'source_dev')} choose the epoch"
    else:
        number = min(_MOST_HELD_OUT, max(1, round(_HELD_OUT * len(sentences))))
        chosen = set(chance.sample(range(len(sentences)), number))
        held_out = [sentences[position] for position in sorted(chosen)]
        sentences = [each for position, each in enumerate(sentences) if position not in chosen]
        how = f"no --source-dev: {number:,} of them are held out and choose the epoch"
    if not sentences:
        raise ConfigurationError(
            f"{request.files['source_corpus']}: one sentence is not enough to train on."
        )
    taken = sentences
    if len(taken) > recipe.source_sentences:
        chosen = set(chance.sample(range(len(taken)), recipe.source_sentences))
        taken = [sentences[position] for position in sorted(chosen)]
    counts = Counter(tag[2:] for _, tags in taken for tag in tags or () if tag[0] == "B")
    entities = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    of_all = f" of {len(sentences):,}" if len(taken) < len(sentences) else ""
    said.append(
        f"{_name(request, 'source_corpus')}: {len(taken):,}{of_all} sentences to train on, "
        f"{corpus.form}; {entities or 'no entity'}"
    )
    said.append(how)
    return taken, held_out


def _labelled_target(
    request: Request, name: str, types: List[str], said: List[str]
) -> Optional[List[_Sentence]]:
    if name not in request.files:
        return None
    corpus = _labelled(request, name)
    said.append(f"{_name(request, name)}: {len(corpus.sentences):,} sentences, for a score only")
    others = sorted(set(_types(corpus.sentences, request.files[name])) - set(types))
    if others:
        said.append(f"its types {', '.join(others)} are not in the source corpus: never found")
    return corpus.sentences


def _labelled(request: Request, name: str) -> Labelled:
    path = request.files[name]
    try:
        corpus = read_labelled(path, request.source_format if name.startswith("source") else None)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"--{name.replace('_', '-')} wants labelled sentences, a word and its tag on each "
            f"line, or a format of `xner-data convert`: {str(error).rstrip('.')}. Raw text goes in "
            "as --target-text."
        ) from error
    if corpus.sentences[0][1] is None:
        raise ConfigurationError(
            f"{path}: the file has one column, so there are no labels. Give a word and its tag on "
            "each line (CoNLL), or say its format with --source-format."
        )
    return corpus


def _types(sentences: List[_Sentence], path: str) -> List[str]:
    types = sorted({tag[2:] for _, tags in sentences for tag in tags or () if tag != "O"})
    if not types:
        raise ConfigurationError(f"{path}: every word has the tag O. Give a corpus with entities.")
    return types


def _check(
    request: Request, files: Dict[str, Dict[str, Optional[str]]], folder: str
) -> CorporaCheck:
    codes = {"source": request.source_language, "target": request.target_language}
    corpora = [
        CorpusFile(path, codes[role], _ENDINGS[split])
        for role, of_language in files.items()
        for split, path in of_language.items()
        if split != "vectors" and path is not None
    ]
    vectors = {
        codes[role]: of_language["vectors"]
        for role, of_language in files.items()
        if of_language["vectors"] is not None
    }
    check = check_corpora(corpora, vectors)
    with whole_text_file(os.path.join(folder, "check.json")) as stream:
        stream.write(json.dumps(check.to_json(), indent=2, ensure_ascii=False) + "\n")
    with whole_text_file(os.path.join(folder, "check.txt")) as stream:
        stream.writelines(f"{line}\n" for line in report_lines(check))
    for role, language in zip(codes, check.languages):
        findings = [(file.file.split, each) for file in language.files for each in file.findings]
        findings += [(None, each) for each in language.findings]
        for split, finding in findings:
            if finding.severity == ERROR:
                name = None if split is None else _GIVEN.get((role, split))
                # Without a dev set, part of the corpus is one.
                path = name and request.files.get(name, request.files["source_corpus"])
                where = f"{path}: " if path else ""
                raise ConfigurationError(f"{where}{finding.message}. {finding.remedy}")
        if language.vectors and language.vectors["tokens"] < _LEAST_COVERAGE:
            raise ConfigurationError(
                f"only {language.vectors['tokens']:.1%} of the words of the {language.language} "
                f"text have a vector in {language.vectors['path']}. Give vectors of this "
                "language, in UTF-8."
            )
    return check


def _name(request: Request, file: str) -> str:
    return os.path.basename(request.files[file])
