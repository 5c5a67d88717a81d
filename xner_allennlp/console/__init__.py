"""
`xner-map`: the mapping of word vectors from the command line, where no AllenNLP config is wanted.
One subcommand a file; `command_line.py` puts them together.
"""

from xner_allennlp.console.command_line import main

__all__ = ["main"]
