"""
xner_allennlp: zero-resource cross-lingual named entity recognition (Bari, Joty and Jwalapuram,
AAAI 2020) as an AllenNLP plugin, and the taggers that it makes.

Where AllenNLP has been imported before, as when it looks for its plugins, this package registers
its components with it (`xner_allennlp.plugin`). Otherwise AllenNLP is not imported: `Tagger` tags
without it.
"""

import sys
from typing import TYPE_CHECKING, Any

from xner_allennlp.version import VERSION

if TYPE_CHECKING:
    from xner_allennlp.tagger import Tagger

__all__ = ["Tagger"]
__version__ = VERSION


def __getattr__(name: str) -> Any:
    if name == "Tagger":
        from xner_allennlp.tagger import Tagger

        return Tagger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if sys.modules.get("allennlp") is not None:
    from xner_allennlp import plugin  # noqa: F401
