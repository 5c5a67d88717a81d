"""The options of the mapper that do not depend on how it starts."""

from dataclasses import dataclass, fields
from typing import Any, Dict, Optional, Sequence

import torch
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values
from xner_allennlp.mapping.mapping import check_direction
from xner_allennlp.mapping.normalization import check_steps
from xner_allennlp.mapping.presets import PRESETS, with_preset
from xner_allennlp.mapping.refinement.refinement import RefinementOptions
from xner_allennlp.mapping.retrieval.csls import METHODS
from xner_allennlp.mapping.starts import AdversarialTraining, MappingStart


@dataclass(frozen=True)
class MapperOptions(FromParams):
    """
    How a mapping is learned. The defaults are MUSE's (Conneau et al. 2018), which the paper
    follows; what MUSE has not is off.

    # Parameters

    direction : `str`, optional (default = `"source_to_target"`)
        Which language is mapped into the space of the other; or `"target_to_source"`.
    start : `MappingStart`, optional (default = `"adversarial"`)
        Where the mapping starts, with the parameters of that start. Without any word pair:
        `"adversarial"`, `"transport"`. From word pairs: `"identical_strings"`, `"numerals"`,
        `"multilingual_encoder"`, `"dictionary"`.
    refinement : `RefinementOptions`, optional
        How the mapping is refined.
    normalize : `Sequence[str]`, optional (default = `()`)
        Steps applied to both languages' vectors first, of `"renorm"` and `"center"`; the
        latter subtracts the mean of the words that are learned from.
    vocabulary : `int`, optional
        The number of most frequent words of each language to learn from (default: all). The cost of
        refinement and criterion grows with its square. The mapping applies to all words.
    restarts : `int`, optional (default = `1`)
        A start may fail with one seed and succeed with the next. This number of seeds (`seed`,
        `seed + 1`, ...) is tried, and the best mapping by the criterion kept.
    further_restarts : `int`, optional (default = `0`)
        While the verdict on the best mapping is not "works", up to this number of seeds more are
        tried, one by one.
    seed : `int`, optional (default = `13370`)
    device : `str`, optional (default = `"cpu"`)
        As PyTorch names it.
    dictionary_method : `str`, optional (default = `"csls"`)
        How translations are found; or `"nn"`, nearest by cosine.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    reweighting : `float`, optional (default = `0.0`)
        Power of the symmetric re-weighting of the final mapping (see
        [`reweight`](./refinement/procrustes.md#reweight)). 0 keeps the mapping orthogonal, and the
        vectors of the other language as they are.
    whitening : `float`, optional (default = `0.0`)
        How far, from 0 to 1, the vectors are whitened for that re-weighting.
    criterion_words : `int`, optional (default = `10000`)
        The criterion is the mean cosine of this number of most frequent mapped words with their
        CSLS translations.

    # Raises

    `ConfigurationError`
        If an option has an impossible value.
    """

    direction: str = "source_to_target"
    start: MappingStart = AdversarialTraining()
    refinement: RefinementOptions = RefinementOptions()
    normalize: Sequence[str] = ()
    vocabulary: Optional[int] = None
    restarts: int = 1
    further_restarts: int = 0
    seed: int = 13370
    device: str = "cpu"
    dictionary_method: str = "csls"
    neighbours: int = 10
    reweighting: float = 0.0
    whitening: float = 0.0
    criterion_words: int = 10_000

    def __post_init__(self) -> None:
        check_values(self)
        check_direction(self.direction)
        object.__setattr__(self, "normalize", check_steps(self.normalize))
        if self.dictionary_method not in METHODS:
            raise ConfigurationError(
                f"dictionary_method: {self.dictionary_method!r} is unknown. Choose from "
                f"{', '.join(METHODS)}."
            )
        check_bounds(self, AT_LEAST_ONE, ("vocabulary", "restarts", "neighbours"))
        check_bounds(self, AT_LEAST_ONE, ("criterion_words",))
        check_bounds(self, NOT_NEGATIVE, ("reweighting", "further_restarts"))
        check_bounds(self, (0, 1), ("whitening",))
        has_dictionary = self.refinement.iterations or self.refinement.growth_from is not None
        if self.reweighting and not has_dictionary and not self.start.from_word_pairs:
            raise ConfigurationError(
                "reweighting needs a dictionary: set refinement.iterations to at least 1, or start "
                "from word pairs."
            )
        self._check_device()

    @classmethod
    def of_preset(cls, preset: str = "paper", **options: Any) -> "MapperOptions":
        """
        The options of a preset (see `xner_allennlp.mapping.presets`), with the given ones in their
        place, as they stand in a config: `start={"restarts": 8}` changes one parameter of the
        preset's start.

        # Raises

        `ConfigurationError`
            If the preset or an option is unknown, or has an impossible value.
        """
        if preset not in PRESETS:
            raise ConfigurationError(
                f"preset: {preset!r} is unknown. Choose from {', '.join(PRESETS)}."
            )
        try:
            return cls.from_params(Params(with_preset(PRESETS[preset], options)))
        except TypeError as error:
            raise ConfigurationError(f"The options of the mapping: {error}") from error

    def as_dict(self) -> Dict[str, Any]:
        """The config that makes the same options, which JSON can hold."""
        return {
            **{option.name: getattr(self, option.name) for option in fields(self)},
            "start": self.start.as_dict(),
            "refinement": dict(vars(self.refinement)),
            "normalize": list(self.normalize),
        }

    def _check_device(self) -> None:
        try:
            wanted = torch.device(self.device)
        except RuntimeError as error:
            raise ConfigurationError(f"device: {self.device!r} is no PyTorch device.") from error
        if wanted.type == "cuda" and not torch.cuda.is_available():
            raise ConfigurationError(
                f'device is "{self.device}", but there is no CUDA device here. Set it to "cpu".'
            )
