"""A predictor without training: each run of words that begin with a capital is a PER."""

from typing import Any, Dict, List

import torch
from allennlp.data import Vocabulary
from allennlp.models import Model

from xner_allennlp.data import ConllNerReader
from xner_allennlp.predictors import NerTaggerPredictor
from xner_allennlp.spans import entity_spans, tags_of_spans


class CapitalsTagger(Model):
    """Gives what `cross_lingual_crf_tagger` gives."""

    def __init__(self) -> None:
        super().__init__(Vocabulary())
        self.parameter = torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens, metadata, tags=None) -> Dict[str, Any]:  # type: ignore
        return {"metadata": metadata}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        sentences = output_dict["metadata"]
        outputs: Dict[str, List[Any]] = {
            key: [sentence[key] for sentence in sentences]
            for key in ("words", "language", "sentence", "offsets")
        }
        outputs["tags"], outputs["entities"] = [], []
        for words in outputs["words"]:
            spans = entity_spans(["I-PER" if word[0].isupper() else "O" for word in words])
            outputs["tags"].append(tags_of_spans(spans, len(words)))
            outputs["entities"].append(
                [
                    {
                        "type": span.type,
                        "first_token": span.start,
                        "last_token": span.end - 1,
                        "probability": 0.5,
                    }
                    for span in spans
                ]
            )
        return outputs


def capitals_predictor(**options: Any) -> NerTaggerPredictor:
    return NerTaggerPredictor(CapitalsTagger(), ConllNerReader(), **options)
