"""Character n-grams, against the plain definition."""

import numpy as np

from xner_allennlp.text.ngrams import NUM_NGRAMS, ngrams

WORDS = [[5], [5, 7, 5, 7, 5], [], [7, 5, 9, 5, 7, 5, 9, 11]]


def found(words):
    lengths = np.array(list(map(len, words)))
    of_word, numbers = ngrams(lengths, np.array([c for word in words for c in word], dtype=int))
    return [numbers[of_word == index].tolist() for index in range(len(words))]


def slices(word):
    edged = (0, *word, 0)
    return [edged[i : i + n] for n in range(3, 7) for i in range(len(edged) - n + 1)]


def test_equal_slices_have_equal_numbers_and_others_do_not():
    number_of = {}
    for word, numbers in zip(WORDS, found(WORDS)):
        assert len(numbers) == len(slices(word))
        for ngram, number in zip(slices(word), numbers):
            assert 0 <= number < NUM_NGRAMS
            assert number_of.setdefault(ngram, number) == number
    assert len(set(number_of.values())) == len(number_of)


def test_a_word_has_the_same_ngrams_beside_any_others():
    assert found(WORDS[::-1])[::-1] == found(WORDS)
    assert [found([word])[0] for word in WORDS] == found(WORDS)


def test_no_words():
    of_word, numbers = ngrams(np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    assert len(of_word) == len(numbers) == 0
