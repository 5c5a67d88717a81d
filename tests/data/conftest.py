"""Files of the source and the target language."""

import pytest

from tests.data.two_corpora import SOURCE, TARGET


@pytest.fixture
def write(tmp_path):
    def write_file(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


@pytest.fixture
def both(write):
    return {"source": write("en.train", SOURCE), "target": write("nl.train", TARGET)}
