"""Copies of the toy world's encoder, changed."""

import json
import shutil
from pathlib import Path
from typing import Any, Callable, Dict

from allennlp.data import Vocabulary

from xner_allennlp.pretrained import EncoderDescription
from xner_allennlp.pretrained.description import NAMESPACE

TOY_ENCODER = Path(__file__).resolve().parents[2] / "fixtures" / "toy" / "encoder"


def changed_encoder(
    folder: Path, file: str, change: Callable[[Dict[str, Any]], Any] = lambda content: None
) -> str:
    """A copy in which `change` was called with what a file holds."""
    shutil.copytree(TOY_ENCODER, folder)
    content = json.loads((folder / file).read_text("utf-8"))
    change(content)
    (folder / file).write_text(json.dumps(content), "utf-8")
    return str(folder)


def vocabulary_of(folder: Path = TOY_ENCODER) -> Vocabulary:
    """One that knows the encoder and nothing else."""
    return Vocabulary(tokens_to_add={NAMESPACE: [EncoderDescription.read(folder).to_text()]})
