"""
Pretrained multilingual encoders: the folder one comes in, what an archive keeps of it, and how a
word becomes its pieces.
"""

from xner_allennlp.pretrained.description import EncoderDescription
from xner_allennlp.pretrained.folder import encoder_folder, load_encoder
from xner_allennlp.pretrained.word_pieces import WordPieces

__all__ = ["EncoderDescription", "WordPieces", "encoder_folder", "load_encoder"]
