from collections import defaultdict

from allennlp.common import Params
from allennlp.data import Token, TokenIndexer, Vocabulary

from xner_allennlp.data import SingleIdCaseFallbackIndexer

WORDS = ["Amsterdam", "amsterdam", "river", "İstanbul"]


def indices(words, **options):
    vocabulary = Vocabulary(non_padded_namespaces=[])
    for word in WORDS:
        vocabulary.add_token_to_namespace(word, "target_tokens")
    indexer = SingleIdCaseFallbackIndexer(namespace="target_tokens", **options)
    found = indexer.tokens_to_indices([Token(word) for word in words], vocabulary)["tokens"]
    return [vocabulary.get_token_from_index(index, "target_tokens") for index in found]


def test_exact_form_then_lower_case_form_then_unknown():
    words = ["Amsterdam", "amsterdam", "AMSTERDAM", "River", "river", "İstanbul", "Lake", "lake"]
    unknown = "@@UNKNOWN@@"
    assert indices(words) == [
        "Amsterdam",
        "amsterdam",
        "amsterdam",
        "river",
        "river",
        "İstanbul",
        unknown,
        unknown,
    ]


def test_never_the_capitalised_form():
    assert indices(["RIVER"]) == ["river"]
    assert indices(["istanbul"]) == ["@@UNKNOWN@@"]


def test_options_of_the_parent():
    assert indices(["River"], start_tokens=["Amsterdam"], end_tokens=["Lake"]) == [
        "Amsterdam",
        "river",
        "@@UNKNOWN@@",
    ]
    assert indices(["Amsterdam"], lowercase_tokens=True) == ["amsterdam"]


def test_counts_exact_forms():
    counter = defaultdict(lambda: defaultdict(int))
    indexer = SingleIdCaseFallbackIndexer(namespace="target_tokens")
    for word in ["River", "river", "River"]:
        indexer.count_vocab_items(Token(word), counter)
    assert counter == {"target_tokens": {"River": 2, "river": 1}}


def test_registered():
    params = Params({"type": "single_id_case_fallback", "namespace": "x"})
    indexer = TokenIndexer.from_params(params)
    assert isinstance(indexer, SingleIdCaseFallbackIndexer)
    assert indexer.namespace == "x"
