"""Words from a pretrained transformer, beside the transformer itself."""

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import multi_device

from tests.pretrained.encoders import TOY_ENCODER, changed_encoder, vocabulary_of
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder, as_precise_as_training
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.spelled_words import SpelledWords
from xner_allennlp.pretrained import EncoderDescription, WordPieces
from xner_allennlp.pretrained.folder import load_encoder

# Of 2, 9 and 1 words; the last word of the second is its first one again.
SENTENCES = [["Bamburg", "x"], [*"abcdefgh", "a"], ["Kolotek"]]
CPU = torch.device("cpu")


def embed(embedder, sentences=SENTENCES, device=CPU, encoder=TOY_ENCODER):
    forms = sorted({word for sentence in sentences for word in sentence})
    pieces = WordPieces(EncoderDescription.read(encoder).tokenizer)
    spelled = [[], *map(pieces.of_word, forms)]
    lengths = np.array(list(map(len, spelled)))
    number = {form: index + 1 for index, form in enumerate(forms)}
    return embedder.embed_words(
        Sequences(np.array(list(map(len, sentences))), max(map(len, sentences)), device),
        torch.tensor([number[word] for sentence in sentences for word in sentence]).to(device),
        Sequences(lengths, max(lengths), device),
        torch.tensor([piece + 1 for form in spelled for piece in form]).to(device),
    )


def plain(sentences, pooling="first", layers=(-1,)):
    """One sentence after the other through the transformer of transformers."""
    description = EncoderDescription.read(TOY_ENCODER)
    transformer = load_encoder(str(TOY_ENCODER), description.transformers_config()).eval()
    pieces = WordPieces(description.tokenizer)
    words = []
    for sentence in sentences:
        spelled = [pieces.of_word(word) for word in sentence]
        flat = [piece for word in spelled for piece in word]
        ids = torch.tensor([[*pieces.before, *flat, *pieces.after]])
        hidden = transformer(ids, output_hidden_states=True).hidden_states
        states = sum(hidden[layer] for layer in layers)[0, 1:-1] / len(layers)
        for of_word in states.split(list(map(len, spelled))):
            words.append(of_word[0] if pooling == "first" else of_word.mean(dim=0))
    return torch.stack(words)


@pytest.fixture(scope="module")
def vocab():
    return vocabulary_of()


@multi_device
def test_every_device_has_the_same(device, vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER)).eval()
    expected = embed(embedder)
    found = embed(embedder.to(device), device=torch.device(device))
    torch.testing.assert_close(found.cpu(), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_equals_the_transformer(pooling, vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), pooling).eval()
    torch.testing.assert_close(embed(embedder), plain(SENTENCES, pooling), atol=1e-5, rtol=1e-5)
    assert embedder.get_output_dim() == 32


@pytest.mark.parametrize("layers", [[0], [1], [2], [0, 2], [2, 1, 0]])
def test_the_mean_of_layers(layers, vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), layers=layers).eval()
    assert len(embedder.transformer.encoder.layer) == max(layers)
    torch.testing.assert_close(
        embed(embedder), plain(SENTENCES, layers=layers), atol=1e-5, rtol=1e-5
    )
    again = PretrainedEncoder(vocab, layers=layers)
    again.load_state_dict(embedder.state_dict())
    torch.testing.assert_close(embed(again.eval()), embed(embedder))


def test_a_frozen_encoder_is_not_trained_and_has_no_dropout(vocab):
    embedder = PretrainedEncoder(
        vocab, str(TOY_ENCODER), output_dim=5, train_parameters=False
    ).train()
    expected = embedder.projection(plain(SENTENCES))
    found = embed(embedder)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    found.square().sum().backward()
    trained = {name for name, p in embedder.named_parameters() if p.grad is not None}
    assert trained == {"projection.weight", "projection.bias"}


@pytest.mark.parametrize("share, num_frozen", [(0, 0), (0.4, 0), (0.5, 1), (0.9, 1)])
def test_the_lowest_layers_are_not_trained(share, num_frozen, vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), frozen_share=share).train()
    embed(embedder).square().sum().backward()
    trained = {name for name, p in embedder.named_parameters() if p.grad is not None}
    everything = set(dict(embedder.named_parameters()))
    frozen = ("transformer.embeddings.", "transformer.encoder.layer.0.")
    assert trained == {n for n in everything if not (num_frozen and n.startswith(frozen))}
    assert everything - trained == {
        n for n, p in embedder.named_parameters() if not p.requires_grad
    }
    whole = PretrainedEncoder(vocab, str(TOY_ENCODER))
    part = whole.training_bytes(3, 20) - embedder.training_bytes(3, 20)
    assert part == num_frozen * whole.training_bytes(3, 20) / 2


