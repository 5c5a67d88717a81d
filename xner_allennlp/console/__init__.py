"""
The console scripts, which need no AllenNLP config: a folder for each, and in it a file for each of
its subcommands. What they share is `command.py`, `command_line.py` and `arguments.py`.
"""

from xner_allennlp.console import data, map
