"""
The parts of the tagger: token embedders here, LSTM encoders in `encoders`, the CRF in `crf`. What
`two_path_network.py` needs is plain torch, so that an exported tagger works without AllenNLP.
"""
