"""
Configs of `training_configs/`, evaluated for the user's files. The result is plain JSON: it depends
on no environment variable, and `allennlp` takes it as it is.
"""

import json
import math
from typing import Any, Dict, Mapping, Optional

from allennlp.common.params import evaluate_snippet

from xner_allennlp.common.settings import DEFAULTS
from xner_allennlp.common.shipped import shipped_folder
from xner_allennlp.learning.recipes import Recipe, Training
from xner_allennlp.learning.request import Request

_BATCH_SIZE = 16
"""As `training_configs/template.libsonnet` has it."""

Files = Mapping[str, Mapping[str, Optional[str]]]


def mapping_config(request: Request, files: Files, preset: str) -> Dict[str, Any]:
    """The config of `allennlp map-embeddings`, with a preset of the mapper."""
    changes = f"{{ mapper+: {{ preset: {json.dumps(preset)} }} }}"
    experiment = f"(import 'mapping_template.libsonnet') + {changes}"
    return _evaluate(experiment, request, files, {"XNER_PRESET": "small"})


def training_config(
    request: Request,
    recipe: Recipe,
    training: Training,
    files: Files,
    settings: Mapping[str, str],
    *,
    sentences: int,
    dim: int,
    target_words: int,
) -> Dict[str, Any]:
    """
    The config of `allennlp train`.

    # Parameters

    request, recipe, training
    files
        By language role the path of each split, or `None`, and of the vectors.
    settings : `Mapping[str, str]`
        What the configs take from the environment where a user calls them.
    sentences : `int`
        Of the source, to train on.
    dim : `int`
        Of the word vectors.
    target_words : `int`
        How many have a vector.
    """
    passes = recipe.passes_over(sentences)
    batches = math.ceil(sentences / _BATCH_SIZE)
    preset = {
        "preset": "small",
        "embedding_dim": dim,
        "num_passes": passes,
        "augmented_passes": passes,
        "batches_per_epoch": math.ceil(batches / recipe.validations),
        "target_vocabulary": min(recipe.target_vocabulary, target_words),
    }
    fields = "".join(f" {name}:: {json.dumps(value)}," for name, value in training.fields.items())
    system = f"(import 'systems.libsonnet')[{json.dumps(training.system)}] + {{{fields} }}"
    return _evaluate(system, request, files, {"XNER_PRESET": json.dumps(preset), **settings})


def _evaluate(
    experiment: str, request: Request, files: Files, settings: Mapping[str, str]
) -> Dict[str, Any]:
    snippet = f"""
{experiment} + (import 'pairs.libsonnet').of({json.dumps(request.pair)}) + {{
  source_files:: {json.dumps(files["source"])},
  target_files:: {json.dumps(files["target"])},
}}"""
    variables = {
        **DEFAULTS,
        # Not empty: this is no toy world.
        "XNER_DATA": "data",
        "XNER_SEED": str(request.seed),
        "XNER_DEVICE": request.device,
        **settings,
    }
    # Imports are looked for beside the file of this name.
    name = str(shipped_folder() / "training_configs" / "learn.jsonnet")
    config: Dict[str, Any] = json.loads(evaluate_snippet(name, snippet, ext_vars=variables))
    return config
