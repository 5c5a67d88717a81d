"""All options of the mapping in one flat list, with the paper's values as defaults."""

from dataclasses import dataclass, fields
from typing import Any, Dict, Optional, Sequence, get_args

import torch
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.mapping import check_direction
from xner_allennlp.mapping.normalization import check_steps
from xner_allennlp.mapping.presets import PRESETS
from xner_allennlp.mapping.refinement.induction import BUILDS
from xner_allennlp.mapping.retrieval.csls import METHODS

ADVERSARIAL, TRANSPORT, SIGNATURES = "adversarial", "transport", "similarity_signatures"
IDENTICAL_STRINGS, NUMERALS, DICTIONARY = "identical_strings", "numerals", "dictionary"
WITHOUT_WORD_PAIRS = (ADVERSARIAL, TRANSPORT, SIGNATURES)
INITIALIZATIONS = (*WITHOUT_WORD_PAIRS, IDENTICAL_STRINGS, NUMERALS, DICTIONARY)


@dataclass(frozen=True)
class MapperOptions(FromParams):
    """
    How a mapping is learned. The defaults are MUSE's (Conneau et al. 2018), which the paper
    follows; what MUSE has not is off.

    # Parameters

    direction : `str`, optional (default = `"source_to_target"`)
        Which language is mapped into the space of the other; or `"target_to_source"`.
    initialization : `str`, optional (default = `"adversarial"`)
        Where the mapping starts. Without any word pair: `"adversarial"`, `"transport"` (see
        [`TransportInitialization`](./transport.md)), `"similarity_signatures"` (see
        [`similarity_signatures`](./signatures.md)). Procrustes on word pairs: `"identical_strings"`
        (written alike in both languages), `"numerals"` (of these, the numbers), `"dictionary"` (the
        seed dictionary given to the mapper).
    normalize : `Sequence[str]`, optional (default = `()`)
        Steps applied to both languages' vectors first, of `"renorm"` and `"center"`.
    vocabulary : `int`, optional
        Learn only from so many most frequent words of either language (default: all). The cost of
        refinement and criterion grows with its square. The mapping applies to all words.
    restarts : `int`, optional (default = `1`)
        A start may fail with one seed and succeed with the next. So many seeds (`seed`,
        `seed + 1`, ...) are tried, and the best mapping kept; one that is clearly lost ends early.
    seed : `int`, optional (default = `13370`)
    device : `str`, optional (default = `"cpu"`)
        As PyTorch names it.

    epochs : `int`, optional (default = `5`)
        Of adversarial training. After each one the criterion is computed.
    words_per_epoch : `int`, optional (default = `1000000`)
        An epoch has as many mapping steps as batches are needed to sample so many words.
    batch_size : `int`, optional (default = `32`)
        Words of each language in a batch.
    most_frequent : `int`, optional (default = `75000`)
        Words are drawn uniformly from so many most frequent ones of either language.
    discriminator_steps : `int`, optional (default = `5`)
        Steps of the discriminator before each step of the mapping.
    hidden_dim : `int`, optional (default = `2048`)
    num_layers : `int`, optional (default = `2`)
        Hidden layers of the discriminator.
    input_dropout : `float`, optional (default = `0.1`)
    hidden_dropout : `float`, optional (default = `0.0`)
    label_smoothing : `float`, optional (default = `0.1`)
        The discriminator is trained towards this much and one less this much, not 0 and 1.
    mapping_lr, discriminator_lr : `float`, optional (default = `0.1`)
        Learning rates of plain SGD.
    lr_decay : `float`, optional (default = `0.98`)
        Both learning rates are multiplied by it after each epoch,
    lr_shrink : `float`, optional (default = `0.5`)
        and by this too if the criterion was lower than the best before.
    min_lr : `float`, optional (default = `1e-6`)
        Adversarial training ends when the mapping's learning rate is below it.
    beta : `float`, optional (default = `0.001`)
        Strength of the step towards orthogonality.
    vector_length : `float`, optional
        If given, each language's vectors are scaled to this mean length for adversarial training
        (which leaves W what it is): learning rates found good on some vectors then suit others.
    allow_tf32 : `bool`, optional (default = `False`)
        On CUDA, adversarial training multiplies matrices in TF32: faster, to three digits.

    transport_starts : `int`, optional (default = `12`)
        Random starts of the optimal transport.
    transport_words : `int`, optional (default = `2000`)
        Most frequent words that take part in it.
    signature_words : `int`, optional (default = `4000`)
        Most frequent words whose similarity signatures are compared.

    dictionary_method : `str`, optional (default = `"csls"`)
        Or `"nn"`: nearest by cosine.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    dictionary_build, max_rank, min_size, max_size, threshold
        See [`build_dictionary`](./induction.md#build_dictionary). S is the language that is mapped.

    refinements : `int`, optional (default = `5`)
        Number of refinements on the whole vocabulary; 0 for none.
    refinement_tolerance : `float`, optional
        Stop refining when the criterion gains less than this (default: never).
    growth_from : `int`, optional
        Refine among so many most frequent words first, and double that until the vocabulary is
        reached (default: start with the whole vocabulary).
    growth_refinements : `int`, optional (default = `5`)
        Refinements before each doubling.
    growth_keep : `float`, optional (default = `1.0`)
        Stochastic dictionary induction while the vocabulary grows: every translation is left with
        this probability only, so that wrong ones do not settle.
    refinement_power : `float`, optional (default = `0.0`)
        Translations are sought under re-weighted mappings while refining (see
        [`reweight`](./reweighting.md#reweight)); 0 for orthogonal ones.
    reweighting : `float`, optional (default = `0.0`)
        Power of the symmetric re-weighting of the final mapping; 0 keeps it orthogonal, and the
        space of the language that stays unchanged.
    whitening : `float`, optional (default = `0.0`)
        How far, from 0 to 1, the vectors are whitened for that re-weighting (see
        [`reweight`](./reweighting.md#reweight)).

    criterion_words : `int`, optional (default = `10000`)
        The criterion is the mean cosine of the CSLS translations of so many most frequent words of
        the mapped language.
    least_agreement : `float`, optional (default = `0.25`)
        The mapping has failed if the frequency ranks of words and translations agree less (see
        [`frequency_agreement`](./verdict.md#frequency_agreement)); -1 if the vectors are not in the
        order of frequency.
    least_gain : `float`, optional (default = `0.1`)
        Where the mapping did not start from word pairs, or `growth_from` is given, it has failed,
        too, if its criterion is above that of a control by less than this part (see
        [`compare_with_control`](./control.md#compare_with_control)).

    # Raises

    `ConfigurationError`
        If an option has an impossible value.
    """

    direction: str = "source_to_target"
    initialization: str = ADVERSARIAL
    normalize: Sequence[str] = ()
    vocabulary: Optional[int] = None
    restarts: int = 1
    seed: int = 13370
    device: str = "cpu"

    epochs: int = 5
    words_per_epoch: int = 1_000_000
    batch_size: int = 32
    most_frequent: int = 75_000
    discriminator_steps: int = 5
    hidden_dim: int = 2048
    num_layers: int = 2
    input_dropout: float = 0.1
    hidden_dropout: float = 0.0
    label_smoothing: float = 0.1
    mapping_lr: float = 0.1
    discriminator_lr: float = 0.1
    lr_decay: float = 0.98
    lr_shrink: float = 0.5
    min_lr: float = 1e-6
    beta: float = 0.001
    vector_length: Optional[float] = None
    allow_tf32: bool = False

    transport_starts: int = 12
    transport_words: int = 2000
    signature_words: int = 4000

    dictionary_method: str = "csls"
    neighbours: int = 10
    dictionary_build: str = "S2T"
    max_rank: Optional[int] = 15_000
    min_size: int = 0
    max_size: Optional[int] = None
    threshold: float = 0.0

    refinements: int = 5
    refinement_tolerance: Optional[float] = None
    growth_from: Optional[int] = None
    growth_refinements: int = 5
    growth_keep: float = 1.0
    refinement_power: float = 0.0
    reweighting: float = 0.0
    whitening: float = 0.0

    criterion_words: int = 10_000
    least_agreement: float = 0.25
    least_gain: float = 0.1

    def __post_init__(self) -> None:
        check_direction(self.direction)
        for option in fields(self):
            if getattr(self, option.name) is None and type(None) not in get_args(option.type):
                raise ConfigurationError(f"{option.name} must have a value, not null.")
        object.__setattr__(self, "normalize", check_steps(self.normalize))
        for name, choices in (
            ("initialization", INITIALIZATIONS),
            ("dictionary_method", METHODS),
            ("dictionary_build", BUILDS),
        ):
            if getattr(self, name) not in choices:
                raise ConfigurationError(
                    f"{name}: {getattr(self, name)!r} is unknown. Choose from {', '.join(choices)}."
                )
        for name in _AT_LEAST_ONE:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigurationError(f"{name} must be at least 1, not {value}.")
        if self.transport_words < 2:
            raise ConfigurationError(
                f"transport_words must be at least 2, not {self.transport_words}."
            )
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ConfigurationError(f"{name} must not be negative: {getattr(self, name)}.")
        if self.vector_length is not None and self.vector_length <= 0:
            raise ConfigurationError(f"vector_length must be above 0, not {self.vector_length}.")
        for name in ("input_dropout", "hidden_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigurationError(
                    f"{name} must be at least 0 and less than 1, not {getattr(self, name)}."
                )
        if not 0 <= self.label_smoothing < 0.5:
            raise ConfigurationError(
                f"label_smoothing must be at least 0 and less than 0.5, not {self.label_smoothing}."
            )
        if not 0 <= self.whitening <= 1:
            raise ConfigurationError(f"whitening must be from 0 to 1, not {self.whitening}.")
        if not 0 < self.growth_keep <= 1:
            raise ConfigurationError(
                f"growth_keep must be above 0 and at most 1, not {self.growth_keep}."
            )
        if (
            self.reweighting
            and not self.refinements
            and self.growth_from is None
            and self.initialization in WITHOUT_WORD_PAIRS
        ):
            raise ConfigurationError(
                "reweighting needs a dictionary: set refinements to at least 1, or start from word "
                "pairs."
            )
        self._check_device()

    @classmethod
    def of_preset(cls, preset: str = "paper", **options: Any) -> "MapperOptions":
        """
        The options of a preset (see `xner_allennlp.mapping.presets`), with the given ones instead.

        # Raises

        `ConfigurationError`
            If the preset or an option is unknown, or has an impossible value.
        """
        if preset not in PRESETS:
            raise ConfigurationError(
                f"preset: {preset!r} is unknown. Choose from {', '.join(PRESETS)}."
            )
        try:
            return cls.from_params(Params({**PRESETS[preset], **options}))
        except TypeError as error:
            raise ConfigurationError(f"The options of the mapping: {error}") from error

    @property
    def asks_the_control(self) -> bool:
        """
        Whether the order of words is too little of a witness: without word pairs to start from, or
        where it has itself had a say in the growing vocabulary.
        """
        return self.initialization in WITHOUT_WORD_PAIRS or self.growth_from is not None

    def as_dict(self) -> Dict[str, Any]:
        """Whatever JSON can hold."""
        return {**vars(self), "normalize": list(self.normalize)}

    def _check_device(self) -> None:
        try:
            wanted = torch.device(self.device)
        except RuntimeError as error:
            raise ConfigurationError(f"device: {self.device!r} is no PyTorch device.") from error
        if wanted.type == "cuda" and not torch.cuda.is_available():
            raise ConfigurationError(
                f'device is "{self.device}", but there is no CUDA device here. Set it to "cpu".'
            )


_AT_LEAST_ONE = (
    "vocabulary",
    "restarts",
    "epochs",
    "words_per_epoch",
    "batch_size",
    "most_frequent",
    "discriminator_steps",
    "hidden_dim",
    "transport_starts",
    "signature_words",
    "neighbours",
    "max_rank",
    "max_size",
    "growth_from",
    "growth_refinements",
    "criterion_words",
)
_NOT_NEGATIVE = (
    "num_layers",
    "mapping_lr",
    "discriminator_lr",
    "lr_decay",
    "lr_shrink",
    "min_lr",
    "beta",
    "min_size",
    "refinements",
    "refinement_power",
    "reweighting",
)
