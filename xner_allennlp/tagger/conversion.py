"""From an archive to an exported tagger."""

from typing import Any, Dict, List, Optional

import torch
from allennlp.data import Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer
from allennlp.data.tokenizers import CharacterTokenizer
from allennlp.modules import Embedding
from allennlp.modules.seq2seq_encoders import PassThroughEncoder

from xner_allennlp.common.card_file import read_card
from xner_allennlp.common.errors import InputError
from xner_allennlp.data import (
    SingleIdCaseFallbackIndexer,
    UnicodeWordsTokenizer,
    WordPiecesIndexer,
)
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.modules.encoders.lstm_encoders import LstmSeq2SeqEncoder, LstmSeq2VecEncoder
from xner_allennlp.modules.mapped_embedding import MappedEmbedding
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder
from xner_allennlp.modules.shared_char_lstm import SharedCharLstm
from xner_allennlp.pretrained import EncoderDescription
from xner_allennlp.tagger.archived import ArchivedTagger
from xner_allennlp.tagger.exported import ExportedTagger
from xner_allennlp.tagger.vocabulary_words import UNKNOWN


def exported_tagger(archived: ArchivedTagger) -> ExportedTagger:
    """
    The same tagger without AllenNLP. Of the model and its vocabulary it has what the sentences of
    its language need.

    # Raises

    `InputError`
        Naming the part that cannot be exported.
    """
    model, reader, language = archived.model, archived.reader, archived.language
    _check("model", model, CrossLingualCrfTagger)
    _check("dataset reader's tokenizer", reader.tokenizer, UnicodeWordsTokenizer)
    indexers = reader.indexers_of(language)
    words: Any = indexers.get(f"{language}_tokens")
    characters: Any = indexers.get("characters")
    network = _describe_network(model, language)
    is_pretrained = network["pretrained_encoder"] is not None
    tokenizer = reader.tokenizer._to_params()
    del tokenizer["type"]
    config = {
        "tokenizer": tokenizer,
        "normalization": reader.normalization,
        "words": None if is_pretrained else _describe_words(words),
        "labels": _tokens(model.vocab, model.label_namespace),
        "network": network,
    }
    vocabulary: Dict[str, Any]
    if is_pretrained:
        _check("character indexer", characters, WordPiecesIndexer)
        vocabulary = EncoderDescription.of_vocabulary(model.vocab).tokenizer
    else:
        vocabulary = {"words": _tokens(model.vocab, words.namespace, UNKNOWN)}
    if network["characters"] is not None or network["subwords"]:
        _check_characters(characters)
        vocabulary["characters"] = _tokens(model.vocab, characters._namespace, UNKNOWN)
    return ExportedTagger(config, vocabulary, _weights(model, network), card=_card(archived.path))


def _card(path: Optional[str]) -> Optional[str]:
    try:
        return None if path is None else read_card(path)
    except InputError:  # Archives of earlier versions have none.
        return None


def _describe_network(model: CrossLingualCrfTagger, language: str) -> Dict[str, Any]:
    if language not in model.languages:
        raise InputError(
            f"the tagger has no word vectors of the {language} language, only of "
            f"{', '.join(model.languages)}"
        )
    embedder = model.word_embedder(language)
    _check("word embedder", embedder, MappedEmbedding, PretrainedEncoder, Embedding)
    if getattr(embedder, "_projection", None) is not None:
        raise InputError("a word embedder with a projection cannot be exported")
    path = model.path_for(language)
    paths = ["source", "target"] if path == "target" else ["source"]
    return {
        "language": language,
        "path": path,
        "subwords": getattr(embedder, "subwords", None) is not None,
        "pretrained_encoder": _describe_pretrained(model, embedder)
        if isinstance(embedder, PretrainedEncoder)
        else None,
        "encoder": None
        if type(model.encoder) is PassThroughEncoder
        else _describe_lstm("encoder", model.encoder, LstmSeq2SeqEncoder),
        "target_encoder": _describe_lstm("target encoder", model.target_encoder, LstmSeq2SeqEncoder)
        if path == "target"
        else None,
        "characters": _describe_characters(model.character_embedder, paths),
        "common_dim": model.common_encoder.out_features,
    }


