"""A page of tagged sentences, for reading what a model does."""

from xner_allennlp.commands.page.html import make_page
from xner_allennlp.commands.page.judged_sentences import JudgedSentence, JudgedSpan, judge

__all__ = ["JudgedSentence", "JudgedSpan", "judge", "make_page"]
