"""A tagger that was loaded from an archive, by AllenNLP."""

from os import PathLike, fspath
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model

from xner_allennlp.common.errors import InputError
from xner_allennlp.data import ConllNerReader, FormIndex, IndexedSentences
from xner_allennlp.data.token_offsets import token_offsets
from xner_allennlp.models.trained_tagger import load_archive
from xner_allennlp.spans import EntityFinder
from xner_allennlp.tagger.sentence_tagger import MAX_FORMS, SentenceTagger, TaggedSentence
from xner_allennlp.text.sentence_arrays import evaluation_batch_size


class ArchivedTagger(SentenceTagger):
    """
    # Parameters

    model : `Model`, required.
        One that outputs what `cross_lingual_crf_tagger` outputs.
    reader : `DatasetReader`, required.
        A `conll_ner`.
    language : `str`, optional (default = `"target"`)
    path : `str`, optional (default = `None`)
        The archive that it was loaded from, if it was.

    # Raises

    `ConfigurationError` for a reader of another kind, and an unknown language.
    """

    def __init__(
        self,
        model: Model,
        reader: DatasetReader,
        language: str = "target",
        path: Optional[str] = None,
    ) -> None:
        if not isinstance(reader, ConllNerReader):
            raise ConfigurationError(
                "the predictor ner_tagger needs an archive whose dataset reader is conll_ner, not "
                f"{type(reader).__name__}"
            )
        self.model = model
        self.reader = reader.for_prediction(language)
        self.language = language
        self.path = path
        self._form_index = FormIndex(model.vocab, max_forms=MAX_FORMS)

    @property
    def entity_types(self) -> List[str]:
        namespace = getattr(self.model, "label_namespace", "labels")
        return EntityFinder(self.model.vocab.get_index_to_token_vocabulary(namespace)).types

    def split_words(self, text: str) -> List[Tuple[int, int]]:
        return token_offsets(self.reader.tokenizer.tokenize(text), text)

    def tag(
        self, sentences: Sequence[Sequence[str]], batch_size: Optional[int] = None
    ) -> List[TaggedSentence]:
        instances = [self.reader.text_to_instance(sentence) for sentence in sentences]
        outputs = self.tag_instances(
            instances, batch_size or evaluation_batch_size(self._device or torch.device("cpu"))
        )
        return [TaggedSentence(output["tags"], output["entities"]) for output in outputs]

    def tag_instances(
        self, instances: Sequence[Instance], batch_size: int, sort_by_length: bool = True
    ) -> List[Dict[str, Any]]:
        """What the model says, made readable, of each instance of the reader; see the model."""
        for instance in instances:
            self.reader.apply_token_indexers(instance)
        sentences = IndexedSentences(instances, self.model.vocab, self._form_index)
        outputs: Dict[int, Dict[str, Any]] = {}
        for rows in sentences.batches(batch_size, sort_by_length=sort_by_length):
            batch = sentences.tensors(rows, self._device)
            batch.pop("tags", None)  # A CoNLL file may have tags.
            with torch.inference_mode():
                output = self.model.make_output_human_readable(self.model(**batch))
            for index, row in enumerate(rows):
                outputs[row] = {key: values[index] for key, values in output.items()}
        return [outputs[row] for row in range(len(instances))]

    @property
    def _device(self) -> Optional[torch.device]:
        device = self.model._get_prediction_device()
        return None if device < 0 else torch.device("cuda", device)


def load_archived(
    path: Union[str, "PathLike[str]"], language: str, device: torch.device
) -> ArchivedTagger:
    """
    Raises `ConfigurationError` if it is no archive of a tagger, `InputError` if it does not read
    this language, `FileNotFoundError` if there is none.
    """
    cuda_device = -1 if device.type == "cpu" else device.index or 0
    archive = load_archive(fspath(path), cuda_device=cuda_device)
    archive.model.eval()
    languages = getattr(archive.model, "languages", [language])
    if language not in languages:
        raise InputError(
            f"{path} reads {', '.join(sorted(languages))}, not '{language}': give one of them as "
            "`language`"
        )
    return ArchivedTagger(archive.model, archive.validation_dataset_reader, language, fspath(path))
