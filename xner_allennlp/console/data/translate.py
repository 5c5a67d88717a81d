"""The subcommand `xner-data translate`."""

import argparse

from xner_allennlp.common.arguments import positive, refuse_existing
from xner_allennlp.console.command_line import Command, summary_stream
from xner_allennlp.corpora.findings import counted
from xner_allennlp.corpora.writing import WRITERS, WrittenSentence
from xner_allennlp.data.translated_conll_ner import TranslatedConllNerReader


class Translate(Command):
    """Translates a labelled corpus word by word."""

    name = "translate"
    help = "translate a labelled corpus word by word, to train other models on"
    description = """\
Translate the labelled sentences of one language word by word into another one,
by a mapping of word vectors and CSLS; each word keeps its tag (Xie et al. 2018).
Words without a vector, numbers and punctuation stay as they are. OUT has two
columns, the word and its IOB2 tag, or what `xner-data convert --to` writes."""
    examples = """\
  xner-data translate runs/en_nl/mapping.npz en.train nl.translated.train \\
      --source-vectors en.vec.gz --target-vectors nl.vec.gz --copy PER"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("mapping", metavar="MAPPING", help="the mapping.npz to translate by")
        parser.add_argument("corpus", metavar="IN", help="labelled sentences, a CoNLL file")
        parser.add_argument("target", metavar="OUT", help="the file to write")
        for language in ("source", "target"):
            parser.add_argument(
                f"--{language}-vectors",
                required=True,
                metavar="FILE",
                help=f"the {language} language's word vectors, of which the mapping was learned",
            )
        parser.add_argument(
            "--max-words",
            type=positive,
            default=200_000,
            metavar="N",
            help="translate, and into, the N most frequent words only (default: %(default)s)",
        )
        parser.add_argument(
            "--copy",
            nargs="+",
            default=[],
            metavar="TYPE",
            help="entity types, e.g. PER, whose words are copied between languages of one script",
        )
        parser.add_argument(
            "--format", choices=list(WRITERS), default="conll", help="of OUT (default: %(default)s)"
        )
        parser.add_argument("-f", "--force", action="store_true", help="overwrite OUT if it exists")

    def run(self, args: argparse.Namespace) -> int:
        read = [args.corpus, args.mapping, args.source_vectors, args.target_vectors]
        refuse_existing(args.target, force=args.force, inputs=read)
        reader = TranslatedConllNerReader(
            args.mapping,
            args.source_vectors,
            args.target_vectors,
            max_words=args.max_words,
            copied_types=args.copy,
            language="source",
            tag_scheme="BIO",
            require_tags=True,
        )
        sentences = [
            WrittenSentence(instance["metadata"]["words"], instance["tags"].labels)
            for instance in reader.read(args.corpus)
        ]
        changes = WRITERS[args.format](args.target, sentences)
        parts = [counted(len(sentences), "sentence"), *(f"{k}: {n}" for k, n in changes.items())]
        summary_stream(args.target).write(f"{args.target}: {'; '.join(parts)}\n")
        return 0
