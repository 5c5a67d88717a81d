"""
The `tagged-page` subcommand tags the sentences of a labelled CoNLL file with a trained model and
makes one HTML file of them: gold and predicted entities, the model's probabilities, and what is
wrong. The sentences with most errors come first.

    allennlp tagged-page runs/cross_augmented_en_nl/model.tar.gz nl.testb -o page.html --only-errors
"""

import argparse
import logging
from pathlib import Path
from typing import List, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.predictors import Predictor

from xner_allennlp.commands.page import JudgedSentence, judge, make_page
from xner_allennlp.common import whole_text_file
from xner_allennlp.common.arguments import (
    add_language,
    called_with_arguments,
    positive,
    refuse_existing,
)
from xner_allennlp.models.trained_tagger import labelled_sentences, load_archive, words_and_tags
from xner_allennlp.spans import EntitySpan, entity_spans

logger = logging.getLogger(__name__)

_BATCH_SIZE = 64


@Subcommand.register("tagged-page")
class TaggedPage(Subcommand):
    """Registered as a `Subcommand` with name "tagged-page"."""

    def add_subparser(
        self, parser: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        description = """Tag the sentences of a labelled file with a trained model, and make an HTML
                         page of them, errors first. The page needs no network."""
        subparser = parser.add_parser(
            self.name, description=description, help="Make a page of tagged sentences."
        )
        subparser.add_argument(
            "archive_file", type=str, metavar="ARCHIVE", help="path to model.tar.gz"
        )
        subparser.add_argument(
            "conll_file",
            type=str,
            metavar="CONLL_FILE",
            help="labelled sentences, which the archive's reader reads as in `evaluate`",
        )
        subparser.add_argument(
            "-o", "--output", type=str, required=True, metavar="PAGE", help="the HTML file"
        )
        subparser.add_argument(
            "--weights-file",
            type=str,
            help="weights to use instead of the archive's, e.g. best_target_f1.th of its run",
        )
        subparser.add_argument(
            "-n",
            "--number",
            type=positive,
            metavar="N",
            help="show at most N sentences (by default all); the counts are always of all",
        )
        subparser.add_argument(
            "--only-errors",
            action="store_true",
            help="show only sentences in which something is wrong",
        )
        add_language(subparser, "the sentences")
        subparser.add_argument(
            "-f", "--force", action="store_true", help="overwrite a page that exists"
        )
        subparser.set_defaults(func=called_with_arguments(tagged_page))
        return subparser


def tagged_page(
    archive_file: str,
    conll_file: str,
    output: str,
    *,
    weights_file: Optional[str] = None,
    number: Optional[int] = None,
    only_errors: bool = False,
    language: str = "target",
    force: bool = False,
) -> List[JudgedSentence]:
    """
    Writes the page.

    # Parameters

    archive_file : `str`
    conll_file : `str`
        Labelled sentences, read as `evaluate` does: with the options of the archive's reader.
    output : `str`
        The page.
    weights_file : `str`, optional (default = `None`)
        Weights to use instead of the archive's, e.g. `best_target_f1.th`.
    number : `int`, optional (default = `None`)
        Show at most this many sentences.
    only_errors : `bool`, optional (default = `False`)
        Show only sentences in which something is wrong.
    language : `str`, optional (default = `"target"`)
    force : `bool`, optional (default = `False`)
        Whether a page that is there is replaced.

    # Returns

    `List[JudgedSentence]`
        All sentences, in the order of the file.

    # Raises

    `ConfigurationError`
        If the archive holds no such tagger, or a file cannot be read or has no tags.
    `InputError`
        If there is such a page and no `force`.
    """
    inputs = [conll_file, archive_file, *([weights_file] if weights_file else [])]
    refuse_existing(output, force=force, inputs=inputs)
    try:
        archive = load_archive(archive_file, weights_file=weights_file)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{archive_file}: cannot be loaded ({error})") from None
    predictor = Predictor.from_archive(archive, "ner_tagger", extra_args={"language": language})
    labelled = map(words_and_tags, labelled_sentences(archive, conll_file, language))
    judged: List[JudgedSentence] = []
    for batch in lazy_groups_of(labelled, _BATCH_SIZE):
        outputs = predictor.predict_batch_json([{"tokens": words} for words, _ in batch])
        for (words, tags), output_of_sentence in zip(batch, outputs):
            entities = output_of_sentence["entities"]
            judged.append(
                judge(
                    len(judged) + 1,
                    words,
                    entity_spans(tags),
                    [
                        EntitySpan(each["type"], each["first_token"], each["last_token"] + 1)
                        for each in entities
                    ],
                    [each["probability"] for each in entities],
                )
            )
    weights = weights_file or "as in the archive (the best epoch by its own selection)"
    page = make_page(
        judged,
        title=f"{Path(conll_file).name}, tagged",
        facts=[f"Model: {archive_file}", f"Weights: {weights}", f"File: {conll_file}"],
        number=number,
        only_errors=only_errors,
    )
    with whole_text_file(output) as stream:
        stream.write(page)
    wrong = sum(sentence.errors > 0 for sentence in judged)
    logger.info("%s: %d sentences, %d with errors", output, len(judged), wrong)
    return judged
