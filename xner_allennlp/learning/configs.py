"""
Configs of `training_configs/`, evaluated for the user's files. The result is plain JSON: it depends
on no environment variable, and `allennlp` takes it as it is.
"""

import json
import math
import os
from typing import Any, Dict, Mapping, Optional

from allennlp.common.params import evaluate_snippet

from xner_allennlp.common.settings import DEFAULTS
from xner_allennlp.common.shipped import shipped_folder
from xner_allennlp.learning.recipes import Recipe, Training
from xner_allennlp.learning.request import Request

_BATCH_SIZE = 16
"""As `training_configs/template.libsonnet` has it."""

Files = Mapping[str, Mapping[str, Optional[str]]]


def mapping_config(request: Request, recipe: Recipe, files: Files, source: str) -> Dict[str, Any]:
    """
    The config of `allennlp map-embeddings` for one of the source languages; of several, all are
    mapped into the space of the target language.
    """
    mapper: Dict[str, Any] = {
        "preset": recipe.mapping,
        "further_restarts": recipe.mapping_seeds - 1,
    }
    if len(request.sources) > 1:
        # Else the target's space would not be the same for all.
        mapper.update(direction="source_to_target", reweighting=0.0)
    pair = f"{request.sources[source]}_{request.target_language}"
    fields = {"source_files": files[source], "target_files": files["target"]}
    experiment = f"(import 'mapping_template.libsonnet') + {{ mapper+: {json.dumps(mapper)} }}"
    return _evaluate(experiment, pair, fields, request, {"XNER_PRESET": "small"})


def training_config(
    request: Request,
    recipe: Recipe,
    training: Training,
    data: Mapping[str, Any],
    settings: Mapping[str, str],
) -> Dict[str, Any]:
    """
    The config of `allennlp train`.

    # Parameters

    request, recipe, training
    data : `Mapping[str, Any]`
        What [`prepare`](./preparation.md#prepare) has found.
    settings : `Mapping[str, str]`
        What the configs take from the environment where a user calls them.
    """
    passes = recipe.passes_over(data["sentences"], request.encoder is not None, training.times)
    batches = math.ceil(data["sentences"] / _BATCH_SIZE)
    preset = {
        "preset": "small",
        **dict.fromkeys(("num_passes", "augmented_passes", "transformer_passes"), passes),
        "batches_per_epoch": math.ceil(batches / recipe.validations),
        "averaged_epochs": recipe.averaged_of(passes * recipe.validations),
    }
    if request.encoder is None:
        preset["embedding_dim"] = data["dim"]
        preset["target_vocabulary"] = min(recipe.target_vocabulary, data["target_words"])
    else:
        settings = {**settings, "XNER_ENCODER": _location(request.encoder)}
    fields = "".join(f" {name}:: {json.dumps(value)}," for name, value in training.fields.items())
    system = f"(import 'systems.libsonnet')[{json.dumps(training.system)}] + {{{fields} }}"
    settings = {**settings, "XNER_PRESET": json.dumps(preset)}
    files = data["files"]
    of_language = {
        "sources": {name: files[name] for name in request.sources},
        "target_files": files["target"],
    }
    return _evaluate(system, request.pair, of_language, request, settings)


def _location(encoder: str) -> str:
    """Which says the same in any folder."""
    return os.path.abspath(encoder) if os.path.isdir(encoder) else encoder


def _evaluate(
    experiment: str,
    pair: str,
    fields: Mapping[str, Any],
    request: Request,
    settings: Mapping[str, str],
) -> Dict[str, Any]:
    hidden = ", ".join(f"{name}:: {json.dumps(value)}" for name, value in fields.items())
    of_pair = f"(import 'pairs.libsonnet').of({json.dumps(pair)})"
    snippet = f"{experiment} + {of_pair} + {{ {hidden} }}"
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
