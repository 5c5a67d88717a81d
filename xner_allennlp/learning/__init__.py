"""
From files to a tagger: what `xner-tagger learn` does.

A `Recipe` says which systems are trained, and how long; `Learning` does it step by step, each step
a call of `allennlp` with a config that is made of `training_configs/` and can be run by hand.
"""

from xner_allennlp.learning.learning import MODEL_NAME, Learning
from xner_allennlp.learning.recipes import RECIPES, Recipe
from xner_allennlp.learning.request import INPUT_FILES, OF_EACH_SOURCE, VECTORS, Request
from xner_allennlp.learning.steps import StepFailed

__all__ = [
    "INPUT_FILES",
    "MODEL_NAME",
    "OF_EACH_SOURCE",
    "RECIPES",
    "VECTORS",
    "Learning",
    "Recipe",
    "Request",
    "StepFailed",
]