def test_layers_that_share_their_weights_are_all_trained(tmp_path, caplog):
    """Albert has one layer that is passed several times, so its lowest cannot stay as it is."""
    changed = {"model_type": "albert", "embedding_size": 32}
    changed_encoder(tmp_path / "encoder", "config.json", lambda c: c.update(changed))
    embedder = PretrainedEncoder(vocabulary_of(tmp_path / "encoder"), frozen_share=0.5)
    assert all(parameter.requires_grad for parameter in embedder.parameters())
    assert "the encoder has no separate layers, all of it is trained" in caplog.text


def test_checksums_tell_what_states_follow_from(vocab):
    changes = [{}, {"pooling": "mean"}, {"layers": [1]}, {"layers": [2]}, {"longest": 9}]
    embedders = [PretrainedEncoder(vocab, str(TOY_ENCODER), **change) for change in changes]
    again = PretrainedEncoder(vocab, str(TOY_ENCODER), output_dim=5, train_parameters=False)
    sums = [embedder.checksum() for embedder in embedders]
    assert len(set(sums)) == len(changes) and again.checksum() == sums[0]
    with torch.no_grad():
        next(again.transformer.parameters()).view(-1)[7] += 1
    assert again.checksum() not in sums


def test_a_frozen_encoder_out_of_an_archive_is_the_same(vocab):
    ours = PretrainedEncoder(vocab, str(TOY_ENCODER), output_dim=5, train_parameters=False)
    # An archive drops the key `pretrained_file`.
    theirs = PretrainedEncoder(vocab, output_dim=5, train_parameters=False)
    theirs.load_state_dict(ours.state_dict())
    assert theirs.checksum() == ours.checksum()
    # Before the trainer has put it into one mode or the other.
    assert torch.equal(embed(theirs), embed(ours))


def test_keys_tell_words_apart(vocab):
    """The same pieces, other words; the same words in other batches."""
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER))
    keys = {}
    for sentences in ([["ab", "c"]], [["a", "bc"], ["ab", "c"]], [["c", "ab"], ["ab", "c", "c"]]):
        forms = sorted({word for sentence in sentences for word in sentence})
        pieces = WordPieces(EncoderDescription.read(TOY_ENCODER).tokenizer)
        spelled = [[], *map(pieces.of_word, forms)]
        lengths = np.array(list(map(len, spelled)))
        words = Sequences(np.array(list(map(len, sentences))), 3, CPU)
        form_of = torch.tensor([forms.index(word) + 1 for each in sentences for word in each])
        found = SpelledWords.of_forms(words, form_of, Sequences(lengths, max(lengths), CPU))
        flat = torch.tensor([piece + 1 for form in spelled for piece in form])
        for sentence, key in zip(sentences, embedder.keys(found, flat)):
            assert keys.setdefault(tuple(sentence), key) == key
    assert len(set(keys.values())) == len(keys) == 4


def test_gradients_equal_the_transformers(vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), "mean").eval()
    embed(embedder).square().sum().backward()
    ours = {name: p.grad for name, p in embedder.named_parameters()}
    assert all(gradient is not None for gradient in ours.values()), "an idle parameter"
    again = PretrainedEncoder(vocab, str(TOY_ENCODER), "mean").eval()
    for sentence in SENTENCES:
        embed(again, [sentence]).square().sum().backward()
    for name, parameter in again.named_parameters():
        torch.testing.assert_close(ours[name], parameter.grad, atol=1e-4, rtol=1e-3)


def test_bfloat16_is_for_training_alone(vocab):
    """Weights, gradients and prediction stay in float32; training is close to it."""
    options = {"output_dim": 5}
    exact = PretrainedEncoder(vocab, str(TOY_ENCODER), bfloat16=False, **options)
    mixed = PretrainedEncoder(vocab, str(TOY_ENCODER), bfloat16=True, **options)
    mixed.load_state_dict(exact.state_dict())
    assert torch.equal(embed(mixed.eval()), embed(exact.eval()))
    found = []
    for embedder in (exact.train(), mixed.train()):
        for module in embedder.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        found.append(embed(embedder))
        found[-1].square().sum().backward()
    assert found[1].dtype == torch.float32 and not torch.equal(*found)
    assert (found[1] - found[0]).norm() < 0.15 * found[0].norm()
    gradients = [
        torch.cat([parameter.grad.flatten() for parameter in embedder.parameters()])
        for embedder in (exact, mixed)
    ]
    assert gradients[1].dtype == torch.float32
    assert (gradients[1] - gradients[0]).norm() < 0.15 * gradients[0].norm()


@pytest.mark.parametrize("is_native", [False, True])
def test_bfloat16_where_the_cpu_has_it(is_native, vocab, monkeypatch):
    """In training and for its labels, and nowhere else."""
    monkeypatch.setattr(
        "xner_allennlp.modules.pretrained_encoder.multiplies_bfloat16", lambda: is_native
    )
    dtypes = []
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER)).train()
    first = embedder.transformer.encoder.layer[0].intermediate.dense
    first.register_forward_hook(lambda module, inputs, output: dtypes.append(output.dtype))
    of_training = torch.bfloat16 if is_native else torch.float32
    embed(embedder)
    assert set(dtypes) == {of_training}
    dtypes.clear()
    with torch.inference_mode(), as_precise_as_training(torch.nn.ModuleList([embedder.eval()])):
        labelling = embed(embedder)
    assert set(dtypes) == {of_training} and labelling.dtype == torch.float32
    dtypes.clear()
    torch.testing.assert_close(embed(embedder), labelling, atol=0.1, rtol=0.1)
    assert set(dtypes) == {torch.float32}


