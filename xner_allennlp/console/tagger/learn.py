"""The subcommand `xner-tagger learn`."""

import argparse
import shlex
import signal
import sys

from xner_allennlp.common.errors import tell_error
from xner_allennlp.console.command_line import Command

FAILED_STATUS = 3
_REQUIRED = ("source_corpus", "target_text")


class Learn(Command):
    """Learns a tagger from files."""

    name = "learn"
    help = "learn a tagger for a language from labelled sentences of another one"
    description = """\
Learn a tagger for a language in which no sentence is labelled: from labelled
sentences of another language, or of several, raw text, and word vectors of all.
Checks the files, maps the vectors into one space, trains base systems, and from
the best of them, on source sentences that were held out, the tagger. DIR gets
model.tar.gz, and the data, the config, the log and the run of every step. With
--encoder, a pretrained multilingual encoder takes the place of vectors and
mapping; if it has seen parallel text, the tagger is not zero-resource.

The same command again goes on where it was stopped. Any step can be done by hand:
`allennlp train DIR/configs/STEP.json -s FOLDER --include-package xner_allennlp`."""
    examples = """\
  xner-tagger learn --source-corpus en.conll --target-text nl.txt \\
      --source-vectors en.vec.gz --target-vectors nl.vec.gz -s runs/nl
  # A few minutes, to see whether all is well; and how good it is on labelled Dutch:
  xner-tagger learn --source-corpus en.conll --target-text nl.txt --quick \\
      --source-vectors en.vec.gz --target-vectors nl.vec.gz -s runs/nl_quick \\
      --target-test nl.testb
  # No vectors: an encoder of the Hugging Face hub, or a folder.
  xner-tagger learn --source-corpus en.conll --target-text nl.txt \\
      --encoder xlm-roberta-base -s runs/nl_encoder
  # Labelled sentences of two languages.
  xner-tagger learn --source-corpus en.conll es.conll --target-text nl.txt \\
      --source-vectors en.vec.gz es.vec.gz --target-vectors nl.vec.gz -s runs/nl"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        from xner_allennlp import plugin  # noqa: F401  (AllenNLP without torchvision's warning)
        from xner_allennlp.corpora.formats import FORMATS
        from xner_allennlp.learning import INPUT_FILES, OF_EACH_SOURCE, VECTORS
        from xner_allennlp.learning.texts import PLAIN

        for name, what in INPUT_FILES.items():
            left_out = "not with --encoder" if name in VECTORS else "may be left out"
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                nargs="+" if name in OF_EACH_SOURCE else 1,
                metavar="FILE",
                default=[],
                required=name in _REQUIRED,
                help=what + ("" if name in _REQUIRED else f" ({left_out})"),
            )
        parser.add_argument(
            "--encoder",
            metavar="FOLDER-OR-NAME",
            help="a pretrained multilingual encoder, as transformers saves it, in place of vectors",
        )
        parser.add_argument(
            "-s",
            "--serialization-dir",
            required=True,
            metavar="DIR",
            help="folder for the tagger and all that leads to it; new, empty or the same run's",
        )
        recipes = parser.add_mutually_exclusive_group()
        for recipe, what in (
            ("quick", "minutes: one base system, few sentences, few passes"),
            ("thorough", "more base systems, more text, more passes"),
        ):
            recipes.add_argument(
                f"--{recipe}", dest="recipe", action="store_const", const=recipe, help=what
            )
        parser.add_argument(
            "--pair",
            metavar="CODES",
            help="the languages, e.g. en_nl, or en+es_nl with corpora and vectors of two source "
            "languages in this order (default: what the files' names begin with)",
        )
        parser.add_argument(
            "--source-format",
            choices=[PLAIN, *FORMATS],
            help=f"of the source corpora: {PLAIN} (the word first, the tag last) or a format of "
            "`xner-data convert` (default: it is recognised)",
        )
        parser.add_argument(
            "--device", default="cpu", help="cpu, cuda, or the number of a GPU (default: cpu)"
        )
        parser.add_argument(
            "--seed", type=int, default=13370, metavar="N", help="of all that is left to chance"
        )

    def run(self, args: argparse.Namespace) -> int:
        from xner_allennlp.learning import INPUT_FILES, Learning, Request, StepFailed
        from xner_allennlp.learning.request import files_and_pair

        options = {name: getattr(args, name) for name in INPUT_FILES}
        request = Request(
            *files_and_pair(options, args.pair),
            encoder=args.encoder,
            recipe=args.recipe or "default",
            source_format=args.source_format,
            device=args.device,
            seed=args.seed,
        )
        # Ended from outside, it ends the step that is running, as after Ctrl-C.
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            archive = Learning(request, args.serialization_dir).run()
        except StepFailed as failure:
            tell_error("xner-tagger", str(failure))
            return FAILED_STATUS
        finally:
            signal.signal(signal.SIGTERM, before)
        sys.stdout.write(
            f"\n{archive} is the tagger. Try it on a text with a sentence a line:\n\n"
            f"    allennlp predict {shlex.quote(archive)} TEXT --include-package xner_allennlp\n"
        )
        return 0
