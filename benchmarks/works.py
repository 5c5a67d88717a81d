"""
The pieces of work that are compared. A work builds each side on its own (so that a side's memory
can be measured alone) and gives a unit to be timed; `crf_decoding` stands in `viterbi.py`.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Callable, Dict, List, Optional

import epochs
import network_work
import our_side
from network_work import Work
from setting import Setting, random_batches, sentences
from stock_tagger import StockTagging
from stock_two_path import StockJoint

Unit = Callable[[], Any]


@dataclass(frozen=True)
class Comparison:
    """
    One row of the table. `sides` maps the name of each side, "ours" first, to what builds its unit;
    a unit consists of `count` equal parts.
    """

    what: str
    part: str
    target: Optional[float]
    sides: Dict[str, Callable[[Setting], Unit]]
    count: Callable[[Setting], float]
    work: Callable[[Setting], Work]
    max_repeats: int = 10**9
    warm_up: bool = True
    memory: List[str] = field(default_factory=list)


@lru_cache(maxsize=1)
def _our_tagger(setting: Setting) -> Any:
    params = our_side.config(setting, "cross_word", setting.pool)
    params["data_loader"]["batches_per_epoch"] = setting.batches
    return params, our_side.build(setting, params, "cross_word")


@lru_cache(maxsize=1)
def _stock_tagger(setting: Setting) -> StockTagging:
    return StockTagging(setting)


def _our_training(setting: Setting) -> Unit:
    return epochs.start(_our_tagger(setting)[1].trainer)


def _stock_training(setting: Setting) -> Unit:
    return _stock_tagger(setting).train_epoch()


def _our_evaluation(setting: Setting) -> Unit:
    params, run = _our_tagger(setting)
    loader = our_side.evaluation_loader(params, run, setting.dev("nl"))
    return lambda: our_side.evaluate(run, loader)


def _our_evaluation_of_a_file(setting: Setting) -> Unit:
    params, run = _our_tagger(setting)
    return lambda: our_side.evaluate(
        run, our_side.evaluation_loader(params, run, setting.dev("nl"))
    )


def _stock_evaluation(batch_size: int) -> Callable[[Setting], Unit]:
    def build(setting: Setting) -> Unit:
        side = _stock_tagger(setting)
        loader = side.dev_loader(batch_size)
        return lambda: side.evaluate(loader)

    return build


def _stock_evaluation_of_a_file(batch_size: int) -> Callable[[Setting], Unit]:
    def build(setting: Setting) -> Unit:
        side = _stock_tagger(setting)
        return lambda: side.evaluate(side.dev_loader(batch_size))

    return build


def _our_relabelling(setting: Setting) -> Unit:
    """The callback's round start (with its first batch), after an epoch of source batches."""
    params = our_side.joint_config(setting, setting.pool, source_epochs=1)
    run = our_side.build(setting, params, "relabelling")
    epochs.start(run.trainer)()
    callback = our_side.pseudo_labels_of(run)
    next_step = setting.round_batches

    def relabel() -> None:
        nonlocal next_step
        callback.target_batch(next_step)
        next_step += setting.round_batches

    return relabel


def _stock_relabelling(batch_size: int) -> Callable[[Setting], Unit]:
    return lambda setting: _stock_tagger(setting).predict(batch_size)


_SOURCE_EPOCHS = 4


def _our_round(setting: Setting) -> Unit:
    params = our_side.joint_config(setting, setting.round_pool, _SOURCE_EPOCHS, dev_sets=True)
    run = our_side.build(setting, params, "joint_round")
    train_epoch = epochs.start(run.trainer)
    for _ in range(_SOURCE_EPOCHS):
        train_epoch()

    joint_epoch = _joint(train_epoch)

    def round_of_training() -> None:
        joint_epoch()
        epochs.validate(run.trainer)

    return round_of_training


def _stock_round(*, as_they_come: bool) -> Callable[[Setting], Unit]:
    """
    `as_they_come`: as `crf_tagger`, which decodes in training, and `allennlp predict`, which takes
    one sentence at a time, do it.
    """

    def build(setting: Setting) -> Unit:
        side = StockJoint(setting, dev_sets=True, decode_in_training=as_they_come)
        for _ in range(_SOURCE_EPOCHS):
            side.train_epoch()

        def round_of_training() -> None:
            side.relabel(1 if as_they_come else 64)
            side.train_epoch()
            side.validate()

        return round_of_training

    return build


def _joint_steps_setting(setting: Setting) -> Setting:
    return replace(
        setting, round_batches=setting.batches, round_pool_sentences=setting.pool_sentences
    )


