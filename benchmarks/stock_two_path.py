"""
The stock side of Cross-Augmented: the paper's two-path network (figure 1) and its joint step
(equation 7), written from AllenNLP's modules as a user without this package would: stock encoders,
`ConditionalRandomField`, stock readers, loaders, trainer and predictor.

AllenNLP has no LSTM whose directions share a cell, so both sides are compared with untied encoders.
Where a choice was free, the one faster for the stock side was taken: it does not decode in training
(`crf_tagger` does), predicts in batches without returning logits, labels in memory, no file.
"""

from typing import Any, Callable, Dict, Iterator, List, Optional

import epochs
import torch
from allennlp.common import Params
from allennlp.common.util import lazy_groups_of
from allennlp.data import DataLoader, Instance, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader, SimpleDataLoader, TensorDict
from allennlp.data.fields import SequenceLabelField
from allennlp.models import Model
from allennlp.modules import (
    ConditionalRandomField,
    Embedding,
    FeedForward,
    Seq2SeqEncoder,
    Seq2VecEncoder,
)
from allennlp.modules.conditional_random_field import allowed_transitions
from allennlp.modules.token_embedders import TokenCharactersEncoder
from allennlp.nn import Activation
from allennlp.predictors import Predictor
from allennlp.training.metrics import SpanBasedF1Measure
from setting import (
    BATCH_SIZE,
    CHARACTER_DIM,
    COMMON_DIM,
    DROPOUT,
    MAX_LENGTH,
    WORD_DIM,
    WORD_HIDDEN,
    Setting,
)
from stock_tagger import (
    CHARACTER_LSTM,
    WORD_LSTM,
    StockReader,
    fill_with_vectors,
    loader,
    trainer,
    vocabulary,
)


