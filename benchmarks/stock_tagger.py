"""
The stock side of a one-language tagger: `crf_tagger` of allennlp-models with the dimensions of
`cross_word`, the `conll2003` reader's instances, `MultiProcessDataLoader`, the trainer,
`allennlp evaluate`'s evaluator and `allennlp predict`'s manager.
"""

import itertools
import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional

import epochs
import torch
from allennlp.commands.predict import _PredictManager
from allennlp.common import Params
from allennlp.data import DataLoader, Instance, Token, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer
from allennlp.evaluation import Evaluator
from allennlp.models import Model
from allennlp.predictors import Predictor
from allennlp.training import Trainer
from allennlp_models.tagging.dataset_readers import Conll2003DatasetReader
from allennlp_models.tagging.models import CrfTagger
from setting import (
    BATCH_SIZE,
    CHARACTER_DIM,
    CHARACTER_HIDDEN,
    COMMON_DIM,
    DROPOUT,
    GRAD_NORM,
    LABEL_NAMES,
    LEARNING_RATE,
    MAX_LENGTH,
    WORD_DIM,
    WORD_HIDDEN,
    Setting,
    sentences,
)

from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import read_word_vectors

LANGUAGES = {"en": "source", "nl": "target"}
CHARACTER_LSTM = {
    "type": "lstm",
    "input_size": CHARACTER_DIM,
    "hidden_size": CHARACTER_HIDDEN,
    "bidirectional": True,
}
WORD_LSTM = {
    "type": "lstm",
    "input_size": WORD_DIM + 2 * CHARACTER_HIDDEN,
    "hidden_size": WORD_HIDDEN,
    "bidirectional": True,
}


class StockReader(Conll2003DatasetReader):
    """The `conll2003` reader for files of two columns; `words` is key and namespace of words."""

    def __init__(
        self, words: str = "tokens", tagged: bool = True, max_length: Optional[int] = None
    ) -> None:
        indexers = {
            words: SingleIdTokenIndexer(namespace=words),
            "token_characters": TokenCharactersIndexer(min_padding_length=1),
        }
        super().__init__(token_indexers=indexers, convert_to_coding_scheme="BIOUL")
        self._tagged = tagged
        self._max_length = max_length

    def _read(self, file_path: Any) -> Iterable[Instance]:
        for words, tags in self.shard_iterable(sentences(Path(file_path))):
            if self._max_length is None or len(words) <= self._max_length:
                yield self.text_to_instance(
                    [Token(word) for word in words], ner_tags=tags if self._tagged else None
                )


def vocabulary(setting: Setting, corpora: Iterable[Iterable[Instance]], words: str) -> Vocabulary:
    """Words of the corpora and of the target vectors, all labels: what our vocabulary holds."""
    return Vocabulary.from_instances(
        itertools.chain(*corpora),
        pretrained_files={words: str(setting.vectors("nl"))},
        min_pretrained_embeddings={words: 10**9},
        tokens_to_add={"labels": LABEL_NAMES},
    )


def fill_with_vectors(
    weight: torch.Tensor, setting: Setting, vocab: Vocabulary, namespace: str, languages: List[str]
) -> None:
    """Copies the mapped vectors of the vocabulary's words; of two languages, the last wins."""
    words = vocab.get_token_to_index_vocabulary(namespace)
    mapping = Mapping.load(setting.mapping)
    weight.zero_()
    for language in languages:
        vectors = read_word_vectors(setting.vectors(language), wanted=set(words))
        rows = torch.tensor([words[word] for word in vectors.words])
        weight[rows] = torch.from_numpy(mapping.apply(vectors.matrix, LANGUAGES[language]))


def embedding(words: str) -> Dict[str, Any]:
    return {
        "type": "embedding",
        "embedding_dim": WORD_DIM,
        "vocab_namespace": words,
        "trainable": False,
    }


def tagger(setting: Setting, vocab: Vocabulary) -> CrfTagger:
    params = {
        "type": "crf_tagger",
        "text_field_embedder": {
            "type": "basic",
            "token_embedders": {
                "tokens": embedding("tokens"),
                "token_characters": {
                    "type": "character_encoding",
                    "embedding": {
                        "embedding_dim": CHARACTER_DIM,
                        "vocab_namespace": "token_characters",
                    },
                    "encoder": CHARACTER_LSTM,
                },
            },
        },
        "encoder": WORD_LSTM,
        "feedforward": {
            "input_dim": 2 * WORD_HIDDEN,
            "num_layers": 1,
            "hidden_dims": COMMON_DIM,
            "activations": "tanh",
        },
        "label_encoding": "BIOUL",
        "include_start_end_transitions": False,
        "dropout": DROPOUT,
    }
    model = Model.from_params(vocab=vocab, params=Params(params).duplicate())
    words = model.text_field_embedder.token_embedder_tokens
    fill_with_vectors(words.weight.data, setting, vocab, "tokens", ["en", "nl"])
    return model


def loader(
    reader: StockReader, path: Path, vocab: Vocabulary, batch_size: int
) -> MultiProcessDataLoader:
    made = MultiProcessDataLoader(reader, str(path), batch_size=batch_size, quiet=True)
    made.index_with(vocab)
    return made


def trainer(
    setting: Setting, model: Model, data: DataLoader, validation: Optional[DataLoader] = None
) -> Trainer:
    """The trainer with our optimizer and clipping, and none of our callbacks."""
    folder = setting.folder / f"stock.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return Trainer.from_params(
        params=Params(
            {
                "optimizer": {"type": "sgd", "lr": LEARNING_RATE},
                "grad_norm": GRAD_NORM,
                "num_epochs": 1,
                "cuda_device": -1,
            }
        ),
        model=model,
        data_loader=data,
        validation_data_loader=validation,
        serialization_dir=str(folder),
    )


class StockTagging:
    """A stock tagger of source and target words, and its data."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        training = StockReader(max_length=MAX_LENGTH)
        self.data = MultiProcessDataLoader(
            training,
            str(setting.train),
            batch_size=BATCH_SIZE,
            shuffle=True,
            batches_per_epoch=setting.batches,
            quiet=True,
        )
        pool = StockReader(tagged=False).read(str(setting.pool))
        self.vocab = vocabulary(setting, [self.data.iter_instances(), pool], "tokens")
        self.data.index_with(self.vocab)
        self.model = tagger(setting, self.vocab)

    def train_epoch(self) -> Callable[[], Any]:
        return epochs.start(trainer(self.setting, self.model, self.data))

    def dev_loader(self, batch_size: int) -> MultiProcessDataLoader:
        return loader(StockReader(), self.setting.dev("nl"), self.vocab, batch_size)

    def evaluate(self, data: DataLoader) -> Dict[str, Any]:
        return Evaluator.from_params(Params({"cuda_device": -1}))(self.model, data)

    def predict(self, batch_size: int) -> Callable[[], None]:
        """What `allennlp predict --use-dataset-reader` does once the archive is loaded."""
        predictor = Predictor(self.model, StockReader(tagged=False))
        output = self.setting.folder / f"stock_predictions.{os.getpid()}"

        def predict() -> None:
            self.model.eval()
            _PredictManager(
                predictor, str(self.setting.pool), str(output), batch_size, False, True
            ).run()

        return predict
