"""The subcommand `xner-data workspace`."""

import argparse
import shutil
import sys
from pathlib import Path

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.shipped import shipped_folder
from xner_allennlp.console.command_line import Command

_FOLDERS = ("training_configs", "fixtures/toy")
_PLUGINS = ".allennlp_plugins"


class Workspace(Command):
    """Writes into a folder what a checkout has beside the package."""

    name = "workspace"
    help = "make a folder to work in, with the configs of all systems and the toy world"
    description = """\
Write into a folder what an installed package hides: the configs of all systems
(training_configs), the toy world they use without XNER_DATA (fixtures/toy), and
.allennlp_plugins, by which `allennlp` finds this package when it is started there.
Nothing that is there already is overwritten."""
    examples = """\
  xner-data workspace ner && cd ner
  allennlp train training_configs/cross_word.jsonnet -s runs/cross_word"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", help="made if it is not there")

    def run(self, args: argparse.Namespace) -> int:
        folder = Path(args.folder)
        for above in (folder, *folder.absolute().parents):
            if above.exists() and not above.is_dir():
                raise ConfigurationError(f"{above} is a file. Give the name of a folder to make.")
        content = shipped_folder()
        for name in (*_FOLDERS, _PLUGINS):
            if (folder / name).exists():
                raise ConfigurationError(
                    f"{folder / name} is there already and is not overwritten: choose another "
                    "folder, or move it away"
                )
        for name in _FOLDERS:
            ignored = shutil.ignore_patterns("__*", ".*")
            shutil.copytree(content / name, folder / name, ignore=ignored)
            sys.stdout.write(f"{folder / name}\n")
        (folder / _PLUGINS).write_text("xner_allennlp\n", encoding="utf-8")
        sys.stdout.write(f"{folder / _PLUGINS}\n")
        return 0