class StockTwoPathTagger(Model):
    """`paths` says which path tags a language outside of training."""

    def __init__(self, vocab: Vocabulary, setting: Setting, decode_in_training: bool) -> None:
        super().__init__(vocab)
        self.paths = {"source": "source", "target": "source"}
        self._decode_in_training = decode_in_training
        self._words = torch.nn.ModuleDict()
        for code, language in (("en", "source"), ("nl", "target")):
            words = Embedding(
                WORD_DIM, vocab_namespace=f"{language}_tokens", trainable=False, vocab=vocab
            )
            fill_with_vectors(words.weight.data, setting, vocab, f"{language}_tokens", [code])
            self._words[language] = words
        characters = Embedding(CHARACTER_DIM, vocab_namespace="token_characters", vocab=vocab)
        self._characters = torch.nn.ModuleDict(
            {
                path: TokenCharactersEncoder(
                    characters, Seq2VecEncoder.from_params(Params(dict(CHARACTER_LSTM)))
                )
                for path in ("source", "target")
            }
        )
        self._encoders = torch.nn.ModuleDict(
            {
                path: Seq2SeqEncoder.from_params(Params(dict(WORD_LSTM)))
                for path in ("source", "target")
            }
        )
        tanh = Activation.by_name("tanh")()
        self._target_dense = FeedForward(4 * WORD_HIDDEN, 1, 2 * WORD_HIDDEN, tanh)
        self._common = FeedForward(2 * WORD_HIDDEN, 1, COMMON_DIM, tanh)
        labels = vocab.get_index_to_token_vocabulary("labels")
        self._projection = torch.nn.Linear(COMMON_DIM, len(labels))
        self._crf = ConditionalRandomField(
            len(labels), allowed_transitions("BIOUL", labels), include_start_end_transitions=False
        )
        self._dropout = torch.nn.Dropout(DROPOUT)
        self._f1 = {
            language: SpanBasedF1Measure(vocab, tag_namespace="labels", label_encoding="BIOUL")
            for language in ("source", "target")
        }

    def forward(  # type: ignore[override]
        self,
        tokens: Dict[str, Dict[str, torch.Tensor]],
        tags: Optional[torch.LongTensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        target: Optional[Dict[str, Any]] = None,
    ) -> Dict[str, Any]:
        language = "source" if "source_tokens" in tokens else "target"
        path = "source" if self.training else self.paths[language]
        output: Dict[str, Any] = {}
        logits, mask = self._emissions(tokens, language, path)
        if not self.training or self._decode_in_training:
            output["tags"] = self._decode(logits, mask)
        if tags is not None:
            output["loss"] = self._loss(logits, mask, tags)
            if "tags" in output:
                self._count(language, logits, output["tags"], tags, mask)
        if target is not None:
            for path in ("source", "target"):
                logits, mask = self._emissions(target["tokens"], "target", path)
                if self._decode_in_training:
                    self._count("target", logits, self._decode(logits, mask), target["tags"], mask)
                output["loss"] = output["loss"] + self._loss(logits, mask, target["tags"])
        return output

    def _emissions(self, tokens, language, path):
        words = self._words[language](tokens[f"{language}_tokens"]["tokens"])
        mask = tokens[f"{language}_tokens"]["tokens"] != 0
        encoded = self._encode(words, tokens, mask, "source")
        if path == "target":
            both = torch.cat([encoded, self._encode(words, tokens, mask, "target")], dim=-1)
            encoded = self._target_dense(both)
        return self._projection(self._common(encoded)), mask

    def _encode(self, words, tokens, mask, path):
        characters = self._characters[path](tokens["token_characters"]["token_characters"])
        return self._encoders[path](self._dropout(torch.cat([words, characters], dim=-1)), mask)

    def _loss(self, logits, mask, tags):
        return -self._crf(logits, tags, mask) / tags.size(0)

    def _decode(self, logits, mask) -> List[List[int]]:
        return [path for path, _ in self._crf.viterbi_tags(logits, mask)]

    def _count(self, language, logits, paths, tags, mask) -> None:
        """As `crf_tagger` feeds its metric."""
        scores = logits * 0.0
        for row, path in enumerate(paths):
            for column, tag in enumerate(path):
                scores[row, column, tag] = 1
        self._f1[language](scores, tags, mask)

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        names = self.vocab.get_index_to_token_vocabulary("labels")
        output_dict["tags"] = [[names[tag] for tag in path] for path in output_dict["tags"]]
        return output_dict

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        if self.training and not self._decode_in_training:
            return {}
        return {
            f"{language}_f1": f1.get_metric(reset)["f1-measure-overall"]
            for language, f1 in self._f1.items()
        }


class JointLoader(DataLoader):
    """Source batches, each with a target batch once there are labels."""

    def __init__(self, source: DataLoader) -> None:
        self.source = source
        self.target: Optional[DataLoader] = None

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[TensorDict]:
        if self.target is None:
            yield from self.source
            return
        for batch, target in zip(self.source, self.target):
            yield {**batch, "target": {"tokens": target["tokens"], "tags": target["tags"]}}

    def iter_instances(self) -> Iterator[Instance]:
        yield from self.source.iter_instances()

    def index_with(self, vocab: Vocabulary) -> None:
        self.source.index_with(vocab)

    def set_target_device(self, device: torch.device) -> None:
        self.source.set_target_device(device)


class ChainedLoader(DataLoader):
    """One loader after the other."""

    def __init__(self, loaders: List[DataLoader]) -> None:
        self._loaders = loaders

    def __len__(self) -> int:
        return sum(len(one) for one in self._loaders)

    def __iter__(self) -> Iterator[TensorDict]:
        for one in self._loaders:
            yield from one

    def iter_instances(self) -> Iterator[Instance]:
        for one in self._loaders:
            yield from one.iter_instances()

    def index_with(self, vocab: Vocabulary) -> None:
        for one in self._loaders:
            one.index_with(vocab)

    def set_target_device(self, device: torch.device) -> None:
        for one in self._loaders:
            one.set_target_device(device)


class StockJoint:
    """Augmented fine-tuning from stock parts: relabel, train a round, evaluate two dev sets."""

    def __init__(
        self, setting: Setting, *, dev_sets: bool, decode_in_training: bool = False
    ) -> None:
        self.setting = setting
        source = MultiProcessDataLoader(
            StockReader("source_tokens", max_length=MAX_LENGTH),
            str(setting.train),
            batch_size=BATCH_SIZE,
            shuffle=True,
            batches_per_epoch=setting.round_batches,
            quiet=True,
        )
        reader = StockReader("target_tokens", tagged=False)
        self.pool = [
            instance
            for instance in reader.read(str(setting.round_pool))
            if len(instance["tokens"]) <= MAX_LENGTH
        ]
        for instance in self.pool:
            reader.apply_token_indexers(instance)
        self.vocab = vocabulary(setting, [source.iter_instances(), self.pool], "target_tokens")
        source.index_with(self.vocab)
        for instance in self.pool:
            instance.index_fields(self.vocab)
        self.model = StockTwoPathTagger(self.vocab, setting, decode_in_training)
        self.data = JointLoader(source)
        validation = None
        if dev_sets:
            validation = ChainedLoader(
                [
                    loader(StockReader(f"{language}_tokens"), setting.dev(code), self.vocab, 64)
                    for code, language in (("en", "source"), ("nl", "target"))
                ]
            )
        self.trainer = trainer(setting, self.model, self.data, validation)
        self.train_epoch: Callable[[], Any] = epochs.start(self.trainer)
        self._predictor = Predictor(self.model, reader)

    def relabel(self, batch_size: int = 64) -> None:
        """The source path labels the pool; the next epoch trains on these labels too."""
        self.model.eval()
        self.model.paths["target"] = "source"
        labelled = []
        for group in lazy_groups_of(self.pool, batch_size):
            for raw, output in zip(group, self._predictor.predict_batch_instance(group)):
                tags = SequenceLabelField(output["tags"], raw["tokens"], "labels")
                labelled.append(Instance({"tokens": raw["tokens"], "tags": tags}))
        self.data.target = SimpleDataLoader(
            labelled,
            BATCH_SIZE,
            shuffle=True,
            batches_per_epoch=self.setting.round_batches,
            vocab=self.vocab,
        )

    def validate(self) -> Dict[str, float]:
        """Both dev sets, the target's by the target path."""
        self.model.paths["target"] = "target"
        return epochs.validate(self.trainer)
