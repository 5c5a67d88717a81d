"""
The `tag-corpus` subcommand tags a large corpus with a trained archive: many workers, on one machine
or a cluster (Ray), each with the model loaded once. It takes the lines that
`allennlp predict --predictor ner_tagger` takes and writes what that would write, in parts:

* `part-00000.jsonl` (or `.conll`), ...: an answer for each line, so that `cat DIR/part-*` is in the
  order of the input. A part has its name only when it is complete.
* `manifest.json`: the request, and where each part begins.

The same command again tags the parts that are missing.
"""

import argparse
import logging
import os
from contextlib import closing
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Tqdm
from allennlp.common import logging as common_logging
from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.bulk import OutputFolder, PartTagger, RayEngine, divide
from xner_allennlp.common.arguments import add_language, called_with_arguments
from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.common.checksums import sha256_of
from xner_allennlp.data.languages import check_language
from xner_allennlp.predictors.ner_tagger import OUTPUT_FORMATS
from xner_allennlp.version import VERSION

logger = logging.getLogger(__name__)

_EXTENSIONS = {"json": "jsonl", "conll": "conll"}


@Subcommand.register("tag-corpus")
class TagCorpus(Subcommand):
    """Registered as a `Subcommand` with name "tag-corpus"."""

    def add_subparser(
        self, parser: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        description = """Tag a large corpus with a trained archive, with many workers on one machine
                         or a Ray cluster. The same command again goes on where it was stopped."""
        subparser = parser.add_parser(
            self.name, description=description, help="Tag a large corpus with many workers."
        )
        subparser.add_argument(
            "archive_file", type=str, metavar="ARCHIVE", help="path to model.tar.gz"
        )
        subparser.add_argument(
            "input_files",
            type=str,
            nargs="+",
            metavar="INPUT",
            help="text files with a sentence a line, as `predict` takes them; also .gz, .bz2, .xz",
        )
        subparser.add_argument(
            "output_dir", type=str, metavar="OUTPUT_DIR", help="folder for the parts"
        )
        subparser.add_argument(
            "--workers", type=int, required=True, help="number of workers; each loads the model"
        )
        subparser.add_argument(
            "--cpus-per-worker", type=int, default=1, help="CPUs, and threads, of a worker"
        )
        subparser.add_argument(
            "--gpus-per-worker",
            type=float,
            default=0.0,
            help="GPUs of a worker: 0 (CPU only), 1, or less than 1 to share one",
        )
        subparser.add_argument(
            "--batch-size", type=int, default=64, help="sentences that are tagged at once"
        )
        subparser.add_argument(
            "--lines-per-part",
            type=int,
            default=10_000,
            help="lines of an output file, rounded up to whole batches",
        )
        subparser.add_argument(
            "--output-format",
            choices=OUTPUT_FORMATS,
            default="json",
            help="JSON lines, or CoNLL columns",
        )
        add_language(subparser, "the input")
        subparser.add_argument(
            "--weights-file", type=str, help="a path that overrides which weights file to use"
        )
        subparser.add_argument(
            "--ray-address",
            type=str,
            help="a running Ray cluster, e.g. auto; by default Ray is started on this machine",
        )
        subparser.add_argument(
            "-o",
            "--overrides",
            type=str,
            default="",
            help="a json(net) structure used to override the archive's configuration",
        )
        subparser.add_argument(
            "--file-friendly-logging",
            action="store_true",
            default=False,
            help="outputs tqdm status on separate lines and slows tqdm refresh rate",
        )
        subparser.set_defaults(func=called_with_arguments(tag_corpus))
        return subparser


class TaggingReport(NamedTuple):
    """
    # Parameters

    parts : `int`
        The number of parts of the whole corpus.
    tagged : `List[int]`
        Which parts this run tagged; the others were there before.
    lines : `int`
        How many lines this run tagged.
    workers : `List[str]`
        A name for each model that was loaded.
    """

    parts: int
    tagged: List[int]
    lines: int
    workers: List[str]


def tag_corpus(
    archive_file: str,
    input_files: Sequence[str],
    output_dir: str,
    *,
    workers: int,
    cpus_per_worker: int = 1,
    gpus_per_worker: float = 0.0,
    batch_size: int = 64,
    lines_per_part: int = 10_000,
    output_format: str = "json",
    language: str = "target",
    weights_file: Optional[str] = None,
    ray_address: Optional[str] = None,
    overrides: str = "",
    include_package: Sequence[str] = (),
    file_friendly_logging: bool = False,
) -> TaggingReport:
    """
    Tags all lines of `input_files` that have no answer in `output_dir` yet.

    # Parameters

    archive_file : `str`
        On a cluster this file, the input and `output_dir` are on a file system that all machines
        share.
    input_files : `Sequence[str]`
    output_dir : `str`
        New or empty, or that of an earlier run with the same archive, input and options.
    workers : `int`
    cpus_per_worker : `int`, optional (default = `1`)
    gpus_per_worker : `float`, optional (default = `0.0`)
    batch_size : `int`, optional (default = `64`)
    lines_per_part : `int`, optional (default = `10000`)
        Rounded up to whole batches, so that the batches are the same as in `allennlp predict`.
    output_format : `str`, optional (default = `"json"`)
        "json" or "conll".
    language : `str`, optional (default = `"target"`)
        "target", "source", or one of several source languages, e.g. "source_en".
    weights_file : `str`, optional (default = `None`)
    ray_address : `str`, optional (default = `None`)
        Of a running cluster. By default Ray is started here, and ended.
    overrides : `str`, optional (default = `""`)
    include_package : `Sequence[str]`, optional (default = `()`)
        Packages that the workers import.
    file_friendly_logging : `bool`, optional (default = `False`)

    # Raises

    `ConfigurationError`
        If a setting, a line of the input or the output folder is wrong: all this is checked before
        anything is tagged.
    `RuntimeError`
        If a worker fails. Finished parts stay.
    """
    common_logging.FILE_FRIENDLY_LOGGING = file_friendly_logging
    check_at_least_one(
        workers=workers,
        cpus_per_worker=cpus_per_worker,
        batch_size=batch_size,
        lines_per_part=lines_per_part,
    )
    if not (gpus_per_worker >= 0 and (gpus_per_worker <= 1 or float(gpus_per_worker).is_integer())):
        raise ConfigurationError(
            f"gpus_per_worker is {gpus_per_worker}: give a share of a GPU, from 0 to 1, or a whole "
            "number of them"
        )
    check_language(language)
    archive_file = _existing_file("archive", archive_file)
    weights_file = weights_file and _existing_file("weights file", weights_file)
    input_files = [_existing_file("input file", path) for path in input_files]
    engine = RayEngine(workers, cpus_per_worker, gpus_per_worker, ray_address)

    lines_per_part = -(-lines_per_part // batch_size) * batch_size
    files = [_describe_input(path) for path in input_files]
    request = {
        "archive": sha256_of(archive_file),
        "weights_file": weights_file and sha256_of(weights_file),
        "overrides": overrides,
        "input": files,
        "language": language,
        "output_format": output_format,
        "batch_size": batch_size,
        "lines_per_part": lines_per_part,
        "xner_allennlp": VERSION,
    }
    settings = {
        "archive_file": archive_file,
        "weights_file": weights_file,
        "overrides": overrides,
        "language": language,
        "output_format": output_format,
        "batch_size": batch_size,
        "cuda_device": 0 if gpus_per_worker > 0 else -1,
        "threads": cpus_per_worker,
        "include_package": list(include_package),
    }
    with OutputFolder(output_dir) as folder:
        folder.begin(
            request, _EXTENSIONS[output_format], lambda: divide(input_files, lines_per_part)
        )
        missing = folder.missing()
        logger.info(
            "%d parts in %s, %d of them already there",
            len(folder.parts),
            folder.path,
            len(folder.parts) - len(missing),
        )
        tasks = [_task(folder, number, files) for number in missing]
        return _run(engine, settings, tasks, folder)


def _run(
    engine: RayEngine, settings: Dict[str, Any], tasks: List[Dict[str, Any]], folder: OutputFolder
) -> TaggingReport:
    parts = len(folder.parts)
    done: List[Dict[str, Any]] = []
    try:
        with (
            # Closed whatever happens: that is what ends the workers.
            closing(engine.map(PartTagger, settings, tasks)) as results,
            Tqdm.tqdm(total=parts, initial=parts - len(tasks), desc="parts") as bar,
        ):
            for result in results:
                done.append(result)
                bar.update()
    except RuntimeError as error:
        raise RuntimeError(
            f"a worker failed: {error} ({parts - len(folder.missing())} of {parts} parts are "
            f"finished in {folder.path} and stay; the same command again does the others)"
        ) from error
    report = TaggingReport(
        parts,
        sorted(result["number"] for result in done),
        sum(result["lines"] for result in done),
        sorted({result["worker"] for result in done}),
    )
    logger.info(
        "tagged %d lines in %d parts with %d workers; all %d parts are in %s",
        report.lines,
        len(report.tagged),
        len(report.workers),
        parts,
        folder.path,
    )
    return report


def _task(folder: OutputFolder, number: int, files: List[Dict[str, Any]]) -> Dict[str, Any]:
    part = folder.parts[number]
    file = files[part.file]
    return {
        "number": number,
        "path": file["path"],
        "path_size": file["size"],
        "path_mtime_ns": file["mtime_ns"],
        "first_line": part.first_line,
        "lines": part.lines,
        "offset": part.offset,
        "size": part.size,
        "output": folder.file_of(number),
    }


def _existing_file(name: str, path: str) -> str:
    """Its absolute path: workers may have another current folder."""
    if not os.path.isfile(path):
        raise ConfigurationError(f"{name}: there is no file {path}; correct the path")
    return os.path.abspath(path)


def _describe_input(path: str) -> Dict[str, Any]:
    state = os.stat(path)
    return {"path": path, "size": state.st_size, "mtime_ns": state.st_mtime_ns}
