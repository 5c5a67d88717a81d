"""
What a GPU takes for a step of training, its parts, labelling, a step of adversarial training and a
dictionary by CSLS; for ours also how many kernels and copies, how long they keep the GPU busy, and
how often the host waits for it. Whether the results are right, `make test TESTS="-m gpu"` says.

    OMP_NUM_THREADS=1 python benchmarks/gpu.py --output runs/gpu.json
    OMP_NUM_THREADS=1 python benchmarks/gpu.py --device cpu --quick      # tries the script

Prints a Markdown table. Sentences are the toy world's, sizes the paper's, vectors random.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Tuple

import numpy as np
import torch
from allennlp.common import Params
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.modules import ConditionalRandomField
from measure import interleaved
from our_side import CONFIGS
from setting import BATCH_SIZE, CHARACTER_HIDDEN, GRAD_NORM, LABELS, WORD_DIM, WORD_HIDDEN

from xner_allennlp import plugin  # noqa: F401  (registers the components)
from xner_allennlp.common.errors import InputError
from xner_allennlp.common.usable_device import usable_device
from xner_allennlp.data import CrossLingualDataLoader, TargetPool
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.starts.adversarial_settings import AdversarialSettings
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState
from xner_allennlp.modules.crf import LinearChainCrf
from xner_allennlp.modules.encoders import BidirectionalLstm, EncoderInput
from xner_allennlp.modules.sequences import Sequences

Unit = Callable[[], Any]
# As many as a joint step reads in a batch: source and target sentences, these by both paths.
ROWS, LONGEST = 3 * BATCH_SIZE, 40


class Row(NamedTuple):
    """What is measured; a unit has `count` equal parts, and "ours" is the first side."""

    what: str
    sides: Dict[str, Unit]
    count: int = 1


def tagger() -> Tuple[Model, CrossLingualDataLoader]:
    """Cross-Augmented of the paper's sizes, and the toy world's training sentences."""
    config = Params.from_file(str(CONFIGS / "cross_augmented_en_nl.jsonnet"))
    reader = DatasetReader.from_params(config["dataset_reader"])
    paths = config["train_data_path"].as_dict(quiet=True)
    loader = CrossLingualDataLoader(reader, paths, batch_size=BATCH_SIZE, quiet=True)
    vocab = Vocabulary.from_instances(loader.iter_instances())
    loader.index_with(vocab)
    model = config["model"].as_dict(quiet=True)
    model["word_embedders"] = {
        language: {
            "type": "embedding",
            "embedding_dim": WORD_DIM,
            "vocab_namespace": f"{language}_tokens",
            "trainable": False,
        }
        for language in ("source", "target")
    }
    for encoder in ("encoder", "target_encoder"):
        model[encoder]["input_size"] = WORD_DIM + 2 * CHARACTER_HIDDEN
    return Model.from_params(Params(model), vocab=vocab), loader


def steps(device: torch.device, *, is_joint: bool, use_amp: bool) -> Unit:
    """Training steps as the trainer takes them, on batches that are made anew."""
    model, loader = tagger()
    model.to(device).train()
    loader.set_target_device(device)
    learned = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.SGD(learned, lr=0.01)
    scaler = torch.cuda.amp.GradScaler(enabled=use_amp)
    pool = TargetPool(loader, seed=1, batch_size=BATCH_SIZE)
    pool.set_labels({row: np.arange(n) % 5 for row, n in enumerate(pool.lengths.tolist())})
    number = len(loader.labelled)
    first = 0

    def step() -> None:
        nonlocal first
        rows = [(first + offset) % number for offset in range(BATCH_SIZE)]
        first += BATCH_SIZE
        batch = loader.sentences.tensors(rows, device)
        if is_joint:
            batch["target"] = pool.next_batch()[1]
        optimizer.zero_grad()
        with torch.autocast(device.type, enabled=use_amp):
            loss = model(**batch)["loss"]
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(learned, GRAD_NORM)
        scaler.step(optimizer)
        scaler.update()

    return step


def random_mask(device: torch.device) -> torch.Tensor:
    lengths = torch.tensor(
        [LONGEST, *np.random.default_rng(0).integers(8, LONGEST, ROWS - 1).tolist()]
    )
    return (torch.arange(LONGEST).unsqueeze(0) < lengths.unsqueeze(1)).to(device)


def lstms(device: torch.device) -> Row:
    mask = random_mask(device)
    sequences = Sequences.of_mask(mask)
    inputs = torch.randn(*mask.shape, WORD_DIM + 2 * CHARACTER_HIDDEN, device=device)
    lengths = mask.sum(dim=1).cpu()
    stock = torch.nn.LSTM(inputs.size(2), WORD_HIDDEN, batch_first=True, bidirectional=True)
    stock.to(device)

    def packed() -> None:
        stock.zero_grad()
        given = torch.nn.utils.rnn.pack_padded_sequence(
            inputs, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(stock(given)[0], batch_first=True)
        states.sum().backward()

    def ours(lstm: BidirectionalLstm) -> None:
        lstm.zero_grad()
        lstm(EncoderInput(sequences, (sequences.tokens(inputs),))).sum().backward()

    sides = {
        name: partial(ours, BidirectionalLstm(inputs.size(2), WORD_HIDDEN, tied=tied).to(device))
        for name, tied in (("ours, untied", False), ("ours, tied", True))
    }
    return Row("LSTM, both passes", {**sides, "torch.nn.LSTM, packed": packed})


def crfs(device: torch.device) -> Iterator[Row]:
    mask = random_mask(device)
    logits = torch.randn(*mask.shape, LABELS, device=device)
    tags = torch.randint(LABELS, mask.shape, device=device)
    ours = LinearChainCrf(LABELS).to(device)
    stock = ConditionalRandomField(LABELS, include_start_end_transitions=False).to(device)

    def likelihood(crf: torch.nn.Module) -> None:
        crf(logits.clone().requires_grad_(), tags, mask).backward()

    yield Row(
        "CRF likelihood, both passes",
        {"ours": partial(likelihood, ours), "ConditionalRandomField": partial(likelihood, stock)},
    )
    yield Row(
        "best paths",
        {
            "ours": torch.no_grad()(partial(ours.best_paths, logits, mask)),
            "ConditionalRandomField": torch.no_grad()(partial(stock.viterbi_tags, logits, mask)),
        },
    )


def labelling(device: torch.device, size: int) -> Row:
    model, loader = tagger()
    model.to(device).eval()
    first, number = len(loader.labelled), len(loader.sentences) - len(loader.labelled)
    rows = [first + row % number for row in range(size)]

    def label() -> None:
        tokens = loader.sentences.tensors(rows, device)["tokens"]
        model.predict_tag_ids(tokens, "source")

    return Row(f"labelling a sentence, batches of {size}", {"ours": label}, size)


def adversarial(device: torch.device, hidden_dim: int, words: int) -> Row:
    generator = np.random.default_rng(0)
    sides = [generator.normal(size=(words, WORD_DIM)).astype(np.float32) / 17 for _ in range(2)]
    options = AdversarialSettings(hidden_dim=hidden_dim)
    state = AdversarialState(*sides, options, device)
    return Row("adversarial step of MUSE's size", {"ours": torch.no_grad()(state.take_step)})


def csls(device: torch.device, words: int) -> Row:
    left, right = (
        torch.nn.functional.normalize(torch.randn(words, WORD_DIM, device=device)) for _ in range(2)
    )
    ours = partial(translate_both, left, right, neighbours=10)
    return Row(f"CSLS both ways, {words:,} words", {"ours": ours})


def rows(device: torch.device, *, is_quick: bool) -> Iterator[Row]:
    kinds = (False, True) if device.type == "cuda" else (False,)
    for name, is_joint in (("base", False), ("joint", True)):
        for use_amp in kinds:
            step = steps(device, is_joint=is_joint, use_amp=use_amp)
            yield Row(f"{name} step{', mixed precision' if use_amp else ''}", {"ours": step})
    yield lstms(device)
    yield from crfs(device)
    for size in (256, 1024):
        yield labelling(device, size)
    yield adversarial(device, 32 if is_quick else 2048, 1_000 if is_quick else 75_000)
    for words in (1_000,) if is_quick else (20_000, 75_000, 200_000):
        yield csls(device, words)


def awaited(unit: Unit, device: torch.device) -> Unit:
    """Ends when the device has done what it was asked for."""

    def run() -> None:
        unit()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return run


def asked_for(unit: Unit) -> Dict[str, float]:
    """What one unit asks a GPU for."""
    kinds = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kinds.CPU, kinds.CUDA]) as profile:
        unit()
    events = list(profile.events())
    on_device = [each for each in events if each.device_type == torch.autograd.DeviceType.CUDA]
    return {
        "kernels and copies": len(on_device),
        "ms busy": sum(each.device_time for each in on_device) / 1e3,
        # The one at the end is ours.
        "waits": sum("Synchronize" in each.name for each in events) - 1,
    }


def measured(row: Row, device: torch.device, repeats: int) -> Dict[str, Any]:
    units = {name: awaited(unit, device) for name, unit in row.sides.items()}
    timings = interleaved(units, repeats)
    ours = {name: unit for name, unit in units.items() if name.startswith("ours")}
    return {
        "what": row.what,
        "seconds": {name: timing.as_dict(row.count) for name, timing in timings.items()},
        "asked for": {name: asked_for(unit) for name, unit in ours.items()}
        if device.type == "cuda"
        else {},
    }


def line(result: Mapping[str, Any]) -> str:
    sides: List[str] = []
    for name, seconds in result["seconds"].items():
        text = f"{name} {1e3 * seconds['median']:.3g} ms"
        asked = result["asked for"].get(name)
        if asked:
            text += (
                f" ({asked['kernels and copies']} kernels and copies, {asked['ms busy']:.2f} ms "
                f"busy, {asked['waits']} waits)"
            )
        sides.append(text)
    return f"| {result['what']} | {'; '.join(sides)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="What a GPU takes for our work")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="small mappings, two repeats")
    parser.add_argument("--output", type=Path, help="JSON file to write")
    options = parser.parse_args()
    try:
        device = usable_device(options.device)
    except InputError as error:
        parser.error(str(error))
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"{card}, torch {torch.__version__}\n\n| work | median |\n|---|---|")
    results = []
    for row in rows(device, is_quick=options.quick):
        results.append(measured(row, device, 2 if options.quick else options.repeats))
        print(line(results[-1]), flush=True)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        found = {"card": card, "torch": torch.__version__, "rows": results}
        options.output.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
