"""A real multilingual encoder, where one is at hand, beside what transformers makes of it."""

import os
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from tests.modules.pretrained_encoder_test import embed
from tests.pretrained.encoders import vocabulary_of
from tests.tiny_runs import ROOT
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder

FOLDER = Path(os.environ.get("REAL_ENCODER", ROOT.parent / "shared/encoders/multilingual-e5-small"))
SENTENCES = [
    "Angela Merkel bezocht gisteren het hoofdkantoor van Volkswagen in Wolfsburg .".split(),
    "Sauli Niinistö tapasi Helsingissä Nokian toimitusjohtajan .".split(),
    "زار رئيس الوزراء مدينة القاهرة أمس".split(),
    ["Zürich"],
]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no encoder in {FOLDER}")


def test_words_are_what_transformers_makes_of_their_first_pieces():
    embedder = PretrainedEncoder(vocabulary_of(FOLDER), str(FOLDER)).eval()
    tokenizer, transformer = (
        kind.from_pretrained(FOLDER, local_files_only=True) for kind in (AutoTokenizer, AutoModel)
    )
    expected = []
    with torch.inference_mode():
        found = embed(embedder, SENTENCES, encoder=FOLDER)
        for sentence in SENTENCES:
            pieces = tokenizer(sentence, is_split_into_words=True, return_tensors="pt")
            # shape: (num_pieces, hidden_size)
            states = transformer.eval()(**pieces).last_hidden_state[0]
            word_of = pieces.word_ids()
            expected += [states[word_of.index(word)] for word in range(len(sentence))]
    # shape: (num_words of all sentences, hidden_size)
    torch.testing.assert_close(found, torch.stack(expected), atol=1e-4, rtol=1e-4)
