"""The exported tagger that is served."""

from tests.tagger.conftest import archived, exported, folder  # noqa: F401