def test_states_of_a_frozen_encoder_are_float32_for_labels_too(vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), train_parameters=False, bfloat16=True)
    exact = embed(embedder.eval())
    with as_precise_as_training(embedder):
        assert torch.equal(embed(embedder), exact)


def test_windows_that_are_long_enough_change_nothing(vocab, monkeypatch):
    whole = embed(PretrainedEncoder(vocab, str(TOY_ENCODER), longest=62).eval())
    monkeypatch.setattr("xner_allennlp.modules.transformer_reader._PIECES_AT_ONCE", 4)
    parted = embed(PretrainedEncoder(vocab, str(TOY_ENCODER), longest=9).eval())
    torch.testing.assert_close(whole, parted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_a_long_sentence_is_read_in_windows(pooling, vocab):
    """Each word as in the window of the transformer in whose middle it is."""
    words = list("abcdefghij") * 10
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), pooling, longest=20).eval()
    found = embed(embedder, [["x"], words])
    # A letter is a piece, so windows begin at the words 0, 10, 20, ..., 80.
    torch.testing.assert_close(found[1:16], plain([words[:20]])[:15], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[86:], plain([words[80:]])[5:], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[46:56], plain([words[40:60]])[5:15], atol=1e-5, rtol=1e-5)


def test_a_linear_layer_makes_them_as_long_as_asked(vocab):
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), output_dim=5).eval()
    expected = embedder.projection(plain(SENTENCES))
    torch.testing.assert_close(embed(embedder), expected, atol=1e-5, rtol=1e-5)
    assert embedder.get_output_dim() == 5


def test_only_parameters_are_saved_and_no_weights_are_asked_for_again(vocab):
    trained = PretrainedEncoder(vocab, str(TOY_ENCODER))
    state = trained.state_dict()
    assert state.keys() == dict(trained.named_parameters()).keys()
    again = PretrainedEncoder(vocab)
    with pytest.raises(ConfigurationError, match="has no weights to train on"):
        embed(again)
    again.load_state_dict(state)
    torch.testing.assert_close(embed(again.eval()), embed(trained.eval()))
    embed(again.train())


def test_positions_of_roberta_begin_behind_the_padding(tmp_path):
    changed = {"model_type": "xlm-roberta", "pad_token_id": 1}
    changed_encoder(tmp_path / "encoder", "config.json", lambda c: c.update(changed))
    embedder = PretrainedEncoder(vocabulary_of(tmp_path / "encoder"))
    # 64 embeddings of positions, of which the first two are not used.
    assert embedder._num_positions() == 62
    embedder._has_weights = True
    assert embed(embedder, [["a"] * 100]).shape == (100, 32)


@pytest.mark.parametrize("num_pieces", [8, 40, 62])
def test_memory_of_training(num_pieces, vocab):
    """What is estimated beside what autograd keeps."""
    embedder = PretrainedEncoder(vocab, str(TOY_ENCODER), bfloat16=False).train()
    weights = {parameter.data_ptr() for parameter in embedder.parameters()}
    kept = {}

    def note(tensor):
        # torch 1.12 has no untyped one.
        storage = getattr(tensor, "untyped_storage", tensor.storage)()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        embed(embedder, [["a"] * num_pieces] * 20)
    assert (
        embedder.training_bytes(20, num_pieces) / 1.5
        < sum(size for size, _ in kept.values())
        < 1.5 * embedder.training_bytes(20, num_pieces)
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"pooling": "last"}, 'pooling must be "first" or "mean"'),
        ({"longest": 63}, "longest is 63, but a window of this encoder has 1 to 62 pieces"),
        ({"longest": 0}, "longest is 0"),
        ({"frozen_share": 1}, "frozen_share is 1, but is to be from 0 to less than 1"),
        ({"frozen_share": -0.1}, "frozen_share is -0.1"),
        ({"layers": []}, r"layers is \[\], but the encoder has the layers 0"),
        ({"layers": [1, 3]}, "the layers 0 .its embeddings. to 2"),
        ({"layers": [-1]}, r"layers is \[-1\]"),
        ({"layers": [0, 1], "frozen_share": 0.5}, r"layers \[0, 1\] it has only 1: none would be"),
        ({"layers": [0], "frozen_share": 0.9}, r"layers \[0\] it has only 0: none would be"),
    ],
)
def test_bad_options(options, message, vocab):
    with pytest.raises(ConfigurationError, match=message):
        PretrainedEncoder(vocab, **options)
