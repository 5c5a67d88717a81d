"""
Pretrained multilingual encoders: the folder one comes in, what an archive keeps of it, how a word
becomes its pieces, and where the states of a frozen one are kept.
"""

from xner_allennlp.pretrained.description import EncoderDescription
from xner_allennlp.pretrained.folder import encoder_folder, load_encoder
from xner_allennlp.pretrained.stored_states import StoredStates
from xner_allennlp.pretrained.word_pieces import WordPieces

__all__ = ["EncoderDescription", "StoredStates", "WordPieces", "encoder_folder", "load_encoder"]
