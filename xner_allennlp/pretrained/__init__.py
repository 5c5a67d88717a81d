"""
Pretrained multilingual encoders: the folder one comes in, what an archive keeps of it, how a word
becomes its pieces, and where the states of a frozen one are kept. What is named here works without
AllenNLP.
"""

from xner_allennlp.pretrained.description import EncoderDescription
from xner_allennlp.pretrained.word_pieces import WordPieces

__all__ = ["EncoderDescription", "WordPieces"]