def _describe_pretrained(
    model: CrossLingualCrfTagger, encoder: PretrainedEncoder
) -> Dict[str, Any]:
    return {
        "config": EncoderDescription.of_vocabulary(model.vocab).config,
        "pooling": encoder.pooling,
        "output_dim": None if encoder.projection is None else encoder.get_output_dim(),
        "longest": encoder.longest,
        "layers": encoder.layers,
    }


def _describe_characters(
    embedder: Optional[SharedCharLstm], paths: List[str]
) -> Optional[Dict[str, Any]]:
    encoders = {
        path: _describe_lstm("character LSTM", embedder.encoders[path], LstmSeq2VecEncoder)
        for path in paths
        if embedder is not None and embedder.serves(path)
    }
    if embedder is None or not encoders:
        return None
    return {"embedding_dim": embedder.embedding.weight.size(1), "encoders": encoders}


def _describe_lstm(name: str, encoder: Any, kind: type) -> Dict[str, Any]:
    _check(name, encoder, kind)
    return {"hidden_size": encoder.get_output_dim() // 2, "tied": encoder.is_tied}


def _describe_words(indexer: Any) -> Dict[str, bool]:
    _check("word indexer", indexer, SingleIdCaseFallbackIndexer, SingleIdTokenIndexer)
    plain = SingleIdTokenIndexer(indexer.namespace, indexer.lowercase_tokens)
    _check_options("word indexer", indexer, plain)
    return {
        "lowercase": indexer.lowercase_tokens,
        "case_fallback": type(indexer) is SingleIdCaseFallbackIndexer,
    }


def _check_characters(indexer: Any) -> None:
    _check("character indexer", indexer, TokenCharactersIndexer)
    plain = TokenCharactersIndexer(indexer._namespace, min_padding_length=1)
    _check("character tokenizer", indexer._character_tokenizer, CharacterTokenizer)
    _check_options("character tokenizer", indexer._character_tokenizer, plain._character_tokenizer)
    _check_options("character indexer", indexer, plain, "_character_tokenizer")


def _weights(model: CrossLingualCrfTagger, network: Dict[str, Any]) -> Dict[str, torch.Tensor]:
    """Those that the described network has, by its names."""
    language = network["language"]
    # An embedder of both languages stands under a name of its own.
    [of_words] = [
        f"word_embedders.{name}."
        for name, embedder in model.word_embedders.items()
        if embedder is model.word_embedder(language)
    ]
    unused = [f"word_embedders.{name}." for name in model.word_embedders]
    unused.remove(of_words)
    encoders = (network["characters"] or {"encoders": {}})["encoders"]
    unused += [
        f"character_embedder.encoders.{path}."
        for path in ("source", "target")
        if path not in encoders
    ]
    if network["characters"] is None:
        unused.append("character_embedder.")
    if network["target_encoder"] is None:
        unused += ["target_encoder.", "target_dense.", "target_path_trained"]
    return {
        name.replace(of_words, f"word_embedders.{language}."): tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(tuple(unused))
    }


def _tokens(vocab: Vocabulary, namespace: str, needed: Optional[str] = None) -> List[str]:
    """A namespace in the order of its numbers."""
    tokens = vocab.get_index_to_token_vocabulary(namespace)
    if needed is not None and needed not in tokens.values():
        raise InputError(f"the vocabulary namespace {namespace} has no {needed}: not exported")
    return [tokens[index] for index in range(len(tokens))]


def _check(name: str, part: Any, *kinds: type) -> None:
    if type(part) not in kinds:
        raise InputError(
            f"the {name} of this tagger, {_full_name(type(part))}, cannot be exported, only "
            f"{' or '.join(map(_full_name, kinds))}; load the archive instead"
        )


def _full_name(kind: type) -> str:
    # AllenNLP has classes of the same names.
    return f"{kind.__module__}.{kind.__qualname__}"


def _check_options(name: str, part: Any, plain: Any, *ignored: str) -> None:
    """Raises `InputError` if a stock part has other options than by default."""
    expected = vars(plain)
    different = [
        option.strip("_")
        for option, value in vars(part).items()
        if option not in (*ignored, "_min_padding_length", "_token_min_padding_length")
        and option in expected
        and value != expected[option]
    ]
    if different:
        raise InputError(
            f"the {name} of this tagger has the options {', '.join(different)}, with which it "
            "cannot be exported; load the archive instead"
        )
