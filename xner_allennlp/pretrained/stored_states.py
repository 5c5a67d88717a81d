"""States of words that a frozen encoder has computed once, in memory-mapped files."""

from hashlib import blake2b
from pathlib import Path
from typing import Dict, Iterable, Optional, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from numpy.lib.format import write_array_header_1_0

from xner_allennlp.common.whole_file import whole_file


class StoredStates:
    """
    The states of sentences, which files of a folder keep. A file's name follows from the encoder
    and from the sentences in it, so a file that is there is the right one, and none is ever
    changed.

    # Parameters

    folder : `Path`, required.
        Is made if need be.
    encoder : `str`, required.
        Whatever the states depend on besides the text, such as a checksum of the weights.
    dim : `int`, required.
        How long a state is.
    """

    def __init__(self, folder: Path, encoder: str, dim: int) -> None:
        self._folder = folder
        self._encoder = encoder
        self._dim = dim
        # Of each sentence the states of its file, and where in them it begins.
        self._place_of: Dict[bytes, Tuple[np.ndarray, int]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(
        self, keys: Sequence[bytes], lengths: Sequence[int], batches: Iterable[np.ndarray]
    ) -> bool:
        """
        Adds a file of some sentences, unless it is there already.

        # Parameters

        keys : `Sequence[bytes]`
            Of each sentence, 16 bytes that follow from its text.
        lengths : `Sequence[int]`
            Of each sentence, in words.
        batches : `Iterable[np.ndarray]`
            The states of their words, `(num_words of a batch, dim)` each. Iterated over only if
            there is no such file, and written as they come.

        # Returns

        Whether it had to be written.

        # Raises

        `ConfigurationError` if a file that is there is damaged.
        """
        digest = blake2b(self._encoder.encode(), digest_size=16)
        for key in keys:
            digest.update(key)
        path = self._folder / f"{digest.hexdigest()}.npy"
        shape = (sum(lengths), self._dim)
        is_new = not path.exists()
        if is_new:
            with whole_file(path) as stream:
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                write_array_header_1_0(stream, header)
                for states in batches:
                    stream.write(states.astype("<f4", copy=False).tobytes())
        try:
            states_of_file = np.load(path, mmap_mode="r")
            is_whole = states_of_file.shape == shape
        except (OSError, ValueError):
            is_whole = False
        if not is_whole:
            raise ConfigurationError(f"{path} is damaged: delete it, and it will be made again")
        begins = np.cumsum([0, *lengths[:-1]]).tolist()
        self._place_of.update(zip(keys, ((states_of_file, begin) for begin in begins)))
        return is_new

    def read(self, keys: Sequence[bytes], lengths: Sequence[int]) -> Optional[np.ndarray]:
        """
        The states of the words of some sentences, `(num_words, dim)`; `None` if one of the
        sentences was not added.
        """
        places = [self._place_of.get(key) for key in keys]
        parts = [
            place[0][place[1] : place[1] + length]
            for place, length in zip(places, lengths)
            if place is not None
        ]
        return np.concatenate(parts) if parts and len(parts) == len(keys) else None
