"""
The `evaluate-selections` subcommand scores the model selections of a finished training run (best on
source dev, on target dev, on target test; paper, Table 4) on labelled files:

    allennlp evaluate-selections runs/cross_shared_en_nl

For each selection it writes into `RUN_FOLDER/evaluation/<selection>/`

* `<set>.conll`: `token gold predicted` on each line, IOB2, a blank line after each sentence;
* `metrics.json`: the selection, its epoch, the model's trainable parameters, and for each set
  precision, recall and F1 by seqeval, overall and by type, as conlleval counts, each in [0, 1].

The archive is loaded once, and each file read once.
"""

import argparse
import json
import logging
import os
import re
from pathlib import Path
from typing import Any, Dict, Iterable, Optional, Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.models.archival import CONFIG_NAME

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.archives.weights import load_tensors
from xner_allennlp.common.arguments import called_with_arguments
from xner_allennlp.common.usable_device import usable_device
from xner_allennlp.data.column_text import as_column
from xner_allennlp.data.languages import LANGUAGES
from xner_allennlp.models import required_tagger
from xner_allennlp.models.trained_tagger import load_archive
from xner_allennlp.spans.scores import score_tags
from xner_allennlp.training import Evaluation, LabelledSet, Selection, selections_of_run
from xner_allennlp.training.selections import SELECTIONS, choose_selection

logger = logging.getLogger(__name__)

# The name of each set of a run, and where its config has the file.
_KEY_OF_SPLIT = {"dev": "validation_data_path", "test": "test_data_path"}


