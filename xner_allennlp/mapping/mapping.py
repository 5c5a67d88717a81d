"""
The result of stage 1 (Algorithm 1): one matrix that takes the word vectors of one language into the
space of the other, and what has to be known to use it correctly.

    x  ->  normalise(x)             a word of the language that stays
    y  ->  W normalise(y)           a word of the language that is mapped

(A re-weighted mapping has a second matrix, and the former goes to `fixed_W normalise(x)`.)

`direction` says which is which: `"source_to_target"` maps source words into the target space
(W_{s->t}; the paper's choice for es, nl, de), `"target_to_source"` the reverse (W_{t->s}; ar, fi).
"""

import json
import logging
import os
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_file
from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.mapping.array_file import DamagedFile, load_arrays
from xner_allennlp.mapping.normalization import apply_normalization, check_steps

logger = logging.getLogger(__name__)

DIRECTIONS = ("source_to_target", "target_to_source")
LANGUAGES = ("source", "target")
_FORMAT = 1


@dataclass(frozen=True)
class Mapping:
    """
    A linear mapping of word vectors, saved as a small `.npz` file (no pickle inside).

    # Parameters

    W : `np.ndarray`
        float32, shape: (d, d). A row vector `y` is mapped to `y @ W.T`.
    direction : `str`
        `"source_to_target"` or `"target_to_source"`.
    normalize : `Tuple[str, ...]`, optional (default = `()`)
        Steps applied to the vectors of both languages before mapping, of `"renorm"` and `"center"`.
        By default there are no steps, as in the paper and MUSE.
    means : `Dict[str, np.ndarray]`, optional
        Language -> what its `"center"` steps subtract, float32, shape: (number of them, d).
        Needed if `normalize` has such steps.
    criterion : `float`, optional (default = `nan`)
        The unsupervised criterion of the mapping: the mean cosine of the CSLS translations of the
        most frequent mapped words.
    provenance : `Dict[str, Any]`, optional
        How the mapping was made: paths and fingerprints of both vector files, method, seed,
        options, package version. Whatever JSON can hold.
    fixed_W : `np.ndarray`, optional
        What the vectors of the other language are multiplied by, shape: (d, d). By default they
        stay as they are; only symmetric re-weighting changes them.
    """

    W: np.ndarray
    direction: str
    normalize: Tuple[str, ...] = ()
    means: Dict[str, np.ndarray] = field(default_factory=dict)
    criterion: float = float("nan")
    provenance: Dict[str, Any] = field(default_factory=dict)
    fixed_W: Optional[np.ndarray] = None

    def __post_init__(self) -> None:
        check_direction(self.direction)
        if self.W.ndim != 2 or self.W.shape[0] != self.W.shape[1]:
            raise ConfigurationError(f"A mapping is a square matrix, not one of {self.W.shape}.")
        object.__setattr__(self, "W", _finite("W", self.W))
        if self.fixed_W is not None:
            if self.fixed_W.shape != self.W.shape:
                raise ConfigurationError(
                    f"fixed_W has shape {self.fixed_W.shape}, W has {self.W.shape}."
                )
            object.__setattr__(self, "fixed_W", _finite("fixed_W", self.fixed_W))
        object.__setattr__(self, "normalize", check_steps(self.normalize))
        centered = self.normalize.count("center")
        all_means = {}
        for language in LANGUAGES:
            means = self.means.get(language, np.zeros((0, self.dim)))
            # shape: (centered, d)
            means = _finite(f"the means of the {language} language", means)
            if means.shape != (centered, self.dim):
                raise ConfigurationError(
                    f"normalize has {centered} `center` steps, so {centered} means of {self.dim} "
                    f"dimensions are needed for the {language} language, not {means.shape}."
                )
            all_means[language] = means
        object.__setattr__(self, "means", all_means)

    @property
    def dim(self) -> int:
        return int(self.W.shape[0])

    @property
    def mapped_language(self) -> str:
        """The language whose vectors move: `"source"` or `"target"`."""
        return self.direction.split("_to_")[0]

    def apply(self, vectors: np.ndarray, language: str) -> np.ndarray:
        """
        Takes vectors of either language into the common space.

        # Parameters

        vectors : `np.ndarray`
            shape: (n, d), as they stand in the vector file. Null vectors stay null.
        language : `str`
            `"source"` or `"target"`.

        # Returns

        `np.ndarray`
            float32, shape: (n, d); the vectors given are not changed.

        # Raises

        `ConfigurationError`
            If the vectors have another dimension than the mapping, or the language is unknown.
        """
        other_language(language)  # checks it
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ConfigurationError(
                f"The mapping is for vectors of {self.dim} dimensions, but the {language} "
                f"vectors have shape {vectors.shape}. Use the vectors that it was learned from."
            )
        vectors = np.asarray(vectors, dtype=np.float32)
        common = apply_normalization(vectors, self.normalize, self.means[language])
        matrix = self.W if language == self.mapped_language else self.fixed_W
        if matrix is not None:
            # shape: (n, d)
            return np.asarray(common @ matrix.T, dtype=np.float32)
        # shape: (n, d)
        return np.array(common)

    def check_vectors(
        self, fingerprint: str, language: str, path: Union[str, PathLike[str]]
    ) -> None:
        """
        Checks that a vector file is the one this mapping was learned from.

        # Parameters

        fingerprint : `str`
            That of the vectors that were read (`WordVectors.fingerprint`).
        language : `str`
            The language they are to be used for.
        path : `Union[str, PathLike]`
            Their file, for the message.

        # Raises

        `ConfigurationError`
            If these are the other language's vectors: the mapping would be used in the wrong
            direction. Vectors that it has never seen are only warned of.
        """
        other_language(language)  # checks it
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        known = {name: self._fingerprint(name) for name in LANGUAGES}
        if known[language] == fingerprint:
            return
        if known[other] == fingerprint:
            raise ConfigurationError(
                f"{os.fspath(path)} is given as the {language} language's vectors, but the mapping "
                f"({self.direction}) was learned with this file as the {other} language's. Swap "
                "the vector files, or learn a mapping for this direction."
            )
        logger.warning(
            "%s: the mapping was not learned with these %s vectors%s. It fits only vectors of the "
            "same space.",
            os.fspath(path),
            language,
            f" but with {self._path(language)}" if self._path(language) else "",
        )

    def _fingerprint(self, language: str) -> Optional[str]:
        return self.provenance.get(f"{language}_vectors", {}).get("fingerprint")

    def _path(self, language: str) -> Optional[str]:
        return self.provenance.get(f"{language}_vectors", {}).get("path")

    def save(self, path: Union[str, PathLike[str]]) -> None:
        """Writes the mapping to `path`, which is replaced only once the new file is complete."""
        content = {
            "format": np.array(_FORMAT),
            "W": self.W,
            "direction": np.array(self.direction),
            "dimension": np.array(self.dim),
            "normalize": np.array(",".join(self.normalize)),
            "source_means": self.means["source"],
            "target_means": self.means["target"],
            "criterion": np.array(self.criterion, dtype=np.float64),
            "provenance": np.array(json.dumps(self.provenance, sort_keys=True)),
        }
        if self.fixed_W is not None:
            content["fixed_W"] = self.fixed_W
        with whole_file(path) as stream:
            np.savez_compressed(stream, **content)

    @classmethod
    def load(cls, path: Union[str, PathLike[str]]) -> "Mapping":
        """
        Reads a mapping that was [saved](#save). Of one that has failed it warns.

        # Raises

        `ConfigurationError`
            If the file is missing, or is no mapping file.
        """
        path = os.fspath(path)
        try:
            content = load_arrays(path)
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"{path}: there is no mapping file. Make one with `xner-map learn` or "
                "`allennlp map-embeddings`; it is DIR/mapping.npz of their `-s DIR`."
            ) from error
        except IsADirectoryError as error:
            raise ConfigurationError(
                f"{path} is a folder. Give the mapping in it, mapping.npz."
            ) from error
        except OSError as error:
            raise ConfigurationError(
                f"{path}: the mapping cannot be read ({error.strerror})."
            ) from error
        except DamagedFile as error:
            raise _no_mapping_file(path, str(error)) from error
        try:
            mapping = cls._of_arrays(content)
        except KeyError as error:
            raise _no_mapping_file(path, f"{error} is missing") from error
        # A `ConfigurationError` says what is wrong with the mapping, but not where it comes from.
        except (ConfigurationError, AttributeError, RecursionError, TypeError, ValueError) as error:
            raise _no_mapping_file(path, excerpt(str(error))) from error
        if mapping.verdict.get("statement") == "failed":
            logger.warning("%s: this mapping has %s.", path, mapping.verdict.get("summary"))
        return mapping

    @property
    def verdict(self) -> Dict[str, Any]:
        """Whether it works, as was found when it was learned; empty for files of before that."""
        return dict(self.provenance.get("verdict", {}))

    @classmethod
    def _of_arrays(cls, content: Dict[str, np.ndarray]) -> "Mapping":
        version = int(content["format"])
        if version != _FORMAT:
            raise ValueError(f"it is in format {version}, and this program knows {_FORMAT}")
        provenance = json.loads(str(content["provenance"]))
        names = ("source_vectors", "target_vectors", "verdict")
        parts = [provenance.get(name, {}) for name in names]
        if not all(isinstance(part, dict) for part in parts):
            raise ValueError("its provenance is not as it was written")
        return cls(
            W=content["W"],
            direction=str(content["direction"]),
            normalize=check_steps(str(content["normalize"])),
            means={name: content[f"{name}_means"] for name in LANGUAGES},
            criterion=float(content["criterion"]),
            provenance=provenance,
            fixed_W=content.get("fixed_W"),
        )


