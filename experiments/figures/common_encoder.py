"""
What the common encoder of a trained model makes of the words of entities (Figure 3c of the paper).
"""

from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.models.archival import Archive

from experiments.figures.embedding_pictures import panel
from xner_allennlp.data import ConllNerReader, IndexedSentences
from xner_allennlp.data.languages import side_of
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.spans import entity_spans

_BATCH_SIZE = 64

# A sentence's words and their tags.
LabelledWords = Tuple[Sequence[str], Sequence[str]]


def common_encoder_panel(
    archive: Archive,
    sentences: Mapping[str, Sequence[LabelledWords]],
    *,
    per_type: int = 125,
    seed: int = 13370,
) -> pd.DataFrame:
    """
    Lays out, by t-SNE, the outputs of the common encoder for words of gold entities, in their
    sentences. Each language goes by the path that tags it.

    # Parameters

    archive : `Archive`
    sentences : `Mapping[str, Sequence[LabelledWords]]`
        Of a source language and the target, by what the model calls them.
    per_type : `int`, optional (default = `125`)
        Number of words of each type and language, drawn at random; with four types 1,000 points.
    seed : `int`, optional (default = `13370`)
        Of the draw and of t-SNE.

    # Raises

    `ConfigurationError`
        If the archive holds no `cross_lingual_crf_tagger` of both languages, or there are too few
        words.
    """
    model, reader = archive.model, archive.dataset_reader
    if not isinstance(model, CrossLingualCrfTagger) or not isinstance(reader, ConllNerReader):
        raise ConfigurationError("This is not the archive of a cross-lingual tagger.")
    model.eval()
    vectors, words = [], []
    for language, of_language in sentences.items():
        if language not in model.languages:
            raise ConfigurationError(f"The model does not read the {language} language.")
        found = _entity_outputs(model, reader, of_language, language)
        rng = np.random.default_rng(seed)
        for type_, of_type in sorted(found.items()):
            chosen = rng.permutation(len(of_type))[:per_type]
            vectors.append(of_type[chosen])
            words += [(side_of(language), type_)] * len(chosen)
    return panel(pd.DataFrame(words, columns=["language", "type"]), np.concatenate(vectors), seed)


def _entity_outputs(
    model: CrossLingualCrfTagger,
    reader: ConllNerReader,
    labelled: Sequence[LabelledWords],
    language: str,
) -> Dict[str, np.ndarray]:
    """Entity type -> the common encoder's outputs, shape: (words of such entities, common_dim)"""
    found: Dict[str, List[np.ndarray]] = {}
    outputs: List[torch.Tensor] = []

    def keep(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        # shape: (num_tokens, common_dim)
        outputs.append(torch.tanh(output))

    # Sentences without an entity, usually half of them, have nothing to show.
    sentences = [(words, entity_spans(tags)) for words, tags in labelled]
    sentences = [(words, spans) for words, spans in sentences if spans]
    handle = model.common_encoder.register_forward_hook(keep)
    try:
        tagger = reader.for_prediction(language)
        for batch in lazy_groups_of(sentences, _BATCH_SIZE):
            instances = [tagger.text_to_instance(words) for words, _ in batch]
            for instance in instances:
                tagger.apply_token_indexers(instance)
            tensors = IndexedSentences(instances, model.vocab).tensors(range(len(instances)))
            with torch.no_grad():
                model.emissions(tensors["tokens"], model.path_for(language))
            # Words of all sentences, one after the other.
            # shape: (num_tokens, common_dim)
            rows = outputs.pop().numpy()
            start = 0
            for words, spans in batch:
                for span in spans:
                    found.setdefault(span.type, []).append(
                        rows[start + span.start : start + span.end]
                    )
                start += len(words)
    finally:
        handle.remove()
    return {type_: np.concatenate(parts) for type_, parts in found.items()}
