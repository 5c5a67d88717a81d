"""
The tagger against the same network from AllenNLP's and PyTorch's own parts: the same losses, the
same gradients, the same decoded paths, and after a short training the same F1.
"""

import itertools

import numpy as np
import pytest
import torch
from allennlp.common import Params
from allennlp.data import DataLoader, DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.modules import ConditionalRandomField, TimeDistributed
from allennlp.modules.conditional_random_field import allowed_transitions
from allennlp.modules.seq2seq_encoders import PytorchSeq2SeqWrapper
from allennlp.modules.seq2vec_encoders import PytorchSeq2VecWrapper
from allennlp.nn.util import masked_flip

from tests.tiny_runs import tiny_config
from xner_allennlp.spans.conll_f1 import ConllF1


class StockTied(torch.nn.Module):
    """One stock LSTM over the sentence and over the flipped sentence."""

    def __init__(self, lstm, to_vector):
        super().__init__()
        wrapper = PytorchSeq2VecWrapper if to_vector else PytorchSeq2SeqWrapper
        self.wrapped, self.to_vector = wrapper(lstm), to_vector

    def forward(self, inputs, mask):
        lengths = mask.sum(dim=1).tolist()
        forward_states = self.wrapped(inputs, mask)
        backward_states = self.wrapped(masked_flip(inputs, lengths), mask)
        if not self.to_vector:
            backward_states = masked_flip(backward_states, lengths)
        return torch.cat([forward_states, backward_states], dim=-1)


def stock_encoder(ours, to_vector):
    """The stock encoder with the weights of one of ours."""
    size = (ours._lstm.input_size, ours._lstm.hidden_size)
    if ours._lstm.tied:
        lstm = torch.nn.LSTM(*size, batch_first=True)
        lstm.load_state_dict(ours._lstm.cell.state_dict())
        return StockTied(lstm, to_vector)
    lstm = torch.nn.LSTM(*size, batch_first=True, bidirectional=True)
    weights = dict(ours._lstm.cell.state_dict())
    for name, value in ours._lstm.backward_cell.state_dict().items():
        weights[f"{name}_reverse"] = value
    lstm.load_state_dict(weights)
    return (PytorchSeq2VecWrapper if to_vector else PytorchSeq2SeqWrapper)(lstm)


class StockTagger(torch.nn.Module):
    """Equation 7 written down plainly: sentence batches one after the other, part by part."""

    def __init__(self, ours, constraints):
        super().__init__()
        copy = ours.state_dict()
        self.words = {name: part.weight for name, part in ours.word_embedders.items()}
        self.characters = torch.nn.Embedding.from_pretrained(
            copy["character_embedder.embedding.weight"].clone(), freeze=False
        )
        self.char_lstms = torch.nn.ModuleDict(
            {
                path: TimeDistributed(stock_encoder(encoder, to_vector=True))
                for path, encoder in ours.character_embedder.encoders.items()
            }
        )
        encoders = {"source": ours.encoder, "target": ours.target_encoder}
        self.encoders = torch.nn.ModuleDict(
            {path: stock_encoder(e, to_vector=False) for path, e in encoders.items() if e}
        )
        for name in ("target_dense", "common_encoder", "label_layer"):
            if hasattr(ours, name):
                part = getattr(ours, name)
                layer = torch.nn.Linear(part.in_features, part.out_features)
                layer.load_state_dict(part.state_dict())
                setattr(self, name, layer)
        num_tags = ours.crf.num_tags
        self.crf = ConditionalRandomField(
            num_tags, constraints, include_start_end_transitions=False
        )
        self.crf.load_state_dict(ours.crf.state_dict())

    def logits(self, batch, path):
        tokens = batch["tokens"]
        key = next(key for key in tokens if key != "characters")
        ids = tokens[key]["tokens"]
        characters = tokens["characters"]
        spelling = characters["token_characters"][characters["form_of"]]
        mask = ids != 0

        def encode(encoder):
            words = self.words[key.split("_")[0]][ids]
            spelled = self.char_lstms[encoder](self.characters(spelling), spelling != 0)
            return self.encoders[encoder](torch.cat([words, spelled], dim=-1), mask)

        encoded = encode("source")
        if path == "target":
            both = torch.cat([encoded, encode("target")], dim=-1)
            encoded = torch.tanh(self.target_dense(both))
        return self.label_layer(torch.tanh(self.common_encoder(encoded))), mask

    def forward(self, batch):
        terms = [(batch, "source")]
        if "target" in batch:
            terms += [(batch["target"], "source"), (batch["target"], "target")]
        loss = 0.0
        for part, path in terms:
            logits, mask = self.logits(part, path)
            loss = loss - self.crf(logits, part["tags"], mask) / len(mask)
        return loss


