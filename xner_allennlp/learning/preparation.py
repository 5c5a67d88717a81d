"""
The first step: reads everything that the user gives, checks it, and lays it out as the configs
expect a data folder. All that is wrong with the data is told here, before anything is learned.
"""

import json
import os
import random
from collections import Counter
from itertools import combinations
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.encoder_files import public_name
from xner_allennlp.corpora.corpus_check import CorporaCheck, check_corpora
from xner_allennlp.corpora.coverage import coverage
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.findings import ERROR
from xner_allennlp.corpora.report_text import report_lines
from xner_allennlp.corpora.writing import WrittenSentence, write_conll
from xner_allennlp.data.languages import side_of
from xner_allennlp.learning.recipes import Recipe
from xner_allennlp.learning.request import Request, option
from xner_allennlp.learning.texts import (
    LONGEST_SENTENCE,
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
# With less than this, another language's vectors are tried, too: of those of its own a text has
# nine words in ten, of related languages' up to seven.
_USUAL_COVERAGE = 0.8

_ENDINGS = {"train": "train", "dev": "testa", "test": "testb"}
# Which of the user's files a split is made of.
_GIVEN = {
    "source": {"train": "corpus", "testa": "dev"},
    "target": {"train": "text", "testa": "dev", "testb": "test"},
}

_Sentence = Tuple[Words, Optional[Words]]


def prepare(request: Request, recipe: Recipe, folder: str) -> Dict[str, Any]:
    """
    Writes `folder/ner/<language>/<language>.{train,testa,testb}`, and what `xner-data check` finds
    as `folder/check.json` and `check.txt`.

    # Returns

    `Dict[str, Any]`
        `said`, lines for the user; `files`, by `Request.languages` the path of each split, and of
        the vectors, or `None`; `sentences` of all source languages to train on; `types` of
        entities; and of vectors `dim`, and `target_words`, how many have one.

    # Raises

    `ConfigurationError`
        Naming the file and what to do.
    """
    said: List[str] = []
    if request.encoder is None:
        dim = _dimension_of_vectors(request)
    else:
        said += _check_encoder(request.encoder)
    splits: Dict[str, Dict[str, Optional[List[_Sentence]]]] = {}
    found, sentences = set(), 0
    for source in request.sources:
        train, held_out = _source_sentences(request, source, recipe, said)
        splits[source] = {"train": train, "dev": held_out, "test": None}
        found.update(_types(train, request.files[f"{source}_corpus"]))
        sentences += len(train)
    types = sorted(found)
    for source in request.sources:
        dev = request.files.get(f"{source}_dev")
        if dev is not None:
            _refuse_other_types(splits[source]["dev"] or [], types, dev)
    text = read_raw_text(request.files["target_text"], recipe.target_sentences, request.seed)
    left_out = f" (left out: {'; '.join(text.left_out)})" if text.left_out else ""
    said.append(
        f"{_name(request, 'target_text')}: {len(text.sentences):,} sentences, {text.form}{left_out}"
    )
    splits["target"] = {
        "train": [(words, None) for words in text.sentences],
        "dev": _labelled_target(request, "target_dev", types, said),
        "test": _labelled_target(request, "target_test", types, said),
    }
    files: Dict[str, Dict[str, Optional[str]]] = {}
    for language, code in request.languages.items():
        vectors = request.files.get(f"{language}_vectors")
        files[language] = {"vectors": vectors and os.path.abspath(vectors)}
        for split, content in splits[language].items():
            path = os.path.join(folder, "ner", code, f"{code}.{_ENDINGS[split]}")
            files[language][split] = None if content is None else os.path.abspath(path)
            if content is not None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write_conll(path, [WrittenSentence(*sentence) for sentence in content])
    check = _check(request, files, folder)
    data = {"said": said, "files": files, "sentences": sentences, "types": types}
    if request.encoder is not None:
        return data
    _refuse_swapped_vectors(request, splits, check)
    for of_language in check.languages:
        known = of_language.vectors
        said.append(
            f"{os.path.basename(known['path'])}: {known['words']:,} words, {dim} dimensions; "
            f"{known['tokens']:.1%} of the text's words have one"
        )
    return {**data, "dim": dim, "target_words": check.languages[-1].vectors["words"]}


def _check_encoder(name: str) -> List[str]:
    description = EncoderDescription.read(encoder_folder(name))
    kind = description.transformers_config().model_type
    pieces = WordPieces(description.tokenizer).num_pieces
    return [
        f"{public_name(name)}: a pretrained {kind} with {pieces:,} word pieces",
        "if it has seen parallel text, what is made with it is not zero-resource",
    ]


def _dimension_of_vectors(request: Request) -> int:
    dims = {
        path: read_word_vectors(path, max_words=_FIRST_ROWS).dim
        for path in (request.files[f"{language}_vectors"] for language in request.languages)
    }
    *sources, target = dims.items()
    for path, dim in sources:
        if dim != target[1]:
            raise ConfigurationError(
                f"{path} has vectors of {dim} dimensions, {target[0]} of {target[1]}. Give vectors "
                "of the same number of dimensions."
            )
    return target[1]


def _source_sentences(
    request: Request, source: str, recipe: Recipe, said: List[str]
) -> Tuple[List[_Sentence], List[_Sentence]]:
    """The sentences of one language to train on, and those that choose the epoch."""
    corpus = _labelled(request, f"{source}_corpus")
    path = request.files[f"{source}_corpus"]
    chance = random.Random(request.seed)
    # The others would be dropped in training.
    sentences = [each for each in corpus.sentences if len(each[0]) <= LONGEST_SENTENCE]
    long = len(corpus.sentences) - len(sentences)
    if not sentences:
        raise ConfigurationError(
            f"{path}: every sentence has more than {LONGEST_SENTENCE} words. Part sentences by "
            "blank lines, or in JSON by line ends in the text."
        )
    dev = f"{source}_dev"
    if dev in request.files:
        held_out = _labelled(request, dev).sentences
        how = f"{len(held_out):,} sentences of {_name(request, dev)} choose the epoch"
    else:
        number = min(_MOST_HELD_OUT, max(1, round(_HELD_OUT * len(sentences))))
        held_out, sentences = _divide(sentences, number, chance)
        if not sentences:
            raise ConfigurationError(f"{path}: one sentence is not enough to train on.")
        sentences, held_out = _with_all_types(sentences, held_out)
        if not held_out or (_types_in(sentences) and not _types_in(held_out)):
            raise ConfigurationError(
                f"{path}: so few sentences with entities that none can be held out to choose the "
                "epoch. Give more, or such sentences as --source-dev."
            )
        how = f"no --source-dev: {len(held_out):,} of them are held out and choose the epoch"
    taken = sentences
    if len(taken) > recipe.source_sentences:
        taken, others = _divide(sentences, recipe.source_sentences, chance)
        taken, _ = _with_all_types(taken, others)
    counts = Counter(tag[2:] for _, tags in taken for tag in tags or () if tag[0] == "B")
    entities = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    of_all = f" of {len(sentences):,}" if len(taken) < len(sentences) else ""
    said.append(
        f"{_name(request, f'{source}_corpus')}: {len(taken):,}{of_all} sentences to train on, "
        f"{corpus.form}; {entities or 'no entity'}"
        + (f" (left out: {long:,} longer than {LONGEST_SENTENCE} words)" if long else "")
    )
    said.append(how)
    return taken, held_out


def _divide(
    sentences: Sequence[_Sentence], number: int, chance: random.Random
) -> Tuple[List[_Sentence], List[_Sentence]]:
    """A sample of so many sentences, and the others, both in their order."""
    chosen = set(chance.sample(range(len(sentences)), number))
    sample = [sentences[position] for position in sorted(chosen)]
    return sample, [each for position, each in enumerate(sentences) if position not in chosen]


def _with_all_types(
    taken: List[_Sentence], others: Sequence[_Sentence]
) -> Tuple[List[_Sentence], List[_Sentence]]:
    """
    The sentences to train on with those of `others` that have types which they lack, since a tagger
    that has not learned a type cannot be scored where it occurs; and what is left of the others.
    """
    known = _types_in(taken)
    taken = list(taken)
    left: List[_Sentence] = []
    for sentence in others:
        types = _types_in([sentence])
        (left if types <= known else taken).append(sentence)
        known |= types
    return taken, left


def _labelled_target(
    request: Request, name: str, types: List[str], said: List[str]
) -> Optional[List[_Sentence]]:
    if name not in request.files:
        return None
    corpus = _labelled(request, name)
    said.append(f"{_name(request, name)}: {len(corpus.sentences):,} sentences, for a score only")
    _refuse_other_types(corpus.sentences, types, request.files[name])
    return corpus.sentences


def _refuse_other_types(sentences: List[_Sentence], types: List[str], path: str) -> None:
    """A model cannot be scored where there are entities of types that it has not learned."""
    others = sorted(set(_types(sentences, path)) - set(types))
    if others:
        raise ConfigurationError(
            f"{path}: it has entities of {', '.join(others)}, which no source corpus has: those "
            f"are {', '.join(types)}. Make them no entities, xner-data convert IN OUT --map "
            f"{others[0]}=O, or give them another name, --map {others[0]}=NAME."
        )


def _labelled(request: Request, name: str) -> Labelled:
    path = request.files[name]
    try:
        corpus = read_labelled(path, request.source_format if name.startswith("source") else None)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{option(name)} wants labelled sentences, a word and its tag on each "
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
    types = sorted(_types_in(sentences))
    if not types:
        raise ConfigurationError(f"{path}: every word has the tag O. Give a corpus with entities.")
    return types


def _types_in(sentences: Iterable[_Sentence]) -> Set[str]:
    return {tag[2:] for _, tags in sentences for tag in tags or () if tag != "O"}


def _check(
    request: Request, files: Dict[str, Dict[str, Optional[str]]], folder: str
) -> CorporaCheck:
    codes = request.languages
    corpora = [
        CorpusFile(path, codes[language], _ENDINGS[split])
        for language, of_language in files.items()
        for split, path in of_language.items()
        if split != "vectors" and path is not None
    ]
    vectors = {
        codes[language]: of_language["vectors"]
        for language, of_language in files.items()
        if of_language["vectors"] is not None
    }
    check = check_corpora(corpora, vectors)
    with whole_text_file(os.path.join(folder, "check.json")) as stream:
        stream.write(json.dumps(check.to_json(), indent=2, ensure_ascii=False) + "\n")
    with whole_text_file(os.path.join(folder, "check.txt")) as stream:
        stream.writelines(f"{line}\n" for line in report_lines(check))
    for name, language in zip(codes, check.languages):
        findings = [(file.file.split, each) for file in language.files for each in file.findings]
        findings += [(None, each) for each in language.findings]
        for split, finding in findings:
            if finding.severity == ERROR:
                given = split and _GIVEN[side_of(name)].get(split)
                # Without a dev set, part of the corpus is one.
                path = given and request.files.get(
                    f"{name}_{given}", request.files.get(f"{name}_corpus")
                )
                where = f"{path}: " if path else ""
                raise ConfigurationError(f"{where}{finding.message}. {finding.remedy}")
        if language.vectors and language.vectors["tokens"] < _LEAST_COVERAGE:
            raise ConfigurationError(
                f"only {language.vectors['tokens']:.1%} of the words of the {language.language} "
                f"text have a vector in {language.vectors['path']}. Give vectors of this "
                "language, in UTF-8."
            )
    return check


def _refuse_swapped_vectors(
    request: Request,
    splits: Dict[str, Dict[str, Optional[List[_Sentence]]]],
    check: CorporaCheck,
) -> None:
    """Two languages' vectors, of which each has more words of the other one's text."""
    vectors = {name: each.vectors for name, each in zip(request.languages, check.languages)}
    low = [name for name, each in vectors.items() if each["tokens"] < _USUAL_COVERAGE]
    for pair in combinations(low, 2):
        given = [vectors[name]["tokens"] for name in pair]
        swapped = [
            coverage(splits[name]["train"] or [], vectors[other]["path"])[0]["tokens"]
            for name, other in zip(pair, reversed(pair))
        ]
        if swapped[0] > given[0] and swapped[1] > given[1]:
            paths = " and ".join(vectors[name]["path"] for name in pair)
            texts = " and ".join(request.languages[name] for name in pair)
            shares = [" and ".join(f"{share:.1%}" for share in each) for each in (given, swapped)]
            raise ConfigurationError(
                f"{paths}: {shares[0]} of the words of the texts in {texts} have a vector there, "
                f"and the other way round {shares[1]}. Swap the two files of vectors."
            )


def _name(request: Request, file: str) -> str:
    return os.path.basename(request.files[file])
