"""Files of word vectors as other programs write them, in each format that is read."""

import gzip
from pathlib import Path
from typing import Sequence

import numpy as np


def save_vectors(path: Path, words: Sequence[str], matrix: np.ndarray) -> Path:
    """Writes exactly `matrix`, float32; the path's ending decides on the format."""
    rows = list(zip((word.encode() for word in words), matrix.astype("<f4")))
    header = f"{len(words)} {matrix.shape[1]}\n".encode()
    if path.suffix == ".npz":
        np.savez(path, words=np.array(words), matrix=matrix)
    elif path.suffix == ".npy":
        np.save(path, matrix)
        path.with_suffix(".words.txt").write_bytes(b"".join(word + b"\n" for word, _ in rows))
    elif path.suffix == ".bin":
        content = b"".join(word + b" " + vector.tobytes() + b"\n" for word, vector in rows)
        path.write_bytes(header + content)
    else:
        number = b" %.9g"  # nine digits tell any two float32 apart
        line = b"%b" + number * matrix.shape[1] + b"\n"
        text = header + b"".join(line % (word, *vector.tolist()) for word, vector in rows)
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
