"""Word vectors of two languages, of which 40 words are written alike."""

from typing import Tuple

import pytest

from tests.mapping.worlds import World, as_word_vectors, round_cloud
from xner_allennlp.vectors import WordVectors


@pytest.fixture(scope="module")
def world() -> World:
    return round_cloud(300, 10, noise=0.2)


@pytest.fixture
def vectors(world: World) -> Tuple[WordVectors, WordVectors]:
    return (
        as_word_vectors("s", world.mapped, shared=40),
        as_word_vectors("t", world.fixed, shared=40),
    )
