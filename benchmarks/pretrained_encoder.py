"""
Pretrained encoders beside what transformers alone offers: a fine-tuning step beside a plain loop,
tagging beside the pipeline `token-classification`, a pass over stored states beside one that
fine-tunes. CPU seconds of one thread; `--memory-of SIDE` prints a side's peak memory.

    python benchmarks/pretrained_encoder.py ENCODER --data ../shared/data
"""

import argparse
import functools
import itertools
import json
import logging
import os
import random
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import epochs
import our_side
import torch
from allennlp.common import Params
from allennlp.data import DatasetReader
from machine_limits import matrix_product_peak
from measure import Timing, in_own_process, interleaved, peak_memory
from setting import BATCH_SIZE, GRAD_NORM, LABEL_NAMES, Sentence, Setting, sentences
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer, pipeline

from xner_allennlp.tagger.archived import ArchivedTagger

RATE, HEAD_RATE = 5e-5, 1e-3
PIPELINE_BATCHES = (1, 8, 32)


class Sides:
    """Builds each side; a unit of training is a pass over the same sentences."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.encoder = str(options.encoder.resolve())
        self.folder = folder
        self.setting = Setting(options.data.resolve(), Path("none"), folder)
        self.train = self.setting.corpus("en", "train", options.batches * BATCH_SIZE)
        self.corpus = self.setting.corpus("nl", "testb", options.sentences)

    def run(
        self, system: str, bfloat16: Optional[bool] = None, frozen_share: Optional[float] = None
    ) -> Any:
        os.environ["XNER_ENCODER"] = self.encoder
        params = our_side.config(self.setting, system, self.corpus)
        params["train_data_path"]["source"] = str(self.train)
        params["data_loader"]["batches_per_epoch"] = None
        for name, value in (("bfloat16", bfloat16), ("frozen_share", frozen_share)):
            if value is not None:
                params["model"]["word_embedders"]["both"][name] = value
        # Long enough for all repeats.
        params["trainer"]["callbacks"]["source_passes"]["num_passes"] = 100
        if "encoder_states" in params["trainer"]["callbacks"]:
            params["trainer"]["callbacks"]["encoder_states"]["folder"] = str(self.folder / "states")
        return params, our_side.build(self.setting, params, system)

    def fine_tuning(
        self, bfloat16: Optional[bool] = None, frozen_share: Optional[float] = None
    ) -> Callable[[], Any]:
        return epochs.start(self.run("transformer", bfloat16, frozen_share)[1].trainer)

    def stored_states(self) -> Callable[[], Any]:
        return epochs.start(self.run("transformer_frozen")[1].trainer)

    def tokenizer(self) -> Any:
        # The positions of Roberta and its kind begin behind the padding's.
        longest = AutoConfig.from_pretrained(self.encoder).max_position_embeddings - 2
        return AutoTokenizer.from_pretrained(self.encoder, model_max_length=longest)

    def plain_loop(self) -> Callable[[], Any]:
        tokenizer = self.tokenizer()
        model = AutoModelForTokenClassification.from_pretrained(
            self.encoder, num_labels=len(LABEL_NAMES)
        ).float()
        head = list(model.classifier.parameters())
        optimizer = torch.optim.AdamW(
            [{"params": model.base_model.parameters(), "lr": RATE}, {"params": head}], lr=HEAD_RATE
        )
        items = [encoded(tokenizer, sentence) for sentence in sentences(self.train)]
        generator = random.Random(1)

        def train_epoch() -> None:
            model.train()
            order = generator.sample(items, len(items))
            for begin in range(0, len(order), BATCH_SIZE):
                loss = model(**padded(order[begin : begin + BATCH_SIZE])).loss
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), GRAD_NORM)
                optimizer.step()
                optimizer.zero_grad()
                loss.item()

        return train_epoch

    @functools.cached_property
    def tagger(self) -> ArchivedTagger:
        """Not trained, and without a say of the CRF, so that both sides take the best label."""
        params, run = self.run("transformer")
        crf = run.model.crf
        for parameter in crf.parameters():
            parameter.data.fill_(float(parameter is crf._constraint_mask))
        reader = DatasetReader.from_params(Params(params["validation_dataset_reader"]).duplicate())
        return ArchivedTagger(run.model.eval(), reader)

    def our_tags(self) -> List[List[str]]:
        words = [words for words, _ in sentences(self.corpus)]
        return [sentence.tags for sentence in self.tagger.tag(words)]

    @functools.cached_property
    def pipeline(self) -> Any:
        """The weights of `tagger` as a token classifier of transformers."""
        ours = self.tagger.model
        embedder = ours.word_embedders["both"]
        labels = ours.vocab.get_index_to_token_vocabulary("labels")
        model = AutoModelForTokenClassification.from_pretrained(
            self.encoder, id2label=labels, label2id={name: i for i, name in labels.items()}
        ).float()
        model.base_model.load_state_dict(embedder.transformer.state_dict(), strict=False)
        model.classifier = torch.nn.Sequential(
            embedder.projection, ours.common_encoder, torch.nn.Tanh(), ours.label_layer
        )
        return pipeline(
            "token-classification",
            model=model.eval(),
            tokenizer=self.tokenizer(),
            ignore_labels=[],
        )

    def pipeline_tags(self, batch_size: int) -> List[List[str]]:
        words = [words for words, _ in sentences(self.corpus)]
        outputs = self.pipeline([" ".join(each) for each in words], batch_size=batch_size)
        return [tags_of_words(each, pieces) for each, pieces in zip(words, outputs)]


def encoded(tokenizer: Any, sentence: Sentence) -> Dict[str, List[int]]:
    """Pieces, and labels at the first one of each word."""
    words, _ = sentence
    pieces = tokenizer(words, is_split_into_words=True, truncation=True)
    word_ids = pieces.word_ids()
    labels = [
        -100 if word is None or word == before else word % len(LABEL_NAMES)
        for before, word in zip([None, *word_ids], word_ids)
    ]
    return {"input_ids": pieces["input_ids"], "labels": labels}


def padded(items: List[Dict[str, List[int]]]) -> Dict[str, torch.Tensor]:
    width = max(len(item["labels"]) for item in items)

    def rows(name: str, padding: int) -> torch.Tensor:
        return torch.tensor([item[name] + [padding] * (width - len(item[name])) for item in items])

    mask = [[int(place < len(item["labels"])) for place in range(width)] for item in items]
    return {
        "input_ids": rows("input_ids", 0),
        "labels": rows("labels", -100),
        "attention_mask": torch.tensor(mask),
    }


def tags_of_words(words: List[str], pieces: List[Dict[str, Any]]) -> List[str]:
    """The label of the first piece of each word."""
    starts: Iterator[int] = itertools.accumulate((len(word) + 1 for word in words), initial=0)
    tags = []
    for start, _ in zip(starts, words):
        tags.append(next((p["entity"] for p in pieces if p["end"] > start), "O"))
    return tags


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path, help="its folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with ner/")
    parser.add_argument("--batches", type=int, default=8, help="of 16 sentences, in a pass")
    parser.add_argument("--sentences", type=int, default=400, help="to tag")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, help="JSON file to write")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="xner_encoder_") as name:
        sides = Sides(options, Path(name))
        builders: Dict[str, Callable[[], Callable[[], Any]]] = {
            "fine-tuning": sides.fine_tuning,
            "fine-tuning in float32": functools.partial(sides.fine_tuning, False),
            "of all layers in float32": functools.partial(sides.fine_tuning, False, 0.0),
            "plain loop": sides.plain_loop,
            "stored states": sides.stored_states,
            "tagging": lambda: sides.our_tags,
            **{
                f"pipeline, batches of {size}": lambda size=size: functools.partial(
                    sides.pipeline_tags, size
                )
                for size in PIPELINE_BATCHES
            },
        }
        if options.memory_of:
            builders[options.memory_of]()()
            print(json.dumps({"peak": peak_memory()}))
            return
        units = {side: build() for side, build in builders.items()}
        equal, total = agreement(sides)
        timings = interleaved(units, options.repeats, clock=time.process_time)
        results = table(timings, options)
        in_float32 = [side for side in units if side not in ("fine-tuning", "stored states")]
        operations = {side: giga_operations(units[side]) for side in in_float32}
    results["equal tags"] = f"{equal} of {total}"
    peak = results["GFLOP/s of a matrix product"] = matrix_product_peak()
    results["share of it"] = {
        side: each / timings[side].median / peak for side, each in operations.items()
    }
    if options.output:
        options.output.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


def giga_operations(unit: Callable[[], Any]) -> float:
    """What the matrix products of a pass take, padding included."""
    with FlopCounterMode(display=False) as counter:
        unit()
    return counter.get_total_flops() / 1e9


def agreement(sides: Sides) -> Any:
    pairs = [
        (ours, theirs)
        for one, other in zip(sides.our_tags(), sides.pipeline_tags(8))
        for ours, theirs in zip(one, other)
    ]
    return sum(ours == theirs for ours, theirs in pairs), len(pairs)


def table(timings: Dict[str, Timing], options: argparse.Namespace) -> Dict[str, Any]:
    """CPU seconds of a pass, or of tagging the corpus; ratios; peak memory in MB."""
    seconds = {side: timing.as_dict() for side, timing in timings.items()}
    best_pipeline = min(
        timing.median for side, timing in timings.items() if side.startswith("pipeline")
    )
    arguments = [__file__, str(options.encoder), "--data", str(options.data)]
    arguments += ["--batches", str(options.batches), "--sentences", str(options.sentences)]
    return {
        "CPU seconds": seconds,
        **{
            f"{side} / {other}": timings[side].median / timings[other].median
            for side in ("fine-tuning", "fine-tuning in float32", "of all layers in float32")
            for other in ("plain loop", "stored states")
        },
        "best pipeline / tagging": best_pipeline / timings["tagging"].median,
        "peak memory, MB": {
            side: in_own_process([*arguments, "--memory-of", side], os.environ)["peak"] / 1e6
            for side in timings
        },
    }


if __name__ == "__main__":
    main()
