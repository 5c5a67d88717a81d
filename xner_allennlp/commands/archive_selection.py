"""
The `archive-selection` subcommand makes an archive of any of a run's model selections, as
`model.tar.gz` is one of the truly unsupervised selection:

    allennlp archive-selection runs/cross_shared_en_nl target_dev cross_shared.target_dev.tar.gz

With `--half-precision` its weights take half the room, as those of a pretrained encoder may want.
"""

import argparse
import logging
import os
import tempfile
from pathlib import Path

import torch
from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.archives import archive_model
from xner_allennlp.common.archives.making import path_of_archive
from xner_allennlp.common.archives.weights import load_tensors
from xner_allennlp.common.arguments import called_with_arguments, refuse_existing
from xner_allennlp.common.whole_file import save_state
from xner_allennlp.training.selections import SELECTIONS, choose_selection

logger = logging.getLogger(__name__)


@Subcommand.register("archive-selection")
class ArchiveSelection(Subcommand):
    """Registered as a `Subcommand` with name "archive-selection"."""

    def add_subparser(
        self, parser: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        description = """Make an archive of one of the model selections of a training run."""
        subparser = parser.add_parser(
            self.name, description=description, help="Archive a model selection of a run."
        )
        subparser.add_argument(
            "run_folder", type=str, metavar="RUN_FOLDER", help="folder of a finished training run"
        )
        subparser.add_argument("selection", choices=SELECTIONS, help="what its epoch was chosen on")
        subparser.add_argument(
            "archive_file", type=str, metavar="ARCHIVE", help="file to write, a .tar.gz"
        )
        subparser.add_argument(
            "--half-precision",
            action="store_true",
            help="save weights as 16-bit numbers; tags may differ a little",
        )
        subparser.add_argument(
            "-f", "--force", action="store_true", help="overwrite an archive that exists"
        )
        subparser.set_defaults(func=called_with_arguments(archive_selection))
        return subparser


def archive_selection(
    run_folder: str,
    selection: str,
    archive_file: str,
    half_precision: bool = False,
    force: bool = False,
) -> str:
    """
    Writes the archive and returns its path; in a folder it is `model.tar.gz`.

    # Parameters

    run_folder : `str`
    selection : `str`
    archive_file : `str`
    half_precision : `bool`, optional (default = `False`)
        Whether weights are saved as 16-bit numbers. A model that is loaded computes in single
        precision all the same.
    force : `bool`, optional (default = `False`)
        Whether a file that is there may be replaced, once the new one is whole.

    # Raises

    `InputError` if there is a file that may not be replaced, `ConfigurationError` if the run has no
    such selection, or a weight is too large for half precision.
    """
    chosen = choose_selection(run_folder, selection)
    archive_file = path_of_archive(archive_file)
    refuse_existing(archive_file, force=force, inputs=[chosen.weights_file])
    with tempfile.TemporaryDirectory() as folder:
        weights_file = os.path.abspath(chosen.weights_file)
        if half_precision:
            # By its name the card knows what was chosen.
            halved = os.path.join(folder, os.path.basename(weights_file))
            _save_in_half_precision(weights_file, halved)
            weights_file = halved
        archive_file = archive_model(run_folder, weights_file, archive_file)
    logger.info("%s, epoch %s of %s: %s", selection, chosen.epoch, run_folder, archive_file)
    return archive_file


def _save_in_half_precision(weights_file: str, halved_file: str) -> None:
    weights = load_tensors(Path(weights_file), Path(weights_file))
    halved = {
        name: weight.half() if weight.is_floating_point() else weight
        for name, weight in weights.items()
    }
    for name, weight in halved.items():
        # An infinite one, such as a forbidden transition, stays what it is.
        if not torch.equal(torch.isfinite(weight), torch.isfinite(weights[name])):
            raise ConfigurationError(
                f"{weights_file}: {name} has a number that half precision cannot hold; leave "
                "--half-precision out"
            )
    save_state(halved, halved_file)