def _finite(name: str, numbers: np.ndarray) -> np.ndarray:
    """`numbers` as float32."""
    if numbers.dtype.kind not in "fiu":
        raise ConfigurationError(f"{name} holds {numbers.dtype}, not numbers.")
    with np.errstate(over="ignore"):
        numbers = np.asarray(numbers, dtype=np.float32)
    if not np.isfinite(numbers).all():
        raise ConfigurationError(
            f"{name} holds NaN or infinite numbers: the mapping has diverged. Learn it again, with "
            "smaller learning rates or another preset."
        )
    return numbers


def _no_mapping_file(path: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: this is no mapping file ({reason}). A mapping file is the mapping.npz that "
        "`xner-map learn` and `allennlp map-embeddings` write."
    )


def check_direction(direction: str) -> str:
    if direction not in DIRECTIONS:
        raise ConfigurationError(
            f"direction: {direction!r} is unknown. Choose from {' and '.join(DIRECTIONS)}."
        )
    return direction


def other_language(language: str) -> str:
    """
    `"target"` for `"source"`, and the reverse.

    # Raises

    `ConfigurationError`
        If it is neither.
    """
    if language not in LANGUAGES:
        raise ConfigurationError(f"{language!r} is neither 'source' nor 'target'.")
    return LANGUAGES[1 - LANGUAGES.index(language)]
