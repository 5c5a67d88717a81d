"""A page with all that can go wrong in one."""

from typing import List

from xner_allennlp.commands.page import JudgedSentence, judge, make_page
from xner_allennlp.spans import EntitySpan

HOSTILE = ["<script>alert(1)</script>", '"quoted"', "a&amp;b", "{{ 7 * 7 }}", "Rome"]


def sentences() -> List[JudgedSentence]:
    return [
        judge(
            1,
            ["All", "right", "in", "Rome", "and", "Oslo"],
            [EntitySpan("LOC", 3, 4), EntitySpan("LOC", 5, 6)],
            [EntitySpan("LOC", 3, 4), EntitySpan("LOC", 5, 6)],
            [1.0, 0.5],
        ),
        judge(2, ["nothing", "here"], [], [], []),
        judge(3, HOSTILE, [EntitySpan('<b>"T"</b>', 4, 5)], [EntitySpan("LOC", 4, 5)], [0.25]),
        judge(
            4,
            ["مكتب", "الأمم", "المتحدة", "في", "القدس"],
            [EntitySpan("ORG", 1, 3), EntitySpan("LOC", 4, 5)],
            [EntitySpan("ORG", 0, 3), EntitySpan("PER", 4, 5)],
            [0.71, 0.4],
        ),
    ]


def page(**options: object) -> str:
    return make_page(sentences(), title="Title <x>", facts=["Model: a&b"], **options)  # type: ignore
