"""A pretrained encoder's name and files, told without importing transformers."""

from pathlib import Path

CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"
SAFE_WEIGHTS = "model.safetensors"
WEIGHTS = "pytorch_model.bin"


def weights_file(folder: Path) -> Path:
    """Of an encoder's two possible files of weights the one that is read."""
    safe = folder / SAFE_WEIGHTS
    return safe if safe.is_file() else folder / WEIGHTS


def public_name(name: str) -> str:
    """The encoder's name as others may read it: of a folder only the last part of its path."""
    folder = Path(name)
    return folder.resolve().name if folder.is_dir() or folder.is_absolute() else name