def _our_joint_steps(*, tied: bool) -> Callable[[Setting], Unit]:
    def build(setting: Setting) -> Unit:
        source_epochs = 5
        params = our_side.joint_config(
            _joint_steps_setting(setting), setting.pool, source_epochs, tied=tied
        )
        # One round of labels for all of it.
        our_side.pseudo_labels_in(params)["n_steps"] = 10**9
        run = our_side.build(setting, params, f"joint_steps_{tied}")
        train_epoch = epochs.start(run.trainer)
        for _ in range(source_epochs):
            train_epoch()
        return _joint(train_epoch)

    return build


def _stock_joint_steps(*, decode_in_training: bool) -> Callable[[Setting], Unit]:
    def build(setting: Setting) -> Unit:
        side = StockJoint(
            _joint_steps_setting(setting), dev_sets=False, decode_in_training=decode_in_training
        )
        side.train_epoch()
        side.relabel()
        return side.train_epoch

    return build


def _joint(train_epoch: Callable[[], Dict[str, float]]) -> Unit:
    """Checks that target batches are in it: a teacher that finds no entity gives none."""

    def checked() -> None:
        assert "target_loss" in train_epoch(), "no pseudo-label was used: train the teacher longer"

    return checked


def _words(path: Any) -> List[List[str]]:
    return [words for words, _ in sentences(path)]


def _step_work(setting: Setting) -> Work:
    return network_work.training_step(random_batches(setting.train, 200))


def _joint_step_work(setting: Setting) -> Work:
    source, target = (random_batches(path, 200) for path in (setting.train, setting.pool))
    return network_work.mean_work([network_work.joint_step(*pair) for pair in zip(source, target)])


def _dev_work(setting: Setting) -> Work:
    corpus = _words(setting.dev("nl"))
    return network_work.source_path(corpus).times(1 / len(corpus))


def _pool_work(setting: Setting) -> Work:
    corpus = _words(setting.pool)
    return network_work.source_path(corpus).times(1 / len(corpus))


def _round_work(setting: Setting) -> Work:
    return (
        _joint_step_work(setting).times(setting.round_batches)
        + network_work.source_path(_words(setting.round_pool))
        + network_work.source_path(_words(setting.dev("en")))
        + network_work.target_path(_words(setting.dev("nl")))
    )


def _dev_size(setting: Setting) -> float:
    return len(_words(setting.dev("nl")))


COMPARISONS: Dict[str, Comparison] = {
    "training_step": Comparison(
        "training step, batch 16, plain shuffle",
        "step",
        2.5,
        {"ours": _our_training, "crf_tagger": _stock_training},
        lambda setting: setting.batches,
        _step_work,
        memory=["ours", "crf_tagger"],
    ),
    "evaluation": Comparison(
        "evaluating a dev set, as after each epoch",
        "sentence",
        8.0,
        {
            "ours": _our_evaluation,
            "crf_tagger, batch 16": _stock_evaluation(16),
            "crf_tagger, batch 64": _stock_evaluation(64),
        },
        _dev_size,
        _dev_work,
        max_repeats=3,
    ),
    "evaluation_of_a_file": Comparison(
        "evaluating a dev set, as `allennlp evaluate` (file read too)",
        "sentence",
        8.0,
        {
            "ours": _our_evaluation_of_a_file,
            "crf_tagger, batch 16": _stock_evaluation_of_a_file(16),
            "crf_tagger, batch 64": _stock_evaluation_of_a_file(64),
        },
        _dev_size,
        _dev_work,
        max_repeats=2,
        warm_up=False,
    ),
    "relabelling": Comparison(
        "relabelling a target corpus",
        "sentence",
        15.0,
        {
            "ours": _our_relabelling,
            "allennlp predict (batch 1)": _stock_relabelling(1),
            "allennlp predict --batch-size 64": _stock_relabelling(64),
            "allennlp predict --batch-size 128": _stock_relabelling(128),
        },
        lambda setting: setting.pool_sentences,
        _pool_work,
        max_repeats=3,
        memory=["ours", "allennlp predict --batch-size 64"],
    ),
    "joint_step": Comparison(
        "joint step, 16 source and 16 target sentences",
        "step",
        None,
        {
            "ours": _our_joint_steps(tied=False),
            "ours, tied source encoder": _our_joint_steps(tied=True),
            "stock parts": _stock_joint_steps(decode_in_training=False),
            "stock parts, decoding in training": _stock_joint_steps(decode_in_training=True),
        },
        lambda setting: setting.batches,
        _joint_step_work,
        max_repeats=2,
    ),
    "joint_round": Comparison(
        "joint batches, two dev sets, relabelling",
        "round",
        5.0,
        {
            "ours": _our_round,
            "stock parts, at their best": _stock_round(as_they_come=False),
            "stock parts, as they come": _stock_round(as_they_come=True),
        },
        lambda setting: 1,
        _round_work,
        max_repeats=2,
        warm_up=False,
        memory=["ours", "stock parts, at their best"],
    ),
}
