"""Tagging of new text with a trained archive."""

import json
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance, Token
from allennlp.models import Model
from allennlp.predictors import Predictor

from xner_allennlp.common.whole_file import is_stream
from xner_allennlp.data.column_text import as_column
from xner_allennlp.predictors.input_lines import (
    check_inputs,
    checked_lines,
    checked_lines_of,
    parse_line,
)
from xner_allennlp.spans import to_iob2
from xner_allennlp.tagger.archived import ArchivedTagger
from xner_allennlp.text.surrogates import without_lone_surrogates

OUTPUT_FORMATS = ("json", "conll")


@Predictor.register("ner_tagger")
class NerTaggerPredictor(Predictor):
    """
    Tags sentences with a `cross_lingual_crf_tagger`:
    `allennlp predict ARCHIVE INPUT --predictor ner_tagger`.

    Each line of INPUT is one of

    * raw text, split into words by the archive's reader (its `tokenizer`);
    * `{"sentence": "..."}`, the same;
    * `{"tokens": ["...", ...]}`, words as they are; offsets then refer to the words with single
      spaces between, or to the `"sentence"` if there is one too.

    Both may have a `"language"` of their own, e.g. "source". With `--use-dataset-reader` INPUT is a
    file of the archive's reader instead, a CoNLL file; its tags, if it has any, are ignored, and
    none of its sentences is dropped.

    The answer to each line, also to a blank one, is a JSON object on a line of its own:

    * `sentence` and `tokens`;
    * `tags`: one IOB2 tag a token, whatever scheme the model was trained with;
    * `entities`, from left to right: `text`, `type`, `start` and `end` (characters of `sentence`,
      end exclusive), `first_token` and `last_token` (inclusive), `probability` (the CRF's marginal
      probability of exactly this entity, in [0, 1]).

    With `--predictor-args '{"output_format": "conll"}'` the answer is a line `token tag` for each
    token and a blank line (IOB2; white space, null characters and byte order marks inside a token
    become `_`, and -DOCSTART- `_DOCSTART_`).

    Registered as a `Predictor` with name "ner_tagger".

    # Parameters

    model : `Model`
    dataset_reader : `ConllNerReader`
    output_format : `str`, optional (default = `"json"`)
        "json" or "conll".
    language : `str`, optional (default = `"target"`)
        The language of the input: "target", "source", or one of several, e.g. "source_en".
    frozen : `bool`, optional (default = `True`)
        See `Predictor`.

    Raises `ConfigurationError` for a reader of another kind and unknown options; while predicting,
    for a line that is neither text nor one of the objects above.
    """

    def __init__(
        self,
        model: Model,
        dataset_reader: DatasetReader,
        output_format: str = "json",
        language: str = "target",
        frozen: bool = True,
    ) -> None:
        if output_format not in OUTPUT_FORMATS:
            raise ConfigurationError(
                f"output_format is '{output_format}'; choose one of {', '.join(OUTPUT_FORMATS)}"
            )
        self._tagger = ArchivedTagger(model, dataset_reader, language)
        self._reader = self._tagger.reader
        super().__init__(model, self._reader, frozen=frozen)
        self._output_format = output_format

    def predict(self, sentence: str) -> JsonDict:
        """The output, as documented above, for one raw `sentence`."""
        return self.predict_json({"sentence": sentence})

    def load_line(self, line: str) -> JsonDict:
        """
        One line of input. What does not begin like a JSON object is raw text, also if it begins
        with a brace.
        """
        return parse_line(line)

    def load_file(self, path: str) -> Iterator[JsonDict]:
        """
        All lines of a file for `allennlp predict`, blank ones too. The whole file is checked before
        the first line is given; a pipe, and `-`, the standard input, line by line.

        # Raises

        `ConfigurationError`
            As [`checked_lines`](./input_lines.md#checked_lines).
        """
        if path == "-":
            lines = checked_lines_of(sys.stdin.buffer, "standard input")
        else:
            lines = checked_lines(path)
            # What comes through a pipe comes once.
            if not is_stream(path):
                for _ in checked_lines(path):
                    pass
        return (self.load_line(line.decode("utf-8")) for line in lines)

    def dump_line(self, outputs: JsonDict) -> str:
        """One sentence of output, in the predictor's `output_format`."""
        if self._output_format == "json":
            return json.dumps(outputs, ensure_ascii=False) + "\n"
        lines = [
            f"{as_column(token)} {tag}\n" for token, tag in zip(outputs["tokens"], outputs["tags"])
        ]
        return "".join(lines) + "\n"

    def predict_json(self, inputs: JsonDict) -> JsonDict:
        return self.predict_batch_json([inputs])[0]

    def predict_batch_json(self, inputs: List[JsonDict]) -> List[JsonDict]:
        sentences = [self._tokenize(json_dict) for json_dict in inputs]
        # The model does not get empty sentences, but each has an answer.
        instances = [
            self._to_instance(sentence) for sentence in sentences if len(sentence.tokens) > 0
        ]
        predicted = iter(self.predict_batch_instance(instances) if instances else [])
        return [
            next(predicted)
            if sentence.tokens
            else {"sentence": sentence.text or "", "tokens": [], "tags": [], "entities": []}
            for sentence in sentences
        ]

    def predict_instance(self, instance: Instance) -> JsonDict:
        return self.predict_batch_instance([instance])[0]

    def predict_batch_instance(self, instances: List[Instance]) -> List[JsonDict]:
        outputs = self._tagger.tag_instances(instances, len(instances), sort_by_length=False)
        return [_answer(output) for output in outputs]

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self._to_instance(self._tokenize(json_dict))

    def _to_instance(self, sentence: "_Sentence") -> Instance:
        return self._reader.text_to_instance(
            sentence.tokens, language=sentence.language, sentence=sentence.text
        )

    def _tokenize(self, json_dict: JsonDict) -> "_Sentence":
        """Checks an input and splits its text if it has no tokens."""
        check_inputs(json_dict)
        text = json_dict.get("sentence")
        tokens = json_dict.get("tokens")
        language = json_dict.get("language")
        if text is not None:
            text = without_lone_surrogates(text)
        if tokens is None:
            return _Sentence(self._reader.tokenizer.tokenize(text or ""), text, language)
        return _Sentence([without_lone_surrogates(token) for token in tokens], text, language)


class _Sentence(NamedTuple):
    """A checked input; `text` is `None` if only tokens were given."""

    tokens: Sequence[Union[str, Token]]
    text: Optional[str]
    language: Optional[str]


def _answer(outputs: Dict[str, Any]) -> JsonDict:
    """The answer that is made of the model's output for one sentence."""
    sentence, offsets = outputs["sentence"], outputs["offsets"]
    entities = []
    for entity in outputs["entities"]:
        start = offsets[entity["first_token"]][0]
        end = offsets[entity["last_token"]][1]
        entities.append(
            {
                "text": sentence[start:end],
                "type": entity["type"],
                "start": start,
                "end": end,
                "first_token": entity["first_token"],
                "last_token": entity["last_token"],
                "probability": round(entity["probability"], 6),
            }
        )
    return {
        "sentence": sentence,
        "tokens": outputs["words"],
        "tags": to_iob2(outputs["tags"]),
        "entities": entities,
    }