@Subcommand.register("evaluate-selections")
class EvaluateSelections(Subcommand):
    """Registered as a `Subcommand` with name "evaluate-selections"."""

    def add_subparser(
        self, parser: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        description = """Score the model selections of a finished training run on labelled files,
                         and write what was predicted beside the gold tags."""
        subparser = parser.add_parser(
            self.name, description=description, help="Score the model selections of a run."
        )
        subparser.add_argument(
            "run_folder", type=str, metavar="RUN_FOLDER", help="folder of a finished training run"
        )
        subparser.add_argument(
            "--selections",
            nargs="+",
            choices=SELECTIONS,
            help="which selections; by default all that the run has",
        )
        subparser.add_argument(
            "--sets",
            nargs="+",
            metavar="NAME[=PATH]",
            help="""the sets for each selection: target_test, target_dev, source_test, source_dev
                    as the run's config has them, or a file; one whose name begins with "source" is
                    of the source language, of several with "source_en" of that one. By default
                    target_test, and for the trainer's own selection also all development sets and
                    source_test; all that there are where there is no target_test""",
        )
        subparser.add_argument(
            "--batch-size", type=int, default=256, help="sentences that are tagged at once"
        )
        subparser.add_argument(
            "--cuda-device", type=int, default=-1, help="id of a GPU, or -1 for the CPU"
        )
        subparser.set_defaults(func=called_with_arguments(evaluate_selections))
        return subparser


def evaluate_selections(
    run_folder: str,
    *,
    selections: Optional[Sequence[str]] = None,
    sets: Optional[Sequence[str]] = None,
    batch_size: int = 256,
    cuda_device: int = -1,
) -> Dict[str, Dict[str, Any]]:
    """
    # Parameters

    run_folder : `str`
        The serialization directory of a finished run of a `cross_lingual_crf_tagger`.
    selections : `Sequence[str]`, optional (default = all that the run has)
    sets : `Sequence[str]`, optional
        The sets for each selection, `NAME` or `NAME=PATH`; see the command's `--sets`.
    batch_size : `int`, optional (default = `256`)
    cuda_device : `int`, optional (default = `-1`)

    # Returns

    `Dict[str, Dict[str, Any]]`
        Of each selection what its `metrics.json` holds.

    # Raises

    `ConfigurationError`
        If the folder is no finished run, has no such selection or set, a set is named twice, or a
        file is not as it should be: all before anything is written.
    `InputError`
        If the GPU cannot be used here.
    """
    if cuda_device >= 0:
        usable_device(f"cuda:{cuda_device}")
    chosen = (
        list(selections_of_run(run_folder).values())
        if selections is None
        else [choose_selection(run_folder, name) for name in selections]
    )
    archive_file = os.path.join(run_folder, "model.tar.gz")
    if not os.path.isfile(archive_file):
        raise ConfigurationError(f"{run_folder}: there is no model.tar.gz; has the run finished?")
    if not os.path.isfile(os.path.join(run_folder, "metrics.json")):
        logger.warning(
            "%s: the run has not finished (Ctrl-C leaves a model.tar.gz, too); scored are the best "
            "weights so far",
            run_folder,
        )
    archive = load_archive(archive_file, cuda_device=cuda_device)
    model = required_tagger(archive.model, "evaluate-selections")
    # The archive's own configuration has no paths.
    params = Params.from_file(os.path.join(run_folder, CONFIG_NAME))
    config: Dict[str, Any] = params.as_dict(quiet=True)
    reader = DatasetReader.from_params(
        params.get("validation_dataset_reader", None) or params["dataset_reader"]
    )
    paths_of = {
        selection.name: _paths_of(config, selection, sets, run_folder) for selection in chosen
    }
    labelled_sets: Dict[str, LabelledSet] = {}
    for paths in paths_of.values():
        for name in paths.keys() - labelled_sets.keys():
            language = _language_of_set(name, model.languages)
            labelled_sets[name] = LabelledSet(
                reader, {language: paths[name]}, model.vocab, batch_size
            )
    parameters = sum(each.numel() for each in model.parameters() if each.requires_grad)
    device = next(model.parameters()).device
    results: Dict[str, Dict[str, Any]] = {}
    for selection in chosen:
        weights = load_tensors(Path(selection.weights_file), Path(run_folder), device)
        model.load_state_dict(weights)
        folder = os.path.join(run_folder, "evaluation", selection.name)
        os.makedirs(folder, exist_ok=True)
        scores: Dict[str, Any] = {}
        for name in paths_of[selection.name]:
            evaluation = labelled_sets[name].evaluate(model)
            scores[name] = _scores(evaluation, labelled_sets[name])
            with whole_text_file(os.path.join(folder, f"{name}.conll")) as file:
                file.writelines(_columns(labelled_sets[name], evaluation))
            logger.info("%s on %s: F1 %.4f", selection.name, name, scores[name]["f1"])
        results[selection.name] = {
            "selection": selection.name,
            "epoch": selection.epoch,
            "trainable_parameters": parameters,
            "sets": scores,
        }
        # Last, so that a folder with metrics is whole.
        with whole_text_file(os.path.join(folder, "metrics.json")) as file:
            file.write(json.dumps(results[selection.name], indent=2, sort_keys=True) + "\n")
    return results


def _language_of_set(name: str, languages: Sequence[str]) -> str:
    """The one that the name of a set begins with: "source_en" of "source_en_dev" if it is known."""
    longest_first = sorted({*LANGUAGES, *languages}, key=len, reverse=True)
    return next((each for each in longest_first if name.startswith(each)), "target")


def _paths_of(
    config: Dict[str, Any], selection: Selection, sets: Optional[Sequence[str]], run_folder: str
) -> Dict[str, str]:
    """The sets to score a selection on, each with its file."""
    known: Dict[str, str] = {}
    for split, key in _KEY_OF_SPLIT.items():
        paths = config.get(key) or {}
        if isinstance(paths, str):
            paths = {config.get("validation_dataset_reader", {}).get("language", "source"): paths}
        known.update({f"{language}_{split}": paths[language] for language in sorted(paths)})
    if sets is None:
        wanted = ["target_test"]
        if os.path.basename(selection.weights_file) == "best.th":
            wanted += ["target_dev", *(name for name in known if name.startswith("source"))]
        sets = [name for name in wanted if name in known] or list(known)
        if not sets:
            raise ConfigurationError(
                f"{run_folder}: the run's config has no labelled file; name one with "
                "--sets target_test=PATH"
            )
    found = {}
    for named in sets:
        name, _, path = named.partition("=")
        if not path and name not in known:
            raise ConfigurationError(
                f"{run_folder}: the run's config has no set {name!r}, only {', '.join(known)}; "
                "give a file, NAME=PATH"
            )
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise ConfigurationError(f"--sets: {name!r} cannot be the name of a file")
        if name in found:
            raise ConfigurationError(
                f"--sets: {name!r} is named twice; give each set a name of its own, e.g. "
                f"{name}_2=PATH"
            )
        found[name] = path or known[name]
    return found


def _scores(evaluation: Evaluation, labelled_set: LabelledSet) -> Dict[str, Any]:
    scores = score_tags(labelled_set.tags, evaluation.tags)
    # Of all entities there is no support: it is the sum of that of the types.
    overall = scores.overall._asdict()
    del overall["support"]
    types = {name: each._asdict() for name, each in scores.types.items()}
    return {**overall, **labelled_set.renamed, "types": types}


def _columns(labelled_set: LabelledSet, evaluation: Evaluation) -> Iterable[str]:
    for words, gold, predicted in zip(labelled_set.words, labelled_set.tags, evaluation.tags):
        for word, *tags in zip(words, gold, predicted):
            yield " ".join([as_column(word), *tags]) + "\n"
        yield "\n"
