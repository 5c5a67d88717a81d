"""
The `archive-selection` subcommand makes an archive of any of a run's model selections, as
`model.tar.gz` is one of the truly unsupervised selection:

    allennlp archive-selection runs/cross_shared_en_nl target_dev cross_shared.target_dev.tar.gz
"""

import argparse
import logging
import os

from allennlp.commands.subcommand import Subcommand

from xner_allennlp.common.archives import archive_model
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
        subparser.set_defaults(func=archive_selection_from_args)
        return subparser


def archive_selection_from_args(args: argparse.Namespace) -> str:
    """Just converts from an `argparse.Namespace` object to parameters."""
    return archive_selection(args.run_folder, args.selection, args.archive_file)


def archive_selection(run_folder: str, selection: str, archive_file: str) -> str:
    """
    Writes the archive and returns its path; in a folder it is `model.tar.gz`. A file that is there
    is replaced once the new one is whole.

    # Raises

    `ConfigurationError` if the run has no such selection.
    """
    chosen = choose_selection(run_folder, selection)
    archive_file = archive_model(run_folder, os.path.abspath(chosen.weights_file), archive_file)
    logger.info("%s, epoch %s of %s: %s", selection, chosen.epoch, run_folder, archive_file)
    return archive_file
