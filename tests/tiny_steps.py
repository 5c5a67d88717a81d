"""A small tagger that is not trained, and one training step of it, for tests of devices."""

from pathlib import Path
from typing import List, Tuple

import numpy as np
import torch
from allennlp.common import Params
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model

from tests.tiny_runs import tiny_config
from xner_allennlp.data import CrossLingualDataLoader, TargetPool
from xner_allennlp.training.labelled_set import LabelledSet
from xner_allennlp.training.pseudo_labels import with_open_tags


def tiny_tagger(system: str, folder: Path) -> Tuple[Model, CrossLingualDataLoader, LabelledSet]:
    """A model without dropout, a loader of its training data, and a labelled set."""
    config = Params(tiny_config(system, folder))
    scheme = config["dataset_reader"]["tag_scheme"]
    reader = DatasetReader.from_params(
        Params({"type": "conll_ner", "tag_scheme": scheme, "untagged_languages": ["target"]})
    )
    paths = config["train_data_path"].as_dict(quiet=True)
    loader = CrossLingualDataLoader(reader, paths, batch_size=8, quiet=True)
    vocab = Vocabulary.from_params(config["vocabulary"], instances=loader.iter_instances())
    loader.index_with(vocab)
    torch.manual_seed(0)
    model = Model.from_params(config["model"], vocab=vocab)
    model.dropout.p = 0.0
    tagged = DatasetReader.from_params(Params({"type": "conll_ner", "tag_scheme": scheme}))
    return model, loader, LabelledSet(tagged, paths, vocab, batch_size=16)


def step(
    model: Model,
    loader: CrossLingualDataLoader,
    device: torch.device,
    is_mean_teacher: bool = False,
) -> List[torch.Tensor]:
    """
    Loss and gradients of a source batch and, if the model has a path for it, a target batch; of a
    Mean Teacher's step words of the target batch are open between two tags, and a third batch has
    tags for the target path.
    """
    loader.set_target_device(device)
    batch = loader.sentences.tensors(range(8), device)
    if model.target_encoder is not None:
        pool = TargetPool(loader, seed=1, batch_size=8)
        lengths = enumerate(pool.lengths.tolist())
        pool.set_labels({index: np.arange(length) % 5 for index, length in lengths})
        if is_mean_teacher:
            batch["translated"] = pool.next_batch()[1]
            pool.alternatives = {index: tags[::-1].copy() for index, tags in pool.labels.items()}
        batch["target"] = with_open_tags(pool.next_batch()[1], model.crf.num_tags)
    loss = model.train()(**batch)["loss"]
    loss.backward()
    gradients = [each.grad for each in model.parameters() if each.requires_grad]
    return [loss.detach(), *gradients]
