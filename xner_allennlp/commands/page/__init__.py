"""A page of sentences for reading one model's output."""

from xner_allennlp.commands.page.tagged_page import judge_file, make_page

__all__ = ["judge_file", "make_page"]