def build(system, folder):
    """Our model, its stock twin, and batches (with target halves for Cross-Augmented)."""
    config = Params(tiny_config(system, folder, sentences=120))
    scheme = config["dataset_reader"]["tag_scheme"]
    reader = DatasetReader.from_params(Params({"type": "conll_ner", "tag_scheme": scheme}))
    paths = config["train_data_path"].as_dict(quiet=True)
    loaders = {
        language: DataLoader.from_params(
            Params({"type": "cross_lingual", "shuffle": True, "batch_size": 8, "quiet": True}),
            reader=reader,
            data_path={language: path},
        )
        for language, path in paths.items()
    }
    instances = itertools.chain(*(loader.iter_instances() for loader in loaders.values()))
    vocab = Vocabulary.from_params(config["vocabulary"], instances=instances)
    for loader in loaders.values():
        loader.index_with(vocab)
    config["model"].update(dropout=0.0, average_terms=False)
    torch.manual_seed(0)
    ours = Model.from_params(config["model"], vocab=vocab)
    labels = vocab.get_index_to_token_vocabulary("labels")
    stock = StockTagger(ours, allowed_transitions(scheme, labels))
    batches = []
    for _ in range(3):
        for source, target in zip(loaders["source"], loaders["target"]):
            batches.append({**source, "target": target} if system == "cross_augmented" else source)
    return ours, stock, batches


SYSTEMS = ["cross_word", "cross_shared", "cross_augmented"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_loss_gradients_and_paths(system, tmp_path):
    ours, stock, batches = build(system, tmp_path)
    for batch in batches[:3]:
        ours.zero_grad()
        stock.zero_grad()
        loss, expected = ours.train()(**batch)["loss"], stock(batch)
        torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-5)
        loss.backward()
        expected.backward()
        pairs = [
            (ours.crf.transitions, stock.crf.transitions),
            (ours.label_layer.weight, stock.label_layer.weight),
            (ours.common_encoder.weight, stock.common_encoder.weight),
            (ours.character_embedder.embedding.weight, stock.characters.weight),
        ]
        if system == "cross_augmented":
            pairs.append((ours.target_dense.weight, stock.target_dense.weight))
            lstm = stock.encoders["target"]._module
            pairs.append((ours.target_encoder._lstm.cell.weight_ih_l0, lstm.weight_ih_l0))
        for one, other in pairs:
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-3, atol=1e-5)
        ours.eval()
        path = "target" if system == "cross_augmented" else "source"
        logits, mask = stock.logits(batch.get("target", batch), path)
        paths = ours.predict_tag_ids(batch.get("target", batch)["tokens"], path)
        for mine, (tags, _) in zip(paths, stock.crf.viterbi_tags(logits, mask)):
            assert mine.tolist() == tags


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_f1_after_a_short_training(system, tmp_path):
    ours, stock, batches = build(system, tmp_path)
    optimizers = [
        torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        for model in (ours, stock)
    ]
    # The second bias of PyTorch's LSTM is redundant; the paper's counts have one.
    for name, parameter in stock.named_parameters():
        if "bias_hh" in name:
            parameter.requires_grad_(False)
    ours.train()
    losses = []
    for batch in batches:
        pair = [ours(**batch)["loss"], stock(batch)]
        for optimizer, loss in zip(optimizers, pair):
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], 5.0)
            optimizer.step()
        losses.append([loss.item() for loss in pair])
    torch.testing.assert_close(
        torch.tensor(losses)[:, 0], torch.tensor(losses)[:, 1], rtol=1e-3, atol=1e-3
    )
    assert losses[-1][0] < losses[0][0] / 2, "nothing was learned; the test shows nothing"
    scores = [ConllF1(ours.vocab), ConllF1(ours.vocab)]
    for batch in batches[: len(batches) // 3]:
        logits, mask = stock.logits(batch, "source")
        tags = torch.zeros_like(batch["tags"])
        for row, (path, _) in enumerate(stock.crf.viterbi_tags(logits, mask)):
            tags[row, : len(path)] = torch.tensor(path)
        scores[0](tags, batch["tags"], mask)
        logits, mask = ours.eval().emissions(batch["tokens"], "source")
        paths = np.concatenate(ours.crf.best_paths(logits, mask))
        scores[1].count(paths, batch["tags"][mask].numpy(), mask.sum(dim=1).numpy())
    expected, found = (score.get_metric() for score in scores)
    assert expected["f1"] > 0
    assert found == pytest.approx(expected)
