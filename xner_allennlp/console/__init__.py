"""
The console scripts, which need no AllenNLP config: a folder for each, and in it a file for each of
its subcommands. They share `command_line.py`.
"""
